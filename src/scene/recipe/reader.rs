//! Reading TOML so that every problem of a file is found in one pass, each with its line and its
//! dotted path.

use std::collections::BTreeMap;
use std::fmt;
use std::path::Path;

use schemars::{JsonSchema, Schema, SchemaGenerator};
use toml::Spanned;
use toml::de::{DeTable, DeValue};

use crate::base::problem::{Problem, Problems, did_you_mean};

/// Where something stands in a TOML file.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub struct Place {
    /// 1-based.
    pub line: usize,
    /// Such as `spawn[2].count`; empty for the file's top level.
    pub path: String,
}

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "line {}", self.line)?;
        if !self.path.is_empty() {
            write!(f, ", {}", self.path)?;
        }
        Ok(())
    }
}

/// A value with where it stands.
#[derive(Clone, Debug)]
pub struct At<T> {
    pub value: T,
    pub place: Place,
}

/// The schema of a wrapper is that of what it wraps.
macro_rules! transparent_schema {
    ($wrapper:ident) => {
        impl<T: JsonSchema> JsonSchema for $wrapper<T> {
            fn inline_schema() -> bool {
                T::inline_schema()
            }
            fn schema_name() -> std::borrow::Cow<'static, str> {
                T::schema_name()
            }
            fn schema_id() -> std::borrow::Cow<'static, str> {
                T::schema_id()
            }
            fn json_schema(generator: &mut SchemaGenerator) -> Schema {
                T::json_schema(generator)
            }
        }
    };
}

transparent_schema!(At);
transparent_schema!(Salvaged);

/// Collects the problems of one file.
pub struct Reader<'a> {
    file: &'a Path,
    /// Byte offset of each line's start.
    line_starts: Vec<usize>,
    problems: Vec<(Place, Problem)>,
}

/// A value that can be read from TOML. `None` means that at least one problem was reported.
pub trait Read: Sized {
    /// What is wanted, for messages: "a number".
    fn expected() -> String;

    /// Reads the value.
    fn read(node: &Node<'_>, reader: &mut Reader<'_>) -> Option<Self>;

    /// The value of a key that is not there; `None` if the key is required.
    fn absent() -> Option<Self> {
        None
    }
}

/// A TOML value with where it stands.
pub struct Node<'a> {
    pub value: &'a DeValue<'a>,
    pub place: Place,
}

/// A table being read key by key.
pub struct Fields<'a> {
    table: &'a DeTable<'a>,
    place: Place,
    known: Vec<&'static str>,
}

impl<'a> Reader<'a> {
    /// Reads a whole document. All problems come in the order of their lines.
    pub fn document<T: Read>(text: &str, file: &'a Path) -> (Option<T>, Problems) {
        let mut reader = Reader {
            file,
            line_starts: std::iter::once(0)
                .chain(text.match_indices('\n').map(|(i, _)| i + 1))
                .collect(),
            problems: Vec::new(),
        };
        let (table, errors) = DeTable::parse_recoverable(text);
        for error in &errors {
            let offset = error.span().map_or(0, |span| span.start);
            let place = Place {
                line: reader.line(offset),
                path: String::new(),
            };
            // What follows in the same line are mostly consequences.
            if reader.problems.iter().any(|(known, _)| *known == place) {
                continue;
            }
            reader.problem(&place, error.message(), "well-formed TOML", "");
        }
        // After a syntax error the recovered table holds guesses; reading it would report ghosts.
        let value = if errors.is_empty() {
            let root = DeValue::Table(table.into_inner());
            let node = Node {
                value: &root,
                place: Place {
                    line: 1,
                    path: String::new(),
                },
            };
            T::read(&node, &mut reader)
        } else {
            None
        };
        reader.problems.sort_by_key(|(place, _)| place.line);
        let mut problems = Problems::default();
        for (_, problem) in reader.problems {
            problems.push(problem);
        }
        (value, problems)
    }

    /// Reports an error.
    pub fn problem(
        &mut self,
        place: &Place,
        found: impl Into<String>,
        expected: impl Into<String>,
        remedy: impl Into<String>,
    ) {
        let problem = Problem::error(self.file, place.to_string(), found, expected, remedy);
        self.problems.push((place.clone(), problem));
    }

    /// Reports that `node` is not a `T`.
    pub fn wrong_type<T: Read>(&mut self, node: &Node<'_>) {
        self.problem(&node.place, describe(node.value), T::expected(), "");
    }

    fn line(&self, offset: usize) -> usize {
        self.line_starts.partition_point(|&start| start <= offset)
    }
}

impl<'a> Node<'a> {
    /// The elements, if this is an array.
    pub fn elements(&self, reader: &Reader<'_>) -> Option<Vec<Node<'a>>> {
        let array = self.value.as_array()?;
        let node = |(i, element): (usize, &'a Spanned<DeValue<'a>>)| Node {
            value: element.get_ref(),
            place: Place {
                line: reader.line(element.span().start),
                path: format!("{}[{i}]", self.place.path),
            },
        };
        Some(array.iter().enumerate().map(node).collect())
    }
}

impl<'a> Fields<'a> {
    /// Reports a problem and gives `None` if `node` is not a table.
    pub fn open<T: Read>(node: &Node<'a>, reader: &mut Reader<'_>) -> Option<Self> {
        let Some(table) = node.value.as_table() else {
            reader.wrong_type::<T>(node);
            return None;
        };
        Some(Self {
            table,
            place: node.place.clone(),
            known: Vec::new(),
        })
    }

    /// Where the table stands.
    pub fn place(&self) -> &Place {
        &self.place
    }

    /// Whether the key is there.
    pub fn has(&self, key: &str) -> bool {
        self.table.contains_key(key)
    }

    /// The value of a key.
    pub fn node(&mut self, key: &'static str, reader: &Reader<'_>) -> Option<Node<'a>> {
        self.known.push(key);
        let value = self.table.get(key)?;
        Some(Node {
            value: value.get_ref(),
            place: child(&self.place, key, reader.line(value.span().start)),
        })
    }

    /// Reads the value of a key; a missing required key is a problem.
    pub fn take<T: Read>(&mut self, key: &'static str, reader: &mut Reader<'_>) -> Option<T> {
        if let Some(node) = self.node(key, reader) {
            return T::read(&node, reader);
        }
        let absent = T::absent();
        if absent.is_none() {
            reader.problem(
                &self.place,
                format!("no `{key}`"),
                format!("`{key}` = {}", T::expected()),
                "",
            );
        }
        absent
    }

    /// Every key nobody asked for is a problem.
    pub fn close(self, reader: &mut Reader<'_>) {
        for (key, _) in self.table {
            if self.known.contains(&key.get_ref().as_ref()) {
                continue;
            }
            let line = reader.line(key.span().start);
            let remedy = did_you_mean(key.get_ref(), self.known.iter().copied())
                .map(|name| format!("did you mean `{name}`?"))
                .unwrap_or_default();
            reader.problem(
                &child(&self.place, key.get_ref(), line),
                format!("unknown key `{}`", shorten(key.get_ref())),
                format!("one of {}", self.known.join(", ")),
                remedy,
            );
        }
    }
}

fn child(parent: &Place, key: &str, line: usize) -> Place {
    let bare = !key.is_empty()
        && key
            .bytes()
            .all(|b| b.is_ascii_alphanumeric() || b == b'_' || b == b'-');
    let key = if bare {
        key.to_owned()
    } else {
        format!("{:?}", shorten(key))
    };
    let path = if parent.path.is_empty() {
        key
    } else {
        format!("{}.{key}", parent.path)
    };
    Place { line, path }
}

/// The first 60 characters.
pub fn shorten(text: &str) -> String {
    match text.char_indices().nth(60) {
        Some((end, _)) => format!("{}…", &text[..end]),
        None => text.to_owned(),
    }
}

/// What stands there, for messages.
fn describe(value: &DeValue<'_>) -> String {
    match value {
        DeValue::String(text) => format!("the text {:?}", shorten(text)),
        DeValue::Integer(number) => format!("the number {number}"),
        DeValue::Float(number) => format!("the number {number}"),
        DeValue::Boolean(value) => value.to_string(),
        DeValue::Datetime(_) => "a date or time".to_owned(),
        DeValue::Array(array) => format!("an array of {}", array.len()),
        DeValue::Table(_) => "a table".to_owned(),
    }
}

impl Read for f64 {
    fn expected() -> String {
        "a number".to_owned()
    }

    fn read(node: &Node<'_>, reader: &mut Reader<'_>) -> Option<Self> {
        let number = match node.value {
            DeValue::Float(float) => float.as_str().parse().ok(),
            DeValue::Integer(_) => i64::read(node, reader).map(|i| i as f64),
            _ => {
                reader.wrong_type::<Self>(node);
                return None;
            }
        }?;
        if !f64::is_finite(number) {
            reader.problem(&node.place, describe(node.value), "a finite number", "");
            return None;
        }
        Some(number)
    }
}

impl Read for i64 {
    fn expected() -> String {
        "a whole number".to_owned()
    }

    fn read(node: &Node<'_>, reader: &mut Reader<'_>) -> Option<Self> {
        let DeValue::Integer(integer) = node.value else {
            reader.wrong_type::<Self>(node);
            return None;
        };
        // Beyond 2⁵³ an f64 cannot tell neighbours apart.
        let number = i64::from_str_radix(integer.as_str(), integer.radix())
            .ok()
            .filter(|n| n.unsigned_abs() <= 1 << 53);
        if number.is_none() {
            let found = describe(node.value);
            reader.problem(&node.place, found, "a number within ±2^53", "");
        }
        number
    }
}

impl Read for bool {
    fn expected() -> String {
        "true or false".to_owned()
    }

    fn read(node: &Node<'_>, reader: &mut Reader<'_>) -> Option<Self> {
        let value = node.value.as_bool();
        if value.is_none() {
            reader.wrong_type::<Self>(node);
        }
        value
    }
}

impl Read for String {
    fn expected() -> String {
        "a text".to_owned()
    }

    fn read(node: &Node<'_>, reader: &mut Reader<'_>) -> Option<Self> {
        let Some(text) = node.value.as_str() else {
            reader.wrong_type::<Self>(node);
            return None;
        };
        if text.is_empty() {
            reader.problem(&node.place, "an empty text", Self::expected(), "");
            return None;
        }
        Some(text.to_owned())
    }
}

impl<T: Read, const N: usize> Read for [T; N] {
    fn expected() -> String {
        format!("an array of {N}: each {}", T::expected())
    }

    fn read(node: &Node<'_>, reader: &mut Reader<'_>) -> Option<Self> {
        let Some(nodes) = node.elements(reader).filter(|nodes| nodes.len() == N) else {
            reader.wrong_type::<Self>(node);
            return None;
        };
        read_all(&nodes, reader)?.try_into().ok()
    }
}

impl<T: Read> Read for Vec<T> {
    fn expected() -> String {
        format!("an array: each {}", T::expected())
    }

    fn read(node: &Node<'_>, reader: &mut Reader<'_>) -> Option<Self> {
        let Some(nodes) = node.elements(reader) else {
            reader.wrong_type::<Self>(node);
            return None;
        };
        read_all(&nodes, reader)
    }

    fn absent() -> Option<Self> {
        Some(Vec::new())
    }
}

impl<T: Read> Read for BTreeMap<String, T> {
    fn expected() -> String {
        format!("a table: each value {}", T::expected())
    }

    fn read(node: &Node<'_>, reader: &mut Reader<'_>) -> Option<Self> {
        let salvaged = Salvaged::<Self>::read(node, reader)?;
        (!salvaged.broken).then_some(salvaged.value)
    }

    fn absent() -> Option<Self> {
        Some(BTreeMap::new())
    }
}

impl<T: Read> Read for Option<T> {
    fn expected() -> String {
        T::expected()
    }

    fn read(node: &Node<'_>, reader: &mut Reader<'_>) -> Option<Self> {
        T::read(node, reader).map(Some)
    }

    fn absent() -> Option<Self> {
        Some(None)
    }
}

impl<T: Read> Read for At<T> {
    fn expected() -> String {
        T::expected()
    }

    fn read(node: &Node<'_>, reader: &mut Reader<'_>) -> Option<Self> {
        let place = node.place.clone();
        T::read(node, reader).map(|value| At { value, place })
    }
}

/// Reads what can be read, so that the rest of the file is still checked. Never `None`.
#[derive(Clone, Debug, Default)]
pub struct Salvaged<T> {
    pub value: T,
    /// Whether a part was left out, with its problem reported.
    pub broken: bool,
}

impl<T: Read> Read for Salvaged<Option<T>> {
    fn expected() -> String {
        T::expected()
    }

    fn read(node: &Node<'_>, reader: &mut Reader<'_>) -> Option<Self> {
        let value = T::read(node, reader);
        let broken = value.is_none();
        Some(Self { value, broken })
    }

    fn absent() -> Option<Self> {
        Some(Self {
            value: None,
            broken: false,
        })
    }
}

impl<T: Read> Read for Salvaged<Vec<T>> {
    fn expected() -> String {
        "tables in double brackets".to_owned()
    }

    fn read(node: &Node<'_>, reader: &mut Reader<'_>) -> Option<Self> {
        let Some(nodes) = node.elements(reader) else {
            reader.wrong_type::<Self>(node);
            return Some(Self {
                value: Vec::new(),
                broken: true,
            });
        };
        let value: Vec<T> = nodes
            .iter()
            .filter_map(|node| T::read(node, reader))
            .collect();
        let broken = value.len() < nodes.len();
        Some(Self { value, broken })
    }

    fn absent() -> Option<Self> {
        Some(Self {
            value: Vec::new(),
            broken: false,
        })
    }
}

impl<T: Read> Read for Salvaged<BTreeMap<String, T>> {
    fn expected() -> String {
        BTreeMap::<String, T>::expected()
    }

    fn read(node: &Node<'_>, reader: &mut Reader<'_>) -> Option<Self> {
        let Some(table) = node.value.as_table() else {
            reader.wrong_type::<Self>(node);
            return Some(Self {
                value: BTreeMap::new(),
                broken: true,
            });
        };
        let mut value = BTreeMap::new();
        for (key, entry) in table {
            let node = Node {
                value: entry.get_ref(),
                place: child(&node.place, key.get_ref(), reader.line(key.span().start)),
            };
            if let Some(entry) = T::read(&node, reader) {
                value.insert(key.get_ref().to_string(), entry);
            }
        }
        let broken = value.len() < table.len();
        Some(Self { value, broken })
    }

    fn absent() -> Option<Self> {
        Some(Self {
            value: BTreeMap::new(),
            broken: false,
        })
    }
}

/// Reads every element before giving up, so that all problems are reported.
pub fn read_all<T: Read>(nodes: &[Node<'_>], reader: &mut Reader<'_>) -> Option<Vec<T>> {
    let values: Vec<Option<T>> = nodes.iter().map(|node| T::read(node, reader)).collect();
    values.into_iter().collect()
}

/// Reports a word that is none of `words`.
pub fn unknown_word(reader: &mut Reader<'_>, place: &Place, word: &str, words: &[&str]) {
    let remedy = did_you_mean(word, words.iter().copied())
        .map(|name| format!("did you mean \"{name}\"?"))
        .unwrap_or_default();
    let found = format!("the text {:?}", shorten(word));
    reader.problem(place, found, one_of(words), remedy);
}

/// `one of "a", "b"`.
pub fn one_of(words: &[&str]) -> String {
    let quoted: Vec<String> = words.iter().map(|word| format!("\"{word}\"")).collect();
    format!("one of {}", quoted.join(", "))
}
