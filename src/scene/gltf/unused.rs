//! Keys that nothing consumes are errors.

use super::nodes::{Node, Tree};
use super::objects::has_class_key;

/// What is at or below each node.
pub(super) struct Below {
    objects: Vec<bool>,
    meshes: Vec<bool>,
}

impl Below {
    /// Of every node, by index into `tree.nodes`.
    pub(super) fn of(tree: &Tree<'_>) -> Self {
        let len = tree.nodes.len();
        let (mut objects, mut meshes) = (vec![false; len], vec![false; len]);
        for (i, node) in tree.nodes.iter().enumerate().rev() {
            let instanced = node.at.extension("EXT_mesh_gpu_instancing").is_some();
            objects[i] |= node.labels.class.is_some() || instanced;
            meshes[i] |= node.at.get("mesh").is_some();
            if let Some(parent) = node.parent {
                objects[parent] |= objects[i];
                meshes[parent] |= meshes[i];
            }
        }
        Self { objects, meshes }
    }

    /// Reports the keys of `node`, which is number `i`, that nothing consumes.
    pub(super) fn check_use(&self, i: usize, node: &Node<'_>) {
        let labels = &node.labels;
        let extras = node.at.get("extras");
        let class = has_class_key(node);
        let mesh = node.at.get("mesh").is_some();
        let rendered = mesh && !labels.collider_only && labels.region.is_none();
        let objects = class || self.objects[i];
        let to_objects = "a node with `bs_class`, or one above such nodes";
        let to_one = "a node with `bs_class`";
        let to_meshes = "a mesh, or a node above meshes";
        let light = "a node with `bs_light`";
        for (key, set, consumed, expected) in [
            ("bs_body", labels.body.is_some(), objects, to_objects),
            (
                "bs_density",
                labels.density_kg_per_m3.is_some(),
                objects,
                to_objects,
            ),
            (
                "bs_friction",
                labels.friction.is_some(),
                objects,
                to_objects,
            ),
            (
                "bs_restitution",
                labels.restitution.is_some(),
                objects,
                to_objects,
            ),
            ("bs_mass", labels.mass_kg.is_some(), class, to_one),
            ("bs_instance", labels.instance.is_some(), class, to_one),
            ("bs_part", labels.part.is_some(), self.meshes[i], to_meshes),
            (
                "bs_collider",
                labels.collider.is_some(),
                self.meshes[i],
                to_meshes,
            ),
            ("bs_collider_only", labels.collider_only, mesh, "a mesh"),
            ("bs_liquid", labels.liquid, rendered, "a rendered mesh"),
            (
                "bs_lumens",
                labels.lumens.is_some(),
                labels.rect_light,
                light,
            ),
            (
                "bs_kelvin",
                labels.kelvin.is_some(),
                labels.rect_light,
                light,
            ),
        ] {
            if set
                && !consumed
                && let Some(at) = extras.as_ref().and_then(|e| e.get(key))
            {
                at.error(format!("`{key}` where nothing uses it"), expected, "");
            }
        }
    }
}
