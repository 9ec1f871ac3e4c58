//! Ray against triangles, watertight: two triangles that share an edge leave no gap.
//!
//! After Woop, Benthin, Wald, "Watertight Ray/Triangle Intersection", JCGT 2(1), 2013.

use super::bvh::Bvh;
use glam::Vec3;

use wide::f32x4;

/// Triangles in the order of a tree's leaves; a leaf's four are tested at once.
pub struct Triangles {
    leaves: Vec<Leaf>,
}

struct Leaf {
    /// By corner and axis.
    corners: [[f32x4; 3]; 3],
    /// Of each triangle in the mesh.
    indices: [u32; 4],
}

/// A ray in mesh space, sheared so that it runs along +Z.
#[derive(Clone, Copy)]
pub struct TriRay {
    origin: [f32x4; 3],
    axes: [usize; 3],
    shear: [f32x4; 3],
    /// The swap that makes the major axis point forward turns the winding; undone here.
    swapped: bool,
}

/// A triangle that the ray meets.
#[derive(Clone, Copy, Debug)]
pub struct Candidate {
    pub t: f32,
    /// In the mesh.
    pub triangle: u32,
    /// Weights of the second and third corner.
    pub uv: [f32; 2],
    /// Whether the corners turn counter-clockwise as the ray sees them.
    pub counter_clockwise: bool,
}

impl TriRay {
    /// From `origin` along `direction` (any length but zero).
    #[inline]
    pub fn new(origin: Vec3, direction: Vec3) -> Self {
        let size = direction.abs();
        let kz = if size.x > size.y && size.x > size.z {
            0
        } else if size.y > size.z {
            1
        } else {
            2
        };
        let (kx, ky) = ((kz + 1) % 3, (kz + 2) % 3);
        let inverse = 1.0 / direction[kz];
        Self {
            origin: origin.to_array().map(f32x4::splat),
            axes: [kx, ky, kz],
            shear: [direction[kx] * inverse, direction[ky] * inverse, inverse].map(f32x4::splat),
            swapped: direction[kz] < 0.0,
        }
    }
}

/// Where a ray meets the planes of four triangles, and which of them inside.
struct Met {
    lanes: u32,
    t: f32x4,
    v: f32x4,
    w: f32x4,
    det: f32x4,
    inverse: f32x4,
}

impl Leaf {
    #[inline(always)]
    fn meet(&self, ray: &TriRay, t_min: f32, t_max: f32) -> Met {
        let load =
            |corner: usize, k: usize| self.corners[corner][ray.axes[k]] - ray.origin[ray.axes[k]];
        let corner = |i: usize| {
            let z = load(i, 2);
            (
                load(i, 0) - ray.shear[0] * z,
                load(i, 1) - ray.shear[1] * z,
                z * ray.shear[2],
            )
        };
        let ((ax, ay, az), (bx, by, bz), (cx, cy, cz)) = (corner(0), corner(1), corner(2));
        let u = cx * by - cy * bx;
        let v = ax * cy - ay * cx;
        let w = bx * ay - by * ax;
        let zero = f32x4::ZERO;
        let inside = (u.simd_ge(zero) & v.simd_ge(zero) & w.simd_ge(zero))
            | (u.simd_le(zero) & v.simd_le(zero) & w.simd_le(zero));
        let det = u + v + w;
        let inverse = f32x4::ONE / det;
        let t = (u * az + v * bz + w * cz) * inverse;
        let within = t.simd_gt(f32x4::splat(t_min)) & t.simd_le(f32x4::splat(t_max));
        Met {
            lanes: (inside & det.simd_ne(zero) & within).to_bitmask(),
            t,
            v,
            w,
            det,
            inverse,
        }
    }
}

impl Triangles {
    /// (index in the mesh, corners) in leaf order, every leaf padded to four.
    pub fn new(order: &[u32], corners: impl Fn(u32) -> [Vec3; 3]) -> Self {
        let leaf = |indices: &[u32; 4]| {
            let four = indices.map(|i| {
                if i == Bvh::PADDING {
                    [Vec3::ZERO; 3]
                } else {
                    corners(i)
                }
            });
            Leaf {
                corners: std::array::from_fn(|corner| {
                    std::array::from_fn(|axis| f32x4::new(four.map(|t| t[corner][axis])))
                }),
                indices: *indices,
            }
        };
        let (leaves, _) = order.as_chunks::<4>();
        Self {
            leaves: leaves.iter().map(leaf).collect(),
        }
    }

    /// Whether the ray meets any triangle of the leaf that starts at `start` in (0, `t_max`].
    #[inline]
    pub fn block(&self, ray: &TriRay, start: u32, count: u32, t_max: f32) -> bool {
        let met = self.leaves[start as usize / 4].meet(ray, 0.0, t_max);
        met.lanes & ((1 << count) - 1) != 0
    }

    /// Tests the leaf that starts at `start` of the order; `accept` gets each triangle met in
    /// (`t_min`, `t_max`], may lower `t_max`, and ends by returning true.
    #[inline]
    pub fn intersect(
        &self,
        ray: &TriRay,
        start: u32,
        count: u32,
        t_min: f32,
        t_max: &mut f32,
        mut accept: impl FnMut(Candidate, &mut f32) -> bool,
    ) -> bool {
        let leaf = &self.leaves[start as usize / 4];
        let Met {
            lanes,
            t,
            v,
            w,
            det,
            inverse,
        } = leaf.meet(ray, t_min, *t_max);
        let mut met = lanes & ((1 << count) - 1);
        if met == 0 {
            return false;
        }
        let (t, det) = (t.to_array(), det.to_array());
        let (v, w) = ((v * inverse).to_array(), (w * inverse).to_array());
        while met != 0 {
            let lane = met.trailing_zeros() as usize;
            met &= met - 1;
            if t[lane] > *t_max {
                continue;
            }
            let candidate = Candidate {
                t: t[lane],
                triangle: leaf.indices[lane],
                uv: [v[lane], w[lane]],
                counter_clockwise: (det[lane] > 0.0) != ray.swapped,
            };
            if accept(candidate, t_max) {
                return true;
            }
        }
        false
    }
}
