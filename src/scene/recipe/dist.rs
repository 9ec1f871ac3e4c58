//! Distributions: how a number, a vector or a text of a recipe varies.

use std::fmt::Debug;

use crate::base::ids::{AssetId, EnvironmentId, TextureId};
use crate::base::seed::SeedRng;

/// A checked distribution; all its values are valid where it stands.
#[derive(Clone, Debug, PartialEq)]
pub struct Dist<T: Variable> {
    pub law: Law<T>,
    /// Whose draw it shares; `None` if it is drawn on its own.
    pub group: Option<GroupRef>,
}

/// A value of a correlated group.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct GroupRef {
    pub group: String,
    pub value: String,
    pub scope: GroupScope,
}

/// Among whom one draw of a group is shared.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum GroupScope {
    /// Everything in the episode.
    Episode,
    /// All items of one `[[spawn]]` entry.
    Spawn,
    /// All items in regions of one object.
    Owner,
}

impl<T: Variable> Dist<T> {
    /// Always `value`.
    pub fn constant(value: T) -> Self {
        Law::Constant(value).into()
    }
}

impl<T: Variable> From<Law<T>> for Dist<T> {
    fn from(law: Law<T>) -> Self {
        Self { law, group: None }
    }
}

/// How a value is drawn.
#[derive(Clone, Debug, PartialEq)]
pub enum Law<T: Variable> {
    Constant(T),
    /// Anything between bounds.
    Spread(T::Spread),
    /// One of `values`, with probability in proportion to `weights` (as many, ≥ 0, not all 0).
    Choice {
        values: Vec<T>,
        weights: Vec<f64>,
    },
}

/// A type that can vary, and how it can be spread between bounds.
pub trait Variable: Clone + Debug + PartialEq {
    type Spread: Spread<Self>;
}

/// A distribution between bounds.
pub trait Spread<T>: Clone + Debug + PartialEq {
    /// Draws one value.
    fn sample(&self, rng: &mut SeedRng) -> T;
    /// The least and the greatest value; of vectors, of each component.
    fn bounds(&self) -> [T; 2];
}

impl<T: Variable> Law<T> {
    /// Draws one value.
    pub fn sample(&self, rng: &mut SeedRng) -> T {
        match self {
            Self::Constant(value) => value.clone(),
            Self::Spread(spread) => spread.sample(rng),
            Self::Choice { values, weights } => values[rng.weighted(weights)].clone(),
        }
    }

    /// Values between which all others lie: the constant, the bounds, or every choice that can
    /// come up.
    pub fn extremes(&self) -> Vec<T> {
        match self {
            Self::Constant(value) => vec![value.clone()],
            Self::Spread(spread) => spread.bounds().into(),
            Self::Choice { values, weights } => {
                let possible = values.iter().zip(weights).filter(|(_, w)| **w > 0.0);
                possible.map(|(value, _)| value.clone()).collect()
            }
        }
    }

    /// The constant or all choices; nothing of a spread.
    pub fn listed(&self) -> &[T] {
        match self {
            Self::Constant(value) => std::slice::from_ref(value),
            Self::Spread(_) => &[],
            Self::Choice { values, .. } => values,
        }
    }

    /// The same with every value mapped; `None` if any cannot be, or if it is a spread.
    pub fn map_choices<U: Variable>(&self, mut map: impl FnMut(&T) -> Option<U>) -> Option<Law<U>> {
        match self {
            Self::Constant(value) => map(value).map(Law::Constant),
            Self::Spread(_) => None,
            Self::Choice { values, weights } => {
                // Every value is mapped before giving up, so that the caller sees all failures.
                let values: Vec<Option<U>> = values.iter().map(map).collect();
                Some(Law::Choice {
                    values: values.into_iter().collect::<Option<_>>()?,
                    weights: weights.clone(),
                })
            }
        }
    }
}

/// For values that only choices make sense of. Has no values.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Never {}

impl<T> Spread<T> for Never {
    fn sample(&self, _rng: &mut SeedRng) -> T {
        match *self {}
    }
    fn bounds(&self) -> [T; 2] {
        match *self {}
    }
}

/// Whole numbers from `low` to `high`, both included, all equally likely.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Whole {
    pub low: i64,
    pub high: i64,
}

impl Spread<i64> for Whole {
    fn sample(&self, rng: &mut SeedRng) -> i64 {
        rng.integer(self.low, self.high)
    }
    fn bounds(&self) -> [i64; 2] {
        [self.low, self.high]
    }
}

/// Numbers, or vectors component by component.
#[derive(Clone, Debug, PartialEq)]
pub enum Continuous<T> {
    Uniform {
        low: T,
        high: T,
    },
    /// Redrawn until within the bounds, which hold at least [`LEAST_NORMAL_SHARE`] of it.
    Normal {
        mean: T,
        std: T,
        low: T,
        high: T,
    },
    /// The logarithm is uniform.
    LogUniform {
        low: T,
        high: T,
    },
}

/// A normal distribution's bounds must hold at least this share of it.
pub const LEAST_NORMAL_SHARE: f64 = 1e-3;

/// A number or a vector of numbers.
pub trait Numeric: Variable<Spread = Continuous<Self>> {
    /// Its components.
    fn components(&self) -> &[f64];
    /// The value whose component `i` is `component(i)`.
    fn build(component: impl FnMut(usize) -> f64) -> Self;
}

impl Numeric for f64 {
    fn components(&self) -> &[f64] {
        std::slice::from_ref(self)
    }
    fn build(mut component: impl FnMut(usize) -> f64) -> Self {
        component(0)
    }
}

impl<const N: usize> Numeric for [f64; N] {
    fn components(&self) -> &[f64] {
        self
    }
    fn build(component: impl FnMut(usize) -> f64) -> Self {
        std::array::from_fn(component)
    }
}

impl<T: Numeric> Spread<T> for Continuous<T> {
    fn sample(&self, rng: &mut SeedRng) -> T {
        T::build(|i| match self {
            Self::Uniform { low, high } => rng.uniform(low.components()[i], high.components()[i]),
            Self::LogUniform { low, high } => {
                let (low, high) = (low.components()[i], high.components()[i]);
                libm::exp(rng.uniform(libm::log(low), libm::log(high))).clamp(low, high)
            }
            Self::Normal {
                mean,
                std,
                low,
                high,
            } => {
                let (mean, std) = (mean.components()[i], std.components()[i]);
                let (low, high) = (low.components()[i], high.components()[i]);
                // With the least share allowed, all of these miss with a chance of e⁻¹⁰⁰.
                (0..100_000)
                    .map(|_| mean + std * rng.normal())
                    .find(|x| (low..=high).contains(x))
                    .unwrap_or(mean.clamp(low, high))
            }
        })
    }

    fn bounds(&self) -> [T; 2] {
        match self {
            Self::Uniform { low, high }
            | Self::Normal { low, high, .. }
            | Self::LogUniform { low, high } => [low.clone(), high.clone()],
        }
    }
}

impl Variable for f64 {
    type Spread = Continuous<Self>;
}
impl<const N: usize> Variable for [f64; N] {
    type Spread = Continuous<Self>;
}
impl Variable for i64 {
    type Spread = Whole;
}
impl Variable for String {
    type Spread = Never;
}
impl Variable for bool {
    type Spread = Never;
}
impl Variable for AssetId {
    type Spread = Never;
}
impl Variable for TextureId {
    type Spread = Never;
}
impl Variable for EnvironmentId {
    type Spread = Never;
}

/// The share of a normal distribution that lies within bounds.
pub fn normal_share(mean: f64, std: f64, low: f64, high: f64) -> f64 {
    if std == 0.0 {
        return if (low..=high).contains(&mean) {
            1.0
        } else {
            0.0
        };
    }
    // Complementary error functions of the side that is nearer keep their digits far out.
    let scale = std * std::f64::consts::SQRT_2;
    let (a, b) = ((low - mean) / scale, (high - mean) / scale);
    let (a, b) = if a > 0.0 { (-b, -a) } else { (a, b) };
    0.5 * (libm::erf(b) - libm::erf(a))
}
