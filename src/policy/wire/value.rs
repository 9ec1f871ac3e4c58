//! Msgpack trees with bounds: what a server sends may be no deeper and hold no more than stated,
//! and lengths that lie allocate nothing. (`rmpv` bounds depth, but not how many times larger than
//! its bytes a tree may become; `rmp`, which it stands on, does the bytes here.)

use std::borrow::Cow;

use rmp::Marker;
use rmp::encode as write;

/// Nesting that is read at most. What policies send has about five levels.
const MAX_DEPTH: usize = 32;

/// Values of one message that are read at most: lists of numbers are the most that is meant, as
/// arrays are one value each. At most 35 MB of tree.
const MAX_VALUES: usize = 1 << 18;

/// A msgpack value. Text that is not UTF-8 is bytes.
#[derive(Clone, Debug, PartialEq)]
pub enum Value<'a> {
    Nil,
    Bool(bool),
    Int(i64),
    /// Above the range of `Int` only.
    UInt(u64),
    Float(f64),
    Text(Cow<'a, str>),
    Bytes(Cow<'a, [u8]>),
    List(Vec<Value<'a>>),
    Map(Vec<(Value<'a>, Value<'a>)>),
}

impl<'a> Value<'a> {
    /// Text that is borrowed.
    pub fn text(text: &'a str) -> Self {
        Self::Text(Cow::Borrowed(text))
    }

    /// A map with text keys.
    pub fn map<const N: usize>(entries: [(&'a str, Value<'a>); N]) -> Self {
        Self::Map(
            entries
                .into_iter()
                .map(|(key, value)| (Self::text(key), value))
                .collect(),
        )
    }

    /// The entry of a map whose key is this, as text or as bytes.
    pub fn get(&self, key: &str) -> Option<&Value<'a>> {
        let Self::Map(entries) = self else {
            return None;
        };
        entries
            .iter()
            .find(|(k, _)| k.as_bytes() == Some(key.as_bytes()))
            .map(|(_, value)| value)
    }

    /// Bytes of a text or of bytes.
    pub fn as_bytes(&self) -> Option<&[u8]> {
        match self {
            Self::Text(text) => Some(text.as_bytes()),
            Self::Bytes(bytes) => Some(bytes),
            _ => None,
        }
    }

    /// A text, or bytes that are UTF-8.
    pub fn as_text(&self) -> Option<&str> {
        self.as_bytes().and_then(|b| std::str::from_utf8(b).ok())
    }

    /// A number of any kind.
    pub fn as_number(&self) -> Option<f64> {
        match self {
            Self::Int(number) => Some(*number as f64),
            Self::UInt(number) => Some(*number as f64),
            Self::Float(number) => Some(*number),
            Self::Bool(flag) => Some(f64::from(u8::from(*flag))),
            _ => None,
        }
    }

    /// What it is, for a message: `a map with actions, server_timing`.
    pub fn kind(&self) -> String {
        match self {
            Self::Nil => "nil".to_string(),
            Self::Bool(_) => "a flag".to_string(),
            Self::Int(_) | Self::UInt(_) | Self::Float(_) => "a number".to_string(),
            Self::Text(text) => format!("the text {:?}", excerpt(text, 80)),
            Self::Bytes(bytes) => format!("{} bytes", bytes.len()),
            Self::List(list) => format!("a list of {}", list.len()),
            Self::Map(entries) if entries.is_empty() => "an empty map".to_string(),
            Self::Map(entries) => {
                let keys: Vec<String> = entries
                    .iter()
                    .take(8)
                    .map(|(key, _)| excerpt(key.as_text().unwrap_or("?"), 40).to_string())
                    .collect();
                let more = if entries.len() > 8 { ", …" } else { "" };
                format!("a map with {}{more}", keys.join(", "))
            }
        }
    }

    /// As JSON, for people and for records: arrays of bytes by their length alone, NaN as null.
    pub fn to_json(&self) -> serde_json::Value {
        use serde_json::Value as Json;
        match self {
            Self::Nil => Json::Null,
            Self::Bool(flag) => (*flag).into(),
            Self::Int(number) => (*number).into(),
            Self::UInt(number) => (*number).into(),
            Self::Float(number) => (*number).into(),
            Self::Text(text) => text.as_ref().into(),
            Self::Bytes(bytes) => format!("<{} bytes>", bytes.len()).into(),
            Self::List(list) => list.iter().map(Self::to_json).collect(),
            Self::Map(entries) => Json::Object(
                entries
                    .iter()
                    .map(|(key, value)| {
                        let key = match key.as_text() {
                            Some(text) => text.to_string(),
                            None => key.to_json().to_string(),
                        };
                        (key, value.to_json())
                    })
                    .collect(),
            ),
        }
    }

    /// In msgpack, with the shortest form of each number and length, as Python's `msgpack` has it.
    pub fn encode(&self) -> Vec<u8> {
        let mut bytes = Vec::new();
        self.encode_to(&mut bytes);
        bytes
    }

    fn encode_to(&self, out: &mut Vec<u8>) {
        const NEVER: &str = "a vector takes all that is written";
        match self {
            Self::Nil => write::write_nil(out).expect(NEVER),
            Self::Bool(flag) => write::write_bool(out, *flag).expect(NEVER),
            Self::Int(number) => {
                write::write_sint(out, *number).expect(NEVER);
            }
            Self::UInt(number) => {
                write::write_uint(out, *number).expect(NEVER);
            }
            Self::Float(number) => write::write_f64(out, *number).expect(NEVER),
            Self::Text(text) => write::write_str(out, text).expect(NEVER),
            Self::Bytes(bytes) => write::write_bin(out, bytes).expect(NEVER),
            Self::List(list) => {
                write::write_array_len(out, list.len() as u32).expect(NEVER);
                list.iter().for_each(|value| value.encode_to(out));
            }
            Self::Map(entries) => {
                write::write_map_len(out, entries.len() as u32).expect(NEVER);
                for (key, value) in entries {
                    key.encode_to(out);
                    value.encode_to(out);
                }
            }
        }
    }

    /// One message, whole: nothing may follow it. Texts and bytes are borrowed from it.
    ///
    /// # Errors
    ///
    /// In words, where it is not msgpack, ends early, or goes beyond the bounds.
    pub fn decode(bytes: &'a [u8]) -> Result<Self, String> {
        let mut reader = Reader {
            whole: bytes.len(),
            rest: bytes,
            values_left: MAX_VALUES,
        };
        let value = reader.value(0)?;
        match reader.rest.len() {
            0 => Ok(value),
            more => Err(format!("{more} bytes follow the message")),
        }
    }
}

/// The first `limit` characters.
pub fn excerpt(text: &str, limit: usize) -> &str {
    match text.char_indices().nth(limit) {
        Some((end, _)) => &text[..end],
        None => text,
    }
}

struct Reader<'a> {
    whole: usize,
    rest: &'a [u8],
    values_left: usize,
}

impl<'a> Reader<'a> {
    fn take(&mut self, length: usize) -> Result<&'a [u8], String> {
        let Some((taken, rest)) = self.rest.split_at_checked(length) else {
            return Err(format!(
                "ends after {} bytes, in the middle of a value of {length}",
                self.whole
            ));
        };
        self.rest = rest;
        Ok(taken)
    }

    fn array<const N: usize>(&mut self) -> Result<[u8; N], String> {
        let taken = self.take(N)?;
        Ok(taken.try_into().expect("N bytes were taken"))
    }

    /// A length of 1, 2 or 4 bytes.
    fn length(&mut self, size: usize) -> Result<usize, String> {
        let bytes = self.take(size)?;
        Ok(bytes.iter().fold(0, |n, b| n << 8 | usize::from(*b)))
    }

    fn text(&mut self, length: usize) -> Result<Value<'a>, String> {
        let bytes = self.take(length)?;
        Ok(match std::str::from_utf8(bytes) {
            Ok(text) => Value::text(text),
            Err(_) => Value::Bytes(Cow::Borrowed(bytes)),
        })
    }

    fn bytes(&mut self, length: usize) -> Result<Value<'a>, String> {
        Ok(Value::Bytes(Cow::Borrowed(self.take(length)?)))
    }

    /// That so many values can follow at all: each has at least one byte.
    fn room_for(&self, values: usize) -> Result<(), String> {
        if values > self.rest.len() {
            return Err(format!(
                "says that {values} values follow, where {} bytes do",
                self.rest.len()
            ));
        }
        if values > self.values_left {
            return Err(format!("has more than {MAX_VALUES} values"));
        }
        Ok(())
    }

    fn list(&mut self, length: usize, depth: usize) -> Result<Value<'a>, String> {
        self.room_for(length)?;
        let mut list = Vec::new();
        for _ in 0..length {
            list.push(self.value(depth + 1)?);
        }
        Ok(Value::List(list))
    }

    fn map(&mut self, length: usize, depth: usize) -> Result<Value<'a>, String> {
        self.room_for(length.saturating_mul(2))?;
        let mut entries = Vec::new();
        for _ in 0..length {
            let key = self.value(depth + 1)?;
            entries.push((key, self.value(depth + 1)?));
        }
        Ok(Value::Map(entries))
    }

    fn value(&mut self, depth: usize) -> Result<Value<'a>, String> {
        if depth > MAX_DEPTH {
            return Err(format!("is nested more than {MAX_DEPTH} deep"));
        }
        self.values_left = self
            .values_left
            .checked_sub(1)
            .ok_or_else(|| format!("has more than {MAX_VALUES} values"))?;
        let marker = Marker::from_u8(self.array::<1>()?[0]);
        let unsigned = |number: u64| match i64::try_from(number) {
            Ok(number) => Value::Int(number),
            Err(_) => Value::UInt(number),
        };
        Ok(match marker {
            Marker::Null => Value::Nil,
            Marker::True => Value::Bool(true),
            Marker::False => Value::Bool(false),
            Marker::FixPos(number) => Value::Int(number.into()),
            Marker::FixNeg(number) => Value::Int(number.into()),
            Marker::U8 => Value::Int(u8::from_be_bytes(self.array()?).into()),
            Marker::U16 => Value::Int(u16::from_be_bytes(self.array()?).into()),
            Marker::U32 => Value::Int(u32::from_be_bytes(self.array()?).into()),
            Marker::U64 => unsigned(u64::from_be_bytes(self.array()?)),
            Marker::I8 => Value::Int(i8::from_be_bytes(self.array()?).into()),
            Marker::I16 => Value::Int(i16::from_be_bytes(self.array()?).into()),
            Marker::I32 => Value::Int(i32::from_be_bytes(self.array()?).into()),
            Marker::I64 => Value::Int(i64::from_be_bytes(self.array()?)),
            Marker::F32 => Value::Float(f32::from_be_bytes(self.array()?).into()),
            Marker::F64 => Value::Float(f64::from_be_bytes(self.array()?)),
            Marker::FixStr(length) => self.text(length.into())?,
            Marker::Str8 => self.length(1).and_then(|n| self.text(n))?,
            Marker::Str16 => self.length(2).and_then(|n| self.text(n))?,
            Marker::Str32 => self.length(4).and_then(|n| self.text(n))?,
            Marker::Bin8 => self.length(1).and_then(|n| self.bytes(n))?,
            Marker::Bin16 => self.length(2).and_then(|n| self.bytes(n))?,
            Marker::Bin32 => self.length(4).and_then(|n| self.bytes(n))?,
            Marker::FixArray(length) => self.list(length.into(), depth)?,
            Marker::Array16 => self.length(2).and_then(|n| self.list(n, depth))?,
            Marker::Array32 => self.length(4).and_then(|n| self.list(n, depth))?,
            Marker::FixMap(length) => self.map(length.into(), depth)?,
            Marker::Map16 => self.length(2).and_then(|n| self.map(n, depth))?,
            Marker::Map32 => self.length(4).and_then(|n| self.map(n, depth))?,
            Marker::FixExt1
            | Marker::FixExt2
            | Marker::FixExt4
            | Marker::FixExt8
            | Marker::FixExt16
            | Marker::Ext8
            | Marker::Ext16
            | Marker::Ext32 => return Err("holds an extension type".to_string()),
            Marker::Reserved => return Err("holds the byte 0xc1, which is nothing".to_string()),
        })
    }
}
