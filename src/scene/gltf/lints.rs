//! Warnings about what is allowed and probably not meant.

use super::objects::Collected;
use super::report::At;
use crate::scene::desc::Bounds;
use glam::Vec3;

/// Real things are lighter than gold: kg/m³ of the bounding box.
const DENSITY: std::ops::RangeInclusive<f32> = 10.0..=20_000.0;
/// The longest scene that is probably meant, metres.
const LARGE_M: f32 = 50.0;
/// The smallest object that is probably meant, metres.
const SMALL_M: f32 = 0.001;

/// Looks over the objects of one file.
pub(super) fn check(root: &At<'_>, collected: &Collected<'_>) {
    let mut all = Bounds::EMPTY;
    for (at, object) in &collected.objects {
        let size = object.bounds.size();
        if size.max_element() < SMALL_M {
            let found = format!("an object of {:.3} mm", 1000.0 * size.max_element());
            at.warn(found, "more than 1 mm", "model in metres");
        }
        for corner in object.bounds.corners() {
            all.include(object.asset_from_object.point(corner));
        }
        // Something flat has no volume to speak of.
        let volume_m3 = size.max(Vec3::splat(SMALL_M)).element_product();
        if let Some(mass_kg) = object.body.mass_kg
            && !DENSITY.contains(&(mass_kg / volume_m3))
        {
            let density = mass_kg / volume_m3;
            at.warn(
                format!("bs_mass {mass_kg} kg: {density:.1} kg/m³ of its bounding box"),
                "10 … 20000 kg/m³",
                "`bs_mass` is in kilograms, sizes are in metres",
            );
        }
    }
    if all.min.x <= all.max.x && all.size().max_element() > LARGE_M {
        let found = format!("a scene of {:.1} m", all.size().max_element());
        root.warn(found, "at most 50 m", "model in metres");
    }
    let origins = collected.objects.iter();
    let at_zero = origins.filter(|(_, o)| o.asset_from_object.translation_m == Vec3::ZERO);
    if collected.objects.len() >= 3 && at_zero.count() == collected.objects.len() {
        root.warn(
            format!(
                "{} objects, all with their origin at 0",
                collected.objects.len()
            ),
            "each object's origin where the object is",
            "in Blender, Object › Set Origin",
        );
    }
}
