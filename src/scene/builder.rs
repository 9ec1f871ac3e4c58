//! Grows the tables of a [`SceneDesc`] file by file, and collects what is wrong with them.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use super::desc::{SceneDesc, Surface};
use super::environment::{self, EnvironmentMap};
use super::files::{self, Digests};
use super::gltf::{self, images};
use super::material::{Texture, Wrap};
use super::taxonomy::Taxonomy;
use crate::base::ids::{AssetId, ClassId, EnvironmentId, PartId, TextureId};
use crate::base::problem::{Problem, Problems};

/// A [`SceneDesc`] in the making. Each file is read once, however often it is added.
pub struct SceneBuilder {
    desc: SceneDesc,
    digests: Digests,
    problems: Problems,
    assets: BTreeMap<PathBuf, Option<AssetId>>,
    textures: BTreeMap<(PathBuf, bool), Option<TextureId>>,
    environments: BTreeMap<PathBuf, Option<EnvironmentId>>,
}

impl SceneBuilder {
    /// An empty scene. The paths of file digests will be relative to `root`, the recipe's folder;
    /// files outside `root`'s parent cannot be referred to from glTF.
    pub fn new(name: &str, taxonomy: Taxonomy, root: &Path) -> Self {
        Self {
            desc: SceneDesc::empty(name, taxonomy),
            digests: Digests::new(root),
            problems: Problems::default(),
            assets: BTreeMap::new(),
            textures: BTreeMap::new(),
            environments: BTreeMap::new(),
        }
    }

    /// Loads a `.gltf` or `.glb` file, told apart by content. A file with errors adds problems
    /// and nothing else, and gives `None`; the same path again gives the same answer.
    pub fn add_asset(&mut self, path: &Path) -> Option<AssetId> {
        let key = files::absolute(path);
        if let Some(known) = self.assets.get(&key) {
            return *known;
        }
        let id = self.load_asset(path);
        self.assets.insert(key, id);
        id
    }

    fn load_asset(&mut self, path: &Path) -> Option<AssetId> {
        let bytes = match files::read(path) {
            Ok(bytes) => bytes,
            Err(found) => {
                let expected = "a .gltf or .glb file";
                self.problems
                    .push(Problem::error(path, "", found, expected, ""));
                return None;
            }
        };
        self.digests.add(path, &bytes);
        let mut files = gltf::Folder::new(path, &mut self.digests);
        let problems = gltf::load(&mut self.desc, &bytes, path, &mut files, None);
        let failed = problems.has_errors();
        self.problems.extend(problems);
        (!failed).then(|| AssetId(self.desc.assets.len() as u32 - 1))
    }

    /// Loads the surfaces of a `.gltf` or `.glb` file whatever its labels, in the file's frame
    /// turned to Z up, for an object that the caller makes. With errors it adds problems and
    /// gives `None`.
    pub fn add_surfaces(&mut self, path: &Path) -> Option<Vec<Surface>> {
        let bytes = match self.read(path) {
            Ok(bytes) => bytes,
            Err(found) => {
                let expected = "a .gltf or .glb file";
                self.problems
                    .push(Problem::error(path, "", found, expected, ""));
                return None;
            }
        };
        let mut files = gltf::Folder::new(path, &mut self.digests);
        let rest = Some(ClassId(0));
        let problems = gltf::load(&mut self.desc, &bytes, path, &mut files, rest);
        let failed = problems.has_errors();
        self.problems.extend(problems);
        if failed {
            return None;
        }
        let asset = self.desc.assets.pop()?;
        let objects = self.desc.objects.split_off(asset.objects.start as usize);
        let surfaces = objects.into_iter().flat_map(|object| {
            let pose = object.asset_from_object.affine();
            object.surfaces.into_iter().map(move |surface| Surface {
                object_from_mesh: pose * surface.object_from_mesh,
                part: PartId(0),
                variants: Vec::new(),
                ..surface
            })
        });
        Some(surfaces.collect())
    }

    /// The whole of a regular file of at most 1 GiB; it is remembered with its digest.
    ///
    /// # Errors
    /// What is wrong, in words.
    pub fn read(&mut self, path: &Path) -> Result<Vec<u8>, String> {
        let bytes = files::read(path)?;
        self.digests.add(path, &bytes);
        Ok(bytes)
    }

    /// Loads a PNG or JPEG file that repeats in both directions. `srgb` says whether it holds
    /// colour or data.
    pub fn add_texture(&mut self, path: &Path, srgb: bool) -> Option<TextureId> {
        let key = (files::absolute(path), srgb);
        if let Some(known) = self.textures.get(&key) {
            return *known;
        }
        let id = self.load_texture(path, srgb);
        self.textures.insert(key, id);
        id
    }

    fn load_texture(&mut self, path: &Path, srgb: bool) -> Option<TextureId> {
        let decoded = files::read(path).and_then(|bytes| {
            self.digests.add(path, &bytes);
            images::decode(&bytes, images::MAX_IMAGE_PX)
        });
        match decoded {
            Ok(image) => {
                let id = TextureId(self.desc.textures.len() as u32);
                self.desc.textures.push(Texture {
                    name: path
                        .file_stem()
                        .map(|s| s.to_string_lossy().into_owned())
                        .unwrap_or_default(),
                    width_px: image.width_px,
                    height_px: image.height_px,
                    wrap_u: Wrap::Repeat,
                    wrap_v: Wrap::Repeat,
                    srgb,
                    rgba: image.rgba,
                });
                Some(id)
            }
            Err(found) => {
                let expected = images::EXPECTED;
                self.problems
                    .push(Problem::error(path, "", found, expected, ""));
                None
            }
        }
    }

    /// Loads a Radiance (.hdr) or OpenEXR (.exr) panorama, told apart by content.
    pub fn add_environment(&mut self, path: &Path) -> Option<EnvironmentId> {
        let key = files::absolute(path);
        if let Some(known) = self.environments.get(&key) {
            return *known;
        }
        let id = self.load_environment(path);
        self.environments.insert(key, id);
        id
    }

    fn load_environment(&mut self, path: &Path) -> Option<EnvironmentId> {
        let bytes = match files::read(path) {
            Ok(bytes) => bytes,
            Err(found) => {
                let expected = environment::EXPECTED;
                let problem = Problem::error(path, "", found, expected, "");
                self.problems.push(problem);
                return None;
            }
        };
        self.digests.add(path, &bytes);
        let name = path.file_stem().map(|s| s.to_string_lossy().into_owned());
        match EnvironmentMap::decode(&name.unwrap_or_default(), &bytes) {
            Ok(map) => {
                let id = EnvironmentId(self.desc.environments.len() as u32);
                self.desc.environments.push(map);
                Some(id)
            }
            Err(flaw) => {
                self.problems.push(flaw.problem(path));
                None
            }
        }
    }

    /// Records a file that the scene depends on and that others have read.
    pub fn add_file_digest(&mut self, path: &Path, bytes: &[u8]) {
        self.digests.add(path, bytes);
    }

    /// Where to add problems of other files.
    pub fn problems(&mut self) -> &mut Problems {
        &mut self.problems
    }

    /// For what comes from no glTF file. Whoever appends keeps the tables consistent.
    pub fn desc_mut(&mut self) -> &mut SceneDesc {
        &mut self.desc
    }

    /// What has been added so far.
    pub fn desc(&self) -> &SceneDesc {
        &self.desc
    }

    /// The scene and all problems. If any is an error, the scene is not whole.
    pub fn finish(self) -> (SceneDesc, Problems) {
        let desc = SceneDesc {
            files: self.digests.finish(),
            ..self.desc
        };
        (desc, self.problems)
    }
}
