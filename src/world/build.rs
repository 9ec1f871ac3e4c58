//! Episode → rapier bodies and colliders.

use rapier3d::prelude::{ColliderBuilder, PhysicsWorld, RigidBodyBuilder, RigidBodyHandle};

use super::settings;
use crate::episode::spec::{EpisodeSpec, Role};
use crate::scene::desc::{BodyDesc, Bounds, Motion, SceneDesc};
use crate::scene::shapes::{Shape, Shapes, to_parry};

/// An object that physics moves.
#[derive(Clone, Copy)]
pub struct Mover {
    pub body: RigidBodyHandle,
    /// Half the thinnest extent of its shapes along its own axes.
    pub radius_m: f32,
}

/// The world at release, and what moves in it, by index in the episode. Static objects without
/// shapes are not in it, nor are robots.
pub fn world(
    scene: &SceneDesc,
    shapes: &Shapes,
    spec: &EpisodeSpec,
) -> (PhysicsWorld, Vec<Option<Mover>>) {
    let physics = &spec.physics;
    let mut world = PhysicsWorld::new();
    world.gravity = spec.physics.gravity_m_per_s2;
    world.integration_parameters = settings::integration(
        physics.timestep_secs,
        physics.length_unit_m,
        !spec.robots.is_empty(),
    );
    let mut movers = Vec::with_capacity(spec.objects.len());
    for (index, object) in spec.objects.iter().enumerate() {
        let desc = &scene.objects[object.object.index()].body;
        let shapes_of_object = shapes.of(object.object);
        if shapes_of_object.is_empty() || object.role == Role::Robot {
            movers.push(None);
            continue;
        }
        let dynamic = desc.motion == Motion::Dynamic;
        let body = if dynamic {
            RigidBodyBuilder::dynamic()
        } else {
            RigidBodyBuilder::fixed()
        };
        let body = body
            .pose(to_parry(&object.world_from_object))
            .user_data(index as u128);
        let handle = world.insert_body(body);
        world.bodies[handle]
            .activation_mut()
            .normalized_linear_threshold = settings::SLEEP_M_PER_S / physics.length_unit_m;
        let density = spec.physics.mass_scale * density(desc, shapes.volume_m3(object.object));
        for shape in shapes_of_object {
            let collider = ColliderBuilder::new(shape.shape.clone())
                .position(to_parry(&shape.object_from_shape))
                .density(density)
                .friction(spec.physics.friction_scale * desc.friction)
                .restitution(desc.restitution)
                .user_data(index as u128);
            world.insert_collider(collider, Some(handle));
        }
        movers.push(dynamic.then(|| Mover {
            body: handle,
            radius_m: 0.5 * thinnest_m(shapes_of_object),
        }));
    }
    (world, movers)
}

fn thinnest_m(shapes: &[Shape]) -> f32 {
    let mut bounds = Bounds::EMPTY;
    for shape in shapes {
        let aabb = shape
            .shape
            .compute_aabb(&to_parry(&shape.object_from_shape));
        bounds.include(aabb.mins);
        bounds.include(aabb.maxs);
    }
    bounds.size().min_element()
}

/// Such that the shapes together have the author's mass, if there is one.
fn density(body: &BodyDesc, volume_m3: f32) -> f32 {
    body.mass_kg
        .map_or(body.density_kg_per_m3, |mass| mass / volume_m3)
}
