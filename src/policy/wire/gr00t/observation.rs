//! Observations as GR00T's servers read them, one or a batch.

use std::borrow::Cow;

use super::super::array::{bytes_of, gr00t_dress};
use super::super::observation::pixels;
use super::super::value::Value;
use crate::policy::exchange::{Input, Observation};

/// Modality and key of an entry: `video.front` or `video`, `front`; what has neither is told by
/// what it is.
fn modality_and_key(path: &[String], input: &Input) -> (&'static str, String) {
    let whole = path.join(".");
    let modality = match input {
        Input::Picture(_) => "video",
        Input::Numbers(_) => "state",
        Input::Text(_) => "language",
    };
    let key = whole
        .strip_prefix(modality)
        .and_then(|k| k.strip_prefix('.'));
    (modality, key.unwrap_or(&whole).to_string())
}

/// N1.5: `video.front` [1, H, W, 3], `state.arm` [1, D], texts as lists of one.
pub fn flat(observation: &Observation) -> Value<'_> {
    let entries = observation.0.iter().map(|(path, input)| {
        let (modality, key) = modality_and_key(path, input);
        match input {
            Input::Text(text) => (owned(key), Value::List(vec![Value::text(text)])),
            _ => (owned(format!("{modality}.{key}")), array(&[input], &[1])),
        }
    });
    Value::Map(entries.collect())
}

/// N1.6 and later: `video` → `front` [B, 1, H, W, 3], `state` → `arm` [B, 1, D], `language` → key
/// → B lists of one text. All observations have the shape of the first ([`same_shape`]).
pub fn nested<'o>(batch: &[&'o Observation]) -> Value<'o> {
    let modalities = ["video", "state", "language"].map(|modality| {
        let entries = batch[0].0.iter().enumerate().filter_map(|(at, entry)| {
            let (of, key) = modality_and_key(&entry.0, &entry.1);
            if of != modality {
                return None;
            }
            let inputs: Vec<&Input> = batch.iter().map(|o| &o.0[at].1).collect();
            let value = match modality {
                "language" => Value::List(inputs.into_iter().map(text).collect()),
                _ => array(&inputs, &[inputs.len(), 1]),
            };
            Some((owned(key), value))
        });
        (modality, Value::Map(entries.collect()))
    });
    Value::map(modalities)
}

/// Whether two observations can be rows of one batch: the same keys, sizes and lengths.
pub fn same_shape(a: &Observation, b: &Observation) -> bool {
    let same = |a: &Input, b: &Input| match (a, b) {
        (Input::Picture(a), Input::Picture(b)) => {
            let shape =
                |p: &crate::policy::exchange::Picture| (p.width_px, p.height_px, p.channels_first);
            shape(a) == shape(b)
        }
        (Input::Numbers(a), Input::Numbers(b)) => a.len() == b.len(),
        (Input::Text(_), Input::Text(_)) => true,
        _ => false,
    };
    let mut entries = a.0.iter().zip(&b.0);
    a.0.len() == b.0.len() && entries.all(|(a, b)| a.0 == b.0 && same(&a.1, &b.1))
}

fn owned(key: String) -> Value<'static> {
    Value::Text(Cow::Owned(key))
}

fn text(input: &Input) -> Value<'_> {
    let Input::Text(text) = input else {
        return Value::Nil;
    };
    Value::List(vec![Value::text(text)])
}

/// Pictures or numbers of one shape, one after the other, with these sizes before their own.
fn array(inputs: &[&Input], sizes: &[usize]) -> Value<'static> {
    let mut all = Vec::new();
    let mut own = Vec::new();
    let mut dtype = "<f4";
    for input in inputs {
        match input {
            Input::Picture(picture) => {
                let (shape, bytes) = pixels(picture);
                (own, dtype) = (shape.to_vec(), "|u1");
                all.extend_from_slice(&bytes);
            }
            Input::Numbers(numbers) => {
                own = vec![numbers.len()];
                all.extend_from_slice(&bytes_of(numbers));
            }
            Input::Text(_) => return Value::Nil,
        }
    }
    gr00t_dress(dtype, &[sizes, &own].concat(), &all)
}
