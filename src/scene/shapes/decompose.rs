//! Approximate convex decomposition (VHACD).

use rapier3d::parry::transformation::vhacd::{VHACD, VHACDParameters};

use super::cache::ShapeCache;
use super::fit::Scaled;
use super::hull::{self, Hull};
use super::{Misfit, Shape};
use crate::base::guard::quietly;

/// Voxels along the longest axis.
const RESOLUTION: u32 = 64;
/// Of the volume by which a piece may differ from its hull.
const CONCAVITY: f32 = 0.01;
/// At most so many pieces an object.
const MAX_PIECES: u32 = 64;

/// Convex pieces that together approximate the mesh.
pub fn convex_pieces(mesh: &Scaled, cache: &ShapeCache) -> Result<Vec<Shape>, Misfit> {
    let parameters = [RESOLUTION, CONCAVITY.to_bits(), MAX_PIECES];
    let hulls = cache.get_or_make(mesh, &parameters, || decompose(mesh));
    let pieces: Vec<Shape> = hulls.iter().filter_map(hull::polyhedron).collect();
    if pieces.is_empty() {
        return Err(Misfit {
            found: "a mesh that cannot be decomposed into convex pieces".into(),
            expected: "a closed, solid mesh",
            remedy: "mend the mesh, or set bs_collider = \"hull\"",
        });
    }
    Ok(pieces)
}

fn decompose(mesh: &Scaled) -> Vec<Hull> {
    let parameters = VHACDParameters {
        resolution: RESOLUTION,
        concavity: CONCAVITY,
        max_convex_hulls: MAX_PIECES,
        ..VHACDParameters::default()
    };
    let pieces = quietly(|| {
        VHACD::decompose(&parameters, &mesh.points, &mesh.triangles, true)
            .compute_exact_convex_hulls(&mesh.points, &mesh.triangles)
    });
    pieces
        .unwrap_or_default()
        .iter()
        .filter_map(|(points, _)| hull::hull(points))
        .collect()
}
