//! Primitives and triangle meshes.

use std::collections::BTreeMap;

use glam::{Affine3A, Mat3, Quat, Vec3};
use rapier3d::parry::shape::SharedShape;

use super::{Misfit, Shape};
use crate::base::pose::Pose;
use crate::scene::desc::Bounds;
use crate::scene::mesh::Mesh;

/// Nothing solid may be thinner, metres. The thinnest real labware, a cover glass, has 170 µm.
pub const MIN_THICKNESS_M: f32 = 1e-5;

/// From parry's cylinder axis, Y, to Z.
const Y_TO_Z: Quat = Quat::from_xyzw(
    std::f32::consts::FRAC_1_SQRT_2,
    0.0,
    0.0,
    std::f32::consts::FRAC_1_SQRT_2,
);

/// What is left of a linear map after its rotation is taken away.
pub struct Linear {
    matrix: Mat3,
    /// The matrix is diagonal.
    is_scale: bool,
}

impl Linear {
    /// For comparison.
    pub fn bits(&self) -> [u32; 9] {
        self.matrix.to_cols_array().map(f32::to_bits)
    }
}

/// Mesh data that shapes are fitted to, metres, axes of the mesh.
pub struct Scaled {
    pub points: Vec<Vec3>,
    /// Counter-clockwise from outside; none degenerate.
    pub triangles: Vec<[u32; 3]>,
    pub bounds: Bounds,
}

/// Splits `object_from_mesh` into a rigid pose and the rest, which is a scale unless the map
/// shears.
pub fn split(object_from_mesh: &Affine3A) -> Result<(Pose, Linear), Misfit> {
    let translation = Vec3::from(object_from_mesh.translation);
    let matrix = Mat3::from(object_from_mesh.matrix3);
    let mut scale = Vec3::new(
        matrix.x_axis.length(),
        matrix.y_axis.length(),
        matrix.z_axis.length(),
    );
    if !matrix.is_finite() || !translation.is_finite() || scale.min_element() <= 0.0 {
        return Err(Misfit {
            found: format!("scale {scale}"),
            expected: "a finite scale, zero along no axis",
            remedy: "apply or mend the object's scale in the modelling tool",
        });
    }
    let axes = [
        matrix.x_axis / scale.x,
        matrix.y_axis / scale.y,
        matrix.z_axis / scale.z,
    ];
    let skew = (axes[0].dot(axes[1]).abs())
        .max(axes[0].dot(axes[2]).abs())
        .max(axes[1].dot(axes[2]).abs());
    if skew > 1e-4 {
        let linear = Linear {
            matrix,
            is_scale: false,
        };
        return Ok((Pose::at(translation), linear));
    }
    let mut rotation = Mat3::from_cols(axes[0], axes[1], axes[2]);
    if rotation.determinant() < 0.0 {
        rotation.x_axis = -rotation.x_axis;
        scale.x = -scale.x;
    }
    let linear = Linear {
        matrix: Mat3::from_diagonal(scale.to_array().map(rounded).into()),
        is_scale: true,
    };
    let pose = Pose::new(Quat::from_mat3(&rotation).normalize(), translation);
    Ok((pose, linear))
}

/// To a relative 1e-6, so that instances that differ by rounding alone share their shapes.
fn rounded(x: f32) -> f32 {
    f32::from_bits((x.to_bits() + 8) & !15)
}

/// The mesh scaled, without degenerate triangles, and without the vertices that no triangle uses.
pub fn scaled(mesh: &Mesh, linear: &Linear) -> Result<Scaled, Misfit> {
    let mirrored = linear.matrix.determinant() < 0.0;
    let mut of_bits: BTreeMap<[u32; 3], u32> = BTreeMap::new();
    let mut points = Vec::new();
    let mut bounds = Bounds::EMPTY;
    let mut triangles = Vec::with_capacity(mesh.triangles.len());
    for triangle in &mesh.triangles {
        let [a, b, c] = triangle.map(|i| linear.matrix * mesh.positions[i as usize]);
        if (b - a).cross(c - a).length_squared() == 0.0 {
            continue;
        }
        let corners = if mirrored { [a, c, b] } else { [a, b, c] };
        triangles.push(corners.map(|p| {
            // +0.0 turns −0 into 0, so that equal points have equal bits.
            *of_bits
                .entry(p.to_array().map(|x| (x + 0.0).to_bits()))
                .or_insert_with(|| {
                    points.push(p);
                    bounds.include(p);
                    points.len() as u32 - 1
                })
        }));
    }
    if triangles.is_empty() || !bounds.size().is_finite() {
        return Err(Misfit {
            found: "a mesh without a triangle of finite, non-zero area".into(),
            expected: "at least one proper triangle",
            remedy: "mend the mesh, or set bs_collider = \"none\"",
        });
    }
    Ok(Scaled {
        points,
        triangles,
        bounds,
    })
}

/// Bounding box.
pub fn cuboid(mesh: &Scaled, linear: &Linear) -> Result<Vec<Shape>, Misfit> {
    unsheared(linear)?;
    let half = solid(mesh)? * 0.5;
    let shape = SharedShape::cuboid(half.x, half.y, half.z);
    Ok(at_center(mesh, Quat::IDENTITY, shape))
}

/// Smallest sphere about the bounding box's centre.
pub fn sphere(mesh: &Scaled, linear: &Linear) -> Result<Vec<Shape>, Misfit> {
    unsheared(linear)?;
    solid(mesh)?;
    let center = mesh.bounds.center();
    let squared = mesh.points.iter().map(|p| p.distance_squared(center));
    let radius = squared.fold(0.0, f32::max).sqrt();
    Ok(at_center(mesh, Quat::IDENTITY, SharedShape::ball(radius)))
}

/// Axis Z.
pub fn cylinder(mesh: &Scaled, linear: &Linear) -> Result<Vec<Shape>, Misfit> {
    unsheared(linear)?;
    let half_height = solid(mesh)?.z * 0.5;
    let shape = SharedShape::cylinder(half_height, radius_about_z(mesh));
    Ok(at_center(mesh, Y_TO_Z, shape))
}

/// Axis Z, caps within the mesh's height.
pub fn capsule(mesh: &Scaled, linear: &Linear) -> Result<Vec<Shape>, Misfit> {
    unsheared(linear)?;
    let half_height = solid(mesh)?.z * 0.5;
    let radius = radius_about_z(mesh);
    let straight = half_height - radius;
    if straight < -0.01 * radius {
        return Err(Misfit {
            found: format!(
                "height {:.4} m along Z, less than the diameter {:.4} m",
                2.0 * half_height,
                2.0 * radius
            ),
            expected: "a capsule at least as long as wide, along the mesh's Z axis",
            remedy: "set bs_collider = \"sphere\" or \"cylinder\", or turn the mesh",
        });
    }
    let shape = SharedShape::capsule_z(straight.max(0.0), radius);
    Ok(at_center(mesh, Quat::IDENTITY, shape))
}

fn at_center(mesh: &Scaled, rotation: Quat, shape: SharedShape) -> Vec<Shape> {
    vec![Shape {
        object_from_shape: Pose::new(rotation, mesh.bounds.center()),
        shape,
    }]
}

fn radius_about_z(mesh: &Scaled) -> f32 {
    let center = mesh.bounds.center().truncate();
    let squared = mesh
        .points
        .iter()
        .map(|p| p.truncate().distance_squared(center));
    squared.fold(0.0, f32::max).sqrt()
}

/// The bounding box's size, if it is thick enough along every axis.
fn solid(mesh: &Scaled) -> Result<Vec3, Misfit> {
    let size = mesh.bounds.size();
    if size.min_element() < MIN_THICKNESS_M {
        return Err(Misfit {
            found: format!("a mesh of size {size} m"),
            expected: "at least 0.00001 m along each of its axes",
            remedy: "give it thickness, or set bs_collider = \"mesh\" on a static object",
        });
    }
    Ok(size)
}

fn unsheared(linear: &Linear) -> Result<(), Misfit> {
    if linear.is_scale {
        return Ok(());
    }
    Err(Misfit {
        found: "a mesh sheared by its parents' scale and rotation".into(),
        expected: "no shear under a box, sphere, cylinder or capsule",
        remedy: "apply the parents' scale in the modelling tool, or set bs_collider = \"hull\"",
    })
}
