//! Label planes from the visibility buffer.

use glam::{DVec2, Vec2, Vec3};

use super::centers::Centers;
use super::{NOTHING, Seen, ViewScene, VisBuffer, hit_on, unpack};
use crate::base::camera::Lens;
use crate::base::image::{Plane, PlaneSet, Planes};
use crate::base::tone;
use crate::render::geometry::{Draw, Hit, Ray};
use crate::render::surface::SurfacePoint;

/// Every plane asked for but colour.
pub fn extract(
    view: &ViewScene,
    wanted: &PlaneSet,
    &Seen {
        grid,
        first,
        opaque,
        centers,
        ..
    }: &Seen,
) -> Planes {
    let (width, height) = (first.width, first.height);
    let mut planes = Planes {
        z_depth_m: wanted.z_depth.then(|| Plane::filled(width, height, 0.0)),
        instance: wanted.instance.then(|| Plane::filled(width, height, 0)),
        class: wanted.class.then(|| Plane::filled(width, height, 0)),
        part: wanted.part.then(|| Plane::filled(width, height, 0)),
        normal_in_camera: wanted
            .normal
            .then(|| Plane::filled(width, height, [0.0; 3])),
        object_coords: wanted
            .object_coords
            .then(|| Plane::filled(width, height, [0.0; 3])),
        flow_px: wanted
            .flow
            .then(|| Plane::filled(width, height, [f32::NAN; 2])),
        albedo: wanted.albedo.then(|| Plane::filled(width, height, [0; 3])),
        behind_z_depth_m: wanted.behind.then(|| Plane::filled(width, height, 0.0)),
        behind_instance: wanted.behind.then(|| Plane::filled(width, height, 0)),
        color: None,
        radiance: None,
    };
    let motion = Motion::new(view);
    let (rays, detailed) = (needs_rays(wanted), is_detailed(wanted));
    if !(detailed || wanted.behind || wanted.class || wanted.part)
        && view.camera.lens == Lens::Pinhole
    {
        learner(view, first, centers, &mut planes);
        return planes;
    }
    for y in 0..height {
        for x in 0..width {
            let at = y * width + x;
            let direction = rays.then(|| grid.direction(x, y)).flatten();
            let ray = direction.map(|d| Ray {
                origin: view.eye(),
                direction: view.world_from_camera * d,
            });
            let Some((draw_index, triangle)) = unpack(first.ids[at]) else {
                if let (Some(plane), Some(ray)) = (&mut planes.flow_px, ray) {
                    plane.data[at] = motion.of_direction(x, y, ray.direction);
                }
                continue;
            };
            let draw = &view.geometry.draws[draw_index as usize];
            if let Some(plane) = &mut planes.instance {
                plane.data[at] = draw.instance.0;
            }
            if let Some(plane) = &mut planes.class {
                plane.data[at] = draw.class;
            }
            if let Some(plane) = &mut planes.part {
                plane.data[at] = draw.part.0 as u16;
            }
            let Some(ray) = ray else {
                continue;
            };
            let hit = Hit {
                t: centers.t[at],
                draw: draw_index,
                triangle,
                uv: [centers.u[at], centers.v[at]],
            };
            if let Some(plane) = &mut planes.z_depth_m {
                plane.data[at] = z_depth(view, &ray, hit.t);
            }
            if wanted.behind
                && let Some((behind, triangle)) = unpack(opaque.ids[at])
            {
                let instance = view.geometry.draws[behind as usize].instance;
                let t = if (behind, triangle) == (draw_index, hit.triangle) {
                    hit.t
                } else {
                    hit_on(view, &ray, behind, triangle).t
                };
                if let Some(plane) = &mut planes.behind_z_depth_m {
                    plane.data[at] = z_depth(view, &ray, t);
                }
                if let Some(plane) = &mut planes.behind_instance {
                    plane.data[at] = instance.0;
                }
            }
            if detailed {
                let mesh = &view.scene.meshes[draw.mesh.index()];
                let point = SurfacePoint::new(mesh, draw, &ray, &hit, view.pixel_rad());
                let material = &view.geometry.materials[draw.material as usize];
                if let Some(plane) = &mut planes.normal_in_camera {
                    let normal = point.shading_normal(mesh, draw, &hit, material, view.textures);
                    plane.data[at] = view
                        .camera
                        .world_from_camera
                        .inverse()
                        .direction(normal)
                        .to_array();
                }
                if let Some(plane) = &mut planes.object_coords {
                    plane.data[at] = object_coords(view, draw, point.in_mesh);
                }
                if let Some(plane) = &mut planes.flow_px {
                    plane.data[at] = motion.of_point(view, draw, x, y, point.in_mesh);
                }
                if let Some(plane) = &mut planes.albedo {
                    let color = material.base_color(view.textures, &point);
                    plane.data[at] = tone::encode(color);
                }
            }
        }
    }
    planes
}

/// Whether these planes show more of a point than where it is and whose.
fn is_detailed(wanted: &PlaneSet) -> bool {
    wanted.normal || wanted.object_coords || wanted.flow || wanted.albedo
}

/// Whether these planes show where the pixels' rays meet surfaces.
pub fn needs_rays(wanted: &PlaneSet) -> bool {
    is_detailed(wanted) || wanted.z_depth || wanted.behind
}

/// What learners read, instance and z-depth, through a pinhole, whose rays count z-depth.
fn learner(view: &ViewScene, first: &VisBuffer, centers: &Centers, planes: &mut Planes) {
    if let Some(plane) = &mut planes.instance {
        let (mut last, mut instance) = (NOTHING >> 32, 0);
        for (to, id) in plane.data.iter_mut().zip(&first.ids) {
            let draw = id >> 32;
            if draw != last {
                let draw = unpack(*id).map(|(draw, _)| &view.geometry.draws[draw as usize]);
                instance = draw.map_or(0, |d| d.instance.0);
                last = id >> 32;
            }
            *to = instance;
        }
    }
    if let Some(plane) = &mut planes.z_depth_m {
        for ((to, id), t) in plane.data.iter_mut().zip(&first.ids).zip(&centers.t) {
            *to = if *id == NOTHING { 0.0 } else { *t };
        }
    }
}

/// Distance along the optical axis of the point at ray parameter `t`.
fn z_depth(view: &ViewScene, ray: &Ray, t: f32) -> f32 {
    match view.camera.lens {
        Lens::Fisheye { .. } => {
            let axis = view.camera.world_from_camera.direction(Vec3::Z);
            (t * axis.dot(ray.direction)).max(0.0)
        }
        _ => t,
    }
}

fn object_coords(view: &ViewScene, draw: &Draw, in_mesh: Vec3) -> [f32; 3] {
    let Some(index) = draw.instance.object_index() else {
        return [0.0; 3];
    };
    let bounds = view.scene.objects[view.snapshot.instances[index].object.index()].bounds;
    let size = bounds.size().max(Vec3::splat(1e-9));
    let p = (draw.object_from_mesh.transform_point3(in_mesh) - bounds.min) / size;
    p.clamp(Vec3::ZERO, Vec3::ONE).to_array()
}

/// Where things are in the image `flow_secs` later.
struct Motion<'v, 'a> {
    view: &'v ViewScene<'a>,
    camera_from_world_next: crate::base::pose::Pose,
}

impl<'v, 'a> Motion<'v, 'a> {
    fn new(view: &'v ViewScene<'a>) -> Self {
        Self {
            view,
            camera_from_world_next: view.camera.world_from_camera_next.inverse(),
        }
    }

    fn of_point(
        &self,
        view: &ViewScene,
        draw: &Draw,
        x: usize,
        y: usize,
        in_mesh: Vec3,
    ) -> [f32; 2] {
        let Some(index) = draw.instance.object_index() else {
            return [f32::NAN; 2];
        };
        let in_object = draw.object_from_mesh.transform_point3(in_mesh);
        let world = view.snapshot.instances[index]
            .world_from_instance_next
            .point(in_object);
        self.displacement(x, y, self.camera_from_world_next.point(world))
    }

    /// Of the far background.
    fn of_direction(&self, x: usize, y: usize, direction: Vec3) -> [f32; 2] {
        self.displacement(x, y, self.camera_from_world_next.direction(direction))
    }

    fn displacement(&self, x: usize, y: usize, in_camera_next: Vec3) -> [f32; 2] {
        let Some(next) = self.view.projector.project(in_camera_next.as_dvec3()) else {
            return [f32::NAN; 2];
        };
        let here = DVec2::new(x as f64 + 0.5, y as f64 + 0.5);
        let Vec2 { x, y } = (next - here).as_vec2();
        [x, y]
    }
}
