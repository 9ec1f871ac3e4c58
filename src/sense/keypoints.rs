//! Keypoints: where they fall and what hides them.

use glam::Vec3;

use super::labels::{KeypointLabel, KeypointState, PoseLabel};
use crate::base::camera::{CameraSpec, Projector};
use crate::base::pose::Pose;
use crate::render::Occlusion;
use crate::scene::desc::NamedPoint;

/// Surfaces this near a keypoint do not hide it: authors place keypoints on a surface, and a
/// faceted mesh passes a little beside them. Half the thickness of a microscope slide.
pub const KEYPOINT_MARGIN_M: f32 = 0.0005;

/// What stands between two points of the world; see [`crate::render::Frame::occlusion`].
pub(super) type Sight<'a> = &'a dyn Fn(Vec3, Vec3, f32) -> Occlusion;

/// One keypoint of an object at `world_from_object`.
pub(super) fn keypoint(
    point: &NamedPoint,
    camera: &CameraSpec,
    projector: &Projector,
    camera_from_object: &PoseLabel,
    world_from_object: &Pose,
    sight: Sight<'_>,
) -> KeypointLabel {
    let in_camera = camera_from_object.point(point.point_m.as_dvec3());
    let px = projector.project(in_camera);
    let size = (camera.intrinsics.width_px, camera.intrinsics.height_px);
    let inside = px.is_some_and(|p| {
        (0.0..f64::from(size.0)).contains(&p.x) && (0.0..f64::from(size.1)).contains(&p.y)
    });
    let state = if inside {
        let eye = camera.world_from_camera.translation_m;
        let target = world_from_object.point(point.point_m);
        match sight(eye, target, KEYPOINT_MARGIN_M) {
            Occlusion::Clear => KeypointState::Visible,
            Occlusion::ThroughGlass(by) => KeypointState::BehindGlass { by: by.0 },
            Occlusion::Blocked(by) => KeypointState::Occluded { by: by.0 },
        }
    } else {
        KeypointState::Outside
    };
    KeypointLabel {
        name: point.name.clone(),
        px: px.map(|p| p.to_array()),
        point_in_camera_m: in_camera,
        state,
    }
}
