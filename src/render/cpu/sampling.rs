//! Sample patterns: 64 points that every 4×4 block of pixels shares out, four to each.

use std::sync::LazyLock;

use glam::Vec3;

/// Pixels a block's side.
pub const BLOCK: usize = 4;
/// Samples a pixel takes of the block's 64.
pub const PER_PIXEL: usize = 4;
/// Of those, how many go to ambient light, which varies slowly.
pub const AMBIENT_PER_PIXEL: usize = 2;

/// Order of the pixels in a block: neighbours are far apart in the sequence.
const ORDER: [u32; 16] = [0, 8, 2, 10, 12, 4, 14, 6, 3, 11, 1, 9, 15, 7, 13, 5];

/// Points of a pixel: the first three dimensions of Sobol's sequence (primitive polynomials 1,
/// x + 1, x² + x + 1). Any four that follow one another are stratified in the first two.
#[inline]
pub fn points(x: usize, y: usize) -> &'static [[f32; 3]; PER_PIXEL] {
    static BY_PIXEL: LazyLock<[[[f32; 3]; PER_PIXEL]; BLOCK * BLOCK]> = LazyLock::new(|| {
        ORDER.map(|k| std::array::from_fn(|i| sobol(k * PER_PIXEL as u32 + i as u32)))
    });
    &BY_PIXEL[in_block(x, y)]
}

/// The first points of a pixel as directions about +Z with density cos θ / π.
#[inline]
pub fn directions(x: usize, y: usize) -> &'static [Vec3; AMBIENT_PER_PIXEL] {
    static BY_PIXEL: LazyLock<[[Vec3; AMBIENT_PER_PIXEL]; BLOCK * BLOCK]> = LazyLock::new(|| {
        let of = |p: usize| points(p % BLOCK, p / BLOCK);
        std::array::from_fn(|p| std::array::from_fn(|i| cosine_direction(of(p)[i])))
    });
    &BY_PIXEL[in_block(x, y)]
}

#[inline]
fn in_block(x: usize, y: usize) -> usize {
    (y % BLOCK) * BLOCK + x % BLOCK
}

/// Point `i` (below 64), centred in its cell of 1/64.
#[inline]
fn sobol(i: u32) -> [f32; 3] {
    // Direction numbers as 6-bit fractions.
    const DIRECTIONS: [[u32; 6]; 3] = [
        [32, 16, 8, 4, 2, 1],
        // m: 1, 3, 5, 15, 17, 51
        [32, 48, 40, 60, 34, 51],
        // m: 1, 3, 3, 9, 29, 23
        [32, 48, 24, 36, 58, 23],
    ];
    DIRECTIONS.map(|directions| {
        let bits = (0..6)
            .filter(|b| i >> b & 1 == 1)
            .fold(0, |sum, b| sum ^ directions[b]);
        (bits as f32 + 0.5) / 64.0
    })
}

/// A direction about +Z with density cos θ / π, from a point of the unit square.
fn cosine_direction([u, v, _]: [f32; 3]) -> Vec3 {
    let radius = u.sqrt();
    let phi = std::f32::consts::TAU * v;
    let (x, y) = (radius * libm::cosf(phi), radius * libm::sinf(phi));
    Vec3::new(x, y, (1.0 - u).max(0.0).sqrt())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn four_points_of_a_pixel_fall_into_different_quarters() {
        for y in 0..BLOCK {
            for x in 0..BLOCK {
                let p = points(x, y);
                for axis in 0..2 {
                    let mut quarters = p.map(|p| (p[axis] * 4.0) as u32);
                    quarters.sort_unstable();
                    assert_eq!(quarters, [0, 1, 2, 3], "pixel {x}, {y}, axis {axis}");
                }
            }
        }
    }

    #[test]
    fn a_block_uses_every_cell_once() {
        for axis in 0..3 {
            let all = (0..16).flat_map(|p| *points(p % 4, p / 4));
            let mut cells: Vec<u32> = all.map(|p| (p[axis] * 64.0) as u32).collect();
            cells.sort_unstable();
            assert_eq!(cells, (0..64).collect::<Vec<_>>(), "axis {axis}");
        }
    }
}
