//! Cameras of one episode.

use glam::Vec3;

use super::draw::{Draw, direction, turn_by_vector, vec3};
use super::place::{Placed, RegionNode};
use crate::base::camera::{CameraSpec, Exposure, Intrinsics, Lens};
use crate::base::pose::{Pose, turn};
use crate::base::seed::SeedPath;
use crate::base::sensor::{DepthSensorSpec, SensorSpec};
use crate::scene::recipe::desc::{
    CameraDesc, ExposureDesc, LensDesc, MountDesc, OpticsDesc, PupilDesc, RecipeDesc, Redraw,
    SensorDesc,
};
use crate::scene::recipe::dist::Dist;
use crate::scene::recipe::optics;

/// Poses tried before the one with most room is taken.
const TRIES: u64 = 64;

/// Draws the cameras of one episode, each frame on its own.
pub struct Cameras<'a> {
    pub recipe: &'a RecipeDesc,
    pub size_px: (u32, u32),
    pub placed: &'a Placed,
    pub draw: &'a Draw<'a>,
}

impl Cameras<'_> {
    /// The cameras of a frame so many seconds after settling.
    pub fn frame(&self, frame: u32, after_settling_secs: f64) -> Vec<CameraSpec> {
        let cameras = self.recipe.cameras.iter();
        cameras
            .map(|camera| self.camera(camera, frame, after_settling_secs))
            .collect()
    }

    fn camera(&self, camera: &CameraDesc, frame: u32, secs: f64) -> CameraSpec {
        let own = self.draw.stream.child("camera").child(&camera.name);
        let lens = self.lens(&camera.lens, &own.child("lens"));
        // A camera that is drawn once drifts all the time; one drawn anew has not drifted yet.
        let (stream, since_drawn) = match camera.redraw {
            Redraw::Frame => (own.child("frame").index(u64::from(frame)), 0.0),
            Redraw::Episode => (own.child("episode"), secs),
        };
        let base = self.pose(camera, &stream);
        let speed = self.get(&camera.drift_m_per_s, &stream, "drift_m_per_s");
        let turning = self.get(&camera.drift_deg_per_s, &stream, "drift_deg_per_s");
        let drifted = |secs: f64| {
            let rotation = turn_by_vector(turning.map(|deg| deg * secs));
            base * Pose::new(rotation, vec3(speed.map(|m| m * secs)))
        };
        CameraSpec {
            name: camera.name.clone(),
            world_from_camera: drifted(since_drawn),
            world_from_camera_next: drifted(since_drawn + self.recipe.capture.flow_secs),
            intrinsics: self.intrinsics(&camera.optics, &lens, &own),
            lens,
            ev100: self.get(&camera.ev100, &own, "ev100"),
            white_balance_kelvin: self.get(
                &camera.white_balance_kelvin,
                &own,
                "white_balance_kelvin",
            ),
            exposure: self.exposure(&camera.exposure, &own),
            sensor: camera.sensor.as_ref().map(|s| self.sensor(s, &own)),
        }
    }

    /// The first pose with the clearance asked for, or the one with most.
    fn pose(&self, camera: &CameraDesc, stream: &SeedPath) -> Pose {
        let pose_of = |number: u64| {
            let stream = stream.child("try").index(number);
            let jitter_m = self.get(&camera.jitter_m, &stream, "jitter_m");
            let jitter_deg = self.get(&camera.jitter_deg, &stream, "jitter_deg");
            let jitter = Pose::new(turn_by_vector(jitter_deg), vec3(jitter_m));
            self.mounted(&camera.mount, &stream) * jitter
        };
        let mut best = pose_of(0);
        let wanted = camera.clearance_m as f32;
        if wanted <= 0.0 {
            return best;
        }
        let mut most = self.placed.solids.clearance(best.translation_m);
        for number in 1..TRIES {
            if most >= wanted {
                break;
            }
            let pose = pose_of(number);
            let clearance = self.placed.solids.clearance(pose.translation_m);
            if clearance > most {
                (best, most) = (pose, clearance);
            }
        }
        best
    }

    fn mounted(&self, mount: &MountDesc, stream: &SeedPath) -> Pose {
        match mount {
            MountDesc::Node(pose) => *pose,
            MountDesc::Fixed {
                position_m,
                look_at_m,
                roll_deg,
            } => {
                let eye = vec3(self.get(position_m, stream, "position_m"));
                let target = vec3(self.get(look_at_m, stream, "look_at_m"));
                Pose::looking_at(eye, target) * self.roll(roll_deg, stream)
            }
            MountDesc::Shell {
                region,
                radius_m,
                azimuth_deg,
                elevation_deg,
                roll_deg,
                target_offset_m,
            } => {
                let offset = vec3(self.get(target_offset_m, stream, "target_offset_m"));
                let target = self.middle(region, stream) + offset;
                let towards_eye = direction(
                    self.get(azimuth_deg, stream, "azimuth_deg"),
                    self.get(elevation_deg, stream, "elevation_deg"),
                );
                let radius = self.get(radius_m, stream, "radius_m") as f32;
                let eye = target + towards_eye * radius;
                Pose::looking_at(eye, target) * self.roll(roll_deg, stream)
            }
        }
    }

    fn roll(&self, roll_deg: &Dist<f64>, stream: &SeedPath) -> Pose {
        let roll = self.get(roll_deg, stream, "roll_deg");
        Pose::new(turn(Vec3::Z, roll.to_radians()), Vec3::ZERO)
    }

    /// The middle of a node of the region. If this episode has none, as its owners were not
    /// placed, of the region where they would have stood.
    fn middle(&self, region: &str, stream: &SeedPath) -> Vec3 {
        let mut region = region;
        let mut entries = self.recipe.spawns.iter().rev();
        loop {
            let named = |node: &&RegionNode| node.name == region;
            let nodes: Vec<&RegionNode> = self.placed.regions.iter().filter(named).collect();
            if !nodes.is_empty() {
                let mut rng = stream.child("node").rng();
                let i = rng.integer(0, nodes.len() as i64 - 1) as usize;
                return nodes[i].world_from_region.translation_m;
            }
            // Entries stand in regions of earlier ones: walking back ends at the scene's own.
            match entries.find(|entry| entry.regions.iter().any(|own| own == region)) {
                Some(entry) => region = &entry.region,
                None => return Vec3::ZERO,
            }
        }
    }

    fn intrinsics(&self, dist: &OpticsDesc, lens: &Lens, own: &SeedPath) -> Intrinsics {
        let recipe_size = self.recipe.capture.size_px;
        match dist {
            OpticsDesc::VerticalFov(fov) => {
                let fov = self.get(fov, own, "vertical_fov_deg");
                optics::from_vertical_fov(self.size_px, fov.to_radians(), lens)
            }
            OpticsDesc::Intrinsics(numbers) => {
                let [fx, fy, cx, cy] = numbers.as_ref();
                Intrinsics {
                    width_px: recipe_size.0,
                    height_px: recipe_size.1,
                    fx_px: self.get(fx, own, "fx_px"),
                    fy_px: self.get(fy, own, "fy_px"),
                    cx_px: self.get(cx, own, "cx_px"),
                    cy_px: self.get(cy, own, "cy_px"),
                }
                .resized(self.size_px.0, self.size_px.1)
            }
        }
    }

    fn exposure(&self, desc: &ExposureDesc, own: &SeedPath) -> Exposure {
        let diameter_mm = match &desc.pupil {
            PupilDesc::Pinhole => None,
            PupilDesc::DiameterMm(diameter) => Some(self.get(diameter, own, "pupil_mm")),
            PupilDesc::FNumber {
                f_number,
                focal_length_mm,
            } => {
                let focal = self.get(focal_length_mm, own, "focal_length_mm");
                Some(focal / self.get(f_number, own, "f_number"))
            }
        };
        Exposure {
            pupil_radius_m: diameter_mm.map_or(0.0, |mm| 0.5e-3 * mm),
            focus_m: diameter_mm.map_or(0.0, |_| self.get(&desc.focus_m, own, "focus_m")),
            shutter_secs: self.get(&desc.shutter_secs, own, "shutter_secs"),
            readout_secs: self.get(&desc.readout_secs, own, "readout_secs"),
        }
    }

    /// Lengths in pixels are those of the recipe's size: they scale with the picture.
    fn sensor(&self, desc: &SensorDesc, own: &SeedPath) -> SensorSpec {
        let stream = own.child("sensor");
        let scale = f64::from(self.size_px.0) / f64::from(self.recipe.capture.size_px.0);
        let draw = |name: &'static str, dist: &Dist<f64>| {
            let value = self.get(dist, &stream, name);
            if name.ends_with("_px") {
                value * scale
            } else {
                value
            }
        };
        SensorSpec {
            color: desc.color.map(draw),
            depth: desc
                .depth
                .as_ref()
                .map(|(method, parameters)| DepthSensorSpec {
                    method: *method,
                    parameters: parameters.map(draw),
                }),
        }
    }

    fn lens(&self, lens: &LensDesc, stream: &SeedPath) -> Lens {
        let number = |dist: &Dist<f64>, i: usize| {
            let stream = stream.index(i as u64);
            self.draw.get(dist, &stream)
        };
        match lens {
            LensDesc::Pinhole => Lens::Pinhole,
            LensDesc::BrownConrady(k) => {
                optics::brown_conrady(std::array::from_fn(|i| number(&k[i], i)))
            }
            LensDesc::Fisheye(k) => optics::fisheye(std::array::from_fn(|i| number(&k[i], i))),
        }
    }

    fn get<T: crate::scene::recipe::dist::Variable>(
        &self,
        dist: &Dist<T>,
        stream: &SeedPath,
        name: &str,
    ) -> T {
        self.draw.get(dist, &stream.child(name))
    }
}
