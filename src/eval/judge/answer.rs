//! One gate: its cells are tested, and the answer is put into words.

use super::cells::{Cell, cells, is_difference};
use super::evidence::Evidence;
use super::words::{Strength, answer, question};
use crate::eval::gate::{Gate, Kind};
use crate::eval::judgement::{GateResult, Verdict};
use crate::eval::stats::betting::{Sample, p_of_ln_e};
use crate::eval::stats::holm::holm;
use crate::eval::stats::power::more_seeds;

/// What is asked of every cell, as of something bad.
#[derive(Clone, Copy, Debug)]
pub(super) struct Asked {
    /// It passes if the mean is shown to be below this,
    pub pass_below: f64,
    /// and fails if it is shown to be above this, and not to be below the other.
    pub fail_above: f64,
    /// Chance of passing wrongly.
    pub alpha_pass: f64,
    /// Chance that any cell fails wrongly.
    pub alpha_fail: f64,
    /// Whether it may be asked again after further seeds.
    pub sequential: bool,
}

impl Asked {
    /// Gates share the chance of failing wrongly (Bonferroni), so that all of it together stays
    /// below `alpha`. Passing needs all gates and all cells, which makes a wrong pass of the
    /// run rarer than that of any one: there is nothing to share (the intersection-union test:
    /// R. L. Berger, Technometrics 24, 1982).
    pub fn new(kind: &Kind, alpha: f64, gates: usize, sequential: bool) -> Self {
        let (pass_below, fail_above) = match kind {
            Kind::Success { at_least } => (1.0 - at_least, 1.0 - at_least),
            // In between is Wald's zone of indifference: the policy is worse, but tolerably.
            Kind::NotWorse { margin } => (*margin, 0.0),
            Kind::Safety { at_most, .. } | Kind::Robustness { at_most } => (*at_most, *at_most),
            // A percentile is at most x if the share above x is at most the rest. Conover,
            // "Practical Nonparametric Statistics", 3.2, the quantile test.
            Kind::Metric { percentile, .. } => {
                let above = (100 - percentile) as f64 / 100.0;
                (above, above)
            }
        };
        Self {
            pass_below,
            fail_above,
            alpha_pass: alpha,
            alpha_fail: alpha / gates.max(1) as f64,
            sequential,
        }
    }

    /// Evidence that the mean is below [`Self::pass_below`].
    fn pass(&self, sample: &Sample, exact: bool) -> Strength {
        match exact {
            true => Strength::exact(sample.p_below(self.pass_below)),
            false => Strength::betting(sample.ln_e_below(self.pass_below)),
        }
    }

    /// Evidence that it is above [`Self::fail_above`].
    fn fail(&self, sample: &Sample, exact: bool) -> Strength {
        match exact {
            true => Strength::exact(sample.p_above(self.fail_above)),
            false => Strength::betting(sample.ln_e_above(self.fail_above)),
        }
    }
}

/// A cell and what its evidence comes to.
pub(super) struct Tested {
    pub cell: Cell,
    pub pass: Strength,
    pub fail: Strength,
    /// The p-value that would be enough to fail.
    pub fail_level: f64,
    pub verdict: Verdict,
    /// The exact binomial test was used: one look, one rollout a seed.
    pub exact: bool,
}

/// The gate's answer.
pub(super) fn ask(
    gate: &Gate,
    asked: &Asked,
    policy: &Evidence<'_>,
    baseline: Option<&Evidence<'_>>,
    power: bool,
) -> GateResult {
    let question = question(gate);
    if matches!(gate.kind, Kind::NotWorse { .. }) && baseline.is_none() {
        return GateResult {
            name: gate.name.clone(),
            question,
            verdict: Verdict::CouldNotRun,
            answer: "there is no baseline to compare with".to_owned(),
            more_seeds: None,
        };
    }
    let tested = test(gate, asked, policy, baseline);
    let all = |verdict| tested.iter().all(|t| t.verdict == verdict);
    let verdict = if tested.iter().any(|t| t.verdict == Verdict::Fail) {
        Verdict::Fail
    } else if !tested.is_empty() && all(Verdict::Pass) {
        Verdict::Pass
    } else {
        Verdict::NotEnoughEvidence
    };
    let open = verdict == Verdict::NotEnoughEvidence;
    let more_seeds = if open && power {
        missing(asked, &tested)
    } else {
        None
    };
    GateResult {
        name: gate.name.clone(),
        question,
        verdict,
        answer: answer(gate, asked, &tested, verdict, more_seeds),
        more_seeds,
    }
}

fn test(
    gate: &Gate,
    asked: &Asked,
    policy: &Evidence<'_>,
    baseline: Option<&Evidence<'_>>,
) -> Vec<Tested> {
    let mut tested: Vec<Tested> = cells(gate, policy, baseline)
        .into_iter()
        .map(|cell| {
            let exact = cell.single && !asked.sequential && !is_difference(&gate.kind);
            Tested {
                pass: asked.pass(&cell.sample, exact),
                fail: asked.fail(&cell.sample, exact),
                fail_level: 0.0,
                verdict: Verdict::NotEnoughEvidence,
                exact,
                cell,
            }
        })
        .collect();
    let p_values: Vec<f64> = tested.iter().map(|t| t.fail.p).collect();
    for (tested, step) in tested.iter_mut().zip(holm(&p_values, asked.alpha_fail)) {
        tested.fail_level = step.level;
        if tested.cell.sample.is_empty() {
            continue;
        }
        // First: what is shown to be within the margin may be worse.
        if tested.pass.p <= asked.alpha_pass {
            tested.verdict = Verdict::Pass;
        } else if step.rejected {
            tested.verdict = Verdict::Fail;
        }
    }
    tested
}

/// Seeds until all cells that are open pass, or one fails.
fn missing(asked: &Asked, tested: &[Tested]) -> Option<u64> {
    let open = || tested.iter().filter(|t| t.verdict != Verdict::Pass);
    let pass = open()
        .map(|t| {
            let p = |factor| asked.pass(&t.cell.sample.scaled(factor), t.exact).p;
            more_seeds(t.cell.seeds, asked.alpha_pass, p)
        })
        .try_fold(0, |most, seeds| seeds.map(|seeds| most.max(seeds)));
    let fail = open()
        .filter_map(|t| {
            let p = |factor| asked.fail(&t.cell.sample.scaled(factor), t.exact).p;
            more_seeds(t.cell.seeds, t.fail_level, p)
        })
        .min();
    pass.filter(|seeds| *seeds > 0)
        .into_iter()
        .chain(fail)
        .min()
}

impl Strength {
    fn exact(p: f64) -> Self {
        Self { p, ln_e: None }
    }

    fn betting(ln_e: f64) -> Self {
        let p = p_of_ln_e(ln_e);
        Self {
            p,
            ln_e: Some(ln_e),
        }
    }
}
