//! Mass and inertia of MJCF bodies: given, or from their geoms as MuJoCo computes them.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use glam::{Affine3A, DMat3, DQuat, DVec3};
use mjcf_rs::assets::MeshInertia;
use mjcf_rs::body::{Body, InertiaSpec};
use mjcf_rs::compiler::InertiaFromGeom;

use super::desc::{InertialDesc, Rigid};
use super::draft::Shape;
use super::mjcf::Mjcf;
use crate::base::problem::{Problem, Problems};
use crate::scene::mesh::Mesh;

/// MuJoCo's default, kg/m³.
const DENSITY: f64 = 1000.0;

/// Triangles of mesh files for volumes.
pub(super) struct Meshes<'a> {
    pub load: &'a mut dyn FnMut(&Path, &str) -> Option<Mesh>,
    pub known: BTreeMap<PathBuf, Option<Mesh>>,
    pub open: Vec<String>,
}

impl Meshes<'_> {
    fn get(&mut self, path: &Path, place: &str) -> Option<&Mesh> {
        let load = &mut self.load;
        let entry = self.known.entry(path.to_path_buf());
        entry.or_insert_with(|| load(path, place)).as_ref()
    }

    /// Meshes whose volume was asked for and that have none.
    pub(super) fn problems(&self, path: &Path) -> Problems {
        let mut problems = Problems::default();
        for place in &self.open {
            let found = "a mesh without a volume to take the mass from";
            let expected = "a closed mesh, or a mass, or an inertial element";
            problems.push(Problem::error(path, place, found, expected, ""));
        }
        problems
    }
}

/// The body's inertial, if it has a mass.
pub(super) fn inertial(
    mjcf: &mut Mjcf<'_>,
    place: &str,
    body: &Body,
    meshes: &mut Meshes<'_>,
) -> Option<InertialDesc> {
    let compiler = &mjcf.model.compiler;
    let from_geoms = match compiler.inertia_from_geom {
        InertiaFromGeom::True => true,
        InertiaFromGeom::False => false,
        InertiaFromGeom::Auto => body.inertial.is_none(),
    };
    let mut desc = if from_geoms {
        sum_of_geoms(mjcf, place, body, meshes)?
    } else {
        given(mjcf, place, body)?
    };
    desc.mass_kg = desc.mass_kg.max(mjcf.model.compiler.bound_mass);
    Some(desc)
}

fn given(mjcf: &mut Mjcf<'_>, place: &str, body: &Body) -> Option<InertialDesc> {
    let given = body.inertial.as_ref()?;
    let turn = DMat3::from_quat(DQuat::from_array(given.pose.rotation.to_array()).normalize());
    let in_frame = match given.inertia {
        InertiaSpec::Diagonal(d) => DMat3::from_diagonal(d.into()),
        InertiaSpec::Full([xx, yy, zz, xy, xz, yz]) => {
            DMat3::from_cols_array(&[xx, xy, xz, xy, yy, yz, xz, yz, zz])
        }
    };
    let center_m = DVec3::from_array(given.pose.translation.to_array());
    let numbers = in_frame.to_cols_array().into_iter();
    mjcf.finite(
        place,
        numbers.chain(center_m.to_array()).chain([given.mass]),
    );
    Some(InertialDesc {
        mass_kg: given.mass,
        center_m,
        inertia_kg_m2: turn * in_frame * turn.transpose(),
    })
}

/// Mass, centre, and inertia about the centre, in the axes that the centre is in.
type Solid = (f64, DVec3, DMat3);

fn sum_of_geoms(
    mjcf: &mut Mjcf<'_>,
    place: &str,
    body: &Body,
    meshes: &mut Meshes<'_>,
) -> Option<InertialDesc> {
    let mut solids: Vec<Solid> = Vec::new();
    for (i, geom) in body.geoms.iter().enumerate() {
        let density = geom.density.unwrap_or(DENSITY);
        if geom.mass == Some(0.0) || (geom.mass.is_none() && density == 0.0) {
            continue;
        }
        let place = format!(
            "{place}, geom {}",
            geom.name.clone().unwrap_or(i.to_string())
        );
        // What is wrong with it has been said by the caller.
        let before = std::mem::take(&mut mjcf.read.problems);
        let draft = mjcf.geom(geom, place.clone());
        mjcf.read.problems = before;
        let Some(draft) = draft else { continue };
        let mesh = geom
            .mesh
            .as_ref()
            .and_then(|name| mjcf.model.assets.mesh(name));
        let exact = mjcf.model.compiler.exact_mesh_inertia
            || mesh.is_some_and(|mesh| mesh.inertia == MeshInertia::Exact);
        let Some((volume, center, inertia)) = unit_solid(&draft.shape, exact, &place, meshes)
        else {
            continue;
        };
        let mass = geom.mass.unwrap_or(density * volume);
        let Rigid {
            rotation,
            translation_m,
        } = draft.link_from_geom;
        let turn = DMat3::from_quat(rotation);
        let inertia = turn * inertia * turn.transpose() * (mass / volume);
        solids.push((mass, rotation * center + translation_m, inertia));
    }
    let mass: f64 = solids.iter().map(|s| s.0).sum();
    if !(mass > 0.0) {
        return None;
    }
    let center = solids.iter().map(|s| s.0 * s.1).sum::<DVec3>() / mass;
    let inertia = solids.iter().fold(DMat3::ZERO, |sum, (m, c, i)| {
        sum + *i + about(*c - center) * *m
    });
    Some(InertialDesc {
        mass_kg: mass,
        center_m: center,
        inertia_kg_m2: inertia,
    })
}

/// Inertia of a unit mass at `r`.
fn about(r: DVec3) -> DMat3 {
    let outer = DMat3::from_cols(r * r.x, r * r.y, r * r.z);
    DMat3::from_diagonal(DVec3::splat(r.length_squared())) - outer
}

/// Of density 1, in the geom's frame.
fn unit_solid(shape: &Shape, exact: bool, place: &str, meshes: &mut Meshes<'_>) -> Option<Solid> {
    const PI: f64 = std::f64::consts::PI;
    let diagonal =
        |volume: f64, i: DVec3| Some((volume, DVec3::ZERO, DMat3::from_diagonal(i * volume)));
    match shape {
        Shape::Box { half_m } => {
            let s = *half_m * *half_m / 3.0;
            let i = DVec3::new(s.y + s.z, s.x + s.z, s.x + s.y);
            diagonal(8.0 * half_m.element_product(), i)
        }
        Shape::Ellipsoid { radii_m } => {
            let s = *radii_m * *radii_m / 5.0;
            let i = DVec3::new(s.y + s.z, s.x + s.z, s.x + s.y);
            diagonal(4.0 / 3.0 * PI * radii_m.element_product(), i)
        }
        Shape::Sphere { radius_m: r } => {
            diagonal(4.0 / 3.0 * PI * r * r * r, DVec3::splat(0.4 * r * r))
        }
        Shape::Cylinder {
            radius_m: r,
            half_length_m: h,
        } => {
            let across = r * r / 4.0 + h * h / 3.0;
            diagonal(
                2.0 * PI * r * r * h,
                DVec3::new(across, across, 0.5 * r * r),
            )
        }
        Shape::Capsule {
            radius_m: r,
            half_length_m: h,
        } => {
            let (tube, ball) = (2.0 * PI * r * r * h, 4.0 / 3.0 * PI * r * r * r);
            let along = tube * 0.5 * r * r + ball * 0.4 * r * r;
            // Each half ball's centre lies 3/8 r beyond the tube's end.
            let across =
                tube * (r * r / 4.0 + h * h / 3.0) + ball * (0.4 * r * r + h * h + 0.75 * h * r);
            let i = DMat3::from_diagonal(DVec3::new(across, across, along));
            Some((tube + ball, DVec3::ZERO, i))
        }
        Shape::File {
            path,
            geom_from_mesh,
        } => {
            let solid = meshes
                .get(path, place)
                .map(|mesh| of_triangles(mesh, geom_from_mesh, exact))?;
            if solid.is_none() {
                meshes.open.push(place.to_owned());
            }
            solid
        }
        Shape::Points {
            points,
            triangles,
            geom_from_mesh,
            ..
        } => {
            let mesh = Mesh {
                positions: points.clone(),
                triangles: triangles.clone(),
                ..Mesh::default()
            };
            of_triangles(&mesh, geom_from_mesh, exact)
        }
    }
}

/// By the volumes of tetrahedra with a tip in the middle: `exact` with their signs, else all
/// positive, which is MuJoCo's default and counts hollows of meshes as full.
fn of_triangles(mesh: &Mesh, placed: &Affine3A, exact: bool) -> Option<Solid> {
    let at = |i: u32| {
        placed
            .transform_point3(mesh.positions[i as usize])
            .as_dvec3()
    };
    let triangles: Vec<[DVec3; 3]> = mesh.triangles.iter().map(|t| t.map(at)).collect();
    // The middle of the surface.
    let (mut area, mut middle) = (0.0, DVec3::ZERO);
    for [a, b, c] in &triangles {
        let own = (*b - *a).cross(*c - *a).length();
        area += own;
        middle += own * (*a + *b + *c) / 3.0;
    }
    let middle = middle / area;
    let signed = |[a, b, c]: [DVec3; 3]| a.dot(b.cross(c)) / 6.0;
    let total: f64 = triangles
        .iter()
        .map(|t| signed(t.map(|p| p - middle)))
        .sum();
    // Meshes that are inside out, or mirrored by their scale, have a volume as well.
    let sign = total.signum();
    let volume_of = |t: [DVec3; 3]| {
        if exact {
            sign * signed(t)
        } else {
            signed(t).abs()
        }
    };
    let (mut volume, mut moment) = (0.0, DVec3::ZERO);
    for triangle in &triangles {
        let t = triangle.map(|p| p - middle);
        let v = volume_of(t);
        volume += v;
        moment += v * (t[0] + t[1] + t[2]) / 4.0;
    }
    if !(volume > 1e-15) {
        return None;
    }
    let center = middle + moment / volume;
    // As MuJoCo, which measures anew from the centre of mass.
    let (mut volume, mut second) = (0.0, DMat3::ZERO);
    for triangle in &triangles {
        let [a, b, c] = triangle.map(|p| p - center);
        let own = volume_of([a, b, c]);
        volume += own;
        // ∫ x xᵀ over a tetrahedron with a tip at 0.
        let outer = |p: DVec3| DMat3::from_cols(p * p.x, p * p.y, p * p.z);
        let sum = outer(a + b + c) + outer(a) + outer(b) + outer(c);
        second += sum * (own / 20.0);
    }
    let trace = second.x_axis.x + second.y_axis.y + second.z_axis.z;
    let inertia = DMat3::from_diagonal(DVec3::splat(trace)) - second;
    Some((volume, center, inertia))
}
