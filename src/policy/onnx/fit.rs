//! Whether a model is what the adapter says.

use std::path::Path;

use tract_onnx::prelude::*;
use tract_onnx::tract_hir::infer::Factoid;

use super::spec::{OnnxForm, OnnxInput, OnnxSpec};
use super::{SourceOf, chain, no_model};
use crate::base::problem::{Problem, Problems, did_you_mean};

pub(super) const REMEDY: &str = "set the adapter to what the model was trained with";

/// The model's inputs, with their shapes fixed in the model.
pub(super) fn check_inputs(
    file: &Path,
    spec: &OnnxSpec,
    model: &mut InferenceModel,
) -> Result<Vec<SourceOf>, Problems> {
    let mut problems = Problems::default();
    let outlets = model.input_outlets().map(<[OutletId]>::to_vec);
    let outlets = outlets.map_err(|error| no_model(file, &chain(&error)))?;
    let names: Vec<String> = outlets
        .iter()
        .map(|outlet| model.node(outlet.node).name.clone())
        .collect();
    for input in &spec.inputs {
        if names.contains(&input.name) {
            continue;
        }
        let near = did_you_mean(&input.name, names.iter().map(String::as_str));
        let remedy = near.map_or(String::new(), |n| format!("did you mean `{n}`?"));
        let found = format!("no input `{}`", input.name);
        let expected = format!("the model's inputs: {}", names.join(", "));
        problems.push(Problem::error(file, "inputs", found, expected, remedy));
    }
    let mut sources = Vec::new();
    for (index, name) in names.iter().enumerate() {
        let mut entries = spec.inputs.iter().enumerate();
        let Some((at, input)) = entries.find(|(_, input)| input.name == *name) else {
            let has: Vec<&str> = spec.inputs.iter().map(|i| i.name.as_str()).collect();
            let found = format!("the adapter fills {}", has.join(", "));
            let expected = format!("an entry for the model's input `{name}`");
            let remedy = "add it to the adapter";
            problems.push(Problem::error(file, "inputs", found, expected, remedy));
            continue;
        };
        let place = format!("input `{name}`");
        match source(model, index, at, input) {
            Ok(source) => sources.push(source),
            Err((found, expected)) => {
                problems.push(Problem::error(file, place, found, expected, REMEDY));
            }
        }
    }
    let action = spec.action.flaw(spec.action_width);
    if let Some(found) = action {
        let expected = widths(spec.action_width);
        problems.push(Problem::error(file, "actions", found, expected, REMEDY));
    }
    match problems.has_errors() {
        true => Err(problems),
        false => Ok(sources),
    }
}

/// One input, fixed in the model; or what was found and what expected.
fn source(
    model: &mut InferenceModel,
    index: usize,
    at: usize,
    input: &OnnxInput,
) -> Result<SourceOf, (String, String)> {
    let fact = model.input_fact(index).cloned();
    let fact = fact.map_err(|e| (chain(&e), "an input of the model".to_owned()))?;
    let wanted = input.form.dims();
    let expected = |kinds: &str| {
        let dims: Vec<String> = wanted.iter().map(ToString::to_string).collect();
        let what = match input.form {
            OnnxForm::Numbers { width } => format!("{width} numbers"),
            OnnxForm::Picture {
                width_px,
                height_px,
                ..
            } => format!("a picture of {width_px}×{height_px} px"),
        };
        let key = input.key.join(".");
        let dims = dims.join(", ");
        format!("{kinds} [1, {dims}], as `{key}` is {what}")
    };
    let kinds: &[DatumType] = match input.form {
        OnnxForm::Numbers { .. } => &[DatumType::F32, DatumType::F64],
        OnnxForm::Picture { .. } => &[DatumType::F32, DatumType::F64, DatumType::U8],
    };
    let words = match input.form {
        OnnxForm::Numbers { .. } => "f32 or f64",
        OnnxForm::Picture { .. } => "u8, f32 or f64",
    };
    let found = || (format!("{fact:?}"), expected(words));
    let kind = fact.datum_type().unwrap_or(DatumType::F32);
    if !kinds.contains(&kind) {
        return Err(found());
    }
    let shape: Vec<usize> = if fact.shape.is_open() {
        [&[1], &wanted[..]].concat()
    } else {
        let rank = fact.shape.dims().count();
        let padding = rank.checked_sub(wanted.len()).ok_or_else(found)?;
        let shape = [&vec![1; padding][..], &wanted[..]].concat();
        for (dim, &wanted) in fact.shape.dims().zip(&shape) {
            // What is no number is free: the batch, most often.
            if let Some(dim) = dim.concretize().and_then(|d| d.to_i64().ok())
                && dim != wanted as i64
            {
                return Err(found());
            }
        }
        shape
    };
    let n = &input.normalization;
    if let Some(flaw) = n.flaw(input.form.channels()) {
        return Err((flaw, widths(input.form.channels())));
    }
    if let OnnxForm::Picture { scale, .. } = input.form {
        if kind == DatumType::U8 && !(n.is_none() && scale == 1.0) {
            let found = "a scale or a normalization".to_owned();
            let expected =
                "scale = 1 and no normalization, as the model takes the bytes themselves";
            return Err((found, expected.to_owned()));
        }
        if !scale.is_finite() || scale == 0.0 {
            return Err((format!("scale = {scale}"), "a number".to_owned()));
        }
    }
    let fixed = InferenceFact::dt_shape(kind, shape.iter().copied());
    let set = model.set_input_fact(index, fixed);
    set.map_err(|e| (chain(&e), expected(words)))?;
    Ok(SourceOf {
        spec: at,
        kind,
        shape,
    })
}

pub(super) fn check_output(
    file: &Path,
    spec: &OnnxSpec,
    model: &InferenceModel,
) -> Result<OutletId, Problems> {
    let outlets = model.output_outlets();
    let outlets = outlets.map_err(|error| no_model(file, &chain(&error)))?;
    let name = |outlet: &OutletId| {
        let label = model.outlet_label(*outlet);
        label.unwrap_or(&model.node(outlet.node).name).to_owned()
    };
    let names: Vec<String> = outlets.iter().map(name).collect();
    let has = || format!("the model's outputs: {}", names.join(", "));
    match (&spec.output, outlets) {
        (None, [only]) => Ok(*only),
        (None, _) => {
            let found = "no output is named";
            let remedy = "say in the adapter which one";
            Err(Problem::error(file, "output", found, has(), remedy).into())
        }
        (Some(wanted), outlets) => match names.iter().position(|n| n == wanted) {
            Some(at) => Ok(outlets[at]),
            None => {
                let near = did_you_mean(wanted, names.iter().map(String::as_str));
                let remedy = near.map_or(String::new(), |n| format!("did you mean `{n}`?"));
                let found = format!("no output `{wanted}`");
                Err(Problem::error(file, "output", found, has(), remedy).into())
            }
        },
    }
}

/// How many actions an output of this shape holds.
pub(super) fn steps(shape: &[usize], width: usize) -> Result<usize, String> {
    let found = || format!("{shape:?}");
    let (last, before) = shape.split_last().ok_or_else(found)?;
    let (steps, batch) = before.split_last().unwrap_or((&1, &[]));
    let fits = *last == width && *steps > 0 && batch.iter().all(|d| *d == 1);
    fits.then_some(*steps).ok_or_else(found)
}

pub(super) fn expected_output(width: usize) -> String {
    format!("[1, steps, {width}], [steps, {width}] or [{width}], as an action is {width} numbers")
}

pub(super) fn widths(width: usize) -> String {
    format!("{width} finite numbers, or one for all; every std above 0")
}
