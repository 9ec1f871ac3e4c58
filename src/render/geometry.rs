//! Meshes with their trees, and one frame's draw list: everything a ray can meet.

use glam::{Affine3A, Vec3};

use super::bvh::{BoxRay, Bvh};
use super::material::{Opacity, RenderMaterial};
use super::triangle::{Candidate, TriRay, Triangles};
use crate::base::frame::FrameSnapshot;
use crate::base::ids::{InstanceId, MeshId, PartId};
use crate::scene::desc::{Bounds, SceneDesc};
use crate::scene::mesh::Mesh;

/// A mesh with a tree over its triangles.
pub struct MeshTree {
    bvh: Bvh,
    /// In the order of the tree's leaves.
    triangles: Triangles,
    pub bounds: Bounds,
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
        Self {
            bvh,
            triangles,
            bounds,
        }
    }

    /// Over the mesh's triangles.
    pub fn bvh(&self) -> &Bvh {
        &self.bvh
    }
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
    pub world_from_mesh: Affine3A,
    pub mesh_from_world: Affine3A,
    pub object_from_mesh: Affine3A,
    /// Whether the transform mirrors: front faces then turn clockwise.
    pub mirrored: bool,
}

/// One frame's draws with a tree over them.
pub struct Geometry {
    pub draws: Vec<Draw>,
    pub materials: Vec<RenderMaterial>,
    bvh: Bvh,
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
    pub fn new(scene: &SceneDesc, meshes: &[MeshTree], snapshot: &FrameSnapshot) -> Self {
        let mut materials: Vec<RenderMaterial> =
            scene.materials.iter().map(RenderMaterial::new).collect();
        let (mut draws, mut boxes) = (Vec::new(), Vec::new());
        for instance in &snapshot.instances {
            let object = &scene.objects[instance.object.index()];
            let looks = materials.len() as u32;
            materials.extend(instance.looks.iter().map(|look| {
                RenderMaterial::with_look(&scene.materials[look.becomes.index()], look)
            }));
            let world_from_object = instance.world_from_instance.affine();
            for surface in &object.surfaces {
                let look = instance
                    .looks
                    .iter()
                    .position(|look| look.of == surface.material);
                let material = look.map_or(surface.material.0, |i| looks + i as u32);
                let world_from_mesh = world_from_object * surface.object_from_mesh;
                draws.push(Draw {
                    instance: instance.id,
                    class: instance.class.0 as u16,
                    part: surface.part,
                    mesh: surface.mesh,
                    material,
                    opacity: materials[material as usize].opacity,
                    double_sided: materials[material as usize].double_sided,
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
        let bvh = Bvh::build(&boxes, 1);
        Self {
            draws,
            materials,
            bvh,
        }
    }

    /// Over the draws, one a leaf.
    pub fn bvh(&self) -> &Bvh {
        &self.bvh
    }

    /// Offers every triangle the ray meets in (`t_min`, `t_max`] to `accept`, roughly near to
    /// far. `wanted` skips whole draws. `accept` may lower `t_max` and ends by returning true.
    pub fn walk(
        &self,
        meshes: &[MeshTree],
        ray: &Ray,
        t_min: f32,
        t_max: &mut f32,
        wanted: impl Fn(&Draw) -> bool,
        mut accept: impl FnMut(&Draw, &Hit, bool, &mut f32) -> bool,
    ) {
        let world = BoxRay::new(ray.origin, ray.direction, t_min);
        self.bvh.walk(&world, t_max, |start, count, t_max| {
            for &index in &self.bvh.order[start as usize..(start + count) as usize] {
                let draw = &self.draws[index as usize];
                if !wanted(draw) {
                    continue;
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
                if done {
                    return true;
                }
            }
            false
        });
    }
}
