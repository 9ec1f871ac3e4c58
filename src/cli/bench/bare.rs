//! What every scene made in code begins with.

use std::path::PathBuf;

use crate::base::ids::ClassId;
use crate::scene::desc::{AssetDesc, SceneDesc};
use crate::scene::taxonomy::{Class, Taxonomy};

/// The one class of such a scene.
pub(super) const CLASS: ClassId = ClassId(1);

/// A scene without objects: one class, and one asset that objects are to be added to.
pub(super) fn scene(name: &str, class: &str) -> SceneDesc {
    let taxonomy = Taxonomy {
        classes: vec![Class {
            id: CLASS,
            name: class.into(),
            parent: None,
            is_abstract: false,
            color: [200, 80, 60],
        }],
    };
    let mut scene = SceneDesc::empty(name, taxonomy);
    scene.assets.push(AssetDesc {
        name: name.into(),
        path: PathBuf::from(name),
        articulated: false,
        objects: 0..0,
        regions: Vec::new(),
        cameras: Vec::new(),
        lights: Vec::new(),
        variants: Vec::new(),
        nodes: Vec::new(),
    });
    scene
}
