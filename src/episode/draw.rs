//! Drawing from distributions, alone or shared by a group.

use glam::{Quat, Vec3};

use crate::base::pose::turn;
use crate::base::seed::SeedPath;
use crate::scene::recipe::dist::{Dist, GroupRef, GroupScope, Law, Variable};

/// Draws values of one episode. Values of groups depend on where in the episode they are used.
#[derive(Clone, Copy)]
pub struct Draw<'a> {
    /// The episode's stream.
    pub stream: &'a SeedPath,
    spawn: Option<&'a str>,
    owner: Option<&'a str>,
}

impl<'a> Draw<'a> {
    /// For what belongs to the episode as a whole.
    pub fn new(stream: &'a SeedPath) -> Self {
        Self {
            stream,
            spawn: None,
            owner: None,
        }
    }

    /// For the items of a `[[spawn]]` entry.
    pub fn of_spawn(self, spawn: &'a str) -> Self {
        Self {
            spawn: Some(spawn),
            ..self
        }
    }

    /// For an item in a region of this owner.
    pub fn of_owner(self, owner: &'a str) -> Self {
        Self {
            owner: Some(owner),
            ..self
        }
    }

    /// One value. `own` is the stream to use unless a group's draw is shared.
    pub fn get<T: Variable>(&self, dist: &Dist<T>, own: &SeedPath) -> T {
        let Some(group) = &dist.group else {
            return dist.law.sample(&mut own.rng());
        };
        let stream = self.group(group);
        // Choices of one group read the same random number: equal weights, equal position.
        let stream = match &dist.law {
            Law::Choice { .. } => stream.child("choice"),
            _ => stream.child("value").child(&group.value),
        };
        dist.law.sample(&mut stream.rng())
    }

    fn group(&self, group: &GroupRef) -> SeedPath {
        let stream = self.stream.child("group").child(&group.group);
        match group.scope {
            GroupScope::Episode => stream,
            GroupScope::Spawn => stream.child("spawn").child(self.spawn.unwrap_or_default()),
            GroupScope::Owner => stream.child("owner").child(self.owner.unwrap_or_default()),
        }
    }
}

/// A vector drawn in f64 as the f32 that geometry uses.
pub fn vec3(v: [f64; 3]) -> Vec3 {
    Vec3::new(v[0] as f32, v[1] as f32, v[2] as f32)
}

/// Rotation by a rotation vector in degrees.
pub fn turn_by_vector(deg: [f64; 3]) -> Quat {
    let [x, y, z] = deg;
    let angle = libm::sqrt(x * x + y * y + z * z);
    if angle == 0.0 {
        return Quat::IDENTITY;
    }
    turn(vec3([x / angle, y / angle, z / angle]), angle.to_radians())
}

/// Unit vector from azimuth (0 is +X, 90° is +Y) and elevation above the horizontal.
pub fn direction(azimuth_deg: f64, elevation_deg: f64) -> Vec3 {
    let (sin_a, cos_a) = libm::sincos(azimuth_deg.to_radians());
    let (sin_e, cos_e) = libm::sincos(elevation_deg.to_radians());
    vec3([cos_e * cos_a, cos_e * sin_a, sin_e])
}
