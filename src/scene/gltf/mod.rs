//! glTF 2.0 files (`.gltf` with files beside it or embedded, `.glb`) → an asset of a
//! [`SceneDesc`].
//!
//! What is understood beyond core glTF: KHR_lights_punctual, KHR_texture_transform,
//! KHR_materials_transmission / ior / volume / emissive_strength / unlit / variants,
//! KHR_mesh_quantization, EXT_mesh_gpu_instancing, and the `bs_*` keys of `scenes/README.md`.
//! What is left out, with a warning: points and lines, skins, morph targets, animations,
//! orthographic cameras, ranges of lights, thickness textures. Without one: sampler filters (the
//! renderer always filters), `thicknessFactor` under a scaled node (taken as metres).
//!
//! The JSON is read as plain values and checked here, not by a typed mirror: every wrong value is
//! reported with its place, all in one go, and nothing is indexed, multiplied or allocated before
//! it is known to be in range.
//!
//! ```text
//! bytes ─ container ─► JSON ─ buffers, accessors ─► checked arrays
//!                        ├── images, materials ───► textures, materials
//!                        └── nodes, extras ── objects (meshes, instances), lights ─► AssetDesc
//! ```

mod accessors;
mod buffers;
mod container;
mod drafts;
mod extensions;
mod extras;
pub(super) mod images;
mod instances;
mod lights;
mod lints;
mod materials;
mod meshes;
mod nodes;
mod objects;
mod report;
mod topology;
mod unused;
mod uri;

use std::path::{Path, PathBuf};

pub use extras::strip_blender_suffix;

use super::desc::{AssetDesc, SceneDesc};
use super::files::{self, Digests, MAX_FILE_BYTES};
use super::taxonomy::Taxonomy;
use crate::base::ids::ClassId;
use crate::base::problem::Problems;
use accessors::Accessors;
use buffers::Buffers;
use drafts::MeshSource;
use materials::Materials;
use meshes::Meshes;
use nodes::{Tree, decompose};
use objects::{Collected, Sources};
use report::{At, Report};

/// Meshes and textures of one file may decode to this many bytes: 2 GiB.
const MAX_DECODED_BYTES: u64 = 2 << 30;

/// Where the files come from that a glTF file refers to.
pub(super) trait Files {
    /// The file at `path`, relative to the glTF file's folder.
    ///
    /// # Errors
    /// What is wrong, in words.
    fn read(&mut self, path: &Path) -> Result<Vec<u8>, String>;
}

/// Files beside a glTF file; each one read is remembered with its digest.
pub(super) struct Folder<'a> {
    folder: PathBuf,
    digests: &'a mut Digests,
}

impl<'a> Folder<'a> {
    /// The folder of the glTF file `file`.
    pub(super) fn new(file: &Path, digests: &'a mut Digests) -> Self {
        let folder = file.parent().unwrap_or(Path::new("")).to_path_buf();
        Self { folder, digests }
    }
}

impl Files for Folder<'_> {
    fn read(&mut self, path: &Path) -> Result<Vec<u8>, String> {
        let path = self.folder.join(path);
        let full = files::absolute(&path);
        // `../textures` is fine; a path out of the scenes' folder is not meant, or not honest.
        let root = self.digests.root();
        let fence = root.parent().unwrap_or(root);
        if !full.starts_with(fence) && !full.starts_with(files::absolute(&self.folder)) {
            return Err("a path that leaves the scene's folder tree".to_owned());
        }
        let bytes = files::read(&path)?;
        self.digests.add(&path, &bytes);
        Ok(bytes)
    }
}

/// For a file that has to bring everything with it.
struct NoFiles;

impl Files for NoFiles {
    fn read(&mut self, _: &Path) -> Result<Vec<u8>, String> {
        Err("no files beside this one".to_owned())
    }
}

/// Loads one self-contained file from memory (`.glb`, or `.gltf` with `data:` URIs). For any
/// bytes it ends, does not panic, and needs memory in proportion to the bytes, plus what
/// compressed images and zero-filled accessors stand for: at most 2 GiB.
pub fn load_bytes(bytes: &[u8], taxonomy: Taxonomy) -> (SceneDesc, Problems) {
    let mut desc = SceneDesc::empty("", taxonomy);
    let problems = load(
        &mut desc,
        bytes,
        Path::new("memory.gltf"),
        &mut NoFiles,
        None,
    );
    (desc, problems)
}

/// Appends the file `bytes`, which is at `path`, to `desc`; nothing, if there are errors. Meshes
/// in no object are an error, or make up one object of class `rest` in the file's frame.
pub(super) fn load(
    desc: &mut SceneDesc,
    bytes: &[u8],
    path: &Path,
    files: &mut dyn Files,
    rest: Option<ClassId>,
) -> Problems {
    let before = (
        desc.meshes.len(),
        desc.materials.len(),
        desc.textures.len(),
        desc.parts.len(),
    );
    let container = match container::open(bytes, path) {
        Ok(container) => container,
        Err(problems) => return problems,
    };
    let report = Report::new(path, &container.json);
    let root = report.root();
    let loaded = if check_header(&root) {
        load_root(desc, &root, container.bin, files, rest)
    } else {
        None
    };
    if let Some((collected, asset)) = loaded
        && !report.has_errors()
    {
        let first = desc.objects.len() as u32;
        let objects = collected.objects.into_iter().map(|(_, object)| object);
        desc.objects.extend(objects);
        let name = path.file_stem().unwrap_or_default();
        desc.assets.push(AssetDesc {
            name: name.to_string_lossy().into_owned(),
            path: path.to_path_buf(),
            objects: first..desc.objects.len() as u32,
            ..asset
        });
    } else {
        desc.meshes.truncate(before.0);
        desc.materials.truncate(before.1);
        desc.textures.truncate(before.2);
        desc.parts.truncate(before.3);
    }
    report.finish()
}

/// Whether this is glTF 2 at all.
fn check_header(root: &At<'_>) -> bool {
    let Some(asset) = root.get("asset").filter(At::is_object) else {
        root.error("JSON without `asset`", "a glTF 2.0 file", "");
        return false;
    };
    for (key, fits) in [
        ("version", (|v| v.starts_with("2.")) as fn(&str) -> bool),
        ("minVersion", |v| v == "2.0"),
    ] {
        let Some(at) = asset.get(key) else {
            if key == "version" {
                asset.error("no `version`", "\"2.0\"", "");
                return false;
            }
            continue;
        };
        let Some(version) = at.text() else {
            return false;
        };
        if !fits(version) {
            at.wrong("\"2.0\"");
            return false;
        }
    }
    true
}

/// All but the objects' range and the names of the asset.
fn load_root<'a>(
    desc: &mut SceneDesc,
    root: &At<'a>,
    bin: Option<&'a [u8]>,
    files: &mut dyn Files,
    rest: Option<ClassId>,
) -> Option<(Collected<'a>, AssetDesc)> {
    let extensions = extensions::check(root);
    let variants = extensions::variant_names(root);
    let accessors = Accessors::check(root, Buffers::load(root, bin, files));
    let tables = (&mut desc.materials, &mut desc.textures);
    let materials = Materials::load(root, &accessors, files, tables.0, tables.1);
    let meshes = Meshes::new(
        root,
        extensions.quantized_meshes,
        variants.len(),
        &materials,
    );
    let tree = Tree::load(root, &desc.taxonomy);
    let mut asset = AssetDesc {
        name: String::new(),
        path: PathBuf::new(),
        objects: 0..0,
        articulated: false,
        regions: Vec::new(),
        cameras: Vec::new(),
        lights: Vec::new(),
        variants,
        nodes: Vec::new(),
    };
    let cameras = root.items_of("cameras");
    let punctual = root.extension("KHR_lights_punctual");
    let punctual = punctual.map_or(Vec::new(), |at| at.items_of("lights"));
    for node in &tree.nodes {
        asset.cameras.extend(lights::camera(node, &cameras));
        asset.lights.extend(lights::punctual(node, &punctual));
        if node.labels.rect_light && node.at.get("mesh").is_none() {
            asset.lights.extend(lights::rectangular(node));
        }
        if let Ok(frame) = decompose(&node.world_from_node, node.signs)
            && node.at.get("name").is_some()
        {
            let rotation = lights::author_rotation(node, frame.rotation);
            let pose = nodes::pose(rotation, frame.translation);
            asset.nodes.push((node.name.clone(), pose));
        }
    }
    let sources = Sources {
        tree: &tree,
        shapes: MeshSource {
            meshes,
            accessors: &accessors,
        },
        materials,
    };
    let collected = objects::collect(sources, desc, rest.map(|class| (root, class)));
    report_unlabelled(root, &tree, &collected);
    if root.get("animations").is_some() {
        root.warn("animations, which are ignored", "a scene at rest", "");
    }
    lints::check(root, &collected);
    asset.regions.clone_from(&collected.regions);
    Some((collected, asset))
}

/// Meshes that no object owns. If nothing is labelled at all, that is one problem, not many.
fn report_unlabelled(root: &At<'_>, tree: &Tree<'_>, collected: &Collected<'_>) {
    let remedy = "give it or a node above it a `bs_class`";
    let any_class = tree.nodes.iter().any(objects::has_class_key);
    if any_class || collected.unlabelled.is_empty() {
        for at in &collected.unlabelled {
            at.error(
                "a mesh in no object",
                "a class for everything that is seen",
                remedy,
            );
        }
        return;
    }
    let generator = root.get("asset").and_then(|asset| asset.get("generator"));
    let blender = generator
        .and_then(|at| at.value().as_str())
        .is_some_and(|text| text.starts_with("Khronos glTF Blender I/O"));
    let stripped = blender
        && tree
            .nodes
            .iter()
            .all(|node| node.at.get("extras").is_none());
    root.error(
        format!(
            "no `bs_class` anywhere (nodes with a mesh: {})",
            collected.unlabelled.len()
        ),
        "a class for everything that is seen",
        if stripped {
            "in Blender's export dialog tick Include › Custom Properties"
        } else {
            remedy
        },
    );
}
