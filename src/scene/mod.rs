//! glTF and recipe files → [`desc::SceneDesc`], every default and reference resolved.

pub mod desc;
pub mod material;
pub mod mesh;
pub mod shapes;
pub mod taxonomy;
