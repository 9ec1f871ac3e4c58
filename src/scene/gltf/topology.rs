//! Triangles of strips and fans, degenerate triangles, flat normals.

use glam::{DVec3, Vec3};

use crate::scene::mesh::Mesh;

/// glTF primitive modes that have triangles.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Mode {
    Triangles,
    Strip,
    Fan,
}

/// The triangles that indices stand for, as glTF 2.0 section 3.7.2.1 numbers them. Indices left
/// over at the end are dropped.
pub(super) fn triangles(mode: Mode, indices: &[u32]) -> Vec<[u32; 3]> {
    match mode {
        Mode::Triangles => indices
            .chunks_exact(3)
            .map(|t| [t[0], t[1], t[2]])
            .collect(),
        Mode::Strip => indices
            .windows(3)
            .enumerate()
            .map(|(i, t)| match i % 2 {
                0 => [t[0], t[1], t[2]],
                _ => [t[0], t[2], t[1]],
            })
            .collect(),
        Mode::Fan => {
            let rim = indices.get(1..).unwrap_or_default();
            rim.windows(2).map(|t| [t[0], t[1], indices[0]]).collect()
        }
    }
}

/// Twice the area times the unit normal; exactly zero for triangles without area.
pub(super) fn area_vector(positions: &[Vec3], [a, b, c]: [u32; 3]) -> DVec3 {
    // Differences and products of single-precision numbers keep their bits in double precision.
    let [a, b, c] = [a, b, c].map(|i| positions[i as usize].as_dvec3());
    (b - a).cross(c - a)
}

/// Removes triangles without area.
pub(super) fn drop_degenerate(positions: &[Vec3], triangles: &mut Vec<[u32; 3]>) {
    triangles.retain(|t| area_vector(positions, *t) != DVec3::ZERO);
}

/// Gives every triangle vertices of its own, with its normal.
pub(super) fn make_flat(mesh: &mut Mesh) {
    fn spread<T: Copy>(values: &[T], order: &[u32]) -> Vec<T> {
        if values.is_empty() {
            return Vec::new();
        }
        order.iter().map(|i| values[*i as usize]).collect()
    }
    let order: Vec<u32> = mesh.triangles.iter().flatten().copied().collect();
    let normal = |t: &[u32; 3]| area_vector(&mesh.positions, *t).normalize().as_vec3();
    mesh.normals = mesh.triangles.iter().flat_map(|t| [normal(t); 3]).collect();
    mesh.positions = spread(&mesh.positions, &order);
    mesh.uvs = [spread(&mesh.uvs[0], &order), spread(&mesh.uvs[1], &order)];
    mesh.colors = spread(&mesh.colors, &order);
    mesh.tangents = Vec::new();
    mesh.triangles = (0..order.len() as u32 / 3)
        .map(|t| [3 * t, 3 * t + 1, 3 * t + 2])
        .collect();
}

/// The mesh seen in a mirror that swaps +X and −X, still counter-clockwise from its front.
pub(super) fn mirrored(mesh: &Mesh) -> Mesh {
    let flip = |v: &Vec3| Vec3::new(0.0 - v.x, v.y, v.z);
    Mesh {
        positions: mesh.positions.iter().map(flip).collect(),
        normals: mesh.normals.iter().map(flip).collect(),
        tangents: mesh
            .tangents
            .iter()
            .map(|t| glam::Vec4::new(0.0 - t.x, t.y, t.z, -t.w))
            .collect(),
        triangles: mesh
            .triangles
            .iter()
            .map(|[a, b, c]| [*a, *c, *b])
            .collect(),
        ..mesh.clone()
    }
}

/// All triangles of several meshes; positions and normals only.
pub(super) fn merged(meshes: &[&Mesh]) -> Mesh {
    let mut all = Mesh::default();
    for mesh in meshes {
        let first = all.positions.len() as u32;
        all.name.clone_from(&mesh.name);
        all.positions.extend(&mesh.positions);
        all.normals.extend(&mesh.normals);
        all.triangles
            .extend(mesh.triangles.iter().map(|t| t.map(|i| i + first)));
    }
    all
}
