//! How many more seeds.

/// More than this many are not worth naming.
pub const MOST_SEEDS: u64 = 100_000;

/// The least number of further seeds, at least 1, at which `p_value` falls to `level`; it is
/// given the factor by which the sample has grown. None if it does not within [`MOST_SEEDS`].
///
/// It assumes that rates stay as they are: the further seeds are as many of each outcome, in
/// proportion, as there were so far. The decision itself comes sooner or later than that by
/// chance, about as often one as the other.
pub fn more_seeds(seeds: u64, level: f64, p_value: impl Fn(f64) -> f64) -> Option<u64> {
    let enough = |more: u64| p_value(1.0 + more as f64 / seeds as f64) <= level;
    if seeds == 0 {
        return None;
    }
    let mut high = 1;
    while !enough(high) {
        high *= 2;
        if high > MOST_SEEDS {
            return None;
        }
    }
    let mut low = high / 2;
    while high - low > 1 {
        let middle = (low + high) / 2;
        if enough(middle) {
            high = middle;
        } else {
            low = middle;
        }
    }
    Some(high)
}
