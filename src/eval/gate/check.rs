//! A gate file → [`Gates`]: what is out of range or cannot be shown.

use std::path::Path;

use super::raw::{
    Event, Per, RawGate, RawGates, RawMetricGate, RawNotWorse, RawRobustness, RawSafetyGate,
    RawSuccessGate, Which,
};
use super::{ALPHA, Gate, Gates, Kind, MARGIN, Select, UNUSABLE_AT_MOST};
use crate::base::problem::{Problem, Problems};
use crate::eval::record::UNPERTURBED;
use crate::scene::recipe::reader::{At, Place};

/// Names of tasks or of axes.
type Names = Option<At<Vec<At<String>>>>;

struct Checker<'a> {
    file: &'a Path,
    problems: Problems,
}

pub(super) fn check(raw: &RawGates, file: &Path, problems: Problems) -> Result<Gates, Problems> {
    let mut checker = Checker { file, problems };
    let version = &raw.version;
    if version.value != 1 {
        let found = format!("version {}", version.value);
        checker.problem(&version.place, found, "version 1", "");
    }
    let alpha = checker.number(&raw.alpha, "alpha", ALPHA, "above 0, at most 0.2", |a| {
        a > 0.0 && a <= 0.2
    });
    let unusable = checker.number(
        &raw.unusable_at_most,
        "unusable_at_most",
        UNUSABLE_AT_MOST,
        "a share, 0 … 0.5",
        |share| (0.0..=0.5).contains(&share),
    );
    if raw.gate.value.is_empty() && !raw.gate.broken {
        checker.problem(&raw.at, "no [[gate]]", "at least one", "");
    }
    let mut list: Vec<Gate> = Vec::new();
    // Names of an author's own come first: the others keep out of their way.
    let own = raw
        .gate
        .value
        .iter()
        .filter_map(|gate| own_name(gate).as_ref());
    let mut taken: Vec<&At<String>> = Vec::new();
    for name in own {
        if let Some(other) = taken.iter().find(|other| other.value == name.value) {
            let found = format!("`{}`, as the gate of line {}", name.value, other.place.line);
            checker.problem(&name.place, found, "a name of its own", "");
        }
        taken.push(name);
    }
    for raw in &raw.gate.value {
        let (kind, per, select) = match raw {
            RawGate::Success(raw) => checker.success(raw),
            RawGate::NotWorse(raw) => checker.not_worse(raw),
            RawGate::Safety(raw) => checker.safety(raw),
            RawGate::Metric(raw) => checker.metric(raw),
            RawGate::Robustness(raw) => checker.robustness(raw),
        };
        let free = |name: &String| {
            taken.iter().all(|own| own.value != *name) && list.iter().all(|g| g.name != *name)
        };
        let numbered = |n: u64| match n {
            1 => kind.word().to_owned(),
            n => format!("{} {n}", kind.word()),
        };
        let name = match own_name(raw) {
            Some(own) => own.value.clone(),
            None => (1..)
                .map(numbered)
                .find(free)
                .expect("there are enough numbers"),
        };
        list.push(Gate {
            name,
            kind,
            per,
            select,
        });
    }
    let Checker { problems, .. } = checker;
    if raw.gate.broken || problems.has_errors() {
        return Err(problems);
    }
    Ok(Gates {
        alpha,
        unusable_at_most: unusable,
        list,
    })
}

fn own_name(gate: &RawGate) -> &Option<At<String>> {
    match gate {
        RawGate::Success(raw) => &raw.name,
        RawGate::NotWorse(raw) => &raw.name,
        RawGate::Safety(raw) => &raw.name,
        RawGate::Metric(raw) => &raw.name,
        RawGate::Robustness(raw) => &raw.name,
    }
}

impl Kind {
    /// As in the file.
    pub fn word(&self) -> &'static str {
        match self {
            Self::Success { .. } => "success",
            Self::NotWorse { .. } => "not_worse",
            Self::Safety { .. } => "safety",
            Self::Metric { .. } => "metric",
            Self::Robustness { .. } => "robustness",
        }
    }
}

/// For those who mean percent.
fn of_percent(value: f64, key: &str) -> String {
    match (1.0..100.0).contains(&value) {
        true => format!("{value} % is {key} = {}", value / 100.0),
        false => String::new(),
    }
}

impl Checker<'_> {
    fn success(&mut self, raw: &RawSuccessGate) -> (Kind, Per, Select) {
        let at_least = self.inner_share(&raw.at_least, "at_least");
        let select = self.select(&raw.tasks, &raw.axes, &raw.severities, true);
        (
            Kind::Success { at_least },
            raw.per.unwrap_or(Per::Task),
            select,
        )
    }

    fn not_worse(&mut self, raw: &RawNotWorse) -> (Kind, Per, Select) {
        let expected = "a share, 0 … 0.5: 0.05 are 5 percentage points";
        let margin = self.number(&raw.margin, "margin", MARGIN, expected, |margin| {
            (0.0..=0.5).contains(&margin)
        });
        let select = self.select(&raw.tasks, &raw.axes, &raw.severities, false);
        (
            Kind::NotWorse { margin },
            raw.per.unwrap_or(Per::Task),
            select,
        )
    }

    fn safety(&mut self, raw: &RawSafetyGate) -> (Kind, Per, Select) {
        let at_most = self.inner_share(&raw.at_most, "at_most");
        let events = match &raw.events {
            Some(events) => {
                self.not_empty(events, "events");
                events.value.clone()
            }
            None => vec![Event::Safety],
        };
        let select = self.select(&raw.tasks, &raw.axes, &raw.severities, false);
        (
            Kind::Safety { events, at_most },
            raw.per.unwrap_or(Per::Suite),
            select,
        )
    }

    fn metric(&mut self, raw: &RawMetricGate) -> (Kind, Per, Select) {
        let percentile = match &raw.percentile {
            Some(given) if !(1..=99).contains(&given.value) => {
                self.problem(&given.place, given.value.to_string(), "1 … 99", "");
                95
            }
            Some(given) => given.value,
            None => 95,
        };
        let select = self.select(&raw.tasks, &raw.axes, &raw.severities, true);
        let kind = Kind::Metric {
            metric: raw.metric,
            percentile,
            at_most: raw.at_most.value,
            successes_only: raw.rollouts == Some(Which::Successes),
        };
        (kind, raw.per.unwrap_or(Per::Task), select)
    }

    fn robustness(&mut self, raw: &RawRobustness) -> (Kind, Per, Select) {
        let at_most = self.inner_share(&raw.at_most, "at_most");
        for axis in raw.axes.iter().flat_map(|axes| &axes.value) {
            if axis.value == UNPERTURBED {
                let expected = "axes of perturbations, each of which is compared with \"none\"";
                self.problem(&axis.place, "\"none\"", expected, "");
            }
        }
        let select = self.select(&raw.tasks, &raw.axes, &raw.severities, false);
        (
            Kind::Robustness { at_most },
            raw.per.unwrap_or(Per::Suite),
            select,
        )
    }

    /// `unperturbed`: unless axes are given, only rollouts that are not perturbed.
    fn select(
        &mut self,
        tasks: &Names,
        axes: &Names,
        severities: &Option<At<Vec<At<i64>>>>,
        unperturbed: bool,
    ) -> Select {
        let tasks = tasks.as_ref().map(|names| {
            self.not_empty(names, "tasks");
            names.value.clone()
        });
        let axes = match axes {
            Some(names) => {
                self.not_empty(names, "axes");
                Some(names.value.clone())
            }
            None => unperturbed.then(|| {
                let value = UNPERTURBED.to_owned();
                vec![At {
                    value,
                    place: Place::default(),
                }]
            }),
        };
        let only_unperturbed = axes.iter().flatten().count() > 0
            && axes.iter().flatten().all(|a| a.value == UNPERTURBED);
        let severities = severities.as_ref().map(|list| {
            self.not_empty(list, "severities");
            if only_unperturbed {
                let found = "severities of rollouts that are not perturbed";
                let remedy = "say which `axes` are meant";
                self.problem(
                    &list.place,
                    found,
                    "severities beside perturbed axes",
                    remedy,
                );
            }
            let mut known = Vec::new();
            for severity in &list.value {
                match u8::try_from(severity.value) {
                    Ok(value @ 1..=5) => known.push(value),
                    _ => {
                        let found = severity.value.to_string();
                        self.problem(&severity.place, found, "1 … 5", "");
                    }
                }
            }
            known
        });
        Select {
            tasks,
            axes,
            severities,
        }
    }

    /// A share that rollouts can lie on both sides of.
    fn inner_share(&mut self, share: &At<f64>, key: &str) -> f64 {
        let value = share.value;
        if !(value > 0.0 && value < 1.0) {
            let remedy = if value == 1.0 || value == 0.0 {
                let near = if value == 1.0 { 0.99 } else { 0.01 };
                format!(
                    "no number of rollouts can show that; 300 without an exception show {key} = {near}"
                )
            } else {
                of_percent(value, key)
            };
            let expected = "a share above 0 and below 1: 0.9 is 90 %";
            self.problem(&share.place, value.to_string(), expected, remedy);
        }
        value
    }

    fn number(
        &mut self,
        given: &Option<At<f64>>,
        key: &str,
        default: f64,
        expected: &str,
        fits: impl Fn(f64) -> bool,
    ) -> f64 {
        let Some(given) = given else {
            return default;
        };
        if !fits(given.value) {
            let remedy = of_percent(given.value, key);
            self.problem(&given.place, given.value.to_string(), expected, remedy);
        }
        given.value
    }

    fn not_empty<T>(&mut self, list: &At<Vec<T>>, key: &str) {
        if list.value.is_empty() {
            let remedy = format!("leave `{key}` away for the default");
            self.problem(&list.place, "an empty list", "at least one", remedy);
        }
    }

    fn problem(
        &mut self,
        place: &Place,
        found: impl Into<String>,
        expected: impl Into<String>,
        remedy: impl Into<String>,
    ) {
        let place = place.to_string();
        let problem = Problem::error(self.file, place, found, expected, remedy);
        self.problems.push(problem);
    }
}
