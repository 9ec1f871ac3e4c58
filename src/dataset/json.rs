//! JSON as people read it: the outer levels indented, each deeper value on one line.

use std::io::{self, Write};
use std::path::Path;

use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::ser::{CompactFormatter, Formatter, PrettyFormatter, Serializer};

use crate::base::problem::{Problem, Problems};

/// The bytes of a JSON file whose outer `levels` of objects and arrays are indented; ends with a
/// line feed.
pub fn to_bytes(value: &impl Serialize, levels: usize) -> Vec<u8> {
    let mut bytes = Vec::new();
    let formatter = OuterLevels::new(levels);
    value
        .serialize(&mut Serializer::with_formatter(&mut bytes, formatter))
        .expect("our records have text keys, and memory does not fail");
    bytes.push(b'\n');
    bytes
}

/// Reads a JSON file.
///
/// # Errors
/// If it cannot be read or is not of this type; the place is the line, column and key.
pub fn read<T: DeserializeOwned>(path: &Path) -> Result<T, Problems> {
    let bytes = std::fs::read(path).map_err(|error| {
        Problem::error(
            path,
            "",
            error.to_string(),
            "a readable file",
            "generate the data set again, or finish it with --resume",
        )
    })?;
    let mut deserializer = serde_json::Deserializer::from_slice(&bytes);
    serde_path_to_error::deserialize(&mut deserializer).map_err(|error| {
        let inner = error.inner();
        Problems::from(Problem::error(
            path,
            format!(
                "line {}, column {}, {}",
                inner.line(),
                inner.column(),
                error.path()
            ),
            inner.to_string(),
            "JSON as this version of benchside writes it",
            "generate the data set again with this version",
        ))
    })
}

/// Indents down to a depth, then goes on compactly.
struct OuterLevels {
    levels: usize,
    depth: usize,
    pretty: PrettyFormatter<'static>,
    compact: CompactFormatter,
}

impl OuterLevels {
    fn new(levels: usize) -> Self {
        Self {
            levels,
            depth: 0,
            pretty: PrettyFormatter::with_indent(b" "),
            compact: CompactFormatter,
        }
    }
}

/// Forwards to the pretty or the compact formatter, by depth.
macro_rules! by_depth {
    ($self:ident . $method:ident ( $($argument:expr),* )) => {
        if $self.depth <= $self.levels {
            $self.pretty.$method($($argument),*)
        } else {
            $self.compact.$method($($argument),*)
        }
    };
}

impl Formatter for OuterLevels {
    fn begin_array<W: ?Sized + Write>(&mut self, w: &mut W) -> io::Result<()> {
        self.depth += 1;
        by_depth!(self.begin_array(w))
    }

    fn end_array<W: ?Sized + Write>(&mut self, w: &mut W) -> io::Result<()> {
        let result = by_depth!(self.end_array(w));
        self.depth -= 1;
        result
    }

    fn begin_array_value<W: ?Sized + Write>(&mut self, w: &mut W, first: bool) -> io::Result<()> {
        by_depth!(self.begin_array_value(w, first))
    }

    fn end_array_value<W: ?Sized + Write>(&mut self, w: &mut W) -> io::Result<()> {
        by_depth!(self.end_array_value(w))
    }

    fn begin_object<W: ?Sized + Write>(&mut self, w: &mut W) -> io::Result<()> {
        self.depth += 1;
        by_depth!(self.begin_object(w))
    }

    fn end_object<W: ?Sized + Write>(&mut self, w: &mut W) -> io::Result<()> {
        let result = by_depth!(self.end_object(w));
        self.depth -= 1;
        result
    }

    fn begin_object_key<W: ?Sized + Write>(&mut self, w: &mut W, first: bool) -> io::Result<()> {
        by_depth!(self.begin_object_key(w, first))
    }

    fn begin_object_value<W: ?Sized + Write>(&mut self, w: &mut W) -> io::Result<()> {
        by_depth!(self.begin_object_value(w))
    }

    fn end_object_value<W: ?Sized + Write>(&mut self, w: &mut W) -> io::Result<()> {
        by_depth!(self.end_object_value(w))
    }
}
