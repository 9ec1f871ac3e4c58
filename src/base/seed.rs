//! Named streams of random numbers. A new consumer never shifts its siblings.

use rand_chacha::ChaCha8Rng;
use rand_chacha::rand_core::{Rng, SeedableRng};
use sha2::{Digest, Sha256};

/// A node in the tree of random streams, such as `root/episode/17/camera/0`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SeedPath {
    key: [u8; 32],
}

impl SeedPath {
    /// The root of all streams of one run. Seed 0 is a seed like any other.
    pub fn root(seed: u64) -> Self {
        let mut hash = Sha256::new();
        hash.update(b"benchside seed v1");
        hash.update(seed.to_le_bytes());
        Self {
            key: hash.finalize().into(),
        }
    }

    /// The child stream of this name.
    pub fn child(&self, name: &str) -> Self {
        self.derive(0, name.as_bytes())
    }

    /// The child stream of this number.
    pub fn index(&self, index: u64) -> Self {
        self.derive(1, &index.to_le_bytes())
    }

    /// The only constructor of random numbers in the crate.
    pub fn rng(&self) -> SeedRng {
        SeedRng(ChaCha8Rng::from_seed(self.key))
    }

    fn derive(&self, kind: u8, bytes: &[u8]) -> Self {
        let mut hash = Sha256::new();
        hash.update(self.key);
        hash.update([kind]);
        hash.update(bytes);
        Self {
            key: hash.finalize().into(),
        }
    }
}

/// Random numbers of one stream. Own formulas over ChaCha8 words, so that no library update
/// changes a dataset.
#[derive(Clone, Debug)]
pub struct SeedRng(ChaCha8Rng);

impl SeedRng {
    /// Uniform in [0, 1), 53 bits.
    pub fn unit(&mut self) -> f64 {
        (self.0.next_u64() >> 11) as f64 * (1.0 / (1u64 << 53) as f64)
    }

    /// Uniform in [low, high].
    pub fn uniform(&mut self, low: f64, high: f64) -> f64 {
        low + (high - low) * self.unit()
    }

    /// Uniform integer in [low, high], both ends included. Bias under 2⁻³² for ranges under 2³².
    pub fn integer(&mut self, low: i64, high: i64) -> i64 {
        let span = (high - low) as u64 as u128 + 1;
        low + ((u128::from(self.0.next_u64()) * span) >> 64) as i64
    }

    /// Standard normal, by Box–Muller (one value a call; two words used).
    pub fn normal(&mut self) -> f64 {
        let radius = libm::sqrt(-2.0 * libm::log(1.0 - self.unit()));
        radius * libm::cos(std::f64::consts::TAU * self.unit())
    }

    /// Index of a weighted choice; the weights are non-negative and not all zero.
    pub fn weighted(&mut self, weights: &[f64]) -> usize {
        let mut rest = self.unit() * weights.iter().sum::<f64>();
        let mut last = 0;
        for (i, &w) in weights.iter().enumerate() {
            if w > 0.0 {
                last = i;
                if rest < w {
                    return i;
                }
                rest -= w;
            }
        }
        last
    }
}
