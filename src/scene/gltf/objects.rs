//! Nodes → objects: who belongs to whom, with what surfaces, colliders and marks.

use std::collections::{BTreeMap, BTreeSet};

use glam::{Affine3A, DAffine3, DVec3};

use super::accessors::Accessors;
use super::extras::ColliderChoice;
use super::instances::{self, MAX_OBJECTS, Place};
use super::materials::{Materials, texture_refs};
use super::meshes::{Meshes, Piece};
use super::nodes::{Frame, Node, Tree, decompose};
use super::report::{At, shortened};
use crate::base::ids::{ClassId, MaterialId, MeshId, PartId};
use crate::base::pose::Pose;
use crate::scene::desc::{
    BodyDesc, Bounds, ColliderDesc, ColliderKind, Motion, NamedFrame, NamedPoint, ObjectDesc,
    RegionDesc, SceneDesc, Surface,
};

/// What the objects of a file are made from.
pub(super) struct Sources<'l, 'a> {
    pub tree: &'l Tree<'a>,
    pub accessors: &'l Accessors<'a>,
    pub meshes: Meshes<'a>,
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

/// Properties that come from the nearest ancestor that has them.
#[derive(Clone, Copy)]
struct Inherited {
    motion: Motion,
    density_kg_per_m3: f32,
    friction: f32,
    restitution: f32,
    collider: Option<ColliderChoice>,
    part: PartId,
    /// Index into [`Collector::drafts`].
    object: Option<usize>,
    /// The object that the node belongs to could not be made, which has been reported.
    broken: bool,
    /// From the node to its object; to the world if there is none.
    object_from_node: DAffine3,
}

/// A mesh that an object's colliders may be made of.
#[derive(Clone)]
struct ColliderDraft<'a> {
    at: At<'a>,
    mesh: usize,
    only: bool,
    choice: Option<ColliderChoice>,
    object_from_mesh: DAffine3,
}

/// An object in the making.
struct Draft<'a> {
    at: At<'a>,
    name: String,
    class: ClassId,
    pose: Pose,
    inherited: Inherited,
    mass_kg: Option<f32>,
    surfaces: Vec<Surface>,
    colliders: Vec<ColliderDraft<'a>>,
    keypoints: Vec<NamedPoint>,
    grasps: Vec<NamedFrame>,
    regions: Vec<RegionDesc>,
    bounds: Bounds,
    /// Names of keypoints and of grasps.
    marks: BTreeSet<(&'static str, String)>,
    /// Instanced nodes below have taken its class: it need not have a mesh itself.
    lent: bool,
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
pub(super) fn collect<'a>(from: Sources<'_, 'a>, desc: &mut SceneDesc) -> Collected<'a> {
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
    let below = Below::of(tree);
    let mut states: Vec<Inherited> = Vec::with_capacity(tree.nodes.len());
    for (i, node) in tree.nodes.iter().enumerate() {
        below.check_use(i, node);
        let parent = node.parent.map_or(Inherited::ROOT, |p| states[p]);
        let state = collector.node(node, parent);
        states.push(state);
    }
    collector.finish()
}

impl Inherited {
    const ROOT: Self = Self {
        motion: Motion::Static,
        density_kg_per_m3: 1000.0,
        friction: 0.6,
        restitution: 0.1,
        collider: None,
        part: PartId(0),
        object: None,
        broken: false,
        object_from_node: DAffine3::IDENTITY,
    };
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
            if let Some(mesh) = mesh.index("meshes", self.from.meshes.len()) {
                self.mesh_node(node, mesh, state, instanced);
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
        self.drafts.push(Draft {
            at: at.clone(),
            name,
            class,
            pose: frame.pose(),
            inherited,
            mass_kg,
            surfaces: Vec::new(),
            colliders: Vec::new(),
            keypoints: Vec::new(),
            grasps: Vec::new(),
            regions: Vec::new(),
            bounds: Bounds::EMPTY,
            marks: BTreeSet::new(),
            lent: false,
        });
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
            } else if let Some(bounds) = self.from.meshes.bounds(mesh, self.from.accessors) {
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
        let collider = ColliderDraft {
            at: node.at.clone(),
            mesh,
            only: labels.collider_only,
            choice: state.collider,
            object_from_mesh: state.object_from_node,
        };
        if !labels.collider_only {
            let (surfaces, bounds) = self.surfaces(node, mesh, &state.object_from_node, state.part);
            self.drafts[object].surfaces.extend(surfaces);
            self.drafts[object].bounds.merge(&bounds);
        }
        self.drafts[object].colliders.push(collider);
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
        let Some(places) = instances::read(node, self.from.accessors) else {
            return;
        };
        let base = labels.instance.as_ref().unwrap_or(&node.name);
        let mut last: Option<(DVec3, (Vec<Surface>, Bounds))> = None;
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
            self.drafts[object].surfaces.clone_from(&made.0);
            self.drafts[object].bounds = made.1;
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

    fn surfaces(
        &mut self,
        node: &Node<'a>,
        mesh: usize,
        object_from_mesh: &DAffine3,
        part: PartId,
    ) -> (Vec<Surface>, Bounds) {
        let accessors = self.from.accessors;
        let pieces = self
            .from
            .meshes
            .pieces(mesh, accessors, &mut self.desc.meshes);
        let (mut surfaces, mut bounds) = (Vec::with_capacity(pieces.len()), Bounds::EMPTY);
        for piece in pieces.iter() {
            let Some((mesh, object_from_mesh)) =
                self.unmirrored(&node.at, piece.mesh, object_from_mesh)
            else {
                break;
            };
            let shape = &self.desc.meshes[mesh.index()];
            for i in shape.triangles.iter().flatten() {
                let point = shape.positions[*i as usize];
                bounds.include(object_from_mesh.transform_point3(point));
            }
            let table = &mut self.desc.materials;
            let material = self.from.materials.id(piece.material, table);
            let variants: Vec<(u32, MaterialId)> = piece
                .variants
                .iter()
                .map(|(variant, m)| (*variant, self.from.materials.id(Some(*m), table)))
                .collect();
            self.check_uvs(piece, material, &variants);
            surfaces.push(Surface {
                mesh,
                material,
                variants,
                object_from_mesh,
                part,
            });
        }
        (surfaces, bounds)
    }

    /// The mesh and transform without mirroring: a mirror is put into the mesh itself.
    fn unmirrored(
        &mut self,
        at: &At<'a>,
        mesh: MeshId,
        object_from_mesh: &DAffine3,
    ) -> Option<(MeshId, Affine3A)> {
        let determinant = object_from_mesh.matrix3.determinant();
        if determinant.abs() < 1e-27 {
            at.error("a frame with scale 0", "a scale other than 0", "");
            return None;
        }
        let (mesh, affine) = if determinant < 0.0 {
            let (accessors, table) = (self.from.accessors, &mut self.desc.meshes);
            let mesh = self.from.meshes.mirrored(mesh, at, accessors, table)?;
            let mirror = DAffine3::from_scale(DVec3::new(-1.0, 1.0, 1.0));
            (mesh, *object_from_mesh * mirror)
        } else {
            (mesh, *object_from_mesh)
        };
        // No −0, which would show in files.
        let plain = affine.to_cols_array().map(|v| v as f32 + 0.0);
        Some((mesh, Affine3A::from_cols_array(&plain)))
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
                let name = shortened(&material.name);
                piece.at.error(
                    format!(
                        "no TEXCOORD_{}, which material {name:?} uses",
                        missing.uv_set
                    ),
                    "UVs for every texture",
                    "unwrap the mesh, or use a material without textures",
                );
            }
        }
    }

    fn finish(mut self) -> Collected<'a> {
        let drafts = std::mem::take(&mut self.drafts);
        let mut objects = Vec::with_capacity(drafts.len());
        for draft in drafts {
            if draft.surfaces.is_empty() {
                let bare = draft.colliders.is_empty()
                    && draft.keypoints.is_empty()
                    && draft.grasps.is_empty()
                    && draft.regions.is_empty();
                // A mesh that could not be read has been reported already.
                let rendered = draft.colliders.iter().any(|c| !c.only);
                if !(draft.lent && bare) && !rendered {
                    draft.at.error(
                        "an object without a rendered mesh",
                        "at least one mesh at or below a node with `bs_class`, in no other object",
                        "",
                    );
                }
                continue;
            }
            let colliders = self.colliders(&draft);
            let inherited = &draft.inherited;
            if colliders.is_empty() && inherited.motion == Motion::Dynamic {
                draft.at.error(
                    "a dynamic object without colliders",
                    "something that can rest on something",
                    "remove `bs_collider = none`, or make it static",
                );
            }
            let object = ObjectDesc {
                name: draft.name,
                class: draft.class,
                asset_from_object: draft.pose,
                surfaces: draft.surfaces,
                keypoints: draft.keypoints,
                grasps: draft.grasps,
                regions: draft.regions,
                body: BodyDesc {
                    motion: inherited.motion,
                    mass_kg: draft.mass_kg,
                    density_kg_per_m3: inherited.density_kg_per_m3,
                    friction: inherited.friction,
                    restitution: inherited.restitution,
                    colliders,
                },
                bounds: draft.bounds,
            };
            objects.push((draft.at, object));
        }
        Collected {
            objects,
            regions: self.regions,
            unlabelled: self.unlabelled,
        }
    }

    /// If any mesh is for collision only, those; else all. The default is `hull` on dynamic and
    /// `mesh` on static objects.
    fn colliders(&mut self, draft: &Draft<'a>) -> Vec<ColliderDesc> {
        let motion = draft.inherited.motion;
        let any_only = draft.colliders.iter().any(|c| c.only);
        let mut colliders = Vec::new();
        for collider in draft.colliders.iter().filter(|c| c.only == any_only) {
            let kind = match (collider.choice, motion) {
                (Some(ColliderChoice::None), _) => continue,
                (Some(ColliderChoice::Fit(kind)), _) => kind,
                (None, Motion::Static) => ColliderKind::TriangleMesh,
                (None, Motion::Dynamic) => ColliderKind::ConvexHull,
            };
            if kind == ColliderKind::TriangleMesh && motion == Motion::Dynamic {
                collider.at.error(
                    "a `mesh` collider on a dynamic object",
                    "a closed convex shape",
                    "use hull, decompose, box, sphere, cylinder or capsule",
                );
                continue;
            }
            let (accessors, table) = (self.from.accessors, &mut self.desc.meshes);
            let Some(mesh) = self.from.meshes.merged(collider.mesh, accessors, table) else {
                continue;
            };
            let Some((mesh, object_from_mesh)) =
                self.unmirrored(&collider.at, mesh, &collider.object_from_mesh)
            else {
                continue;
            };
            colliders.push(ColliderDesc {
                kind,
                mesh,
                object_from_mesh,
            });
        }
        colliders
    }
}

/// Whether the node has a `bs_class`, right or wrong.
pub(super) fn has_class_key(node: &Node<'_>) -> bool {
    let extras = node.at.get("extras");
    extras.is_some_and(|extras| extras.get("bs_class").is_some())
}

fn rigid_error(at: &At<'_>, found: &str) {
    at.error(
        found,
        "a frame that is rigid once scale is removed",
        "in Blender, apply the scale of the parents (Object › Apply › Scale)",
    );
}

/// What is at or below each node.
struct Below {
    objects: Vec<bool>,
    meshes: Vec<bool>,
}

impl Below {
    fn of(tree: &Tree<'_>) -> Self {
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

    /// A key that nothing consumes is an error.
    fn check_use(&self, i: usize, node: &Node<'_>) {
        let labels = &node.labels;
        let extras = node.at.get("extras");
        let class = has_class_key(node);
        let mesh = node.at.get("mesh").is_some();
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
