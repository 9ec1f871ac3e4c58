//! NumPy arrays as the protocols carry them, to numbers, and what we send of them.

use std::borrow::Cow;

use super::value::{Value, excerpt};

/// A NumPy array of a message, its bytes as they came.
#[derive(Debug)]
pub struct Array<'a> {
    /// As NumPy writes it: `<f4`, `|u1`.
    pub dtype: &'a str,
    pub shape: Vec<usize>,
    /// First index fastest.
    fortran_order: bool,
    data: &'a [u8],
}

/// Reads one number from its little-endian bytes.
type Read = fn(&[u8]) -> f32;

/// What an array's numbers are: bytes of each, and how to read one.
fn reader_of(kind: &str) -> Option<(usize, Read)> {
    fn at<const N: usize>(bytes: &[u8]) -> [u8; N] {
        bytes.try_into().expect("chunks of the type's size")
    }
    Some(match kind {
        "f2" => (2, |b| f32_from_f16(u16::from_le_bytes(at(b)))),
        "f4" => (4, |b| f32::from_le_bytes(at(b))),
        "f8" => (8, |b| f64::from_le_bytes(at(b)) as f32),
        "bfloat16" => (2, |b| {
            f32::from_bits(u32::from(u16::from_le_bytes(at(b))) << 16)
        }),
        "i1" => (1, |b| f32::from(i8::from_le_bytes(at(b)))),
        "i2" => (2, |b| f32::from(i16::from_le_bytes(at(b)))),
        "i4" => (4, |b| i32::from_le_bytes(at(b)) as f32),
        "i8" => (8, |b| i64::from_le_bytes(at(b)) as f32),
        "u1" | "b1" => (1, |b| f32::from(b[0])),
        "u2" => (2, |b| f32::from(u16::from_le_bytes(at(b)))),
        "u4" => (4, |b| u32::from_le_bytes(at(b)) as f32),
        "u8" => (8, |b| u64::from_le_bytes(at(b)) as f32),
        _ => return None,
    })
}

/// IEEE 754 half precision, exactly.
fn f32_from_f16(bits: u16) -> f32 {
    let sign = u32::from(bits & 0x8000) << 16;
    let exponent = u32::from(bits >> 10 & 0x1f);
    let fraction = u32::from(bits & 0x3ff);
    match exponent {
        0 => {
            let magnitude = fraction as f32 / 16_777_216.0; // 2⁻²⁴ each
            f32::from_bits(magnitude.to_bits() | sign)
        }
        31 => f32::from_bits(sign | 0x7f80_0000 | fraction << 13),
        _ => f32::from_bits(sign | (exponent + 112) << 23 | fraction << 13),
    }
}

impl<'a> Array<'a> {
    /// The array that a value is in the dress of any of the protocols, if it is one: openpi's and
    /// vla-eval's `__ndarray__`, GR00T's `as_npy`, msgpack-numpy's `nd`.
    ///
    /// # Errors
    ///
    /// In words, if it says to be an array and is none.
    pub fn of(value: &'a Value<'_>) -> Option<Result<Self, String>> {
        let truthy = |key| !matches!(value.get(key), None | Some(Value::Nil | Value::Bool(false)));
        if truthy("__ndarray__") {
            return Some(Self::of_fields(value, "dtype"));
        }
        if truthy("nd") {
            return Some(Self::of_fields(value, "type"));
        }
        if truthy("__ndarray_class__") {
            let Some(Value::Bytes(npy)) = value.get("as_npy") else {
                return Some(Err("an array without its bytes as_npy".to_string()));
            };
            return Some(Self::of_npy(npy));
        }
        None
    }

    fn of_fields(value: &'a Value<'_>, type_key: &str) -> Result<Self, String> {
        let missing = |key: &str| format!("an array without a proper {key}");
        let dtype = value
            .get(type_key)
            .and_then(Value::as_text)
            .ok_or_else(|| missing(type_key))?;
        let data = value
            .get("data")
            .and_then(Value::as_bytes)
            .ok_or_else(|| missing("data"))?;
        let Some(Value::List(sizes)) = value.get("shape") else {
            return Err(missing("shape"));
        };
        let size = |value: &Value<'_>| match value {
            Value::Int(size) => usize::try_from(*size).ok(),
            _ => None,
        };
        let shape = sizes.iter().map(size).collect::<Option<Vec<usize>>>();
        Ok(Self {
            dtype,
            shape: shape.ok_or_else(|| missing("shape"))?,
            fortran_order: false,
            data,
        })
    }

    /// NumPy's file format, versions 1 to 3, without objects.
    fn of_npy(bytes: &'a [u8]) -> Result<Self, String> {
        let bad = |what: &str| format!("an array whose npy {what}");
        let rest = bytes
            .strip_prefix(b"\x93NUMPY")
            .ok_or_else(|| bad("does not begin as such"))?;
        let (length, rest) = match rest {
            [1, _, a, b, rest @ ..] => (usize::from(u16::from_le_bytes([*a, *b])), rest),
            [2 | 3, _, a, b, c, d, rest @ ..] => {
                (u32::from_le_bytes([*a, *b, *c, *d]) as usize, rest)
            }
            _ => return Err(bad("is of no known version")),
        };
        let (header, data) = rest
            .split_at_checked(length)
            .ok_or_else(|| bad("header ends early"))?;
        let header = std::str::from_utf8(header).map_err(|_| bad("header is no text"))?;
        // A Python dictionary literal, written by NumPy alone.
        let after = |key: &str| {
            let (_, rest) = header.split_once(&format!("'{key}':"))?;
            Some(rest.trim_start())
        };
        let dtype = after("descr")
            .and_then(|rest| rest.strip_prefix('\'')?.split('\'').next())
            .ok_or_else(|| bad("has fields or no type"))?;
        let fortran_order = after("fortran_order")
            .ok_or_else(|| bad("does not say its order"))?
            .starts_with("True");
        let shape = after("shape")
            .and_then(|rest| rest.strip_prefix('(')?.split(')').next())
            .and_then(|sizes| {
                let sizes = sizes.split(',').map(str::trim).filter(|s| !s.is_empty());
                sizes.map(|size| size.parse().ok()).collect()
            })
            .ok_or_else(|| bad("has no shape"))?;
        Ok(Self {
            dtype,
            shape,
            fortran_order,
            data,
        })
    }

    /// As numbers, last index fastest.
    ///
    /// # Errors
    ///
    /// In words, if it is of no number type, or its shape is not that of its bytes.
    pub fn numbers(&self) -> Result<Vec<f32>, String> {
        let (big, kind) = match self.dtype.as_bytes().first() {
            Some(b'<' | b'|' | b'=') => (false, &self.dtype[1..]),
            Some(b'>') => (true, &self.dtype[1..]),
            _ => (false, self.dtype),
        };
        let kind = match kind {
            "float16" => "f2",
            "float32" => "f4",
            "float64" => "f8",
            other => other,
        };
        let (size, read) = reader_of(kind)
            .ok_or_else(|| format!("an array of type {:?}", excerpt(self.dtype, 40)))?;
        let length = self
            .shape
            .iter()
            .try_fold(size, |product, n| product.checked_mul(*n));
        if length != Some(self.data.len()) {
            return Err(format!(
                "an array of shape {:?} and type {} with {} bytes",
                self.shape,
                self.dtype,
                self.data.len()
            ));
        }
        let numbers: Vec<f32> = if big {
            let turned = |bytes: &[u8]| {
                let mut turned = [0; 8];
                turned[..size].copy_from_slice(bytes);
                turned[..size].reverse();
                read(&turned[..size])
            };
            self.data.chunks_exact(size).map(turned).collect()
        } else {
            self.data.chunks_exact(size).map(read).collect()
        };
        Ok(if self.fortran_order {
            self.last_index_fastest(&numbers)
        } else {
            numbers
        })
    }

    fn last_index_fastest(&self, numbers: &[f32]) -> Vec<f32> {
        let mut index = vec![0; self.shape.len()];
        let mut turned = Vec::with_capacity(numbers.len());
        for _ in 0..numbers.len() {
            let at = index
                .iter()
                .zip(&self.shape)
                .rev()
                .fold(0, |at, (i, n)| at * n + i);
            turned.push(numbers[at]);
            for (i, n) in index.iter_mut().zip(&self.shape).rev() {
                *i += 1;
                if *i < *n {
                    break;
                }
                *i = 0;
            }
        }
        turned
    }
}

/// Numbers with their shape, of an array or of lists in lists.
///
/// # Errors
///
/// In words, if it is neither.
pub fn tensor(value: &Value<'_>) -> Result<(Vec<usize>, Vec<f32>), String> {
    if let Some(array) = Array::of(value) {
        let array = array?;
        let numbers = array.numbers()?;
        return Ok((array.shape, numbers));
    }
    let mut numbers = Vec::new();
    let shape = of_lists(value, &mut numbers)?;
    Ok((shape, numbers))
}

fn of_lists(value: &Value<'_>, numbers: &mut Vec<f32>) -> Result<Vec<usize>, String> {
    match value {
        Value::List(list) => {
            let mut below: Option<Vec<usize>> = None;
            for item in list {
                let shape = of_lists(item, numbers)?;
                if below.as_ref().is_some_and(|b| *b != shape) {
                    return Err("lists of unequal length".to_string());
                }
                below = Some(shape);
            }
            let mut shape = vec![list.len()];
            shape.extend(below.unwrap_or_default());
            Ok(shape)
        }
        Value::Int(_) | Value::UInt(_) | Value::Float(_) => {
            numbers.extend(value.as_number().map(|n| n as f32));
            Ok(Vec::new())
        }
        Value::Map(_) if value.get("__npgeneric__").is_some() => match value.get("data") {
            Some(item @ (Value::Int(_) | Value::Float(_))) => of_lists(item, numbers),
            _ => Err("a NumPy scalar that is no number".to_string()),
        },
        other => Err(format!("{}, where numbers are due", other.kind())),
    }
}

/// Little-endian bytes.
pub fn bytes_of(numbers: &[f32]) -> Vec<u8> {
    numbers.iter().flat_map(|n| n.to_le_bytes()).collect()
}

/// NumPy's file format, version 1: the same bytes as `numpy.save`.
pub fn npy(dtype: &str, shape: &[usize], data: &[u8]) -> Vec<u8> {
    let sizes: Vec<String> = shape.iter().map(usize::to_string).collect();
    let comma = if shape.len() == 1 { "," } else { "" };
    let mut header = format!(
        "{{'descr': '{dtype}', 'fortran_order': False, 'shape': ({}{comma}), }}",
        sizes.join(", ")
    );
    // NumPy leaves room for the first size to grow to 21 digits, then aligns the data to 64 bytes.
    if let Some(first) = sizes.first() {
        header.push_str(&" ".repeat(21_usize.saturating_sub(first.len())));
    }
    header.push_str(&" ".repeat(64 - (10 + header.len() + 1) % 64));
    header.push('\n');
    let mut bytes = b"\x93NUMPY\x01\x00".to_vec();
    bytes.extend((header.len() as u16).to_le_bytes());
    bytes.extend(header.as_bytes());
    bytes.extend(data);
    bytes
}

/// How a protocol writes an array of this type and shape.
pub type Dress = for<'a> fn(dtype: &'static str, shape: &[usize], data: Cow<'a, [u8]>) -> Value<'a>;

fn sizes<'a>(shape: &[usize]) -> Value<'a> {
    Value::List(shape.iter().map(|n| Value::Int(*n as i64)).collect())
}

/// openpi's: keys are bytes.
pub fn openpi_dress<'a>(dtype: &'static str, shape: &[usize], data: Cow<'a, [u8]>) -> Value<'a> {
    let key = |text: &'static str| Value::Bytes(Cow::Borrowed(text.as_bytes()));
    Value::Map(vec![
        (key("__ndarray__"), Value::Bool(true)),
        (key("data"), Value::Bytes(data)),
        (key("dtype"), Value::text(dtype)),
        (key("shape"), sizes(shape)),
    ])
}

/// vla-eval's: keys are text.
pub fn vla_eval_dress<'a>(dtype: &'static str, shape: &[usize], data: Cow<'a, [u8]>) -> Value<'a> {
    Value::map([
        ("__ndarray__", Value::Bool(true)),
        ("data", Value::Bytes(data)),
        ("dtype", Value::text(dtype)),
        ("shape", sizes(shape)),
    ])
}

/// GR00T's, which all its versions read.
pub fn gr00t_dress(dtype: &str, shape: &[usize], data: &[u8]) -> Value<'static> {
    Value::map([
        ("__ndarray_class__", Value::Bool(true)),
        ("as_npy", Value::Bytes(Cow::Owned(npy(dtype, shape, data)))),
    ])
}
