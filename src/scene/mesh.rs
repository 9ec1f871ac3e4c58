//! Triangle meshes, as the loader leaves them.

use glam::{Vec2, Vec3, Vec4};

/// An indexed triangle mesh in its own frame (Z up, metres). All per-vertex tables that are
/// present have the same length as `positions`; every index is in range; all numbers are finite.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Mesh {
    pub name: String,
    pub positions: Vec<Vec3>,
    /// Unit.
    pub normals: Vec<Vec3>,
    /// xyz unit, w = ±1 handedness; empty if the file has none.
    pub tangents: Vec<Vec4>,
    /// TEXCOORD_0 and TEXCOORD_1; empty if the file has none.
    pub uvs: [Vec<Vec2>; 2],
    /// COLOR_0, linear; empty if the file has none. Multiplies the base colour.
    pub colors: Vec<Vec4>,
    /// Counter-clockwise seen from the front.
    pub triangles: Vec<[u32; 3]>,
}
