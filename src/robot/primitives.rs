//! Triangles of primitives, and normals for meshes that have none.

use std::collections::BTreeMap;

use glam::{DVec3, Vec2, Vec3};

use crate::scene::mesh::Mesh;

/// Sides of round things; a multiple of 4, so that bounding boxes are exact.
const SIDES: u32 = 48;
/// Rings from equator to pole.
const RINGS: u32 = 12;
/// Faces that meet at less than 35° look smooth.
const SMOOTH_COS: f64 = 0.819;

/// A row of a body of revolution: radius, height, and the normal in the same plane.
type Row = (f64, f64, f64, f64);

pub(crate) fn cuboid(half: DVec3) -> Mesh {
    let mut mesh = Mesh {
        name: "box".into(),
        ..Mesh::default()
    };
    for axis in 0..3 {
        for sign in [-1.0, 1.0] {
            let normal = DVec3::AXES[axis] * sign;
            let u = DVec3::AXES[(axis + 1) % 3];
            let v = normal.cross(u);
            let first = mesh.positions.len() as u32;
            for (a, b) in [(-1.0, -1.0), (1.0, -1.0), (1.0, 1.0), (-1.0, 1.0)] {
                let corner = (normal + a * u + b * v) * half;
                mesh.positions.push(corner.as_vec3());
                mesh.normals.push(normal.as_vec3());
            }
            mesh.triangles.push([first, first + 1, first + 2]);
            mesh.triangles.push([first, first + 2, first + 3]);
        }
    }
    mesh
}

pub(super) fn cylinder(radius: f64, half: f64) -> Mesh {
    revolved(
        "cylinder",
        &[
            (0.0, -half, 0.0, -1.0),
            (radius, -half, 0.0, -1.0),
            (radius, -half, 1.0, 0.0),
            (radius, half, 1.0, 0.0),
            (radius, half, 0.0, 1.0),
            (0.0, half, 0.0, 1.0),
        ],
    )
}

/// `half` is of the straight part.
pub(super) fn capsule(radius: f64, half: f64) -> Mesh {
    let arc = |lift: f64, from: u32| {
        (from..=from + RINGS).map(move |i| {
            let angle = std::f64::consts::FRAC_PI_2 * (f64::from(i) / f64::from(RINGS) - 1.0);
            let (sin, cos) = libm::sincos(angle);
            let cos = if i == 0 || i == 2 * RINGS { 0.0 } else { cos };
            (radius * cos, radius * sin + lift, cos, sin)
        })
    };
    let rows: Vec<Row> = arc(-half, 0).chain(arc(half, RINGS)).collect();
    revolved("capsule", &rows)
}

pub(super) fn sphere(radius: f64) -> Mesh {
    Mesh {
        name: "sphere".into(),
        ..capsule(radius, 0.0)
    }
}

pub(super) fn ellipsoid(radii: DVec3) -> Mesh {
    let mut mesh = sphere(1.0);
    mesh.name = "ellipsoid".into();
    for (position, normal) in mesh.positions.iter_mut().zip(&mut mesh.normals) {
        *position = (position.as_dvec3() * radii).as_vec3();
        *normal = (normal.as_dvec3() / radii).normalize().as_vec3();
    }
    mesh
}

/// About Z, rows from below.
fn revolved(name: &str, rows: &[Row]) -> Mesh {
    let mut mesh = Mesh {
        name: name.into(),
        ..Mesh::default()
    };
    for &(radius, z, outwards, upwards) in rows {
        for side in 0..SIDES {
            let angle = std::f64::consts::TAU * f64::from(side) / f64::from(SIDES);
            let (sin, cos) = libm::sincos(angle);
            let at = |r: f64, z: f64| DVec3::new(r * cos, r * sin, z).as_vec3();
            mesh.positions.push(at(radius, z));
            mesh.normals.push(at(outwards, upwards));
        }
    }
    for (row, pair) in rows.windows(2).enumerate() {
        if pair[0].0 == pair[1].0 && pair[0].1 == pair[1].1 {
            continue;
        }
        for side in 0..SIDES {
            let at = |row: usize, side: u32| row as u32 * SIDES + side % SIDES;
            let (a, b) = (at(row, side), at(row, side + 1));
            let (c, d) = (at(row + 1, side + 1), at(row + 1, side));
            if pair[0].0 > 0.0 {
                mesh.triangles.push([a, b, c]);
            }
            if pair[1].0 > 0.0 {
                mesh.triangles.push([a, c, d]);
            }
        }
    }
    mesh
}

/// A mesh with normals: smooth where faces meet at less than 35°, edges elsewhere. `uvs` are by
/// position, or none. Triangles without area are left out.
pub(super) fn shaded(name: &str, positions: &[Vec3], uvs: &[Vec2], triangles: &[[u32; 3]]) -> Mesh {
    let point = |i: u32| positions[i as usize].as_dvec3();
    let bits = |i: u32| {
        positions[i as usize]
            .to_array()
            .map(|v| (v + 0.0).to_bits())
    };
    let area = |[a, b, c]: [u32; 3]| (point(b) - point(a)).cross(point(c) - point(a));
    let solid: Vec<[u32; 3]> = triangles
        .iter()
        .copied()
        .filter(|t| area(*t) != DVec3::ZERO)
        .collect();
    let mut around: BTreeMap<[u32; 3], Vec<DVec3>> = BTreeMap::new();
    for &triangle in &solid {
        for corner in triangle {
            around.entry(bits(corner)).or_default().push(area(triangle));
        }
    }
    let mut mesh = Mesh {
        name: name.to_owned(),
        ..Mesh::default()
    };
    let mut known: BTreeMap<(u32, [u32; 3]), u32> = BTreeMap::new();
    for &triangle in &solid {
        let face = area(triangle).normalize();
        let corners = triangle.map(|corner| {
            let near = around[&bits(corner)].iter();
            let near = near.filter(|a| a.dot(face) >= SMOOTH_COS * a.length());
            let normal = near.sum::<DVec3>().normalize_or(face).as_vec3();
            *known
                .entry((corner, normal.to_array().map(f32::to_bits)))
                .or_insert_with(|| {
                    mesh.positions.push(positions[corner as usize]);
                    mesh.normals.push(normal);
                    if let Some(uv) = uvs.get(corner as usize) {
                        mesh.uvs[0].push(*uv);
                    }
                    mesh.positions.len() as u32 - 1
                })
        });
        mesh.triangles.push(corners);
    }
    mesh
}

/// The mirror image across the plane x = 0, still counter-clockwise from its front.
pub(super) fn mirrored(mesh: &Mesh) -> Mesh {
    let flip = |v: &Vec3| Vec3::new(0.0 - v.x, v.y, v.z);
    Mesh {
        name: mesh.name.clone(),
        positions: mesh.positions.iter().map(flip).collect(),
        normals: mesh.normals.iter().map(flip).collect(),
        tangents: Vec::new(),
        uvs: mesh.uvs.clone(),
        colors: mesh.colors.clone(),
        triangles: mesh
            .triangles
            .iter()
            .map(|[a, b, c]| [*a, *c, *b])
            .collect(),
    }
}
