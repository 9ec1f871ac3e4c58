//! Rolling resistance.

use rapier3d::prelude::{PhysicsWorld, RigidBodyHandle};

use super::settings::ROLLING_RESISTANCE;

/// Slower rotations are left alone: they are at rest anyway.
const LEAST_RAD_PER_S: f32 = 0.005;

/// Slows the rotation of a body that touches something, for one time step: about each of its
/// principal axes of inertia by at most the torque c · m · g · r, and never past a standstill.
/// `radius_m` is half the body's thinnest extent: right for what rolls, next to nothing for
/// what topples.
pub fn resist(world: &mut PhysicsWorld, handle: RigidBodyHandle, radius_m: f32) {
    let body = &world.bodies[handle];
    let angular = body.angvel();
    if angular.abs().max_element() < LEAST_RAD_PER_S || body.is_sleeping() {
        return;
    }
    let touches = body.colliders().iter().any(|&collider| {
        let mut pairs = world.contact_pairs_with(collider);
        pairs.any(|pair| pair.has_any_active_contact())
    });
    if !touches {
        return;
    }
    let mass = &body.mass_properties().local_mprops;
    let torque = ROLLING_RESISTANCE * mass.mass() * world.gravity.length() * radius_m;
    let most = mass.inv_principal_inertia * (torque * world.integration_parameters.dt);
    let world_from_axes = *body.rotation() * mass.principal_inertia_local_frame;
    let about_axes = world_from_axes.inverse() * angular;
    let slowed = about_axes - about_axes.clamp(-most, most);
    world.bodies[handle].set_angvel(world_from_axes * slowed, false);
}
