//! Reading TOML so that every problem of a file is found in one pass, each with its line and its
//! dotted path.

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

/// Reads what can be read, so that the rest of the file is still checked. Never `None`.
#[derive(Clone, Debug, Default)]
pub struct Salvaged<T> {
    pub value: T,
    /// Whether a part was left out, with its problem reported.
    pub broken: bool,
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

    pub(super) fn line(&self, offset: usize) -> usize {
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

/// The one key of a table and its value; anything else is a problem.
pub fn only_key<'a, T: Read>(
    node: &Node<'a>,
    words: &[&'static str],
    reader: &mut Reader<'_>,
) -> Option<(&'static str, Node<'a>)> {
    let Some(table) = node.value.as_table() else {
        reader.wrong_type::<T>(node);
        return None;
    };
    let mut known = None;
    for (key, value) in table {
        let line = reader.line(key.span().start);
        let place = child(&node.place, key.get_ref(), line);
        let Some(word) = words.iter().find(|word| **word == key.get_ref().as_ref()) else {
            let remedy = did_you_mean(key.get_ref(), words.iter().copied())
                .map(|name| format!("did you mean `{name}`?"))
                .unwrap_or_default();
            let found = format!("unknown key `{}`", shorten(key.get_ref()));
            reader.problem(
                &place,
                found,
                format!("one of {}", words.join(", ")),
                remedy,
            );
            return None;
        };
        let value = value.get_ref();
        known = Some((*word, Node { value, place }));
    }
    if table.len() == 1 {
        return known;
    }
    let keys: Vec<&str> = table
        .iter()
        .map(|(key, _)| key.get_ref().as_ref())
        .collect();
    let found = match keys.as_slice() {
        [] => "an empty table".to_owned(),
        keys => format!("a table with {}", keys.join(", ")),
    };
    reader.problem(&node.place, found, T::expected(), "");
    None
}

pub(super) fn child(parent: &Place, key: &str, line: usize) -> Place {
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
pub(super) fn describe(value: &DeValue<'_>) -> String {
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
