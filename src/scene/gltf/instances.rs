//! EXT_mesh_gpu_instancing: one mesh at many places.

use glam::{DAffine3, DVec3};

use super::accessors::{Accessors, Component};
use super::nodes::{Node, is_bounded, trs_z_up};

/// Objects that one file may have; instance ids of a picture end there.
pub(super) const MAX_OBJECTS: usize = 65_535;

/// One place of an instanced mesh.
pub(super) struct Place {
    pub world_from_instance: DAffine3,
    /// Signs of the scale, as [`Node::signs`].
    pub signs: DVec3,
}

/// The places of a node's mesh; `None` if it is not instanced, or an error has been reported.
pub(super) fn read(node: &Node<'_>, accessors: &Accessors<'_>) -> Option<Vec<Place>> {
    const FLOAT: (Component, bool) = (Component::F32, false);
    const ROTATION: [(Component, bool); 3] = [FLOAT, (Component::I8, true), (Component::I16, true)];
    let at = node.at.extension("EXT_mesh_gpu_instancing")?;
    let attributes = at.require("attributes")?;
    let [t, r, s] = ["TRANSLATION", "ROTATION", "SCALE"].map(|key| attributes.get(key));
    let mut count = None;
    for at in [&t, &r, &s].into_iter().flatten() {
        let found = accessors.count(at)?;
        let expected = *count.get_or_insert(found);
        if found != expected {
            let expected = format!("{expected}, as many as the others");
            at.error(format!("{found} elements"), &expected, "");
            return None;
        }
    }
    let Some(count) = count else {
        attributes.error(
            "no instance attributes",
            "TRANSLATION, ROTATION or SCALE",
            "",
        );
        return None;
    };
    if count > MAX_OBJECTS {
        at.error(format!("{count} instances"), "at most 65535", "");
        return None;
    }
    let t = t.map(|at| accessors.vectors::<3>(&at, &[FLOAT]));
    let r = r.map(|at| accessors.vectors::<4>(&at, &ROTATION));
    let s = s.map(|at| accessors.vectors::<3>(&at, &[FLOAT]));
    let missing = |list: &Option<Option<_>>| matches!(list, Some(None));
    if missing(&t) || matches!(r, Some(None)) || missing(&s) {
        return None;
    }
    let (t, r, s) = (t.flatten(), r.flatten(), s.flatten());
    let sign = |v: f64| if v < 0.0 { -1.0 } else { 1.0 };
    let mut places = Vec::with_capacity(count);
    for i in 0..count {
        let translation = t.as_ref().map_or([0.0; 3], |list| list[i].map(f64::from));
        let rotation = r
            .as_ref()
            .map_or([0.0, 0.0, 0.0, 1.0], |list| list[i].map(f64::from));
        let scale = s.as_ref().map_or([1.0; 3], |list| list[i].map(f64::from));
        let Some(local) = trs_z_up(translation, rotation, scale) else {
            let found = format!("{rotation:?} as rotation {i}");
            attributes.error(found, "unit quaternions", "");
            return None;
        };
        let world_from_instance = node.world_from_node * local;
        if !is_bounded(&world_from_instance) {
            let found = format!("instance {i} with numbers beyond ±1e6");
            attributes.error(found, "a transform in metres, all finite", "");
            return None;
        }
        let signs = DVec3::new(sign(scale[0]), sign(scale[2]), sign(scale[1]));
        places.push(Place {
            world_from_instance,
            signs: signs * node.signs,
        });
    }
    Some(places)
}
