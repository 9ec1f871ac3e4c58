//! rapier's parameters for things of millimetres and grams.
//!
//! rapier's defaults are sized for games. Every value that differs names the test of
//! `tests/physics.rs` that it was chosen by; what a test measured is from rapier 0.36.1, so tune
//! again after an update.

use rapier3d::prelude::{FrictionModel, IntegrationParameters, SpringCoefficients};

/// A body whose fastest point moves no faster than twice this for half a second is not computed
/// until something touches it. No faster than what counts as rest.
pub const SLEEP_M_PER_S: f32 = 5e-4;

/// Rolling resistance, which rapier lacks: a torque of up to this × mass × gravity × radius
/// works against the rotation of whatever touches something (see [`super::roll`]). Hard plastic
/// on a bench has 0.005 … 0.02. Without it a ball never comes to rest
/// (`a_rolling_ball_slows_as_rolling_resistance_says`).
pub const ROLLING_RESISTANCE: f32 = 0.01;

/// Substeps of a step, and passes over all constraints in each: what heaps need to come to rest.
/// With 4 substeps, heaps on a bench that is a bare surface keep moving
/// (`a_scattered_heap_comes_to_rest`).
const FREE: (usize, usize) = (8, 1);

/// The same with a robot in the world, at its 2 ms. What holds a grasp is passes, not substeps:
/// a 45 g box between two fingers creeps by 768 µm/s with (8, 1), 130 with (8, 2), 14 with
/// (8, 4), 60 with (4, 4), 4 with (4, 8) and 0.1 with (4, 16)
/// (`manipulation::a_held_box_does_not_creep`); a step with (4, 8) takes two thirds of the time
/// of one with (8, 1).
const GRASP: (usize, usize) = (4, 8);

/// Contacts are kept while a pair moves by less than this share of the length unit.
const RECYCLED: f32 = 0.015;

/// Parameters for a time step; `robots`: whether there are any.
///
/// rapier's tolerances count in the length unit: 0.1 m because labware is a tenth of the man-sized
/// things that they are meant for. Contacts are predicted 2 mm ahead instead of 20 mm, which halves
/// the time a heap takes; with 1, heaps keep moving, too (`a_scattered_heap_comes_to_rest`).
/// What fits with a play of millimetres needs a smaller one: see recipes of surgery.
pub fn integration(timestep_secs: f64, length_unit_m: f32, robots: bool) -> IntegrationParameters {
    // Contacts are springs: things sink in by about g / frequency², load for load. At rapier's
    // 60 Hz a slide sinks 0.11 mm, at 240 Hz 8 µm (`a_dropped_slide_rests_on_the_bench`), and in
    // a stack of five each sinks less than 0.06 mm into the next (`a_stack_of_slides_rests`).
    // Stiffer still and heaps jitter. The damping ratio, 10, is rapier's own.
    let contact = SpringCoefficients {
        natural_frequency: 240.0,
        damping_ratio: 10.0,
    };
    let (substeps, passes) = if robots { GRASP } else { FREE };
    IntegrationParameters {
        dt: timestep_secs as f32,
        length_unit: length_unit_m,
        contact_softness: contact,
        static_contact_softness: contact,
        num_solver_iterations: substeps,
        num_internal_pgs_iterations: passes,
        // One friction constraint and one twist for each patch of contacts. It holds a box up to
        // atan μ to 1 %, where rapier's Coulomb model, one constraint a point, acts like 0.94 μ
        // (`a_box_slides_beyond_the_friction_angle`) and lets a round tube dither in its rack
        // (`a_tube_stays_in_its_rack`).
        friction_model: FrictionModel::Simplified,
        // Contacts are kept while a pair moves by less than 1.5 mm. With rapier's 50 mm (5 mm in
        // our unit) a slide hangs on contacts it has left (`a_dropped_slide_rests_on_the_bench`).
        // Without any, the choice of contact points flickers, half of all heaps jitter for ever
        // (`a_scattered_heap_comes_to_rest`), and tubes in racks rock on their tips: of 30
        // episodes of the pathology lab 30 come to rest with 1.5 mm, 17 with 1 mm.
        contact_recycling: true,
        normalized_contact_recycle_distance: RECYCLED,
        // rapier's own, and needed: fast bodies are swept against static ones, else a falling
        // slide passes a bare surface (`a_slide_on_a_bare_surface_does_not_fall_through`).
        max_ccd_substeps: 1,
        ..IntegrationParameters::default()
    }
}
