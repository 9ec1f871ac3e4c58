//! glTF and recipe files → [`desc::SceneDesc`], every default and reference resolved.

pub mod builder;
pub mod desc;
pub mod environment;
pub(crate) mod files;
pub mod gltf;
pub mod liquid;
pub mod load;
pub mod material;
pub mod mesh;
pub mod recipe;
pub mod shapes;
pub mod taxonomy;
