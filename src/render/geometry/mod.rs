//! Meshes with their trees, and one frame's draw list: everything a ray can meet.

mod packet;
mod place;

use std::sync::Arc;

use glam::{Affine3A, Vec3};

pub use super::bvh::Shaft;
use super::bvh::{BoxRay, Bvh};
use super::lanes::{LANES, V};
pub use super::material::Interior;
use super::material::{Opacity, RenderMaterial};
use super::triangle::{Candidate, TriRay, Triangles};
use crate::base::ids::{InstanceId, MeshId, PartId};
use crate::scene::desc::Bounds;
use crate::scene::mesh::Mesh;
pub use packet::{Between, Rays8};

/// A mesh with a tree over its triangles.
pub struct MeshTree {
    bvh: Bvh,
    /// In the order of the tree's leaves.
    triangles: Triangles,
    pub bounds: Bounds,
    /// Of the mesh's vertices, eight at a time; the last one stands in for those that are missing.
    pub positions: Vec<V>,
    /// By triangle: bit 0 if nothing of the mesh is before its plane (where its front looks),
    /// bit 1 if nothing is behind.
    clear: Vec<u8>,
}

impl MeshTree {
    /// Builds the tree.
    pub fn new(mesh: &Mesh) -> Self {
        let corner = |t: &[u32; 3]| t.map(|i| mesh.positions[i as usize]);
        let boxes: Vec<Bounds> = mesh
            .triangles
            .iter()
            .map(|t| {
                let mut b = Bounds::EMPTY;
                corner(t).into_iter().for_each(|p| b.include(p));
                b
            })
            .collect();
        let bvh = Bvh::build(&boxes, 4);
        let triangles = Triangles::new(&bvh.order, |i| corner(&mesh.triangles[i as usize]));
        let mut bounds = Bounds::EMPTY;
        boxes.iter().for_each(|b| bounds.merge(b));
        let eight = |p: &[Vec3]| V::lanes(|i| p[i.min(p.len() - 1)]);
        Self {
            triangles,
            bounds,
            positions: mesh.positions.chunks(LANES).map(eight).collect(),
            clear: clear_sides(mesh, &bvh, &bounds),
            bvh,
        }
    }

    /// Over the mesh's triangles.
    pub fn bvh(&self) -> &Bvh {
        &self.bvh
    }
}

/// How far a vertex may be beyond a plane and still count as on it, in sizes of the mesh: some
/// rounding errors, and less than what rays start off a surface.
const FLAT: f32 = 3e-7;

/// Meshes of more triangles are not asked: each triangle looks at all that nearly lies in its
/// plane, which took minutes for ten million on a ball.
const MOST_ASKED: usize = 1 << 16;

/// See [`MeshTree::clear`].
fn clear_sides(mesh: &Mesh, bvh: &Bvh, bounds: &Bounds) -> Vec<u8> {
    if mesh.triangles.len() > MOST_ASKED {
        return vec![0; mesh.triangles.len()];
    }
    let limit = FLAT * bounds.size().max_element();
    let sides = |t: &[u32; 3]| {
        let [a, b, c] = t.map(|i| mesh.positions[i as usize]);
        let Some(normal) = (b - a).cross(c - a).try_normalize() else {
            return 0;
        };
        let beyond = |n: Vec3| {
            bvh.any_leaf(
                // The corner of a box that is farthest along the normal.
                |min, max| {
                    let far = Vec3::select(n.cmpgt(Vec3::ZERO), max, min);
                    (far - a).dot(n) > limit
                },
                |start, count| {
                    let leaf = &bvh.order[start as usize..(start + count) as usize];
                    leaf.iter().any(|&t| {
                        let corners = mesh.triangles[t as usize];
                        let height = |i: u32| (mesh.positions[i as usize] - a).dot(n);
                        corners.into_iter().any(|i| height(i) > limit)
                    })
                },
            )
        };
        u8::from(!beyond(normal)) | u8::from(!beyond(-normal)) << 1
    };
    mesh.triangles.iter().map(sides).collect()
}

/// One surface of one instance, in place.
pub struct Draw {
    pub instance: InstanceId,
    pub class: u16,
    pub part: PartId,
    pub mesh: MeshId,
    /// Index into [`Geometry::materials`].
    pub material: u32,
    /// Copied from the material, as the innermost loops ask for it.
    pub opacity: Opacity,
    pub double_sided: bool,
    /// What the surface bounds, if it bounds a body of glass or liquid. A surface without
    /// thickness counts if another one of its object does: together they close the body.
    pub interior: Option<Interior>,
    pub world_from_mesh: Affine3A,
    pub mesh_from_world: Affine3A,
    pub object_from_mesh: Affine3A,
    /// Whether the transform mirrors: front faces then turn clockwise.
    pub mirrored: bool,
}

/// One frame's draws with a tree over them.
pub struct Geometry {
    pub draws: Vec<Draw>,
    /// By draw, in the world.
    pub bounds: Vec<Bounds>,
    pub materials: Vec<Arc<RenderMaterial>>,
    /// Over the draws that let no light through, and over the others.
    opaque: Tree,
    others: Tree,
}

/// A tree over some of the draws.
struct Tree {
    bvh: Bvh,
    /// Of the tree's primitives.
    draws: Vec<u32>,
}

impl Tree {
    fn new(draws: Vec<u32>, boxes: &[Bounds]) -> Self {
        let boxes: Vec<Bounds> = draws.iter().map(|&d| boxes[d as usize]).collect();
        let bvh = Bvh::build(&boxes, 1);
        Self { bvh, draws }
    }

    /// The draw of a leaf.
    #[inline]
    fn draw(&self, start: u32) -> u32 {
        self.draws[self.bvh.order[start as usize] as usize]
    }
}

/// What a ray met.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Hit {
    /// In lengths of the ray's direction.
    pub t: f32,
    pub draw: u32,
    pub triangle: u32,
    /// Weights of the triangle's second and third corner.
    pub uv: [f32; 2],
}

impl Hit {
    /// Order along a ray: by distance, ties by draw and triangle.
    #[inline]
    pub fn before(&self, other: &Self) -> bool {
        (self.t, self.draw, self.triangle) < (other.t, other.draw, other.triangle)
    }
}

/// A half-line in the world frame.
#[derive(Clone, Copy, Debug)]
pub struct Ray {
    pub origin: Vec3,
    /// Any length but zero; hits count in it.
    pub direction: Vec3,
}

impl Geometry {
    /// A tree over all draws, one a leaf.
    pub fn tree(&self) -> Bvh {
        Bvh::build(&self.bounds, 1)
    }

    /// Offers every triangle the ray meets in (`t_min`, `t_max`] to `accept`: first those of
    /// opaque draws, then the others, each roughly near to far. `wanted` skips whole draws.
    /// `accept` may lower `t_max` and ends by returning true.
    pub fn walk(
        &self,
        meshes: &[MeshTree],
        ray: &Ray,
        t_min: f32,
        t_max: &mut f32,
        wanted: impl Fn(&Draw) -> bool,
        mut accept: impl FnMut(&Draw, &Hit, bool, &mut f32) -> bool,
    ) {
        for tree in [&self.opaque, &self.others] {
            if self.walk_tree(tree, meshes, ray, t_min, t_max, &wanted, &mut accept) {
                return;
            }
        }
    }

    /// Returns whether `accept` ended it.
    #[allow(clippy::too_many_arguments)]
    fn walk_tree(
        &self,
        tree: &Tree,
        meshes: &[MeshTree],
        ray: &Ray,
        t_min: f32,
        t_max: &mut f32,
        wanted: &impl Fn(&Draw) -> bool,
        accept: &mut impl FnMut(&Draw, &Hit, bool, &mut f32) -> bool,
    ) -> bool {
        let mut ended = false;
        let world = BoxRay::new(ray.origin, ray.direction, t_min);
        tree.bvh.walk(&world, t_max, |start, _, t_max| {
            let index = tree.draw(start);
            if wanted(&self.draws[index as usize]) {
                ended = self.walk_draw(index, meshes, ray, t_min, t_max, accept);
            }
            ended
        });
        ended
    }

    /// [`Self::walk`] of one draw; whether `accept` ended it.
    pub fn walk_draw(
        &self,
        index: u32,
        meshes: &[MeshTree],
        ray: &Ray,
        t_min: f32,
        t_max: &mut f32,
        accept: &mut impl FnMut(&Draw, &Hit, bool, &mut f32) -> bool,
    ) -> bool {
        let draw = &self.draws[index as usize];
        let origin = draw.mesh_from_world.transform_point3(ray.origin);
        let direction = draw.mesh_from_world.transform_vector3(ray.direction);
        let tri_ray = TriRay::new(origin, direction);
        let mesh = &meshes[draw.mesh.index()];
        let mut done = false;
        mesh.bvh.walk(
            &BoxRay::new(origin, direction, t_min),
            t_max,
            |start, count, t_max| {
                mesh.triangles.intersect(
                    &tri_ray,
                    start,
                    count,
                    t_min,
                    t_max,
                    |c: Candidate, t_max| {
                        done = accept(draw, &c.hit(index), c.is_front(draw), t_max);
                        done
                    },
                )
            },
        );
        done
    }

    /// The draw of a hit if a ray that leaves it towards `direction` meets nothing more of that
    /// draw; else none ([`u32::MAX`]).
    #[inline]
    pub fn spared(&self, meshes: &[MeshTree], draw: u32, triangle: u32, front: bool) -> u32 {
        let mesh = &meshes[self.draws[draw as usize].mesh.index()];
        let side = if front { 1 } else { 2 };
        if mesh.clear[triangle as usize] & side != 0 {
            draw
        } else {
            u32::MAX
        }
    }
}

impl Candidate {
    #[inline]
    fn hit(&self, draw: u32) -> Hit {
        Hit {
            t: self.t,
            draw,
            triangle: self.triangle,
            uv: self.uv,
        }
    }

    #[inline]
    fn is_front(&self, draw: &Draw) -> bool {
        self.counter_clockwise != draw.mirrored
    }
}
