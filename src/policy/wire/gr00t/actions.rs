//! Actions as GR00T's servers answer them.

use super::super::array::tensor;
use super::super::fault::Fault;
use super::super::value::Value;
use crate::policy::exchange::Chunk;

/// Actions of one part, all observations' one after the other.
struct Part {
    width: usize,
    steps: usize,
    numbers: Vec<f32>,
}

/// For each of `count` observations the parts named by `keys`, side by side in this order.
///
/// # Errors
///
/// What is missing or of another shape.
pub fn chunks(answer: &Value<'_>, keys: &[&str], count: usize) -> Result<Vec<Chunk>, Fault> {
    let actions = match answer {
        Value::List(pair) => pair.first().unwrap_or(answer),
        other => other,
    };
    if !matches!(actions, Value::Map(_)) {
        let kind = answer.kind();
        return Err(Fault::Policy(format!("{kind}, where actions are due")));
    }
    if keys.is_empty() {
        return Err(Fault::Policy(format!(
            "has no modality configuration: name the parts of its actions in their order \
             (it answers {})",
            actions.kind()
        )));
    }
    let parts = keys
        .iter()
        .map(|key| part(actions, key, count))
        .collect::<Result<Vec<_>, _>>()?;
    let steps = parts[0].steps;
    if let Some((key, other)) = keys.iter().zip(&parts).find(|(_, p)| p.steps != steps) {
        return Err(Fault::Policy(format!(
            "actions of {steps} steps for {} and {} for {key}",
            keys[0], other.steps
        )));
    }
    let chunk = |row: usize| {
        let mut numbers = Vec::new();
        for step in row * steps..(row + 1) * steps {
            for part in &parts {
                numbers.extend(&part.numbers[step * part.width..][..part.width]);
            }
        }
        Chunk {
            width: parts.iter().map(|p| p.width).sum(),
            numbers,
        }
    };
    Ok((0..count).map(chunk).collect())
}

/// One part of the actions: shape [count, steps, width]; of one observation [steps, width], or
/// [steps] of width 1, as well.
fn part(actions: &Value<'_>, key: &str, count: usize) -> Result<Part, Fault> {
    let bare = key.strip_prefix("action.").unwrap_or(key);
    let found = actions
        .get(key)
        .or_else(|| actions.get(bare))
        .or_else(|| actions.get(&format!("action.{bare}")));
    let Some(value) = found else {
        return Err(Fault::Policy(format!(
            "{} without the action {key}",
            actions.kind()
        )));
    };
    let (shape, numbers) = tensor(value).map_err(|e| Fault::Policy(format!("{key}: {e}")))?;
    let (steps, width) = match shape[..] {
        [steps] if count == 1 => (steps, 1),
        [steps, width] if count == 1 => (steps, width),
        [rows, steps, width] if rows == count => (steps, width),
        _ => (0, 0),
    };
    if width == 0 || numbers.is_empty() {
        return Err(Fault::Policy(format!(
            "{key} of shape {shape:?}, where [{count}, steps, width] is due"
        )));
    }
    Ok(Part {
        width,
        steps,
        numbers,
    })
}
