//! Label planes from the visibility buffer.

use std::array::from_fn;

use glam::{DVec2, Vec2, Vec3};

use super::site::{CameraRays, hits_on};
use super::{ViewScene, VisBuffer, hit_on, unpack};
use crate::base::camera::Lens;
use crate::base::image::{Plane, PlaneSet, Planes};
use crate::base::tone;
use crate::render::geometry::{Draw, Ray};
use crate::render::lanes::{LANES, V};
use crate::render::surface::SurfacePoint;

/// Every plane asked for but colour.
pub fn extract(
    view: &ViewScene,
    wanted: &PlaneSet,
    first: &VisBuffer,
    opaque: &VisBuffer,
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
    let detailed = wanted.normal || wanted.object_coords || wanted.flow || wanted.albedo;
    let needs_ray = detailed || wanted.z_depth || wanted.behind;
    let motion = Motion::new(view);
    // What learners read, through lenses whose rays count z-depth.
    let fisheye = matches!(view.camera.lens, Lens::Fisheye { .. });
    let simple = !(detailed || wanted.behind || wanted.class || wanted.part || fisheye);
    for start in (0..width * height).step_by(LANES) {
        let place = |i: usize| ((start + i) % width, (start + i) / width);
        let lanes = LANES.min(width * height - start);
        let directions: [Option<Vec3>; LANES] = from_fn(|i| {
            let (x, y) = place(i.min(lanes - 1));
            needs_ray.then(|| view.in_camera(1, x, y)).flatten()
        });
        let seen: [Option<(u32, u32)>; LANES] =
            from_fn(|i| unpack(first.ids[start + i.min(lanes - 1)]));
        let direction = view.to_world(V::lanes(|i| directions[i].unwrap_or(Vec3::Z)));
        let rays = CameraRays::new(view.eye(), direction);
        // What one lane sees stands in for lanes that see nothing.
        let hits = seen
            .iter()
            .flatten()
            .next()
            .filter(|_| needs_ray)
            .map(|any| {
                let ids = seen.map(|id| id.unwrap_or(*any));
                hits_on(view, &rays, ids.map(|id| id.0), ids.map(|id| id.1))
            });
        if simple {
            for (i, seen) in seen.iter().enumerate().take(lanes) {
                let Some((draw, _)) = seen else {
                    continue;
                };
                if let Some(plane) = &mut planes.instance {
                    plane.data[start + i] = view.geometry.draws[*draw as usize].instance.0;
                }
                if let (Some(plane), Some(hits), Some(_)) =
                    (&mut planes.z_depth_m, &hits, directions[i])
                {
                    plane.data[start + i] = hits.t.to_array()[i];
                }
            }
            continue;
        }
        for i in 0..lanes {
            let (at, (x, y)) = (start + i, place(i));
            let ray = directions[i].map(|_| rays.lane(i));
            let Some((draw_index, _)) = seen[i] else {
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
            let (Some(ray), Some(hits)) = (ray, &hits) else {
                continue;
            };
            let hit = hits.lane(i);
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
