//! Nodes → objects: who belongs to whom, with what surfaces, colliders and marks.

use std::collections::{BTreeMap, BTreeSet};

use glam::{DAffine3, DQuat, DVec3};

use super::drafts::{ColliderDraft, Draft, Inherited, MeshSource, check_scale};
use super::instances::{self, MAX_OBJECTS, Place};
use super::materials::{Materials, texture_refs};
use super::meshes::Piece;
use super::nodes::{Frame, Node, Tree, decompose};
use super::report::{At, shortened};
use super::unused::Below;
use crate::base::ids::{ClassId, MaterialId, MeshId, PartId};
use crate::scene::desc::{
    Bounds, NamedFrame, NamedPoint, ObjectDesc, RegionDesc, SceneDesc, Surface,
};

/// What the objects of a file are made from.
pub(super) struct Sources<'l, 'a> {
    pub tree: &'l Tree<'a>,
    pub shapes: MeshSource<'l, 'a>,
    pub materials: Materials,
}

/// The objects of one file, and the regions that belong to none.
pub(super) struct Collected<'a> {
    /// With the node each comes from.
    pub objects: Vec<(At<'a>, ObjectDesc)>,
    pub regions: Vec<RegionDesc>,
    /// Nodes with meshes that are in no object.
    pub unlabelled: Vec<At<'a>>,
}

/// The surfaces of one mesh node.
struct Made {
    surfaces: Vec<Surface>,
    bounds: Bounds,
    /// An error has been reported.
    flawed: bool,
}

struct Collector<'l, 'a> {
    from: Sources<'l, 'a>,
    desc: &'l mut SceneDesc,
    parts: BTreeMap<String, PartId>,
    drafts: Vec<Draft<'a>>,
    regions: Vec<RegionDesc>,
    unlabelled: Vec<At<'a>>,
    /// (mesh, material) pairs whose UVs have been checked.
    uvs_checked: BTreeSet<(MeshId, MaterialId)>,
}

/// Goes through the nodes; appends meshes, parts and default materials to `desc`.
/// With `rest`, meshes in no object are one of this class.
pub(super) fn collect<'a>(
    from: Sources<'_, 'a>,
    desc: &mut SceneDesc,
    rest: Option<(&At<'a>, ClassId)>,
) -> Collected<'a> {
    let parts = desc.parts.iter().enumerate();
    let parts = parts
        .map(|(i, name)| (name.clone(), PartId(i as u32)))
        .collect();
    let mut collector = Collector {
        from,
        desc,
        parts,
        drafts: Vec::new(),
        regions: Vec::new(),
        unlabelled: Vec::new(),
        uvs_checked: BTreeSet::new(),
    };
    let tree = collector.from.tree;
    let top = match rest {
        Some((root, class)) => {
            let frame = Frame {
                rotation: DQuat::IDENTITY,
                translation: DVec3::ZERO,
                scale: DVec3::ONE,
            };
            let inherited = Inherited {
                collider: Some(super::extras::ColliderChoice::None),
                ..Inherited::ROOT
            };
            let root = Draft::new(root, String::new(), class, &frame, inherited, None);
            collector.drafts.push(Draft { lent: true, ..root });
            Inherited {
                object: Some(0),
                ..Inherited::ROOT
            }
        }
        None => Inherited::ROOT,
    };
    let below = Below::of(tree);
    let mut states: Vec<Inherited> = Vec::with_capacity(tree.nodes.len());
    for (i, node) in tree.nodes.iter().enumerate() {
        below.check_use(i, node);
        let parent = node.parent.map_or(top, |p| states[p]);
        let state = collector.node(node, parent);
        states.push(state);
    }
    let Collector {
        mut from,
        desc,
        drafts,
        regions,
        unlabelled,
        ..
    } = collector;
    let table = &mut desc.meshes;
    let finish = |draft: Draft<'a>| draft.finish(&mut from.shapes, table);
    Collected {
        objects: drafts.into_iter().filter_map(finish).collect(),
        regions,
        unlabelled,
    }
}

impl<'a> Collector<'_, 'a> {
    /// One node; gives what its children inherit.
    fn node(&mut self, node: &Node<'a>, parent: Inherited) -> Inherited {
        let labels = &node.labels;
        let mut state = Inherited {
            motion: labels.body.unwrap_or(parent.motion),
            density_kg_per_m3: labels.density_kg_per_m3.unwrap_or(parent.density_kg_per_m3),
            friction: labels.friction.unwrap_or(parent.friction),
            restitution: labels.restitution.unwrap_or(parent.restitution),
            collider: labels.collider.or(parent.collider),
            part: parent.part,
            object: parent.object,
            broken: parent.broken,
            object_from_node: parent.object_from_node * node.parent_from_node,
        };
        let instanced = node.at.extension("EXT_mesh_gpu_instancing").is_some();
        if has_class_key(node) {
            state.part = PartId(0);
            if !instanced {
                state.object = self.object(node, &mut state);
                state.broken = state.object.is_none();
            }
        }
        if let Some(part) = &labels.part {
            state.part = self.part(part);
        }
        if let Some(mesh) = node.at.get("mesh") {
            if let Some(mesh) = mesh.index("meshes", self.from.shapes.meshes.len()) {
                self.mesh_node(node, mesh, state, instanced);
            } else if let Some(object) = state.object {
                self.drafts[object].flawed = true;
            }
        } else {
            self.empty(node, state);
        }
        if let Some(skin) = node.at.get("skin") {
            skin.warn(
                "a skin, which is ignored: the rest pose is used",
                "a rigid mesh",
                "",
            );
        }
        state
    }

    fn part(&mut self, name: &str) -> PartId {
        if let Some(id) = self.parts.get(name) {
            return *id;
        }
        let id = PartId(self.desc.parts.len() as u32);
        self.desc.parts.push(name.to_owned());
        self.parts.insert(name.to_owned(), id);
        id
    }

    /// Begins the object of a node with `bs_class`; `None` where an error has been reported.
    fn object(&mut self, node: &Node<'a>, state: &mut Inherited) -> Option<usize> {
        let labels = &node.labels;
        let class = labels.class?;
        let frame = match decompose(&node.world_from_node, node.signs) {
            Ok(frame) => frame,
            Err(found) => {
                rigid_error(&node.at, found);
                return None;
            }
        };
        state.object_from_node = DAffine3::from_scale(frame.scale);
        let name = labels.instance.as_ref().unwrap_or(&node.name).clone();
        self.draft(&node.at, name, class, &frame, *state, labels.mass_kg)
    }

    /// Begins an object; `None` if there are too many.
    fn draft(
        &mut self,
        at: &At<'a>,
        name: String,
        class: ClassId,
        frame: &Frame,
        inherited: Inherited,
        mass_kg: Option<f32>,
    ) -> Option<usize> {
        if self.drafts.len() == MAX_OBJECTS {
            at.error("more than 65535 objects", "at most 65535", "");
            return None;
        }
        let draft = Draft::new(at, name, class, frame, inherited, mass_kg);
        self.drafts.push(draft);
        Some(self.drafts.len() - 1)
    }

    fn mesh_node(&mut self, node: &Node<'a>, mesh: usize, state: Inherited, instanced: bool) {
        let labels = &node.labels;
        let marks = [
            ("bs_keypoint", labels.keypoint.is_some()),
            ("bs_grasp", labels.grasp.is_some()),
            ("bs_light", labels.rect_light),
        ];
        for (key, _) in marks.iter().filter(|(_, set)| *set) {
            let found = format!("`{key}` on a mesh");
            node.at
                .error(found, "an empty", "put it on an empty of its own");
        }
        if let Some(name) = &labels.region {
            if labels.collider_only || instanced {
                let expected = "a plain mesh for a region";
                node.at
                    .error("`bs_region` with collision or instances", expected, "");
            } else if let Some(bounds) = self.from.shapes.bounds(mesh) {
                self.region(node, name, state, &bounds);
            }
            return;
        }
        if instanced {
            self.instances(node, mesh, state);
            return;
        }
        let Some(object) = state.object else {
            if !state.broken {
                self.unlabelled.push(node.at.clone());
            }
            return;
        };
        if !check_scale(&node.at, &state.object_from_node) {
            self.drafts[object].flawed = true;
            return;
        }
        if !labels.collider_only {
            let made = self.surfaces(node, mesh, &state.object_from_node, state.part);
            let draft = &mut self.drafts[object];
            draft.surfaces.extend(made.surfaces);
            draft.bounds.merge(&made.bounds);
            draft.flawed |= made.flawed;
        }
        self.drafts[object].colliders.push(ColliderDraft {
            at: node.at.clone(),
            mesh,
            only: labels.collider_only,
            choice: state.collider,
            object_from_mesh: state.object_from_node,
        });
    }

    /// Each place of an instanced mesh becomes an object of its own.
    fn instances(&mut self, node: &Node<'a>, mesh: usize, state: Inherited) {
        let labels = &node.labels;
        let class = match (labels.class, state.object) {
            (Some(class), _) => class,
            (None, Some(object)) => {
                self.drafts[object].lent = true;
                self.drafts[object].class
            }
            (None, None) => {
                if !state.broken && !has_class_key(node) {
                    self.unlabelled.push(node.at.clone());
                }
                return;
            }
        };
        if labels.collider_only {
            node.at
                .error("an instanced collision mesh", "a rendered mesh", "");
            return;
        }
        if labels.class.is_some() && node.has_children {
            node.at.error(
                "children of a node that is an instanced object",
                "a mesh alone",
                "export it without EXT_mesh_gpu_instancing, or give the children another parent",
            );
            return;
        }
        let Some(places) = instances::read(node, self.from.shapes.accessors) else {
            return;
        };
        let base = labels.instance.as_ref().unwrap_or(&node.name);
        let mut last: Option<(DVec3, Made)> = None;
        for (i, place) in places.iter().enumerate() {
            let Place {
                world_from_instance,
                signs,
            } = place;
            let frame = match decompose(world_from_instance, *signs) {
                Ok(frame) => frame,
                Err(found) => return rigid_error(&node.at, &format!("{found} in instance {i}")),
            };
            let object_from_mesh = DAffine3::from_scale(frame.scale);
            let name = format!("{base}#{i}");
            let at = &node.at;
            let Some(object) = self.draft(at, name, class, &frame, state, labels.mass_kg) else {
                return;
            };
            let made = match last.take() {
                Some((scale, made)) if scale == frame.scale => made,
                _ => self.surfaces(node, mesh, &object_from_mesh, state.part),
            };
            let bytes = (size_of::<Surface>() * made.surfaces.len()) as u64;
            if self.from.shapes.accessors.charge(bytes, at).is_none() {
                return;
            }
            let draft = &mut self.drafts[object];
            draft.surfaces.clone_from(&made.surfaces);
            draft.bounds = made.bounds;
            draft.flawed = made.flawed;
            last = Some((frame.scale, made));
            self.drafts[object].colliders.push(ColliderDraft {
                at: node.at.clone(),
                mesh,
                only: false,
                choice: state.collider,
                object_from_mesh,
            });
        }
    }

    /// Keypoints, grasps and regions.
    fn empty(&mut self, node: &Node<'a>, state: Inherited) {
        let labels = &node.labels;
        if let Some(name) = &labels.region {
            let unit = Bounds {
                min: glam::Vec3::NEG_ONE,
                max: glam::Vec3::ONE,
            };
            self.region(node, name, state, &unit);
        }
        for (key, name) in [
            ("bs_keypoint", &labels.keypoint),
            ("bs_grasp", &labels.grasp),
        ] {
            let Some(name) = name else { continue };
            let Some(object) = state.object else {
                if !state.broken {
                    let found = format!("`{key}` of no object");
                    node.at.error(found, "a node below one with `bs_class`", "");
                }
                continue;
            };
            let object = &mut self.drafts[object];
            if !object.marks.insert((key, name.clone())) {
                let found = format!("{key} \"{}\" again in this object", shortened(name));
                node.at.error(found, "a name of its own for each", "");
            } else if key == "bs_keypoint" {
                object.keypoints.push(NamedPoint {
                    name: name.clone(),
                    point_m: state.object_from_node.translation.as_vec3(),
                });
            } else {
                match decompose(&state.object_from_node, node.signs) {
                    Ok(frame) => object.grasps.push(NamedFrame {
                        name: name.clone(),
                        object_from_frame: frame.pose(),
                    }),
                    Err(found) => rigid_error(&node.at, found),
                }
            }
        }
    }

    /// A region that spans `bounds` in the node's frame.
    fn region(&mut self, node: &Node<'a>, name: &str, state: Inherited, bounds: &Bounds) {
        let frame = match decompose(&state.object_from_node, node.signs) {
            Ok(frame) => frame,
            Err(found) => return rigid_error(&node.at, found),
        };
        let half = 0.5 * bounds.size().as_dvec3() * frame.scale.abs();
        if half.x < 1e-6 || half.y < 1e-6 {
            let found = format!("a region of {} × {} m", 2.0 * half.x, 2.0 * half.y);
            node.at.error(
                found,
                "a region with an extent along its own X and Y",
                "scale the empty, or use a box",
            );
            return;
        }
        let center = frame.rotation * (bounds.center().as_dvec3() * frame.scale);
        let region = RegionDesc {
            name: name.to_owned(),
            parent_from_region: super::nodes::pose(frame.rotation, frame.translation + center),
            half_size_m: half.as_vec3(),
        };
        match state.object {
            Some(object) => self.drafts[object].regions.push(region),
            None => self.regions.push(region),
        }
    }

    /// The surfaces of one mesh node.
    fn surfaces(
        &mut self,
        node: &Node<'a>,
        mesh: usize,
        object_from_mesh: &DAffine3,
        part: PartId,
    ) -> Made {
        let (shapes, table) = (&mut self.from.shapes, &mut self.desc.meshes);
        let read = shapes.meshes.read(mesh, shapes.accessors, table);
        let mut made = Made {
            surfaces: Vec::with_capacity(read.pieces.len()),
            bounds: Bounds::EMPTY,
            flawed: read.flawed,
        };
        let bytes = size_of::<Surface>() * read.pieces.len();
        if shapes.accessors.charge(bytes as u64, &node.at).is_none() {
            made.flawed = true;
            return made;
        }
        for piece in &read.pieces {
            let (shapes, table) = (&mut self.from.shapes, &mut self.desc.meshes);
            let Some((mesh, object_from_mesh)) =
                shapes.unmirrored(&node.at, piece.mesh, object_from_mesh, table)
            else {
                made.flawed = true;
                break;
            };
            let shape = &self.desc.meshes[mesh.index()];
            for i in shape.triangles.iter().flatten() {
                let point = shape.positions[*i as usize];
                made.bounds
                    .include(object_from_mesh.transform_point3(point));
            }
            let table = &mut self.desc.materials;
            let material = self.from.materials.id(piece.material, table);
            let variants: Vec<(u32, MaterialId)> = piece
                .variants
                .iter()
                .map(|(variant, m)| (*variant, self.from.materials.id(Some(*m), table)))
                .collect();
            self.check_uvs(piece, material, &variants);
            made.surfaces.push(Surface {
                mesh,
                material,
                variants,
                object_from_mesh,
                part,
                liquid: node.labels.liquid,
            });
        }
        made
    }

    /// Every texture needs the UV set it asks for.
    fn check_uvs(
        &mut self,
        piece: &Piece<'a>,
        material: MaterialId,
        variants: &[(u32, MaterialId)],
    ) {
        for id in std::iter::once(&material).chain(variants.iter().map(|(_, m)| m)) {
            if !self.uvs_checked.insert((piece.mesh, *id)) {
                continue;
            }
            let (mesh, material) = (
                &self.desc.meshes[piece.mesh.index()],
                &self.desc.materials[id.index()],
            );
            let missing =
                texture_refs(material).find(|r| mesh.uvs[usize::from(r.uv_set)].is_empty());
            if let Some(missing) = missing {
                let user = match shortened(&material.name) {
                    name if name.is_empty() => "its material".to_owned(),
                    name => format!("material \"{name}\""),
                };
                piece.at.error(
                    format!("no TEXCOORD_{}, which {user} uses", missing.uv_set),
                    "UVs for every texture",
                    "unwrap the mesh, or use a material without textures",
                );
            }
        }
    }
}

/// Whether the node has a `bs_class`, right or wrong.
pub(super) fn has_class_key(node: &Node<'_>) -> bool {
    let extras = node.at.get("extras");
    extras.is_some_and(|extras| extras.get("bs_class").is_some())
}

fn rigid_error(at: &At<'_>, found: &str) {
    let remedy = if found.contains("shear") {
        "in Blender, apply the scale of the parents (Object › Apply › Scale)"
    } else {
        ""
    };
    at.error(found, "a frame that is rigid once scale is removed", remedy);
}
