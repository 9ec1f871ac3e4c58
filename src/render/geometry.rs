//! Meshes with their trees, and one frame's draw list: everything a ray can meet.

use std::sync::Arc;

use arrayvec::ArrayVec;
use glam::{Affine3A, Vec3};

use super::bvh::{BoxRay, BoxRays4, Bvh};
use super::lanes::{Affine, F, LANES, V, set_lanes, splat};
pub use super::material::Interior;
use super::material::{Opacity, RenderMaterial};
use super::triangle::{Candidate, TriRay, Triangles};
use crate::base::frame::FrameSnapshot;
use crate::base::ids::{InstanceId, MeshId, PartId};
use crate::scene::desc::{Bounds, SceneDesc, Surface};
use crate::scene::mesh::Mesh;

/// A mesh with a tree over its triangles.
pub struct MeshTree {
    bvh: Bvh,
    /// In the order of the tree's leaves.
    triangles: Triangles,
    pub bounds: Bounds,
    /// Of the mesh's vertices, four at a time; the last one stands in for those that are missing.
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
        let four = |p: &[Vec3]| V::lanes(|i| p[i.min(p.len() - 1)]);
        Self {
            triangles,
            bounds,
            positions: mesh.positions.chunks(LANES).map(four).collect(),
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

/// See [`MeshTree::clear`].
fn clear_sides(mesh: &Mesh, bvh: &Bvh, bounds: &Bounds) -> Vec<u8> {
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
    /// Puts every surface of every instance of a snapshot in place.
    /// `materials` are the scene's.
    pub fn new(
        scene: &SceneDesc,
        meshes: &[MeshTree],
        materials: &[Arc<RenderMaterial>],
        snapshot: &FrameSnapshot,
    ) -> Self {
        let mut materials = materials.to_vec();
        let (mut draws, mut boxes) = (Vec::new(), Vec::new());
        for instance in &snapshot.instances {
            let object = &scene.objects[instance.object.index()];
            let looks = materials.len() as u32;
            materials.extend(instance.looks.iter().map(|look| {
                let material = &scene.materials[look.becomes.index()];
                Arc::new(RenderMaterial::with_look(material, look))
            }));
            let world_from_object = instance.world_from_instance.affine();
            let material_of = |surface: &Surface| {
                let look = instance
                    .looks
                    .iter()
                    .position(|look| look.of == surface.material);
                look.map_or(surface.material.0, |i| looks + i as u32)
            };
            let bodies: ArrayVec<Interior, 8> = object
                .surfaces
                .iter()
                .filter_map(|s| materials[material_of(s) as usize].interior)
                .take(8)
                .collect();
            for surface in &object.surfaces {
                let material = material_of(surface);
                let render = &materials[material as usize];
                let closes = render.opacity == Opacity::Transmissive && !render.double_sided;
                let interior = render
                    .interior
                    .or_else(|| bodies.iter().find(|b| b.ior == render.ior).copied())
                    .filter(|_| closes || render.interior.is_some());
                let world_from_mesh = world_from_object * surface.object_from_mesh;
                draws.push(Draw {
                    instance: instance.id,
                    class: instance.class.0 as u16,
                    part: surface.part,
                    mesh: surface.mesh,
                    material,
                    opacity: materials[material as usize].opacity,
                    double_sided: materials[material as usize].double_sided,
                    interior,
                    world_from_mesh,
                    mesh_from_world: world_from_mesh.inverse(),
                    object_from_mesh: surface.object_from_mesh,
                    mirrored: world_from_mesh.matrix3.determinant() < 0.0,
                });
                let mut bounds = Bounds::EMPTY;
                for corner in meshes[surface.mesh.index()].bounds.corners() {
                    bounds.include(world_from_mesh.transform_point3(corner));
                }
                boxes.push(bounds);
            }
        }
        let (opaque, others) =
            (0..draws.len() as u32).partition(|&d| draws[d as usize].opacity == Opacity::Opaque);
        Self {
            draws,
            materials,
            opaque: Tree::new(opaque, &boxes),
            others: Tree::new(others, &boxes),
        }
    }

    /// A tree over all draws, one a leaf.
    pub fn tree(&self, meshes: &[MeshTree]) -> Bvh {
        let bounds = |draw: &Draw| {
            let mut bounds = Bounds::EMPTY;
            for corner in meshes[draw.mesh.index()].bounds.corners() {
                bounds.include(draw.world_from_mesh.transform_point3(corner));
            }
            bounds
        };
        Bvh::build(&self.draws.iter().map(bounds).collect::<Vec<_>>(), 1)
    }

    /// Whether anything is not simply opaque.
    pub fn has_others(&self) -> bool {
        !self.others.draws.is_empty()
    }

    /// Of the rays in `alive`, those that meet an opaque draw in (0, `t_max`]. `spared` names a
    /// draw a ray that this ray is known not to meet.
    pub fn blocked4(
        &self,
        meshes: &[MeshTree],
        rays: &Rays4,
        t_max: F,
        spared: [u32; LANES],
        alive: u32,
    ) -> u32 {
        let mut open = alive;
        let mut limit = t_max;
        let world = BoxRays4::new(rays.origin, rays.direction);
        self.opaque
            .bvh
            .walk4::<false>(&world, &mut limit, &mut open, |start, _, who, _, open| {
                let index = self.opaque.draw(start);
                let who = set_lanes(who).filter(|&i| spared[i] != index);
                let mut inner = who.fold(0, |bits, i| bits | 1 << i);
                if inner == 0 {
                    return;
                }
                let before = inner;
                let placed = Placed4::new(&self.draws[index as usize], meshes, rays);
                placed.walk::<false>(
                    &mut t_max.clone(),
                    &mut inner,
                    |start, count, i, ray, t_max, inner| {
                        if placed.mesh.triangles.block(ray, start, count, *t_max) {
                            *inner &= !(1 << i);
                        }
                    },
                );
                *open &= !(before & !inner);
            });
        alive & !open
    }

    /// [`Self::walk`] of the rays in `active` with one start and limit for all; `accept` also gets
    /// the ray's number, and lowers its own limit.
    pub fn walk4(
        &self,
        meshes: &[MeshTree],
        rays: &Rays4,
        t_min: f32,
        active: u32,
        wanted: impl Fn(&Draw) -> bool,
        mut accept: impl FnMut(usize, &Draw, &Hit, bool, &mut f32),
    ) {
        let world = BoxRays4::new(rays.origin, rays.direction);
        let mut t_max = splat(f32::INFINITY);
        for tree in [&self.opaque, &self.others] {
            tree.bvh.walk4::<true>(
                &world,
                &mut t_max,
                &mut active.clone(),
                |start, _, who, t_max, _| {
                    let index = tree.draw(start);
                    let draw = &self.draws[index as usize];
                    if !wanted(draw) {
                        return;
                    }
                    let placed = Placed4::new(draw, meshes, rays);
                    placed.walk::<true>(
                        t_max,
                        &mut who.clone(),
                        |start, count, i, ray, t_max, _| {
                            let triangles = &placed.mesh.triangles;
                            triangles.intersect(ray, start, count, t_min, t_max, |c, t_max| {
                                accept(i, draw, &c.hit(index), c.is_front(draw), t_max);
                                false
                            });
                        },
                    );
                },
            );
        }
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
        if !self.walk_tree(
            &self.opaque,
            meshes,
            ray,
            t_min,
            t_max,
            &wanted,
            &mut accept,
        ) {
            self.walk_tree(
                &self.others,
                meshes,
                ray,
                t_min,
                t_max,
                &wanted,
                &mut accept,
            );
        }
    }

    /// [`Self::walk`] among the draws that are not simply opaque.
    pub fn walk_others(
        &self,
        meshes: &[MeshTree],
        ray: &Ray,
        t_max: &mut f32,
        mut accept: impl FnMut(&Draw, &Hit, bool, &mut f32) -> bool,
    ) {
        self.walk_tree(
            &self.others,
            meshes,
            ray,
            0.0,
            t_max,
            &|_| true,
            &mut accept,
        );
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
            let draw = &self.draws[index as usize];
            if !wanted(draw) {
                return false;
            }
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
                            let front = c.counter_clockwise != draw.mirrored;
                            let hit = Hit {
                                t: c.t,
                                draw: index,
                                triangle: c.triangle,
                                uv: c.uv,
                            };
                            done = accept(draw, &hit, front, t_max);
                            done
                        },
                    )
                },
            );
            ended = done;
            done
        });
        ended
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

/// A mesh, and four rays in its frame.
struct Placed4<'m> {
    mesh: &'m MeshTree,
    origin: V,
    direction: V,
}

impl<'m> Placed4<'m> {
    #[inline(always)]
    fn new(draw: &Draw, meshes: &'m [MeshTree], rays: &Rays4) -> Self {
        let mesh_from_world = Affine::splat(&draw.mesh_from_world);
        Self {
            mesh: &meshes[draw.mesh.index()],
            origin: mesh_from_world.point(rays.origin),
            direction: mesh_from_world.vector(rays.direction),
        }
    }

    /// Offers leaf by leaf to `visit`: start and count, ray, its limit, and who is still asking.
    #[inline(always)]
    fn walk<const ORDERED: bool>(
        &self,
        t_max: &mut F,
        alive: &mut u32,
        mut visit: impl FnMut(u32, u32, usize, &TriRay, &mut f32, &mut u32),
    ) {
        let mut sheared: [Option<TriRay>; LANES] = [None; LANES];
        let boxes = BoxRays4::new(self.origin, self.direction);
        self.mesh
            .bvh
            .walk4::<ORDERED>(&boxes, t_max, alive, |start, count, who, t_max, alive| {
                let mut limits = t_max.to_array();
                for i in set_lanes(who) {
                    let ray = sheared[i].get_or_insert_with(|| {
                        TriRay::new(self.origin.lane(i), self.direction.lane(i))
                    });
                    visit(start, count, i, ray, &mut limits[i], alive);
                }
                *t_max = F::new(limits);
            });
    }
}

/// Four half-lines in the world frame.
#[derive(Clone, Copy)]
pub struct Rays4 {
    pub origin: V,
    /// Any length but zero; hits count in it.
    pub direction: V,
}
