//! The little linear algebra of inverse kinematics: six rows, a column for each joint.

use glam::DVec3;

pub(super) fn joined(a: DVec3, b: DVec3) -> [f64; 6] {
    [a.x, a.y, a.z, b.x, b.y, b.z]
}

pub(super) fn dot(a: &[f64; 6], b: &[f64; 6]) -> f64 {
    a.iter().zip(b).map(|(a, b)| a * b).sum()
}

/// Zero in place of what is held.
pub(super) fn without(columns: &[[f64; 6]], held: &[bool]) -> Vec<[f64; 6]> {
    let each = columns.iter().zip(held);
    each.map(|(c, held)| if *held { [0.0; 6] } else { *c })
        .collect()
}

/// `y` of (J Jᵀ + λ) y = `right`, J given by columns, by Cholesky's method.
pub(super) fn solve(columns: &[[f64; 6]], lambda: f64, right: &[f64; 6]) -> [f64; 6] {
    let mut l = [[0.0; 6]; 6];
    for row in 0..6 {
        for col in 0..=row {
            let mut sum: f64 = columns.iter().map(|c| c[row] * c[col]).sum();
            if row == col {
                sum += lambda;
            }
            let (above, this) = (l[col], l[row]);
            let known = this.iter().zip(&above).take(col);
            sum -= known.map(|(a, b)| a * b).sum::<f64>();
            l[row][col] = if row == col {
                // Rounding can take a singular one below zero.
                sum.max(1e-30).sqrt()
            } else {
                sum / l[col][col]
            };
        }
    }
    let mut y = *right;
    for row in 0..6 {
        for k in 0..row {
            y[row] -= l[row][k] * y[k];
        }
        y[row] /= l[row][row];
    }
    for row in (0..6).rev() {
        for k in row + 1..6 {
            y[row] -= l[k][row] * y[k];
        }
        y[row] /= l[row][row];
    }
    y
}

/// Of 0 … 1, the `number`th of the van der Corput sequence in a prime base.
pub(super) fn halton(mut number: u32, base: u32) -> f64 {
    let (mut sum, mut digit) = (0.0, 1.0);
    while number > 0 {
        digit /= f64::from(base);
        sum += digit * f64::from(number % base);
        number /= base;
    }
    sum
}
