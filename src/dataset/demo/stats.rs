//! Statistics that learners normalize by: least, greatest, mean, standard deviation, quantiles.

use super::camera::ColorHistogram;

/// As LeRobot 0.4 has them.
pub const QUANTILES: [(&str, f64); 5] = [
    ("q01", 0.01),
    ("q10", 0.10),
    ("q50", 0.50),
    ("q90", 0.90),
    ("q99", 0.99),
];

/// Of one number.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Stats {
    pub min: f64,
    pub max: f64,
    pub mean: f64,
    /// Of the whole population: divided by the count.
    pub std: f64,
    /// By [`QUANTILES`]; linear between neighbours, as NumPy has them.
    pub quantiles: [f64; 5],
}

/// Exact, of at least one value.
pub fn of(values: &[f64]) -> Stats {
    let mut sorted = values.to_vec();
    sorted.sort_unstable_by(f64::total_cmp);
    let n = values.len() as f64;
    let mean = values.iter().sum::<f64>() / n;
    let squares = values.iter().map(|v| (v - mean) * (v - mean)).sum::<f64>();
    Stats {
        min: sorted[0],
        max: sorted[sorted.len() - 1],
        mean,
        std: (squares / n).sqrt(),
        quantiles: QUANTILES.map(|(_, q)| quantile(q, values.len() as u64, |k| sorted[k as usize])),
    }
}

/// Exact, of pictures: three channels, values in 0 … 1.
pub fn of_colors(histogram: &ColorHistogram) -> [Stats; 3] {
    let channel = |counts: &Vec<u64>| {
        let n: u64 = counts.iter().sum();
        let value = |v: usize| v as f64 / 255.0;
        let weighted = |of: &dyn Fn(f64) -> f64| {
            let terms = counts.iter().enumerate();
            terms.map(|(v, &c)| c as f64 * of(value(v))).sum::<f64>() / n as f64
        };
        let mean = weighted(&|v| v);
        let mut ends = Vec::with_capacity(counts.len());
        let mut sum = 0;
        for count in counts {
            sum += count;
            ends.push(sum);
        }
        let at = |k: u64| value(ends.partition_point(|&end| end <= k).min(255));
        Stats {
            min: at(0),
            max: at(n.saturating_sub(1)),
            mean,
            std: weighted(&|v| (v - mean) * (v - mean)).sqrt(),
            quantiles: QUANTILES.map(|(_, q)| quantile(q, n, at)),
        }
    };
    [0, 1, 2].map(|c| channel(&histogram[c]))
}

/// Between the two values about place q (n − 1) of n ascending ones.
fn quantile(q: f64, n: u64, at: impl Fn(u64) -> f64) -> f64 {
    let place = q * n.saturating_sub(1) as f64;
    let below = place as u64;
    let (low, high) = (at(below), at((below + 1).min(n.saturating_sub(1))));
    low + (high - low) * (place - below as f64)
}

/// Bins of a [`Running`]: a quantile is off by less than this fraction of the range, and exact
/// where at most two different values fall into a bin.
const BINS: usize = 8192;

/// Of values that come twice, in the same order, and are not kept.
#[derive(Clone, Debug, Default)]
pub struct Running {
    count: u64,
    min: f64,
    max: f64,
    sum: f64,
    squares: f64,
    bins: Vec<Bin>,
}

#[derive(Clone, Copy, Debug, Default)]
struct Bin {
    count: u64,
    min: f64,
    max: f64,
}

impl Running {
    /// First time.
    pub fn first(&mut self, value: f64) {
        if self.count == 0 {
            (self.min, self.max) = (value, value);
        }
        self.count += 1;
        self.min = self.min.min(value);
        self.max = self.max.max(value);
        self.sum += value;
    }

    /// Second time, after all values have come once.
    pub fn second(&mut self, value: f64) {
        self.bins.resize(BINS, Bin::default());
        let mean = self.sum / self.count as f64;
        self.squares += (value - mean) * (value - mean);
        let range = self.max - self.min;
        let share = if range > 0.0 {
            (value - self.min) / range
        } else {
            0.0
        };
        let bin = &mut self.bins[((share * BINS as f64) as usize).min(BINS - 1)];
        if bin.count == 0 {
            (bin.min, bin.max) = (value, value);
        }
        bin.count += 1;
        bin.min = bin.min.min(value);
        bin.max = bin.max.max(value);
    }

    /// After the second time.
    pub fn stats(&self) -> Stats {
        let mut ends = Vec::with_capacity(self.bins.len());
        let mut sum = 0;
        for bin in &self.bins {
            sum += bin.count;
            ends.push(sum);
        }
        // Values of a bin lie evenly between its least and its greatest.
        let at = |k: u64| {
            let i = ends.partition_point(|&end| end <= k);
            let bin = self.bins[i];
            let place = k - (ends[i] - bin.count);
            let steps = bin.count.saturating_sub(1).max(1);
            bin.min + (bin.max - bin.min) * (place as f64 / steps as f64)
        };
        Stats {
            min: self.min,
            max: self.max,
            mean: self.sum / self.count as f64,
            std: (self.squares / self.count as f64).sqrt(),
            quantiles: QUANTILES.map(|(_, q)| quantile(q, self.count, at)),
        }
    }
}
