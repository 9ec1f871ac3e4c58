//! Gates: the questions that a verdict answers, from a TOML file or by default.

mod check;
pub mod raw;

use std::path::Path;

use super::measure::Measure;
use super::record::{RolloutId, UNPERTURBED};
use crate::base::problem::{Problem, Problems, did_you_mean};
use crate::scene::recipe::reader::{At, Reader};
use raw::{Event, Per};

/// How often chance alone may fail a run, if no file says so.
pub const ALPHA: f64 = 0.05;

/// The share of rollouts that may be lost to the policy's server or the simulator, if no file says so.
pub const UNUSABLE_AT_MOST: f64 = 0.05;

/// How much lower than the baseline's the success rate may be, if no file says so.
pub const MARGIN: f64 = 0.05;

/// All questions of a run.
#[derive(Clone, Debug)]
pub struct Gates {
    /// At most this often chance alone fails a run in which nothing is wrong, and passes a gate that
    /// should not. Above 0, at most 0.2.
    pub alpha: f64,
    /// With more rollouts than this share that are no evidence there is no verdict. 0 … 0.5.
    pub unusable_at_most: f64,
    pub list: Vec<Gate>,
}

/// One question.
#[derive(Clone, Debug)]
pub struct Gate {
    /// Unique.
    pub name: String,
    pub kind: Kind,
    /// Every task by itself, or the average over tasks.
    pub per: Per,
    pub select: Select,
}

/// What is asked. Shares are 0 … 1.
#[derive(Clone, Debug, PartialEq)]
pub enum Kind {
    /// The success rate.
    Success { at_least: f64 },
    /// The baseline's success rate less the policy's, on the same seeds.
    NotWorse { margin: f64 },
    /// The share of rollouts with any of these events.
    Safety { events: Vec<Event>, at_most: f64 },
    /// The share of rollouts with the metric above `at_most` is at most 1 − percentile/100.
    Metric {
        metric: Measure,
        percentile: i64,
        at_most: f64,
        successes_only: bool,
    },
    /// Success of unperturbed rollouts less that of perturbed ones on the same seeds, for each axis.
    Robustness { at_most: f64 },
}

/// Which rollouts have a say. None: all.
#[derive(Clone, Debug, Default)]
pub struct Select {
    pub tasks: Option<Vec<At<String>>>,
    pub axes: Option<Vec<At<String>>>,
    /// Of perturbed rollouts.
    pub severities: Option<Vec<u8>>,
}

impl Select {
    /// Whether the task is among them.
    pub fn has_task(&self, task: &str) -> bool {
        self.tasks.as_deref().is_none_or(|names| has(names, task))
    }

    /// Whether task, axis and severity are.
    pub fn has(&self, id: &RolloutId) -> bool {
        let severity = id.axis == UNPERTURBED
            || self
                .severities
                .as_deref()
                .is_none_or(|list| list.contains(&id.severity));
        let axis = self
            .axes
            .as_deref()
            .is_none_or(|names| has(names, &id.axis));
        self.has_task(&id.task) && axis && severity
    }
}

fn has(names: &[At<String>], name: &str) -> bool {
    names.iter().any(|known| known.value == name)
}

impl Gates {
    /// Reads the text of a gate file. `file` is for messages. Never panics, whatever the text.
    ///
    /// # Errors
    ///
    /// All problems at once.
    pub fn parse(text: &str, file: &Path) -> Result<Self, Problems> {
        let (raw, problems) = Reader::document::<raw::RawGates>(text, file);
        match raw {
            Some(raw) => check::check(&raw, file, problems),
            None => Err(problems),
        }
    }

    /// Without a file: not worse than the baseline by [`MARGIN`] in any task, if there is a baseline;
    /// else nothing is asked.
    pub fn default_for(has_baseline: bool) -> Self {
        let not_worse = Gate {
            name: "not_worse".to_owned(),
            kind: Kind::NotWorse { margin: MARGIN },
            per: Per::Task,
            select: Select::default(),
        };
        Self {
            alpha: ALPHA,
            unusable_at_most: UNUSABLE_AT_MOST,
            list: has_baseline.then_some(not_worse).into_iter().collect(),
        }
    }

    /// Whether any gate compares with a baseline.
    pub fn needs_baseline(&self) -> bool {
        self.list
            .iter()
            .any(|gate| matches!(gate.kind, Kind::NotWorse { .. }))
    }

    /// Names of tasks and axes that the suite does not have. `axes` are without the unperturbed one,
    /// which every suite has.
    pub fn check_names(&self, tasks: &[&str], axes: &[&str], file: &Path) -> Problems {
        let mut problems = Problems::default();
        let mut axes = axes.to_vec();
        axes.push(UNPERTURBED);
        for gate in &self.list {
            for (given, known, what) in [
                (&gate.select.tasks, tasks, "task"),
                (&gate.select.axes, axes.as_slice(), "axis"),
            ] {
                for name in given.iter().flatten() {
                    if known.contains(&name.value.as_str()) {
                        continue;
                    }
                    let remedy = did_you_mean(&name.value, known.iter().copied())
                        .map(|name| format!("did you mean `{name}`?"))
                        .unwrap_or_default();
                    let found = format!("unknown {what} `{}`", name.value);
                    let expected = format!("a {what} of the suite: {}", known.join(", "))
                        .replace("a axis", "an axis");
                    let place = name.place.to_string();
                    problems.push(Problem::error(file, place, found, expected, remedy));
                }
            }
        }
        problems
    }
}

/// The JSON Schema of a gate file, for editors, as indented text.
pub fn schema_json() -> String {
    crate::scene::recipe::schema_of::<raw::RawGates>()
}
