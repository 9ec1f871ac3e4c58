//! Cameras: mounts, optics, lenses.

use glam::{DVec2, Quat};

use super::spawn::Regions;
use super::{Checker, KELVIN, Limits, Per, ends};
use crate::base::camera::{Intrinsics, Lens, NEUTRAL_KELVIN, Projector};
use crate::base::pose::Pose;
use crate::scene::recipe::desc::{CameraDesc, LensDesc, MountDesc, OpticsDesc};
use crate::scene::recipe::dist::Dist;
use crate::scene::recipe::optics;
use crate::scene::recipe::raw::{
    Number, RawCamera, RawIntrinsics, RawLens, RawMount, RawNodeMount, Redraw,
};
use crate::scene::recipe::reader::{At, Place};

const ONCE: Per = Per::Episode;
const DEFAULT_EV100: f64 = 9.0;

impl<'a> Checker<'a> {
    pub(super) fn cameras(
        &mut self,
        size_px: (u32, u32),
        flow_secs: Option<f64>,
        regions: &Regions,
    ) -> Option<Vec<CameraDesc>> {
        let raw = &self.raw.camera.value;
        let names = raw.iter().map(|c| (c.name.value.as_str(), &c.name.place));
        self.duplicates("camera", names);
        if raw.is_empty() && !self.raw.camera.broken {
            let place = Place {
                line: 1,
                path: String::new(),
            };
            self.error(&place, "no [[camera]]", "at least one camera", "");
        }
        let cameras: Vec<Option<CameraDesc>> = raw
            .iter()
            .map(|camera| self.camera(camera, size_px, flow_secs, regions))
            .collect();
        cameras.into_iter().collect()
    }

    fn camera(
        &mut self,
        raw: &'a RawCamera,
        size_px: (u32, u32),
        flow_secs: Option<f64>,
        regions: &Regions,
    ) -> Option<CameraDesc> {
        let (mount, node_fov) = match self.mount(&raw.mount, regions) {
            Some((mount, fov)) => (Some(mount), fov),
            None => (None, None),
        };
        let lens = self.lens(raw.lens.as_ref());
        let is_fisheye = matches!(
            raw.lens.as_ref().map(|l| &l.value),
            Some(RawLens::Fisheye(_))
        );
        // If the mount is broken, its field of view may be what was meant.
        let optics = self.optics(raw, is_fisheye, node_fov, mount.is_some());
        if let (Some(optics), Some(lens)) = (&optics, &lens) {
            let place = raw.lens.as_ref().map_or(&raw.at, |l| &l.place);
            self.no_fold(place, size_px, optics, lens);
        }
        let ev100 = self.numbers_or(
            raw.ev100.as_ref(),
            DEFAULT_EV100,
            Limits::new(-10.0, 25.0),
            ONCE,
        );
        let balance = raw.white_balance_kelvin.as_ref();
        let balance = self.numbers_or(balance, NEUTRAL_KELVIN, KELVIN, ONCE);
        let metres = Limits::new(-100.0, 100.0);
        let degrees = Limits::new(-36_000.0, 36_000.0);
        let none = [0.0; 3];
        let jitter_m = self.numbers_or(raw.jitter_m.as_ref(), none, metres, ONCE);
        let jitter_deg = self.numbers_or(raw.jitter_deg.as_ref(), none, degrees, ONCE);
        let drift_m = self.numbers_or(raw.drift_m_per_s.as_ref(), none, metres, ONCE);
        let drift_deg = self.numbers_or(raw.drift_deg_per_s.as_ref(), none, degrees, ONCE);
        let clearance = self.plain(raw.clearance_m.as_ref(), 0.0, Limits::new(0.0, 10.0));
        let exposure = self.exposure(raw, flow_secs);
        let sensor = match &raw.sensor {
            Some(sensor) => self.sensor(sensor, lens.as_ref()).map(Some),
            None => Some(None),
        };
        Some(CameraDesc {
            name: raw.name.value.clone(),
            mount: mount?,
            optics: optics?,
            lens: lens?,
            ev100: ev100?,
            white_balance_kelvin: balance?,
            jitter_m: jitter_m?,
            jitter_deg: jitter_deg?,
            drift_m_per_s: drift_m?,
            drift_deg_per_s: drift_deg?,
            redraw: raw.redraw.unwrap_or(Redraw::Frame),
            clearance_m: clearance?,
            exposure: exposure?,
            sensor: sensor?,
        })
    }

    /// The mount, and the vertical field of view (radians) of a camera node.
    fn mount(&mut self, raw: &'a RawMount, regions: &Regions) -> Option<(MountDesc, Option<f64>)> {
        match raw {
            RawMount::Node(node) => self.node_mount(node),
            RawMount::Fixed(raw) => {
                let position = self.numbers(&raw.position_m, Limits::ANY, ONCE);
                let look_at = self.numbers(&raw.look_at_m, Limits::ANY, ONCE);
                let roll = self.numbers_or(raw.roll_deg.as_ref(), 0.0, Limits::ANY, ONCE);
                self.apart(&raw.at, &position, &look_at);
                let mount = MountDesc::Fixed {
                    position_m: position?,
                    look_at_m: look_at?,
                    roll_deg: roll?,
                };
                Some((mount, None))
            }
            RawMount::Shell(raw) => {
                self.known_region(&raw.shell.value, &raw.shell.place, regions);
                let radius = self.numbers(&raw.radius_m, Limits::new(0.01, 100.0), ONCE);
                let azimuth = self.numbers(&raw.azimuth_deg, Limits::ANY, ONCE);
                let right = Limits::new(-90.0, 90.0);
                let elevation = self.numbers(&raw.elevation_deg, right, ONCE);
                let roll = self.numbers_or(raw.roll_deg.as_ref(), 0.0, Limits::ANY, ONCE);
                let metres = Limits::new(-100.0, 100.0);
                let offset = self.numbers_or(raw.target_offset_m.as_ref(), [0.0; 3], metres, ONCE);
                let mount = MountDesc::Shell {
                    region: raw.shell.value.clone(),
                    radius_m: radius?,
                    azimuth_deg: azimuth?,
                    elevation_deg: elevation?,
                    roll_deg: roll?,
                    target_offset_m: offset?,
                };
                Some((mount, None))
            }
        }
    }

    fn node_mount(&mut self, raw: &RawNodeMount) -> Option<(MountDesc, Option<f64>)> {
        let room = self.room()?;
        let name = &raw.node.value;
        let cameras: Vec<_> = room.cameras.iter().filter(|c| c.name == *name).collect();
        let nodes: Vec<_> = room.nodes.iter().filter(|(n, _)| n == name).collect();
        if cameras.len() > 1 || nodes.len() > 1 {
            let found = format!("node `{name}`, of which there are several");
            self.error(&raw.node.place, found, "one node of this name", "");
            return None;
        }
        if let [camera] = cameras[..] {
            let fov = Some(camera.vertical_fov_rad);
            return Some((MountDesc::Node(camera.asset_from_camera), fov));
        }
        if let [(_, asset_from_node)] = nodes[..] {
            // Blender's cameras look along −Z with +Y up; OpenCV's along +Z with −Y up.
            let node_from_camera = Pose::new(Quat::from_xyzw(1.0, 0.0, 0.0, 0.0), glam::Vec3::ZERO);
            return Some((MountDesc::Node(*asset_from_node * node_from_camera), None));
        }
        let cameras = room.cameras.iter().map(|camera| camera.name.as_str());
        let names = cameras.chain(room.nodes.iter().map(|(name, _)| name.as_str()));
        self.unknown(&raw.node, "node", "a node of the scene file", names);
        None
    }

    fn optics(
        &mut self,
        raw: &'a RawCamera,
        is_fisheye: bool,
        node_fov: Option<f64>,
        mount_known: bool,
    ) -> Option<OpticsDesc> {
        match (&raw.vertical_fov_deg, &raw.intrinsics) {
            (Some(fov), None) => {
                let limits = Limits::new(1.0, if is_fisheye { 350.0 } else { 170.0 });
                self.numbers(fov, limits, ONCE).map(OpticsDesc::VerticalFov)
            }
            (None, Some(intrinsics)) => self.intrinsics(intrinsics),
            (Some(fov), Some(_)) => {
                let found = "both vertical_fov_deg and intrinsics";
                self.error(&fov.place, found, "one of the two", "");
                None
            }
            (None, None) => {
                if let Some(fov) = node_fov {
                    return Some(OpticsDesc::VerticalFov(Dist::constant(fov.to_degrees())));
                }
                if mount_known {
                    let found = "neither vertical_fov_deg nor intrinsics";
                    let expected = "one of the two, or a mount at a camera node";
                    self.error(&raw.at, found, expected, "");
                }
                None
            }
        }
    }

    fn intrinsics(&mut self, raw: &'a RawIntrinsics) -> Option<OpticsDesc> {
        let focal = Limits::above(0.0, 1e6);
        let fx = self.numbers(&raw.fx_px, focal, ONCE);
        let fy = self.numbers(&raw.fy_px, focal, ONCE);
        let cx = self.numbers(&raw.cx_px, Limits::ANY, ONCE);
        let cy = self.numbers(&raw.cy_px, Limits::ANY, ONCE);
        Some(OpticsDesc::Intrinsics(Box::new([fx?, fy?, cx?, cy?])))
    }

    fn lens(&mut self, raw: Option<&'a At<RawLens>>) -> Option<LensDesc> {
        match raw.map(|at| &at.value) {
            None | Some(RawLens::Pinhole(_)) => Some(LensDesc::Pinhole),
            Some(RawLens::BrownConrady(raw)) => {
                let keys = [&raw.k1, &raw.k2, &raw.p1, &raw.p2, &raw.k3];
                self.coefficients(keys).map(LensDesc::BrownConrady)
            }
            Some(RawLens::Fisheye(raw)) => {
                let keys = [&raw.k1, &raw.k2, &raw.k3, &raw.k4];
                self.coefficients(keys).map(LensDesc::Fisheye)
            }
        }
    }

    fn coefficients<const N: usize>(
        &mut self,
        keys: [&'a Option<Number>; N],
    ) -> Option<[Dist<f64>; N]> {
        let limits = Limits::new(-100.0, 100.0);
        let dists: Vec<Option<Dist<f64>>> = keys
            .iter()
            .map(|key| self.numbers_or(key.as_ref(), 0.0, limits, ONCE))
            .collect();
        let dists: Vec<Dist<f64>> = dists.into_iter().collect::<Option<_>>()?;
        dists.try_into().ok()
    }

    /// Every pixel must see something, at all extremes of what can be drawn. Of a fisheye, dark
    /// corners may be meant.
    fn no_fold(
        &mut self,
        place: &Place,
        size_px: (u32, u32),
        optics: &OpticsDesc,
        lens: &LensDesc,
    ) {
        let (coefficients, is_fisheye): (&[Dist<f64>], bool) = match lens {
            LensDesc::Pinhole => return,
            LensDesc::BrownConrady(k) => (k, false),
            LensDesc::Fisheye(k) => (k, true),
        };
        let optics_dists: &[Dist<f64>] = match optics {
            OpticsDesc::VerticalFov(fov) => std::slice::from_ref(fov),
            OpticsDesc::Intrinsics(all) => all.as_slice(),
        };
        for k in combinations(coefficients) {
            let lens = match *k.as_slice() {
                [k1, k2, k3, k4] => optics::fisheye([k1, k2, k3, k4]),
                [k1, k2, p1, p2, k3] => optics::brown_conrady([k1, k2, p1, p2, k3]),
                _ => return,
            };
            for values in combinations(optics_dists) {
                let intrinsics = intrinsics_of(size_px, &values, &lens);
                let Some(corner) = blind_corner(&intrinsics, lens) else {
                    continue;
                };
                let numbers: Vec<String> = k.iter().map(f64::to_string).collect();
                let found = format!(
                    "a lens that sees nothing at the corner ({}, {}), with coefficients {}",
                    corner.x,
                    corner.y,
                    numbers.join(", ")
                );
                let expected = "a lens that is one-to-one over the whole picture";
                let remedy = "weaken the coefficients, or narrow the field of view";
                self.error(place, found, expected, remedy);
                if is_fisheye && let Some((_, problem)) = self.problems.last_mut() {
                    *problem = problem.clone().warning();
                }
                return;
            }
        }
    }
}

/// Intrinsics of a field of view (degrees; one value) or of fx, fy, cx, cy.
fn intrinsics_of(size_px: (u32, u32), values: &[f64], lens: &Lens) -> Intrinsics {
    match *values {
        [fx_px, fy_px, cx_px, cy_px] => Intrinsics {
            width_px: size_px.0,
            height_px: size_px.1,
            fx_px,
            fy_px,
            cx_px,
            cy_px,
        },
        _ => optics::from_vertical_fov(size_px, values[0].to_radians(), lens),
    }
}

/// A corner of the image that no ray reaches.
fn blind_corner(intrinsics: &Intrinsics, lens: Lens) -> Option<DVec2> {
    let (w, h) = (
        f64::from(intrinsics.width_px),
        f64::from(intrinsics.height_px),
    );
    let corners = [(0.0, 0.0), (w, 0.0), (0.0, h), (w, h)].map(|(x, y)| DVec2::new(x, y));
    if !(intrinsics.fx_px > 0.0 && intrinsics.fy_px > 0.0) {
        return Some(corners[0]);
    }
    let projector = Projector::new(*intrinsics, lens);
    corners
        .into_iter()
        .find(|corner| projector.unproject(*corner).is_none())
}

/// Every combination of the least and the greatest value of each distribution.
fn combinations(dists: &[Dist<f64>]) -> Vec<Vec<f64>> {
    let mut all = vec![Vec::new()];
    for dist in dists {
        let [low, high] = ends(dist);
        let values: &[f64] = if low == high { &[low] } else { &[low, high] };
        all = all
            .iter()
            .flat_map(|head| {
                values.iter().map(|value| {
                    let mut row = head.clone();
                    row.push(*value);
                    row
                })
            })
            .collect();
    }
    all
}
