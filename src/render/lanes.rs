//! Eight points at a time: vectors of lanes.
//!
//! Every operation here is one IEEE operation a lane, in the order that the one-point code has
//! it; lanes change the speed, never a bit, and the instruction set does not matter.

use std::ops::{Add, AddAssign, Mul, MulAssign, Neg, Sub};

use glam::{Affine3A, Vec3};
use wide::{f32x4, f32x8, i32x8};

/// Points at a time.
pub const LANES: usize = 8;

/// One number a lane; as a mask, all bits set or none.
pub type F = f32x8;

/// One whole number a lane.
pub type I = i32x8;

/// Four numbers of one thing.
pub type Quad = f32x4;

/// One vector a lane.
#[derive(Clone, Copy)]
pub struct V {
    pub x: F,
    pub y: F,
    pub z: F,
}

/// One number for every lane.
#[inline(always)]
pub fn splat(v: f32) -> F {
    F::splat(v)
}

/// One of anything a lane, made by `f`.
#[inline(always)]
pub fn each<T>(mut f: impl FnMut(usize) -> T) -> [T; LANES] {
    // Written out: loops over arrays end up in memory.
    [f(0), f(1), f(2), f(3), f(4), f(5), f(6), f(7)]
}

/// From one number a lane, made by `f`.
#[inline(always)]
pub fn lanes(f: impl FnMut(usize) -> f32) -> F {
    F::new(each(f))
}

/// The larger, of numbers.
#[inline(always)]
pub fn max(a: F, b: F) -> F {
    a.fast_max(b)
}

/// The smaller, of numbers.
#[inline(always)]
pub fn min(a: F, b: F) -> F {
    a.fast_min(b)
}

/// Limited to `low` … `high`.
#[inline(always)]
pub fn clamp(v: F, low: f32, high: f32) -> F {
    min(max(v, splat(low)), splat(high))
}

/// Every lane.
pub const ALL: u32 = (1 << LANES) - 1;

/// The mask whose lanes are the bits of `bits`.
#[inline(always)]
pub fn mask(bits: u32) -> F {
    const BITS: I = I::new([1, 2, 4, 8, 16, 32, 64, 128]);
    bytemuck::cast((I::splat(bits as i32) & BITS).simd_eq(BITS))
}

/// Numbers of eight things: all first ones, all second ones, and so on.
#[inline(always)]
pub fn transpose([a, b, c, d, e, f, g, h]: [Quad; LANES]) -> [F; 4] {
    let [low, high] = [Quad::transpose([a, b, c, d]), Quad::transpose([e, f, g, h])];
    let join = |i: usize| bytemuck::cast([low[i], high[i]]);
    [join(0), join(1), join(2), join(3)]
}

/// The lanes set in a mask of bits, in order.
#[inline(always)]
pub fn set_lanes(bits: u32) -> impl Iterator<Item = usize> {
    let mut bits = bits & ALL;
    std::iter::from_fn(move || {
        if bits == 0 {
            return None;
        }
        let lane = bits.trailing_zeros() as usize;
        bits &= bits - 1;
        Some(lane)
    })
}

/// The lanes of which `f` says so; `one`: it says the same of all.
#[inline(always)]
pub fn lanes_where(one: bool, f: impl Fn(usize) -> bool) -> u32 {
    if one {
        return if f(0) { ALL } else { 0 };
    }
    (0..LANES).fold(0, |bits, i| bits | u32::from(f(i)) << i)
}

/// The other way round: by thing, its four numbers.
#[inline(always)]
pub fn from_rows(rows: [F; 4]) -> [Quad; LANES] {
    let halves: [[Quad; 2]; 4] = rows.map(bytemuck::cast);
    let half = |i: usize| Quad::transpose([halves[0][i], halves[1][i], halves[2][i], halves[3][i]]);
    let ([a, b, c, d], [e, f, g, h]) = (half(0), half(1));
    [a, b, c, d, e, f, g, h]
}

impl V {
    pub const ZERO: Self = Self {
        x: F::ZERO,
        y: F::ZERO,
        z: F::ZERO,
    };

    /// One vector for every lane.
    #[inline(always)]
    pub fn splat(v: Vec3) -> Self {
        Self {
            x: splat(v.x),
            y: splat(v.y),
            z: splat(v.z),
        }
    }

    /// One number for every component.
    #[inline(always)]
    pub fn of(v: F) -> Self {
        Self { x: v, y: v, z: v }
    }

    /// From one vector a lane, made by `f`.
    #[inline(always)]
    pub fn lanes(mut f: impl FnMut(usize) -> Vec3) -> Self {
        Self::rows(|i| {
            let v = f(i);
            [v.x, v.y, v.z, 0.0]
        })
        .0
    }

    /// From four numbers a lane: a vector and the fourth.
    #[inline(always)]
    pub fn rows(mut f: impl FnMut(usize) -> [f32; 4]) -> (Self, F) {
        let [x, y, z, w] = transpose(each(|i| Quad::new(f(i))));
        (Self { x, y, z }, w)
    }

    /// By lane: x, y, z and 0.
    #[inline(always)]
    pub fn to_rows(self) -> [Quad; LANES] {
        from_rows([self.x, self.y, self.z, F::ZERO])
    }

    /// The vector of one lane.
    #[inline(always)]
    pub fn lane(&self, i: usize) -> Vec3 {
        Vec3::new(
            self.x.to_array()[i],
            self.y.to_array()[i],
            self.z.to_array()[i],
        )
    }

    #[inline(always)]
    pub fn dot(self, other: Self) -> F {
        self.x * other.x + self.y * other.y + self.z * other.z
    }

    #[inline(always)]
    pub fn cross(self, other: Self) -> Self {
        Self {
            x: self.y * other.z - other.y * self.z,
            y: self.z * other.x - other.z * self.x,
            z: self.x * other.y - other.x * self.y,
        }
    }

    #[inline(always)]
    pub fn length_squared(self) -> F {
        self.dot(self)
    }

    #[inline(always)]
    pub fn length(self) -> F {
        self.dot(self).sqrt()
    }

    /// Of length 1; `other` where there is no direction.
    #[inline(always)]
    pub fn normalize_or(self, other: Self) -> Self {
        let inverse = F::ONE / self.length();
        let good = inverse.simd_gt(F::ZERO) & inverse.simd_lt(splat(f32::INFINITY));
        (self * inverse).or_where(!good, other)
    }

    /// `local` turned so that +Z becomes `self` (unit). After Duff et al., "Building an
    /// Orthonormal Basis, Revisited", JCGT 6(1), 2017.
    #[inline(always)]
    pub fn turn(self, local: Self) -> Self {
        let Self { x, y, z } = self;
        let sign = z.is_sign_negative().select(splat(-1.0), F::ONE);
        let a = splat(-1.0) / (sign + z);
        let b = x * y * a;
        let tangent = Self {
            x: F::ONE + sign * x * x * a,
            y: sign * b,
            z: -sign * x,
        };
        let bitangent = Self {
            x: b,
            y: sign + y * y * a,
            z: -y,
        };
        tangent * local.x + bitangent * local.y + self * local.z
    }

    /// `other` where the mask is set.
    #[inline(always)]
    pub fn or_where(self, mask: F, other: Self) -> Self {
        Self {
            x: mask.select(other.x, self.x),
            y: mask.select(other.y, self.y),
            z: mask.select(other.z, self.z),
        }
    }

    /// Zero where the mask is not set.
    #[inline(always)]
    pub fn only(self, mask: F) -> Self {
        Self {
            x: self.x & mask,
            y: self.y & mask,
            z: self.z & mask,
        }
    }

    /// Component by component.
    #[inline(always)]
    pub fn map(self, f: impl Fn(F) -> F) -> Self {
        Self {
            x: f(self.x),
            y: f(self.y),
            z: f(self.z),
        }
    }

    #[inline(always)]
    pub fn max_element(self) -> F {
        max(max(self.x, self.y), self.z)
    }

    /// Writes one lane.
    #[inline]
    pub fn set_lane(&mut self, i: usize, v: Vec3) {
        for (component, v) in [&mut self.x, &mut self.y, &mut self.z]
            .into_iter()
            .zip(v.to_array())
        {
            set_lane(component, i, v);
        }
    }
}

/// Writes one lane.
#[inline]
pub fn set_lane(to: &mut F, i: usize, v: f32) {
    let mut all = to.to_array();
    all[i] = v;
    *to = F::new(all);
}

impl Add for V {
    type Output = Self;
    #[inline(always)]
    fn add(self, o: Self) -> Self {
        Self {
            x: self.x + o.x,
            y: self.y + o.y,
            z: self.z + o.z,
        }
    }
}

impl AddAssign for V {
    #[inline(always)]
    fn add_assign(&mut self, o: Self) {
        *self = *self + o;
    }
}

impl Sub for V {
    type Output = Self;
    #[inline(always)]
    fn sub(self, o: Self) -> Self {
        Self {
            x: self.x - o.x,
            y: self.y - o.y,
            z: self.z - o.z,
        }
    }
}

impl Mul for V {
    type Output = Self;
    #[inline(always)]
    fn mul(self, o: Self) -> Self {
        Self {
            x: self.x * o.x,
            y: self.y * o.y,
            z: self.z * o.z,
        }
    }
}

impl MulAssign for V {
    #[inline(always)]
    fn mul_assign(&mut self, o: Self) {
        *self = *self * o;
    }
}

impl Mul<F> for V {
    type Output = Self;
    #[inline(always)]
    fn mul(self, o: F) -> Self {
        Self {
            x: self.x * o,
            y: self.y * o,
            z: self.z * o,
        }
    }
}

impl Neg for V {
    type Output = Self;
    #[inline(always)]
    fn neg(self) -> Self {
        Self {
            x: -self.x,
            y: -self.y,
            z: -self.z,
        }
    }
}

/// An affine transform a lane, by columns.
pub struct Affine {
    x: V,
    y: V,
    z: V,
    translation: V,
}

impl Affine {
    /// One transform for every lane.
    #[inline(always)]
    pub fn splat(affine: &Affine3A) -> Self {
        let column = |v: glam::Vec3A| V::splat(Vec3::from(v));
        Self {
            x: column(affine.matrix3.x_axis),
            y: column(affine.matrix3.y_axis),
            z: column(affine.matrix3.z_axis),
            translation: column(affine.translation),
        }
    }

    /// From one transform a lane, made by `f`.
    #[inline(always)]
    pub fn lanes<'a>(f: impl Fn(usize) -> &'a Affine3A) -> Self {
        Self {
            x: V::lanes(|i| Vec3::from(f(i).matrix3.x_axis)),
            y: V::lanes(|i| Vec3::from(f(i).matrix3.y_axis)),
            z: V::lanes(|i| Vec3::from(f(i).matrix3.z_axis)),
            translation: V::lanes(|i| Vec3::from(f(i).translation)),
        }
    }

    #[inline(always)]
    pub fn vector(&self, v: V) -> V {
        self.x * v.x + self.y * v.y + self.z * v.z
    }

    #[inline(always)]
    pub fn point(&self, p: V) -> V {
        self.vector(p) + self.translation
    }

    /// By the transposed matrix.
    #[inline(always)]
    pub fn transposed(&self, v: V) -> V {
        V {
            x: self.x.dot(v),
            y: self.y.dot(v),
            z: self.z.dot(v),
        }
    }
}
