//! Problems of one glTF file, and a cursor over its JSON that knows where it stands.

use std::cell::{Cell, RefCell};
use std::path::Path;

use serde_json::Value;

use crate::base::problem::{Problem, Problems, Severity};

/// Problems beyond this many of one file are counted, not listed.
const MAX_LISTED: usize = 100;
/// A node's path shows at most this many names, the nearest ones.
const MAX_PATH_NAMES: usize = 8;
/// Longer texts of the file are cut in messages.
const MAX_SHOWN_CHARS: usize = 48;

/// Collects the problems of one file.
pub(super) struct Report<'a> {
    file: &'a Path,
    root: &'a Value,
    parents: RefCell<Vec<Option<usize>>>,
    problems: RefCell<Problems>,
    /// Errors and warnings not listed.
    hidden: Cell<(usize, usize)>,
}

impl<'a> Report<'a> {
    pub(super) fn new(file: &'a Path, root: &'a Value) -> Self {
        Self {
            file,
            root,
            parents: RefCell::default(),
            problems: RefCell::default(),
            hidden: Cell::default(),
        }
    }

    /// The whole document.
    pub(super) fn root<'r>(&'r self) -> At<'r> {
        At {
            report: self,
            value: self.root,
            pointer: String::new(),
        }
    }

    /// From now on, places in nodes also name the node's ancestors. `parents` has no cycle.
    pub(super) fn set_parents(&self, parents: Vec<Option<usize>>) {
        *self.parents.borrow_mut() = parents;
    }

    pub(super) fn has_errors(&self) -> bool {
        self.hidden.get().0 > 0 || self.problems.borrow().has_errors()
    }

    pub(super) fn finish(self) -> Problems {
        let mut problems = self.problems.into_inner();
        let (errors, warnings) = self.hidden.get();
        let expected = "none";
        if errors > 0 {
            let found = format!("{errors} more errors, not listed");
            problems.push(Problem::error(self.file, "", found, expected, ""));
        }
        if warnings > 0 {
            let found = format!("{warnings} more warnings, not listed");
            problems.push(Problem::error(self.file, "", found, expected, "").warning());
        }
        problems
    }

    fn push(&self, severity: Severity, pointer: &str, found: String, expected: &str, remedy: &str) {
        let (listed_errors, listed_warnings) = self.problems.borrow().counts();
        let (errors, warnings) = self.hidden.get();
        match severity {
            Severity::Error if listed_errors >= MAX_LISTED => {
                self.hidden.set((errors + 1, warnings));
                return;
            }
            Severity::Warning if listed_warnings >= MAX_LISTED => {
                self.hidden.set((errors, warnings + 1));
                return;
            }
            _ => {}
        }
        let problem = Problem::error(self.file, self.place(pointer), found, expected, remedy);
        self.problems.borrow_mut().push(match severity {
            Severity::Error => problem,
            Severity::Warning => problem.warning(),
        });
    }

    /// The pointer, and what it points to by name: `/nodes/3/mesh (room/bench/slide)`.
    fn place(&self, pointer: &str) -> String {
        let mut parts = pointer.split('/').skip(1);
        let (Some(table), Some(Ok(index))) = (parts.next(), parts.next().map(str::parse)) else {
            return pointer.to_owned();
        };
        let name = if table == "nodes" {
            Some(self.node_path(index))
        } else {
            self.name(table, index)
        };
        match name {
            Some(name) => format!("{pointer} ({name})"),
            None => pointer.to_owned(),
        }
    }

    fn name(&self, table: &str, index: usize) -> Option<String> {
        let name = self.root.get(table)?.get(index)?.get("name")?.as_str()?;
        Some(shortened(name))
    }

    fn node_path(&self, index: usize) -> String {
        let parents = self.parents.borrow();
        let mut names = Vec::new();
        let mut next = Some(index);
        while let Some(node) = next {
            if names.len() == MAX_PATH_NAMES {
                names.push("…".to_owned());
                break;
            }
            names.push(self.name("nodes", node).unwrap_or(format!("#{node}")));
            next = parents.get(node).copied().flatten();
        }
        names.reverse();
        names.join("/")
    }
}

/// A value of the JSON with its place. Methods that read report what is wrong and give `None`.
#[derive(Clone)]
pub(super) struct At<'a> {
    report: &'a Report<'a>,
    value: &'a Value,
    pointer: String,
}

impl<'a> At<'a> {
    pub(super) fn report(&self) -> &'a Report<'a> {
        self.report
    }

    /// A member that may be absent.
    pub(super) fn get(&self, key: &str) -> Option<At<'a>> {
        Some(self.below(key, self.value.get(key)?))
    }

    /// A member that must be there.
    pub(super) fn require(&self, key: &str) -> Option<At<'a>> {
        let found = self.get(key);
        if found.is_none() {
            self.error(format!("no `{key}`"), &format!("a `{key}`"), "");
        }
        found
    }

    /// `extensions.NAME`.
    pub(super) fn extension(&self, name: &str) -> Option<At<'a>> {
        self.get("extensions")?.get(name)
    }

    /// The elements of an array; reports and gives none if it is something else.
    pub(super) fn items(&self) -> Vec<At<'a>> {
        let Some(items) = self.value.as_array() else {
            self.wrong("an array");
            return Vec::new();
        };
        let place = |(i, value): (usize, &'a Value)| self.below(&i.to_string(), value);
        items.iter().enumerate().map(place).collect()
    }

    /// The elements of a member; none if it is absent.
    pub(super) fn items_of(&self, key: &str) -> Vec<At<'a>> {
        self.get(key).map_or(Vec::new(), |list| list.items())
    }

    /// The members of an object, by key; none if it is something else.
    pub(super) fn members(&self) -> Vec<(&'a str, At<'a>)> {
        let members = self.value.as_object().into_iter().flatten();
        members
            .map(|(key, value)| (key.as_str(), self.below(key, value)))
            .collect()
    }

    fn below(&self, key: &str, value: &'a Value) -> At<'a> {
        let key = shortened(key).replace('~', "~0").replace('/', "~1");
        At {
            report: self.report,
            value,
            pointer: format!("{}/{key}", self.pointer),
        }
    }

    pub(super) fn is_object(&self) -> bool {
        self.value.is_object()
    }

    /// A whole number of 0 … `most`; `3.0` is one too.
    pub(super) fn integer(&self, most: u64) -> Option<u64> {
        let whole = self.value.as_u64().or_else(|| {
            let v = self.value.as_f64()?;
            // Whole numbers up to 2^53 are exact.
            (v.fract() == 0.0 && (0.0..=9_007_199_254_740_992.0).contains(&v)).then_some(v as u64)
        });
        let fits = whole.filter(|v| *v <= most);
        if fits.is_none() {
            self.wrong(&format!("a whole number of 0 … {most}"));
        }
        fits
    }

    /// An index into the table of that name, which has `len` entries.
    pub(super) fn index(&self, table: &str, len: usize) -> Option<usize> {
        let index = self.value.as_u64().or_else(|| {
            let v = self.value.as_f64()?;
            (v.fract() == 0.0 && (0.0..4e9).contains(&v)).then_some(v as u64)
        });
        let index = index
            .and_then(|v| usize::try_from(v).ok())
            .filter(|v| *v < len);
        if index.is_none() {
            let entries = if len == 1 { "entry" } else { "entries" };
            self.wrong(&format!(
                "an index into `{table}`, which has {len} {entries}"
            ));
        }
        index
    }

    /// A number that fits single precision.
    pub(super) fn number(&self) -> Option<f64> {
        let number = self
            .value
            .as_f64()
            .filter(|v| v.abs() <= f64::from(f32::MAX));
        if number.is_none() {
            self.wrong(if self.value.is_number() {
                "a number within ±3.4e38"
            } else {
                "a number"
            });
        }
        number
    }

    /// A number of `low` … `high`; `high` may be infinite.
    pub(super) fn number_in(&self, low: f64, high: f64) -> Option<f64> {
        let number = self.number()?;
        if !(low..=high).contains(&number) {
            self.wrong(&if high.is_finite() {
                format!("a number of {low} … {high}")
            } else {
                format!("a number of at least {low}")
            });
            return None;
        }
        Some(number)
    }

    /// A number above 0, in single precision.
    pub(super) fn positive(&self) -> Option<f32> {
        let number = self.number()? as f32;
        if number <= 0.0 {
            self.wrong("a number above 0");
        }
        (number > 0.0).then_some(number)
    }

    /// An array of exactly `N` numbers.
    pub(super) fn numbers<const N: usize>(&self) -> Option<[f64; N]> {
        self.numbers_in(f64::NEG_INFINITY, f64::INFINITY)
    }

    /// An array of exactly `N` numbers of `low` … `high`.
    pub(super) fn numbers_in<const N: usize>(&self, low: f64, high: f64) -> Option<[f64; N]> {
        let items = self.value.as_array().filter(|items| items.len() == N);
        if items.is_none() {
            self.wrong(&format!("an array of {N} numbers"));
            return None;
        }
        let mut numbers = [0.0; N];
        for (number, item) in numbers.iter_mut().zip(self.items()) {
            *number = if low.is_finite() {
                item.number_in(low, high)?
            } else {
                item.number()?
            };
        }
        Some(numbers)
    }

    /// `true` or `false`.
    pub(super) fn boolean(&self) -> Option<bool> {
        let found = self.value.as_bool();
        if found.is_none() {
            self.wrong("true or false");
        }
        found
    }

    /// A text.
    pub(super) fn text(&self) -> Option<&'a str> {
        let found = self.value.as_str();
        if found.is_none() {
            self.wrong("a text");
        }
        found
    }

    /// The raw value, for those who accept several types.
    pub(super) fn value(&self) -> &'a Value {
        self.value
    }

    /// An error about the value itself.
    pub(super) fn wrong(&self, expected: &str) {
        self.wrong_with(expected, "");
    }

    /// An error about the value itself, with a remedy.
    pub(super) fn wrong_with(&self, expected: &str, remedy: &str) {
        self.error(describe(self.value), expected, remedy);
    }

    pub(super) fn error(&self, found: impl Into<String>, expected: &str, remedy: &str) {
        let found = found.into();
        self.report
            .push(Severity::Error, &self.pointer, found, expected, remedy);
    }

    pub(super) fn warn(&self, found: impl Into<String>, expected: &str, remedy: &str) {
        let found = found.into();
        self.report
            .push(Severity::Warning, &self.pointer, found, expected, remedy);
    }
}

/// A text of the file, cut to a length that a message can bear, without line breaks.
pub(super) fn shortened(text: &str) -> String {
    let mut chars = text.chars();
    let mut short: String = chars
        .by_ref()
        .take(MAX_SHOWN_CHARS)
        .map(|c| if c.is_control() { '�' } else { c })
        .collect();
    if chars.next().is_some() {
        short.push('…');
    }
    short
}

/// A value of the file in a few words.
pub(super) fn describe(value: &Value) -> String {
    match value {
        Value::String(text) => format!("\"{}\"", shortened(text)),
        Value::Array(items) if items.len() <= 16 && items.iter().all(Value::is_number) => {
            let items: Vec<String> = items.iter().map(Value::to_string).collect();
            format!("[{}]", items.join(", "))
        }
        Value::Array(items) => format!("an array of {} values", items.len()),
        Value::Object(_) => "an object".to_owned(),
        other => other.to_string(),
    }
}
