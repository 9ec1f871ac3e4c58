//! Suites: which tasks, perturbed how, on how many seeds.

use std::path::{Path, PathBuf};

use sha2::{Digest, Sha256};

use super::axis::{Axis, MAX_SEVERITY, Perturbation};
use super::record::RolloutId;
use crate::base::problem::{Problem, Problems, did_you_mean};
use crate::scene::files;
use crate::scene::recipe::reader::{At, Reader, Salvaged};
use crate::scene::recipe::record::record;
use crate::task::load::LoadedTask;

record! {
    /// Which tasks a policy is judged on, perturbed how, on how many seeds.
    #[schemars(title = "Benchside suite")]
    pub struct RawSuite {
        /// The version of this format: 1.
        #[schemars(range(min = 1, max = 1))]
        version: At<i64>,
        /// Of all random choices, 0 … 2⁶³ − 1. Default 0.
        seed: Option<At<i64>>,
        /// Episodes of each task, and of each severity of each axis, 1 … 100000.
        #[schemars(range(min = 1, max = 100_000))]
        seeds: At<i64>,
        /// With `--seeds auto` no more than so many. Default 10 times seeds.
        #[schemars(range(min = 1, max = 100_000))]
        max_seeds: Option<At<i64>>,
        /// At least one.
        #[schemars(default)]
        task: Salvaged<Vec<RawSuiteTask>>,
        /// What is perturbed. All rollouts of an axis have unperturbed ones on the same seeds beside them.
        #[schemars(default)]
        axis: Salvaged<Vec<RawSuiteAxis>>,
    }
}

record! {
    /// A task.
    pub struct RawSuiteTask {
        /// The task file, by its path from the folder of the suite.
        path: At<String>,
    }
}

record! {
    /// A perturbation.
    pub struct RawSuiteAxis {
        /// What is perturbed.
        name: At<Axis>,
        /// How much: 1 … 5, one or several.
        severity: At<Vec<At<i64>>>,
        /// Names of the tasks that it is for. Default: all in which it changes anything.
        tasks: Option<At<Vec<At<String>>>>,
        /// Only the first so many seeds. Default: all.
        #[schemars(range(min = 1, max = 100_000))]
        seeds: Option<At<i64>>,
    }
}

/// A checked suite with its tasks.
#[derive(Debug)]
pub struct Suite {
    /// The file's name without `.suite.toml`.
    pub name: String,
    /// As the user named it.
    pub path: PathBuf,
    /// SHA-256 of the file's text, lower-case hexadecimal.
    pub sha256: String,
    pub seed: u64,
    pub seeds: u64,
    pub max_seeds: u64,
    pub tasks: Vec<LoadedTask>,
    /// By task: its perturbations, [`Perturbation::NONE`] first, and how many seeds they have at most.
    pub arms: Vec<Vec<(Perturbation, u64)>>,
    /// Warnings of all files, and what an axis does not apply to.
    pub warnings: Problems,
}

impl Suite {
    /// Loads a suite file, or the suite of this name below `scenes/`, with all its tasks.
    ///
    /// # Errors
    ///
    /// All problems of the suite, then all of its tasks.
    pub fn load(path: &Path) -> Result<Self, Problems> {
        let file = find(path)?;
        let bytes = files::read(&file)
            .map_err(|found| Problem::error(&file, "", found, "a suite file", ""))?;
        let text = String::from_utf8(bytes).map_err(|error| {
            let found = format!("not UTF-8 at byte {}", error.utf8_error().valid_up_to());
            Problem::error(&file, "", found, "a TOML file, which is UTF-8", "")
        })?;
        let (raw, mut problems) = Reader::document::<RawSuite>(&text, &file);
        let Some(raw) = raw else {
            return Err(problems);
        };
        let numbers = check_numbers(&raw, &file, &mut problems);
        let root = file.parent().unwrap_or(Path::new(""));
        let mut tasks: Vec<LoadedTask> = Vec::new();
        let mut warnings = Problems::default();
        let mut error = |place: String, found: String, expected: &str, remedy: String| {
            problems.push(Problem::error(&file, place, found, expected, remedy));
        };
        if raw.task.value.is_empty() && !raw.task.broken {
            let place = raw.at.to_string();
            error(place, "no [[task]]".into(), "at least one", String::new());
        }
        let mut broken_tasks = Problems::default();
        for task in &raw.task.value {
            let path = root.join(&task.path.value);
            if !path.is_file() {
                let found = format!("`{}`, which is no file", task.path.value);
                let expected = "a task, by its path from the folder of the suite";
                error(task.path.place.to_string(), found, expected, String::new());
                continue;
            }
            match LoadedTask::load(&path) {
                Ok(mut loaded) => {
                    let name = &loaded.task.name;
                    if tasks.iter().any(|other| other.task.name == *name) {
                        let found = format!("another task named `{name}`");
                        let place = task.path.place.to_string();
                        error(place, found, "names that differ", String::new());
                        continue;
                    }
                    warnings.extend(std::mem::take(&mut loaded.warnings));
                    tasks.push(loaded);
                }
                Err(more) => broken_tasks.extend(more),
            }
        }
        problems.extend(broken_tasks);
        let arms = arms(&raw, &file, &tasks, &mut problems, &mut warnings);
        let Some((seed, seeds, max_seeds)) = numbers else {
            return Err(problems);
        };
        if problems.has_errors() || raw.task.broken || raw.axis.broken {
            return Err(problems);
        }
        let stem = file.file_stem().unwrap_or_default().to_string_lossy();
        Ok(Self {
            name: stem.strip_suffix(".suite").unwrap_or(&stem).to_owned(),
            path: path.to_path_buf(),
            sha256: files::hex(&Sha256::digest(text.as_bytes())),
            seed,
            seeds,
            max_seeds,
            tasks,
            arms,
            warnings,
        })
    }

    /// All rollouts of these seeds, by seed, then task: what is done after any of them is whole
    /// but for the last seed.
    pub fn rollouts(&self, seeds: std::ops::Range<u64>) -> Vec<RolloutId> {
        let mut all = Vec::new();
        for seed in seeds {
            for (task, arms) in self.tasks.iter().zip(&self.arms) {
                for (perturbation, most) in arms {
                    if seed < *most {
                        all.push(RolloutId {
                            task: task.task.name.clone(),
                            axis: perturbation.axis_name().to_owned(),
                            severity: perturbation.severity,
                            seed,
                        });
                    }
                }
            }
        }
        all
    }

    /// A few lines for people who check what they wrote; ends with a newline.
    pub fn summary(&self) -> String {
        let mut text = format!(
            "{}: seed {}, {} seeds, at most {}; {} rollouts\n",
            self.name,
            self.seed,
            self.seeds,
            self.max_seeds,
            self.rollouts(0..self.seeds).len()
        );
        for (task, arms) in self.tasks.iter().zip(&self.arms) {
            let mut axes: Vec<String> = Vec::new();
            for (perturbation, _) in arms.iter().skip(1) {
                axes.push(format!(
                    "{} {}",
                    perturbation.axis_name(),
                    perturbation.severity
                ));
            }
            let axes = match axes.is_empty() {
                true => "unperturbed alone".to_owned(),
                false => axes.join(", "),
            };
            text += &format!("  {}: {axes}\n", task.task.name);
        }
        text
    }
}

/// Whether a file is meant as a suite.
pub fn is_suite(path: &Path) -> bool {
    let name = path.file_name().map(|n| n.to_string_lossy().into_owned());
    path.is_file() && name.is_some_and(|n| n.ends_with(".suite.toml"))
}

/// The JSON Schema of a suite file, for editors, as indented text.
pub fn schema_json() -> String {
    crate::scene::recipe::schema_of::<RawSuite>()
}

fn check_numbers(raw: &RawSuite, file: &Path, problems: &mut Problems) -> Option<(u64, u64, u64)> {
    let mut within = |number: &At<i64>, low: i64, high: i64| {
        if (low..=high).contains(&number.value) {
            return Some(number.value as u64);
        }
        let (place, found) = (number.place.to_string(), number.value.to_string());
        let expected = format!("{low} … {high}");
        problems.push(Problem::error(file, place, found, expected, ""));
        None
    };
    let version = within(&raw.version, 1, 1);
    let seed = raw
        .seed
        .as_ref()
        .map_or(Some(0), |s| within(s, 0, i64::MAX));
    let seeds = within(&raw.seeds, 1, 100_000);
    let max_seeds = match &raw.max_seeds {
        Some(most) => within(most, raw.seeds.value.max(1), 100_000),
        None => seeds.map(|n| (10 * n).min(100_000)),
    };
    version.and(Some((seed?, seeds?, max_seeds?)))
}

fn arms(
    raw: &RawSuite,
    file: &Path,
    tasks: &[LoadedTask],
    problems: &mut Problems,
    warnings: &mut Problems,
) -> Vec<Vec<(Perturbation, u64)>> {
    let mut arms: Vec<Vec<(Perturbation, u64)>> = tasks
        .iter()
        .map(|_| vec![(Perturbation::NONE, u64::MAX)])
        .collect();
    let names: Vec<&str> = tasks.iter().map(|t| t.task.name.as_str()).collect();
    let mut error = |place: String, found: String, expected: String, remedy: String| {
        problems.push(Problem::error(file, place, found, expected, remedy));
    };
    for axis in &raw.axis.value {
        let word = axis.name.value.word();
        let listed = axis.tasks.as_ref().map(|t| &t.value);
        for name in listed.into_iter().flatten() {
            if !names.contains(&name.value.as_str()) && !raw.task.broken {
                let meant = did_you_mean(&name.value, names.iter().copied());
                let remedy = meant.map_or(String::new(), |m| format!("did you mean `{m}`?"));
                let expected = format!("a task of the suite: {}", names.join(", "));
                let found = format!("`{}`", name.value);
                error(name.place.to_string(), found, expected, remedy);
            }
        }
        let most = match &axis.seeds {
            None => u64::MAX,
            Some(seeds) if seeds.value >= 1 => seeds.value as u64,
            Some(seeds) => {
                let found = seeds.value.to_string();
                error(
                    seeds.place.to_string(),
                    found,
                    "at least 1".into(),
                    String::new(),
                );
                continue;
            }
        };
        if axis.severity.value.is_empty() {
            let place = axis.severity.place.to_string();
            error(
                place,
                "none".into(),
                "at least one severity".into(),
                String::new(),
            );
        }
        for severity in &axis.severity.value {
            let range = 1..=i64::from(MAX_SEVERITY);
            if !range.contains(&severity.value) {
                let (place, found) = (severity.place.to_string(), severity.value.to_string());
                error(place, found, format!("1 … {MAX_SEVERITY}"), String::new());
                continue;
            }
            let perturbation = Perturbation {
                axis: Some(axis.name.value),
                severity: severity.value as u8,
            };
            let mut used = false;
            for (task, arms) in tasks.iter().zip(&mut arms) {
                let chosen = listed.map(|l| l.iter().any(|n| n.value == task.task.name));
                if chosen == Some(false) {
                    continue;
                }
                let phrasings = task.task.instructions.len();
                let place = severity.place.to_string();
                if let Some(why) = perturbation.is_idle(&task.recipe, phrasings) {
                    let found = format!("{word} for `{}`: {why}", task.task.name);
                    let expected = "a task that it changes";
                    let problem = Problem::error(file, &place, found, expected, "");
                    match chosen {
                        Some(_) => error(place, problem.found.clone(), expected.into(), "".into()),
                        None => warnings.push(problem.warning()),
                    }
                    continue;
                }
                if arms.iter().any(|(other, _)| *other == perturbation) {
                    let found = format!("{word} {} again", severity.value);
                    error(place, found, "each severity once".into(), String::new());
                    continue;
                }
                used = true;
                arms.push((perturbation, most));
            }
            if !used && !tasks.is_empty() && listed.is_none() {
                let found = format!("{word}, which changes none of the tasks");
                let place = axis.name.place.to_string();
                error(place, found, "an axis that does".into(), String::new());
            }
        }
    }
    arms
}

/// The file itself, or `scenes/<name>.suite.toml`.
fn find(path: &Path) -> Result<PathBuf, Problems> {
    if path.is_file() {
        return Ok(path.to_path_buf());
    }
    let mut known = Vec::new();
    for entry in std::fs::read_dir("scenes").into_iter().flatten().flatten() {
        if is_suite(&entry.path()) {
            known.push(entry.path());
        }
    }
    known.sort();
    let name_of = |p: &PathBuf| {
        let name = p.file_name().unwrap_or_default().to_string_lossy();
        name.trim_end_matches(".suite.toml").to_owned()
    };
    if let Some(suite) = known
        .iter()
        .find(|p| Some(name_of(p).as_str()) == path.to_str())
    {
        return Ok(suite.clone());
    }
    let names: Vec<String> = known.iter().map(name_of).collect();
    let remedy = match names.is_empty() {
        true => String::new(),
        false => format!("suites below scenes/: {}", names.join(", ")),
    };
    let expected = "a suite file, or the name of a suite below scenes/";
    Err(Problem::error(path, "", "no such file", expected, remedy).into())
}
