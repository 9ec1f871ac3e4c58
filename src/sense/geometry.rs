//! Poses and boxes, composed in double precision from the snapshot's own numbers.

use glam::{DVec2, DVec3, Vec3};

use super::labels::{Box3d, PoseLabel};
use crate::base::camera::Projector;
use crate::base::pose::Pose;
use crate::scene::desc::{Bounds, SceneDesc, Surface};

/// `camera_from_object` from two world poses.
pub fn camera_from_object(world_from_camera: &Pose, world_from_object: &Pose) -> PoseLabel {
    let q_camera = world_from_camera.rotation.as_dquat().normalize();
    let q_object = world_from_object.rotation.as_dquat().normalize();
    let camera_from_world = q_camera.conjugate();
    let offset =
        world_from_object.translation_m.as_dvec3() - world_from_camera.translation_m.as_dvec3();
    PoseLabel {
        quat_xyzw: (camera_from_world * q_object).normalize(),
        translation_m: camera_from_world * offset,
    }
}

/// The bounds of an object as an oriented box, seen by a camera.
pub(super) fn box_3d(bounds: &Bounds, pose: &PoseLabel, projector: &Projector) -> Box3d {
    let corners = bounds.corners().map(|c| pose.point(c.as_dvec3()));
    let (min, max) = (bounds.min.as_dvec3(), bounds.max.as_dvec3());
    Box3d {
        center_m: 0.5 * (min + max),
        size_m: max - min,
        corners_in_camera_m: corners,
        corners_px: corners.map(|c| projector.project(c).map(|p| p.to_array())),
    }
}

/// The surface of one object, reduced to what its outline can depend on.
#[derive(Clone, Debug)]
pub struct ObjectShape {
    /// Distinct vertices, in the object's frame.
    points: Vec<Vec3>,
    /// Distinct edges, as indices into `points`.
    edges: Vec<[u32; 2]>,
}

impl ObjectShape {
    /// Of an object's rendered surfaces.
    pub fn new(scene: &SceneDesc, surfaces: &[Surface]) -> Self {
        let placed = |s: &Surface| {
            let mesh = &scene.meshes[s.mesh.index()];
            let points = mesh.positions.iter();
            let points: Vec<Vec3> = points
                .map(|&p| s.object_from_mesh.transform_point3(p))
                .collect();
            (points, &mesh.triangles)
        };
        let placed: Vec<_> = surfaces.iter().map(placed).collect();
        let mut points: Vec<Vec3> = placed
            .iter()
            .flat_map(|(points, _)| points.clone())
            .collect();
        points.sort_by(total_order);
        points.dedup_by(|a, b| total_order(a, b).is_eq());

        let mut edges = Vec::new();
        for (own, triangles) in &placed {
            let index: Vec<u32> = own
                .iter()
                .map(|p| points.partition_point(|q| total_order(q, p).is_lt()) as u32)
                .collect();
            for t in triangles.iter() {
                let [a, b, c] = t.map(|v| index[v as usize]);
                for (a, b) in [(a, b), (b, c), (c, a)] {
                    if a != b {
                        edges.push([a.min(b), a.max(b)]);
                    }
                }
            }
        }
        edges.sort_unstable();
        edges.dedup();
        Self { points, edges }
    }

    /// Bounds `[x, y, width, height]` of the projected surface, in pixels, wherever they fall;
    /// `None` if any of it is behind the camera or outside the lens' domain.
    ///
    /// A straight edge projects to a curve if the lens distorts; `curved` follows it to within
    /// 0.01 px.
    pub fn project_box(
        &self,
        pose: &PoseLabel,
        projector: &Projector,
        curved: bool,
    ) -> Option<[f64; 4]> {
        let mut bounds = PxBounds::EMPTY;
        let mut placed = Vec::with_capacity(self.points.len());
        for p in &self.points {
            let point = pose.point(p.as_dvec3());
            let px = projector.project(point)?;
            bounds.include(px);
            placed.push((point, px));
        }
        if curved {
            for &[a, b] in &self.edges {
                let (a, b) = (placed[a as usize], placed[b as usize]);
                bounds.include_edge(projector, a, b, MAX_HALVINGS)?;
            }
        }
        let size = bounds.max - bounds.min;
        Some([bounds.min.x, bounds.min.y, size.x, size.y])
    }
}

/// Enough for an edge of 8,000 px.
const MAX_HALVINGS: u32 = 12;

/// Edges shorter than this in the image are taken as straight, pixels. A circle of 50 px radius
/// bends by 0.01 px along it.
const STRAIGHT_PX: f64 = 2.0;

struct PxBounds {
    min: DVec2,
    max: DVec2,
}

impl PxBounds {
    const EMPTY: Self = Self {
        min: DVec2::INFINITY,
        max: DVec2::NEG_INFINITY,
    };

    fn include(&mut self, p: DVec2) {
        self.min = self.min.min(p);
        self.max = self.max.max(p);
    }

    /// The curve between two points of the camera frame, given with their pixels.
    fn include_edge(
        &mut self,
        projector: &Projector,
        a: (DVec3, DVec2),
        b: (DVec3, DVec2),
        halvings: u32,
    ) -> Option<()> {
        if halvings == 0 || a.1.distance_squared(b.1) < STRAIGHT_PX * STRAIGHT_PX {
            return Some(());
        }
        let middle = 0.5 * (a.0 + b.0);
        let middle = (middle, projector.project(middle)?);
        self.include(middle.1);
        self.include_edge(projector, a, middle, halvings - 1)?;
        self.include_edge(projector, middle, b, halvings - 1)
    }
}

fn total_order(a: &Vec3, b: &Vec3) -> std::cmp::Ordering {
    let by = |i: usize| a[i].total_cmp(&b[i]);
    by(0).then_with(|| by(1)).then_with(|| by(2))
}
