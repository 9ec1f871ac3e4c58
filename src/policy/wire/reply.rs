//! Answers to actions.

use super::array::tensor;
use super::fault::Fault;
use super::value::{Value, excerpt};
use crate::policy::exchange::Chunk;

/// Characters of a server's own words that are passed on.
const MAX_WORDS: usize = 4000;

/// A message of the server as a tree.
///
/// # Errors
///
/// A server fault if it is none.
pub fn message(bytes: &[u8]) -> Result<Value<'_>, Fault> {
    Value::decode(bytes).map_err(|e| Fault::Server(format!("an answer that is no msgpack: {e}")))
}

/// Actions of shape [steps, width], [1, steps, width], or [width] for one step.
///
/// # Errors
///
/// A policy fault if they are of another shape, none, or no numbers. NaN passes.
pub fn chunk(actions: &Value<'_>) -> Result<Chunk, Fault> {
    let (shape, numbers) = tensor(actions).map_err(|e| Fault::Policy(format!("actions: {e}")))?;
    let (steps, width) = match shape[..] {
        [width] => (1, width),
        [steps, width] | [1, steps, width] => (steps, width),
        _ => (0, 0),
    };
    if steps == 0 || width == 0 {
        return Err(Fault::Policy(format!(
            "actions of shape {shape:?}, where [steps, width] is due"
        )));
    }
    Ok(Chunk { width, numbers })
}

/// What the server says of its own failure, the last line first: that is what failed.
pub fn own_words(text: &str) -> String {
    let text = text.trim();
    let last = text.lines().last().unwrap_or("").trim();
    let start = text.len().saturating_sub(MAX_WORDS);
    let start = (start..=text.len()).find(|i| text.is_char_boundary(*i));
    let tail = &text[start.unwrap_or(0)..];
    let last = excerpt(last, 500);
    if text.is_empty() {
        "an error without words".to_string()
    } else if last == text {
        last.to_string()
    } else {
        format!("{last}\n{tail}")
    }
}
