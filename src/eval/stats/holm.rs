//! Several hypotheses at once.

/// What Holm's procedure says of one hypothesis.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Step {
    pub rejected: bool,
    /// The p-value that was, or would have been, enough.
    pub level: f64,
}

/// Holm's step-down procedure: the chance that any true hypothesis is rejected is at most `alpha`,
/// however the p-values depend on each other. S. Holm, Scand. J. Statist. 6 (1979). With p = 1/E of
/// e-values it holds at any stopping time: a false rejection needs E ≥ m/α of one of the m true
/// hypotheses, which happens ever with probability at most α/m each (Ville).
pub fn holm(p_values: &[f64], alpha: f64) -> Vec<Step> {
    let mut order: Vec<usize> = (0..p_values.len()).collect();
    order.sort_by(|&a, &b| p_values[a].total_cmp(&p_values[b]).then(a.cmp(&b)));
    let mut steps = vec![
        Step {
            rejected: false,
            level: alpha
        };
        p_values.len()
    ];
    let mut stopped_at = None;
    for (rank, &i) in order.iter().enumerate() {
        let level = stopped_at.unwrap_or(alpha / (p_values.len() - rank) as f64);
        let rejected = stopped_at.is_none() && p_values[i] <= level;
        if !rejected {
            stopped_at = Some(level);
        }
        steps[i] = Step { rejected, level };
    }
    steps
}
