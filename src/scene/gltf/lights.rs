//! Lights and cameras of nodes.

use glam::{DMat3, DQuat, DVec3};

use super::nodes::{Node, decompose, pose};
use super::report::At;
use crate::base::color::{LUMINANCE, blackbody_rgb};
use crate::base::light::{Light, LightKind};
use crate::scene::desc::CameraNode;

/// Luminous flux of a `bs_light` that says nothing else.
const DEFAULT_LUMENS: f32 = 3000.0;
/// Colour temperature of a `bs_light` that says nothing else.
const DEFAULT_KELVIN: f64 = 5000.0;

/// Where glTF lights and cameras look (−Z), in the node's frame turned to Z up.
const VIEW_AXIS: DVec3 = DVec3::Y;

/// The rotation from a Blender-like camera frame (looks along −Z, Y up) to the node's frame.
fn node_from_view() -> DQuat {
    DQuat::from_mat3(&DMat3::from_cols(DVec3::X, DVec3::Z, DVec3::NEG_Y))
}

/// Whether the node is a glTF camera or light.
pub(super) fn looks_along_view_axis(at: &At<'_>) -> bool {
    at.get("camera").is_some() || at.extension("KHR_lights_punctual").is_some()
}

/// The frame that Blender shows for a node: exporters turn cameras and lights.
pub(super) fn author_rotation(node: &Node<'_>, rotation: DQuat) -> DQuat {
    if looks_along_view_axis(&node.at) {
        rotation * node_from_view()
    } else {
        rotation
    }
}

/// The perspective camera of a node, if it has one.
pub(super) fn camera(node: &Node<'_>, cameras: &[At<'_>]) -> Option<CameraNode> {
    let reference = node.at.get("camera")?;
    let at = &cameras[reference.index("cameras", cameras.len())?];
    let kind = at.require("type")?;
    match kind.text()? {
        "perspective" => {}
        "orthographic" => {
            kind.warn(
                "an orthographic camera, which is left out",
                "a perspective camera",
                "",
            );
            return None;
        }
        _ => {
            kind.wrong("perspective or orthographic");
            return None;
        }
    }
    let fov = at.require("perspective")?.require("yfov")?;
    let vertical_fov_rad = fov.number()?;
    if !(vertical_fov_rad > 0.0 && vertical_fov_rad < std::f64::consts::PI) {
        fov.wrong("an angle between 0 and π");
        return None;
    }
    let frame = match decompose(&node.world_from_node, node.signs) {
        Ok(frame) => frame,
        Err(found) => {
            node.at.error(found, "a rigid frame for a camera", "");
            return None;
        }
    };
    // OpenCV axes in the node's frame: x right, y down, z forward.
    let axes = DMat3::from_cols(DVec3::X, DVec3::NEG_Z, VIEW_AXIS);
    Some(CameraNode {
        name: node.name.clone(),
        asset_from_camera: pose(frame.rotation * DQuat::from_mat3(&axes), frame.translation),
        vertical_fov_rad,
    })
}

/// The KHR_lights_punctual light of a node, if it has one.
pub(super) fn punctual(node: &Node<'_>, lights: &[At<'_>]) -> Option<Light> {
    let reference = node.at.extension("KHR_lights_punctual")?;
    let reference = reference.require("light")?;
    let at = &lights[reference.index("KHR_lights_punctual.lights", lights.len())?];
    let rgb = match at.get("color") {
        Some(color) => color.numbers_in::<3>(0.0, 1.0)?,
        None => [1.0; 3],
    };
    let luminance: f64 = rgb
        .iter()
        .zip(LUMINANCE)
        .map(|(c, w)| c * f64::from(w))
        .sum();
    let color = if luminance > 0.0 {
        rgb.map(|c| (c / luminance) as f32)
    } else {
        [1.0; 3]
    };
    let intensity = match at.get("intensity") {
        Some(intensity) => intensity.number_in(0.0, f64::INFINITY)?,
        None => 1.0,
    };
    let strength = (intensity * luminance) as f32;
    if let Some(range) = at.get("range") {
        range.warn(
            "a range, which is ignored",
            "light that falls with the distance alone",
            "",
        );
    }
    let world = &node.world_from_node;
    let position_m = world.translation.as_vec3();
    let Some(direction) = world.transform_vector3(VIEW_AXIS).try_normalize() else {
        node.at
            .error("a frame with scale 0", "a direction for the light", "");
        return None;
    };
    let direction = direction.as_vec3();
    let kind_at = at.require("type")?;
    let kind = match kind_at.text()? {
        "point" => LightKind::Point {
            position_m,
            candela: strength,
        },
        "directional" => LightKind::Directional {
            direction,
            lux: strength,
            angular_diameter_rad: 0.0,
        },
        "spot" => {
            let (inner_rad, outer_rad) = cone(at)?;
            LightKind::Spot {
                position_m,
                direction,
                candela: strength,
                inner_rad,
                outer_rad,
            }
        }
        _ => {
            kind_at.wrong("point, spot or directional");
            return None;
        }
    };
    Some(Light {
        name: node.name.clone(),
        kind,
        color,
        casts_shadow: true,
    })
}

/// Half angles of a spot light: 0 ≤ inner < outer ≤ π/2.
fn cone(light: &At<'_>) -> Option<(f32, f32)> {
    let Some(spot) = light.get("spot") else {
        return Some((0.0, std::f32::consts::FRAC_PI_4));
    };
    let angle = |key: &str, default: f64| match spot.get(key) {
        // A little more than π/2, for exporters that round up.
        Some(at) => at.number_in(0.0, 1.570_797),
        None => Some(default),
    };
    let inner = angle("innerConeAngle", 0.0)?;
    let outer = angle("outerConeAngle", std::f64::consts::FRAC_PI_4)?;
    if inner >= outer {
        spot.error(
            format!("an inner cone of {inner} rad and an outer one of {outer} rad"),
            "an inner angle smaller than the outer one",
            "",
        );
        return None;
    }
    Some((inner as f32, outer as f32))
}

/// The `bs_light` of an empty.
pub(super) fn rectangular(node: &Node<'_>) -> Option<Light> {
    let frame = match decompose(&node.world_from_node, node.signs) {
        Ok(frame) => frame,
        Err(found) => {
            node.at.error(found, "a rectangle", "");
            return None;
        }
    };
    let half = frame.scale.abs().as_vec3();
    let area_m2 = 4.0 * half.x * half.y;
    let lumens = node.labels.lumens.unwrap_or(DEFAULT_LUMENS);
    Some(Light {
        name: node.name.clone(),
        kind: LightKind::Rect {
            world_from_light: frame.pose(),
            half_size_m: [half.x, half.y],
            nits: lumens / (std::f32::consts::PI * area_m2),
        },
        color: blackbody_rgb(node.labels.kelvin.unwrap_or(DEFAULT_KELVIN)),
        casts_shadow: true,
    })
}
