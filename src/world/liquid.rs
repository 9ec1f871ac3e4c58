//! Liquids as volumes and levels, not as fluids: what is in which vessel, in which tip, and what
//! went wrong on the way.
//!
//! A pipette's plunger draws in at the tip's end what is there (liquid below a level, air
//! elsewhere), and pushes out the same column again, the last first. What comes out falls straight
//! down: into the vessel below the tip, or it is spilled. Vessels stand upright, mix at once, and do
//! not rise around what is dipped into them. What is drawn, dispensed and spilled is, liquid by
//! liquid, always what there was at the start.

use glam::DVec3;

use crate::base::pose::Pose;
use crate::episode::spec::{LiquidsSpec, VesselSpec};
use crate::robot::desc::Rigid;

/// The meniscus at a tip's end gives by so much before anything moves through it: a plunger that
/// trembles neither drips nor sucks. What is pushed out is less by it than what was drawn in.
pub const MENISCUS_UL: f64 = 0.2;
/// Less is nothing.
const TRACE_UL: f64 = 1e-9;
const M3_PER_UL: f64 = 1e-9;

/// What all liquids do at one moment. Volumes in µL, by liquid of the [`LiquidsSpec`].
#[derive(Clone, Debug, PartialEq)]
pub struct LiquidState {
    /// By vessel of the [`LiquidsSpec`].
    pub vessels: Vec<VesselState>,
    /// By robot of the episode; `None` for those that are no pipettes.
    pub tips: Vec<Option<TipState>>,
    /// What fell beside vessels or ran over.
    pub spilled_ul: Vec<f64>,
    /// Each vessel and liquid once, in order of time.
    pub contaminations: Vec<Contamination>,
}

/// What is in a vessel.
#[derive(Clone, Debug, PartialEq)]
pub struct VesselState {
    pub volumes_ul: Vec<f64>,
    /// Of the surface above the floor, metres.
    pub level_m: f64,
    /// Has run over its rim since the start.
    pub overflowed_ul: f64,
}

/// What is in a pipette's tip.
#[derive(Clone, Debug, PartialEq)]
pub struct TipState {
    /// The column in the tip, from its end upwards.
    pub column: Vec<Draught>,
    /// By liquid: whether it has been in the tip or at its end.
    pub touched: Vec<bool>,
    /// The vessel that the tip's end is in, or above.
    pub over: Option<usize>,
    /// Whether the end is below its level.
    pub immersed: bool,
    /// What the plunger has drawn, less the play of the meniscus.
    drawn_ul: f64,
}

/// A piece of the column in a tip.
#[derive(Clone, Debug, PartialEq)]
pub enum Draught {
    Air(f64),
    /// By liquid: they are mixed.
    Liquid(Vec<f64>),
}

/// A liquid that got where it should not: a tip that had touched it was dipped into a vessel
/// without it, or it got into a clean vessel.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Contamination {
    pub vessel: usize,
    pub liquid: usize,
}

impl VesselState {
    /// Of all liquids together, µL.
    pub fn total_ul(&self) -> f64 {
        self.volumes_ul.iter().sum()
    }
}

impl TipState {
    /// What liquid is in it, by liquid, µL.
    pub fn volumes_ul(&self) -> Vec<f64> {
        let mut sum = vec![0.0; self.touched.len()];
        for draught in &self.column {
            if let Draught::Liquid(volumes) = draught {
                add(&mut sum, volumes);
            }
        }
        sum
    }
}

impl LiquidState {
    /// Of one liquid, everywhere, µL: never changes.
    pub fn everywhere_ul(&self, liquid: usize) -> f64 {
        let vessels = self.vessels.iter().map(|v| v.volumes_ul[liquid]);
        let tips = self.tips.iter().flatten().map(|t| t.volumes_ul()[liquid]);
        vessels.sum::<f64>() + tips.sum::<f64>() + self.spilled_ul[liquid]
    }
}

/// The liquids of a running episode.
#[derive(Clone, Debug)]
pub struct Liquids<'a> {
    spec: &'a LiquidsSpec,
    floor_from_owner: Vec<Rigid>,
    state: LiquidState,
}

impl<'a> Liquids<'a> {
    /// At the start. `plungers_ul`: what each robot's plunger has drawn by then: air; `None` for
    /// robots that are no pipettes.
    pub fn new(spec: &'a LiquidsSpec, plungers_ul: &[Option<f64>]) -> Self {
        let kinds = spec.names.len();
        let vessels = spec.vessels.iter().map(|vessel| {
            let mut volumes_ul = vec![0.0; kinds];
            if let Some(liquid) = vessel.liquid {
                volumes_ul[liquid as usize] = vessel.start_ul;
            }
            VesselState {
                level_m: level_m(vessel, &volumes_ul),
                volumes_ul,
                overflowed_ul: 0.0,
            }
        });
        let tips = plungers_ul.iter().map(|drawn| {
            let drawn_ul = (*drawn)?;
            Some(TipState {
                column: (drawn_ul > 0.0)
                    .then_some(Draught::Air(drawn_ul))
                    .into_iter()
                    .collect(),
                touched: vec![false; kinds],
                over: None,
                immersed: false,
                drawn_ul,
            })
        });
        Self {
            spec,
            floor_from_owner: (spec.vessels.iter())
                .map(|v| Rigid::from(v.owner_from_floor).inverse())
                .collect(),
            state: LiquidState {
                vessels: vessels.collect(),
                tips: tips.collect(),
                spilled_ul: vec![0.0; kinds],
                contaminations: Vec::new(),
            },
        }
    }

    /// Now.
    pub fn state(&self) -> &LiquidState {
        &self.state
    }

    /// A robot's tip and plunger have moved a little: where its end is now, and what the plunger
    /// has drawn altogether. `world_from_owner`: where the object of this index in the episode is.
    pub fn advance(
        &mut self,
        robot: usize,
        end_in_world: DVec3,
        plunger_ul: f64,
        world_from_owner: impl Fn(u32) -> Pose,
    ) {
        let Some(mut tip) = self.state.tips[robot].take() else {
            return;
        };
        let below = self.below(end_in_world, world_from_owner);
        tip.over = below.map(|(vessel, _)| vessel);
        tip.immersed =
            below.is_some_and(|(vessel, height)| height < self.state.vessels[vessel].level_m);
        if let Some((vessel, height)) = below {
            self.dip(&mut tip, vessel, height);
        }
        let ahead = plunger_ul - tip.drawn_ul;
        if ahead > MENISCUS_UL {
            self.draw(&mut tip, ahead - MENISCUS_UL, below);
        } else if ahead < -MENISCUS_UL {
            self.push(&mut tip, -ahead - MENISCUS_UL);
        }
        self.state.tips[robot] = Some(tip);
    }

    /// The vessel that a point is in or straight above, and the point's height above its floor: of
    /// several the nearest.
    fn below(
        &self,
        point_in_world: DVec3,
        world_from_owner: impl Fn(u32) -> Pose,
    ) -> Option<(usize, f64)> {
        let mut found: Option<(usize, f64)> = None;
        let mut last: Option<(Option<u32>, DVec3)> = None;
        for (index, vessel) in self.spec.vessels.iter().enumerate() {
            let in_owner = match last {
                Some((owner, point)) if owner == vessel.owner => point,
                _ => match vessel.owner {
                    None => point_in_world,
                    Some(owner) => Rigid::from(world_from_owner(owner))
                        .inverse()
                        .point(point_in_world),
                },
            };
            last = Some((vessel.owner, in_owner));
            let point = self.floor_from_owner[index].point(in_owner);
            let x = point.x / vessel.half_size_m[0];
            let y = point.y / vessel.half_size_m[1];
            let within = match vessel.round {
                true => x * x + y * y <= 1.0,
                false => x.abs() <= 1.0 && y.abs() <= 1.0,
            };
            if within && point.z >= 0.0 && found.is_none_or(|(_, height)| point.z < height) {
                found = Some((index, point.z));
            }
        }
        found
    }

    /// The tip's end is at a height above the floor of a vessel.
    fn dip(&mut self, tip: &mut TipState, vessel: usize, height_m: f64) {
        let spec = &self.spec.vessels[vessel];
        if height_m >= spec.depth_m || !(tip.immersed || spec.clean) {
            return;
        }
        for liquid in 0..tip.touched.len() {
            let there = self.state.vessels[vessel].volumes_ul[liquid] > TRACE_UL;
            let own = spec.liquid == Some(liquid as u32);
            let foreign = if spec.clean { !own } else { !there };
            if tip.touched[liquid] && foreign {
                self.contaminate(vessel, liquid);
            }
            tip.touched[liquid] |= there && tip.immersed;
        }
    }

    fn draw(&mut self, tip: &mut TipState, wanted_ul: f64, below: Option<(usize, f64)>) {
        tip.drawn_ul += wanted_ul;
        let mut air = wanted_ul;
        if let (Some((index, height)), true) = (below, tip.immersed) {
            let spec = &self.spec.vessels[index];
            let vessel = &mut self.state.vessels[index];
            // Down to the tip's end, no further.
            let above = (vessel.level_m - height) * spec.area_m2() / M3_PER_UL;
            let total = vessel.total_ul();
            let ul = wanted_ul.min(above).min(total).max(0.0);
            if ul > 0.0 {
                let share = ul / total;
                let taken: Vec<f64> = vessel.volumes_ul.iter().map(|v| v * share).collect();
                for (volume, taken) in vessel.volumes_ul.iter_mut().zip(&taken) {
                    *volume -= taken;
                }
                vessel.level_m = level_m(spec, &vessel.volumes_ul);
                air -= ul;
                tip.take_in(Draught::Liquid(taken));
            }
        }
        if air > 0.0 {
            tip.take_in(Draught::Air(air));
        }
    }

    fn push(&mut self, tip: &mut TipState, out_ul: f64) {
        tip.drawn_ul -= out_ul;
        let mut left = out_ul;
        while left > 0.0 && !tip.column.is_empty() {
            let first = tip.column[0].total_ul();
            let share = (left / first).min(1.0);
            left -= first.min(left);
            let drop = tip.column[0].part(share);
            if share >= 1.0 {
                tip.column.remove(0);
            } else {
                tip.column[0] = tip.column[0].less(&drop);
            }
            if let Draught::Liquid(volumes) = drop {
                self.fall(tip.over, &volumes);
            }
        }
    }

    /// Liquid falls into a vessel, or beside all.
    fn fall(&mut self, into: Option<usize>, volumes_ul: &[f64]) {
        let Some(index) = into else {
            add(&mut self.state.spilled_ul, volumes_ul);
            return;
        };
        let spec = &self.spec.vessels[index];
        let vessel = &mut self.state.vessels[index];
        let arrives: f64 = volumes_ul.iter().sum();
        let over = (vessel.total_ul() + arrives - spec.capacity_ul).clamp(0.0, arrives);
        // What arrives last runs over.
        let stays = if arrives > 0.0 {
            1.0 - over / arrives
        } else {
            0.0
        };
        for (liquid, volume) in volumes_ul.iter().enumerate() {
            let stays = volume * stays;
            vessel.volumes_ul[liquid] += stays;
            self.state.spilled_ul[liquid] += volume - stays;
        }
        vessel.overflowed_ul += over;
        vessel.level_m = level_m(spec, &vessel.volumes_ul);
        for (liquid, volume) in volumes_ul.iter().enumerate() {
            if spec.clean && *volume > TRACE_UL && spec.liquid != Some(liquid as u32) {
                self.contaminate(index, liquid);
            }
        }
    }

    fn contaminate(&mut self, vessel: usize, liquid: usize) {
        let event = Contamination { vessel, liquid };
        if !self.state.contaminations.contains(&event) {
            self.state.contaminations.push(event);
        }
    }
}

impl TipState {
    /// At its end.
    fn take_in(&mut self, more: Draught) {
        if let Draught::Liquid(volumes) = &more {
            for (touched, volume) in self.touched.iter_mut().zip(volumes) {
                *touched |= *volume > 0.0;
            }
        }
        match (self.column.first_mut(), more) {
            (Some(Draught::Air(sum)), Draught::Air(air)) => *sum += air,
            (Some(Draught::Liquid(sum)), Draught::Liquid(more)) => add(sum, &more),
            (_, more) => self.column.insert(0, more),
        }
    }
}

impl Draught {
    /// Of all that is in it, µL.
    pub fn total_ul(&self) -> f64 {
        match self {
            Self::Air(air) => *air,
            Self::Liquid(volumes) => volumes.iter().sum(),
        }
    }

    fn part(&self, share: f64) -> Self {
        match self {
            Self::Air(air) => Self::Air(air * share),
            Self::Liquid(volumes) => Self::Liquid(volumes.iter().map(|v| v * share).collect()),
        }
    }

    /// Without a part of it.
    fn less(&self, part: &Self) -> Self {
        match (self, part) {
            (Self::Air(all), Self::Air(part)) => Self::Air(all - part),
            (Self::Liquid(all), Self::Liquid(part)) => {
                Self::Liquid(all.iter().zip(part).map(|(a, b)| a - b).collect())
            }
            _ => unreachable!("a part is of the same kind"),
        }
    }
}

fn add(sum: &mut [f64], more: &[f64]) {
    for (sum, more) in sum.iter_mut().zip(more) {
        *sum += more;
    }
}

fn level_m(vessel: &VesselSpec, volumes_ul: &[f64]) -> f64 {
    volumes_ul.iter().sum::<f64>() * M3_PER_UL / vessel.area_m2()
}
