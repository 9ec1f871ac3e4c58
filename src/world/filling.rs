//! Liquids as pictures show them: bodies in vessels and tips.

use glam::{Affine3A, DVec3};

use super::liquid::{Draught, LiquidState};
use crate::base::frame::{Filling, InstanceSnapshot};
use crate::base::pose::Pose;
use crate::episode::spec::{EpisodeSpec, LiquidsSpec};
use crate::robot::desc::{RobotDesc, TipDesc};

/// Between liquid and wall, so that their surfaces do not coincide, metres.
const GAP_M: f64 = 1e-5;
/// Of the slices that a column in a tip is drawn in, at most, metres.
const SLICE_M: f64 = 1e-3;
const M3_PER_UL: f64 = 1e-9;

/// Which objects of an episode hold tracked liquid.
#[derive(Debug)]
pub struct Fillings<'a> {
    spec: &'a LiquidsSpec,
    /// By robot: its tip, and the object in the episode that the tip is.
    tips: Vec<Option<(&'a TipDesc, u32)>>,
}

impl<'a> Fillings<'a> {
    /// `robots`: all that were loaded.
    pub fn new(spec: &'a EpisodeSpec, robots: &'a [RobotDesc]) -> Option<Self> {
        let tips = spec.robots.iter().map(|robot| {
            let gripper = robots[robot.robot as usize].control.gripper.as_ref()?;
            let tip = gripper.tip.as_ref()?;
            Some((tip, robot.links[tip.link]?))
        });
        Some(Self {
            spec: spec.liquids.as_ref()?,
            tips: tips.collect(),
        })
    }

    /// Puts the liquids into the objects that hold them. Vessels that are part of no object are not
    /// shown. Instances are in the order of the episode's objects.
    pub fn fill(&self, state: &LiquidState, instances: &mut [InstanceSnapshot]) {
        for (vessel, now) in self.spec.vessels.iter().zip(&state.vessels) {
            let Some(owner) = vessel.owner else {
                continue;
            };
            let fillings = instances[owner as usize].fillings.get_or_insert_default();
            let [x, y] = vessel.half_size_m.map(|half| half - GAP_M);
            let body = Body {
                round: vessel.round,
                half_size_m: [x, y],
                bottom_m: GAP_M,
                top_m: now.level_m,
            };
            let color = self.spec.color(&now.volumes_ul);
            fillings.extend(color.and_then(|color| body.filling(vessel.owner_from_floor, color)));
        }
        for (tip, now) in self.tips.iter().zip(&state.tips) {
            if let (Some((tip, object)), Some(now)) = (tip, now) {
                let fillings = instances[*object as usize].fillings.get_or_insert_default();
                self.fill_tip(tip, &now.column, fillings);
            }
        }
    }

    /// A column in a bore, from its end upwards. What does not fit is not shown.
    fn fill_tip(&self, tip: &TipDesc, column: &[Draught], fillings: &mut Vec<Filling>) {
        let mut below_m3 = 0.0;
        for draught in column {
            let from_m = tip.height_m(below_m3);
            below_m3 += draught.total_ul() * M3_PER_UL;
            let to_m = tip.height_m(below_m3);
            let Draught::Liquid(volumes) = draught else {
                continue;
            };
            let Some(color) = self.spec.color(volumes) else {
                continue;
            };
            let slices = ((to_m - from_m) / SLICE_M).ceil().max(1.0);
            let height = |slice: f64| from_m + (to_m - from_m) * slice / slices;
            for slice in 0..slices as u32 {
                let (bottom_m, top_m) = (height(f64::from(slice)), height(f64::from(slice + 1)));
                // The narrower end, so that nothing sticks out.
                let radius = tip.radius_m(bottom_m).min(tip.radius_m(top_m)) - GAP_M;
                let body = Body {
                    round: true,
                    half_size_m: [radius; 2],
                    bottom_m,
                    top_m,
                };
                fillings.extend(body.filling(Pose::IDENTITY, color));
            }
        }
    }
}

/// Of liquid, along Z.
struct Body {
    round: bool,
    half_size_m: [f64; 2],
    bottom_m: f64,
    top_m: f64,
}

impl Body {
    /// `None` if there is nothing to be seen.
    fn filling(&self, object_from_floor: Pose, color: [f32; 3]) -> Option<Filling> {
        let [x, y] = self.half_size_m;
        let size = DVec3::new(x, y, self.top_m - self.bottom_m);
        let placed = Affine3A::from_scale_rotation_translation(
            size.as_vec3(),
            glam::Quat::IDENTITY,
            (DVec3::Z * self.bottom_m).as_vec3(),
        );
        (size.min_element() > 0.0).then(|| Filling {
            round: self.round,
            object_from_unit: object_from_floor.affine() * placed,
            color,
        })
    }
}
