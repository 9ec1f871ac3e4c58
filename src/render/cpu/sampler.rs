//! Low-discrepancy points for paths: pairs of Sobol dimensions, Owen-scrambled by hashing and
//! padded, after Burley, "Practical Hash-based Owen Scrambling", JCGT 9(4), 2020.

/// The points of one sample of one pixel: a pure function of (seed, pixel, sample, dimension).
pub struct Sampler {
    seed: u32,
    index: u32,
    dimension: u32,
}

impl Sampler {
    /// Of sample `index` of a pixel.
    pub fn new(seed: u32, pixel: u32, index: u32) -> Self {
        Self {
            seed: hash(hash(seed ^ 0x5bd1_e995) ^ pixel),
            index,
            dimension: 0,
        }
    }

    /// Leaves a pair of dimensions out.
    #[inline]
    pub fn skip(&mut self) {
        self.dimension += 1;
    }

    /// The next pair of dimensions, each in [0, 1). Over the samples of a pixel the pairs are a
    /// (0, 2)-sequence.
    #[inline]
    pub fn pair(&mut self) -> [f32; 2] {
        self.dimension += 1;
        let seed = hash(self.seed ^ self.dimension.wrapping_mul(0x9e37_79b9));
        let index = owen_of_reversed(self.index.reverse_bits(), seed);
        let x = owen_of_reversed(index, hash(seed ^ 0x68bc_21eb));
        let y = owen_of_reversed(
            second_dimension(index).reverse_bits(),
            hash(seed ^ 0x02e5_be93),
        );
        [unit(x), unit(y)]
    }
}

/// 24 bits as a number below 1.
#[inline]
fn unit(x: u32) -> f32 {
    (x >> 8) as f32 * (1.0 / 16_777_216.0)
}

/// Nested uniform scramble of the bit-reversed value of `reversed` (Laine and Karras' hash).
#[inline]
fn owen_of_reversed(reversed: u32, seed: u32) -> u32 {
    let mut x = reversed.wrapping_add(seed);
    x ^= x.wrapping_mul(0x6c50_b47c);
    x ^= x.wrapping_mul(0xb82f_1e52);
    x ^= x.wrapping_mul(0xc7af_e638);
    x ^= x.wrapping_mul(0x8d22_f6e6);
    x.reverse_bits()
}

/// Sobol's second dimension (primitive polynomial x + 1) of a point's number. The first is the
/// number with its bits reversed.
#[inline]
fn second_dimension(mut index: u32) -> u32 {
    let (mut sum, mut direction) = (0, 1u32 << 31);
    while index != 0 {
        if index & 1 == 1 {
            sum ^= direction;
        }
        direction ^= direction >> 1;
        index >>= 1;
    }
    sum
}

/// A 32-bit mixer (Wellons' "lowbias32").
#[inline]
pub fn hash(mut x: u32) -> u32 {
    x ^= x >> 16;
    x = x.wrapping_mul(0x7feb_352d);
    x ^= x >> 15;
    x = x.wrapping_mul(0x846c_a68b);
    x ^ (x >> 16)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sixty_four_points_fill_every_elementary_interval_of_every_pair() {
        for dimension in 0..8 {
            let points: Vec<[f32; 2]> = (0..64)
                .map(|i| {
                    let mut sampler = Sampler::new(7, 1234, i);
                    (0..dimension).for_each(|_| {
                        sampler.pair();
                    });
                    sampler.pair()
                })
                .collect();
            for bits in 0..=6 {
                let (columns, rows) = (1 << bits, 64 >> bits);
                let mut cells = vec![0; 64];
                for [x, y] in &points {
                    let (column, row) = (x * columns as f32, y * rows as f32);
                    cells[row as usize * columns + column as usize] += 1;
                }
                assert!(cells.iter().all(|&n| n == 1), "{columns} × {rows} cells");
            }
        }
    }

    #[test]
    fn pixels_and_dimensions_are_independent() {
        // Correlation of 4,096 pixels' first samples, and of two dimensions: under 4 σ.
        let xs: Vec<[f32; 2]> = (0..4096)
            .map(|pixel| {
                let mut sampler = Sampler::new(0, pixel, 0);
                [sampler.pair()[0] - 0.5, sampler.pair()[0] - 0.5]
            })
            .collect();
        let mean = |f: &dyn Fn(usize) -> f32| (0..4095).map(f).sum::<f32>() / 4095.0 * 12.0;
        assert!(mean(&|i| xs[i][0] * xs[i + 1][0]).abs() < 4.0 / 64.0);
        assert!(mean(&|i| xs[i][0] * xs[i][1]).abs() < 4.0 / 64.0);
    }
}
