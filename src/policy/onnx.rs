//! A policy in an ONNX file, run in this process by tract.
//!
//! Single-threaded and without a memory of its own between calls: the same observation gives the
//! same bits on the same machine, for any number of workers. Between machines bits can differ, as
//! tract takes the kernels that suit the processor (fused multiply-add, AVX-512 …).

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use serde_json::{Value, json};
use sha2::{Digest, Sha256};
use tract_onnx::pb::ModelProto;
use tract_onnx::prelude::*;
use tract_onnx::tract_hir::infer::Factoid;

use super::adapter::{AdapterDesc, InputSource};
use super::exchange::{Chunk, Client, EpisodeStart, Input, Observation, Picture, PolicyError};
use crate::base::problem::{Problem, Problems, did_you_mean};

/// More numbers than this in one tensor that comes in, goes out or is spelt out in the file: no
/// policy, but a broken file.
const MAX_NUMBERS: u64 = 1 << 31;

/// How entries of an observation become the model's inputs, and its output actions.
#[derive(Clone, Debug, PartialEq)]
pub struct OnnxSpec {
    /// All of the model's inputs, in any order.
    pub inputs: Vec<OnnxInput>,
    /// `None`: the model's only one. Its shape is `[…, steps, width]` or `[…, width]` with
    /// leading dimensions of 1.
    pub output: Option<String>,
    /// Undone: `action = output × std + mean`.
    pub action: Normalization,
    /// Numbers of an action.
    pub action_width: usize,
}

/// One input of the model.
#[derive(Clone, Debug, PartialEq)]
pub struct OnnxInput {
    /// The model's.
    pub name: String,
    /// Of the entry of the observation.
    pub key: Vec<String>,
    pub form: OnnxForm,
    /// Done: `input = (entry − mean) ÷ std`; of pictures by channel, after `scale`.
    pub normalization: Normalization,
}

/// What an entry is, and with it the last dimensions of the input; those before must be 1.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum OnnxForm {
    /// `[…, width]`, 32- or 64-bit numbers.
    Numbers { width: usize },
    /// `[…, height, width, 3]`, or `[…, 3, height, width]` with `channels_first`. Models of bytes
    /// get bytes, and then neither scale nor normalization; those of numbers bytes × `scale`.
    Picture {
        width_px: u32,
        height_px: u32,
        channels_first: bool,
        scale: f32,
    },
}

impl OnnxSpec {
    /// What an adapter says of a model.
    ///
    /// # Errors
    ///
    /// An adapter that says nothing of it.
    pub fn of(adapter: &AdapterDesc) -> Result<Self, Problems> {
        let Some(desc) = &adapter.onnx else {
            let found = "an adapter without [onnx]";
            let expected = "how entries become the model's inputs";
            return Err(Problem::error(&adapter.name, "onnx", found, expected, "").into());
        };
        let mut inputs = Vec::new();
        for input in &desc.inputs {
            let entry = adapter.inputs.iter().find(|entry| entry.key == input.key);
            let form = match entry.map(|entry| (&entry.source, entry.length)) {
                Some((InputSource::Numbers(_), Some(length))) => OnnxForm::Numbers {
                    width: length as usize,
                },
                Some((
                    InputSource::Camera {
                        size_px,
                        channels_first,
                        ..
                    },
                    _,
                )) => OnnxForm::Picture {
                    width_px: size_px.0,
                    height_px: size_px.1,
                    channels_first: *channels_first,
                    scale: input.scale,
                },
                _ => {
                    let place = format!("onnx.input `{}`", input.name);
                    let expected = "a camera, or numbers whose length is given";
                    let found = format!("`{}`", input.key.join("/"));
                    return Err(Problem::error(&adapter.name, place, found, expected, "").into());
                }
            };
            inputs.push(OnnxInput {
                name: input.name.clone(),
                key: input.key.clone(),
                form,
                normalization: Normalization {
                    mean: input.mean.clone(),
                    std: input.std.clone(),
                },
            });
        }
        Ok(Self {
            inputs,
            output: Some(desc.output.clone()),
            action: Normalization {
                mean: desc.action_mean.clone(),
                std: desc.action_std.clone(),
            },
            action_width: desc.action_width,
        })
    }
}

/// By number, or by channel of a picture. Empty: none; one: the same for all.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Normalization {
    pub mean: Vec<f32>,
    pub std: Vec<f32>,
}

impl Normalization {
    /// Least and greatest value become −1 and 1.
    ///
    /// # Panics
    ///
    /// If there are not as many of both.
    pub fn from_range(least: &[f32], greatest: &[f32]) -> Self {
        assert_eq!(least.len(), greatest.len());
        let pairs = || least.iter().zip(greatest);
        Self {
            mean: pairs().map(|(a, b)| 0.5 * (a + b)).collect(),
            std: pairs().map(|(a, b)| 0.5 * (b - a)).collect(),
        }
    }

    fn is_none(&self) -> bool {
        self.mean.is_empty() && self.std.is_empty()
    }

    fn mean(&self, index: usize) -> f32 {
        of(&self.mean, index, 0.0)
    }

    fn std(&self, index: usize) -> f32 {
        of(&self.std, index, 1.0)
    }

    fn flaw(&self, width: usize) -> Option<String> {
        for (name, list) in [("mean", &self.mean), ("std", &self.std)] {
            if list.len() > 1 && list.len() != width {
                return Some(format!("{name} of {} numbers", list.len()));
            }
            if let Some(i) = list.iter().position(|x| !x.is_finite()) {
                return Some(format!("{name}[{i}] = {}", list[i]));
            }
        }
        let zero = self.std.iter().position(|x| *x <= 0.0)?;
        Some(format!("std[{zero}] = {}", self.std[zero]))
    }
}

fn of(list: &[f32], index: usize, none: f32) -> f32 {
    match list {
        [] => none,
        [all] => *all,
        list => list[index],
    }
}

impl OnnxForm {
    /// The last dimensions of the input.
    fn dims(self) -> Vec<usize> {
        match self {
            Self::Numbers { width } => vec![width],
            Self::Picture {
                width_px,
                height_px,
                channels_first,
                ..
            } => {
                let (w, h) = (width_px as usize, height_px as usize);
                match channels_first {
                    true => vec![3, h, w],
                    false => vec![h, w, 3],
                }
            }
        }
    }

    /// What a normalization counts.
    fn channels(self) -> usize {
        match self {
            Self::Numbers { width } => width,
            Self::Picture { .. } => 3,
        }
    }
}

/// A model that was found to fit its [`OnnxSpec`]. Cheap to clone: one for each worker.
#[derive(Clone)]
pub struct OnnxPolicy {
    file: PathBuf,
    spec: Arc<OnnxSpec>,
    /// In the order of the model: index into the specification's inputs, type and shape.
    sources: Arc<Vec<SourceOf>>,
    plan: Arc<TypedRunnableModel>,
    about: Arc<Value>,
}

/// An input of the model, as it is fed.
struct SourceOf {
    spec: usize,
    kind: DatumType,
    shape: Vec<usize>,
}

impl OnnxPolicy {
    /// Loads a model and checks it against what it is to be given.
    ///
    /// # Errors
    ///
    /// If the file cannot be read or is no model that tract can run, or if names, shapes or types
    /// are others than `spec` says; all such differences at once.
    pub fn load(file: &Path, spec: OnnxSpec) -> Result<Self, Problems> {
        let bytes = std::fs::read(file).map_err(|error| {
            let expected = "a readable ONNX file";
            Problems::from(Problem::error(file, "", error.to_string(), expected, ""))
        })?;
        // tract is careful, but not with whatever a file can say.
        let loaded = catch_unwind(AssertUnwindSafe(|| Self::load_bytes(file, &bytes, spec)));
        loaded.unwrap_or_else(|panic| Err(no_model(file, &said(&*panic)).into()))
    }

    fn load_bytes(file: &Path, bytes: &[u8], spec: OnnxSpec) -> Result<Self, Problems> {
        let fail = |error: TractError| Problems::from(no_model(file, &chain(&error)));
        let onnx = tract_onnx::onnx();
        let proto = onnx
            .proto_model_for_read(&mut &bytes[..])
            .map_err(|_| no_model(file, "no ONNX model"))?;
        if let Some(name) = too_large(&proto) {
            let found = format!("`{name}` has more than {MAX_NUMBERS} numbers");
            return Err(no_model(file, &found).into());
        }
        let folder = file.parent().and_then(Path::to_str);
        let parsed = onnx.parse(&proto, folder).map_err(fail)?;
        if let [name, ..] = parsed.unresolved_inputs.as_slice() {
            let found = format!("a node refers to `{name}`, which nothing makes");
            return Err(no_model(file, &found).into());
        }
        let mut model = parsed.model;
        let sources = check_inputs(file, &spec, &mut model)?;
        let output = check_output(file, &spec, &model)?;
        model.select_output_outlets(&[output]).map_err(fail)?;
        let model = model.into_optimized().map_err(fail)?;
        if let Some(shape) = model.output_fact(0).map_err(fail)?.shape.as_concrete()
            && let Err(found) = steps(shape, spec.action_width)
        {
            let place = format!("output `{}`", name_of_output(&proto, &spec));
            let expected = expected_output(spec.action_width);
            return Err(Problem::error(file, place, found, expected, REMEDY).into());
        }
        let plan = model.into_runnable().map_err(fail)?;
        let about = about(bytes, &proto, &spec, &sources);
        Ok(Self {
            file: file.to_path_buf(),
            spec: Arc::new(spec),
            sources: Arc::new(sources),
            plan,
            about: Arc::new(about),
        })
    }

    fn run(&self, observation: &Observation) -> Result<Chunk, PolicyError> {
        let inputs: Result<TVec<TValue>, PolicyError> = self
            .sources
            .iter()
            .map(|source| self.tensor(source, observation))
            .collect();
        let outputs = self.plan.run(inputs?).map_err(|error| {
            PolicyError::Policy(format!("{}: {}", self.file.display(), chain(&error)))
        })?;
        self.chunk(&outputs)
    }

    fn tensor(&self, source: &SourceOf, observation: &Observation) -> Result<TValue, PolicyError> {
        let input = &self.spec.inputs[source.spec];
        let key = input.key.join(".");
        let bad = |found: &str| {
            PolicyError::Policy(format!(
                "input `{}` of {} takes `{key}`, and {found}",
                input.name,
                self.file.display()
            ))
        };
        let entry = observation.0.iter().find(|(key, _)| *key == input.key);
        let entry = &entry
            .ok_or_else(|| bad("nothing of this name is observed"))?
            .1;
        let n = &input.normalization;
        let tensor = match (input.form, entry) {
            (OnnxForm::Numbers { width }, Input::Numbers(numbers)) => {
                if numbers.len() != width {
                    return Err(bad(&format!(
                        "{} numbers are observed, not {width}",
                        numbers.len()
                    )));
                }
                let each = numbers.iter().enumerate();
                let numbers = each.map(|(i, x)| (x - n.mean(i)) / n.std(i)).collect();
                shaped(source, numbers)
            }
            (OnnxForm::Picture { scale, .. }, Input::Picture(picture)) => {
                let (width_px, height_px) = (picture.width_px, picture.height_px);
                if input.form.dims() != picture_dims(picture, input.form) {
                    return Err(bad(&format!(
                        "a picture of {width_px}×{height_px} px is observed"
                    )));
                }
                let bytes = ordered(picture, input.form);
                if source.kind == DatumType::U8 {
                    Tensor::from_shape(&source.shape, &bytes)
                } else {
                    let area = (width_px * height_px) as usize;
                    let channel = |i: usize| match input.form {
                        OnnxForm::Picture {
                            channels_first: true,
                            ..
                        } => i / area,
                        _ => i % 3,
                    };
                    let each = bytes.iter().enumerate();
                    let number = |(i, &byte): (usize, &u8)| {
                        let c = channel(i);
                        (f32::from(byte) * scale - n.mean(c)) / n.std(c)
                    };
                    shaped(source, each.map(number).collect())
                }
            }
            (OnnxForm::Numbers { .. }, _) => return Err(bad("it is no row of numbers")),
            (OnnxForm::Picture { .. }, _) => return Err(bad("it is no picture")),
        };
        let tensor = tensor.map_err(|error| bad(&chain(&error)))?;
        Ok(tensor.into_tvalue())
    }

    fn chunk(&self, outputs: &[TValue]) -> Result<Chunk, PolicyError> {
        let bad = |found: String| PolicyError::Policy(format!("{}: {found}", self.file.display()));
        let width = self.spec.action_width;
        let [output] = outputs else {
            return Err(bad(format!("{} outputs", outputs.len())));
        };
        steps(output.shape(), width).map_err(|found| {
            bad(format!(
                "the output is {found}; expected {}",
                expected_output(width)
            ))
        })?;
        let output = output.cast_to::<f32>().map_err(|e| bad(chain(&e)))?;
        let numbers = output.to_plain_array_view::<f32>();
        let numbers = numbers.map_err(|e| bad(chain(&e)))?;
        let n = &self.spec.action;
        let each = numbers.iter().enumerate();
        let numbers: Vec<f32> = each
            .map(|(i, x)| x * n.std(i % width) + n.mean(i % width))
            .collect();
        if let Some(i) = numbers.iter().position(|x| !x.is_finite()) {
            return Err(bad(format!(
                "number {} of action {} is {}",
                i % width,
                i / width,
                numbers[i]
            )));
        }
        Ok(Chunk { width, numbers })
    }
}

impl Client for OnnxPolicy {
    fn describe(&mut self) -> Result<Value, PolicyError> {
        Ok((*self.about).clone())
    }

    fn begin(&mut self, _: &EpisodeStart) -> Result<(), PolicyError> {
        Ok(())
    }

    /// Has no time limit: a model with a loop that never ends is not interrupted.
    fn infer(&mut self, observation: &Observation) -> Result<Chunk, PolicyError> {
        let answer = catch_unwind(AssertUnwindSafe(|| self.run(observation)));
        answer.unwrap_or_else(|panic| {
            let file = self.file.display();
            Err(PolicyError::Policy(format!("{file}: {}", said(&*panic))))
        })
    }

    fn end(&mut self, _: bool) {}
}

const REMEDY: &str = "set the adapter to what the model was trained with";

/// The model's inputs, with their shapes fixed in the model.
fn check_inputs(
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
            let expected = "scale = 1 and no normalization, as the model takes the bytes themselves";
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

fn check_output(
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
fn steps(shape: &[usize], width: usize) -> Result<usize, String> {
    let found = || format!("{shape:?}");
    let (last, before) = shape.split_last().ok_or_else(found)?;
    let (steps, batch) = before.split_last().unwrap_or((&1, &[]));
    let fits = *last == width && *steps > 0 && batch.iter().all(|d| *d == 1);
    fits.then_some(*steps).ok_or_else(found)
}

fn expected_output(width: usize) -> String {
    format!("[1, steps, {width}], [steps, {width}] or [{width}], as an action is {width} numbers")
}

fn widths(width: usize) -> String {
    format!("{width} finite numbers, or one for all; every std above 0")
}

fn name_of_output(proto: &ModelProto, spec: &OnnxSpec) -> String {
    let outputs = proto.graph.iter().flat_map(|g| &g.output);
    let only = || outputs.map(|o| o.name.clone()).next().unwrap_or_default();
    spec.output.clone().unwrap_or_else(only)
}

/// A tensor that cannot be meant. Tested here, as memory that is not there ends the process.
fn too_large(proto: &ModelProto) -> Option<String> {
    let graph = proto.graph.as_ref()?;
    let numbers = |dims: &[i64]| {
        let product = (dims.iter()).try_fold(1_u64, |n, &d| n.checked_mul(d.max(0) as u64));
        product.is_none_or(|n| n > MAX_NUMBERS)
    };
    let constants = graph.node.iter().flat_map(|n| &n.attribute);
    let constants = constants.filter_map(|a| a.t.as_ref());
    let mut tensors = graph.initializer.iter().chain(constants);
    Some(tensors.find(|t| numbers(&t.dims))?.name.clone())
}

fn about(bytes: &[u8], proto: &ModelProto, spec: &OnnxSpec, sources: &[SourceOf]) -> Value {
    let digest = Sha256::digest(bytes);
    let sha256: String = digest.iter().map(|b| format!("{b:02x}")).collect();
    let inputs = sources.iter().map(|source| {
        json!({
            "name": spec.inputs[source.spec].name,
            "key": spec.inputs[source.spec].key,
            "type": format!("{:?}", source.kind).to_lowercase(),
            "shape": source.shape,
        })
    });
    let words = proto.metadata_props.iter();
    let words: serde_json::Map<String, Value> = words
        .map(|entry| (entry.key.clone(), entry.value.clone().into()))
        .collect();
    json!({
        "sha256": sha256,
        "producer": format!("{} {}", proto.producer_name, proto.producer_version).trim(),
        "inputs": inputs.collect::<Vec<_>>(),
        "output": name_of_output(proto, spec),
        "metadata": words,
    })
}

fn picture_dims(picture: &Picture, form: OnnxForm) -> Vec<usize> {
    match form {
        OnnxForm::Numbers { .. } => Vec::new(),
        OnnxForm::Picture {
            channels_first,
            scale,
            ..
        } => OnnxForm::Picture {
            width_px: picture.width_px,
            height_px: picture.height_px,
            channels_first,
            scale,
        }
        .dims(),
    }
}

/// A picture's bytes in the order of the model.
fn ordered(picture: &Picture, form: OnnxForm) -> Vec<u8> {
    let rgb = &picture.rgb;
    match form {
        OnnxForm::Picture {
            channels_first: true,
            ..
        } => (0..3)
            .flat_map(|c| rgb.iter().skip(c).step_by(3).copied())
            .collect(),
        _ => rgb.clone(),
    }
}

fn shaped(source: &SourceOf, numbers: Vec<f32>) -> TractResult<Tensor> {
    let tensor = Tensor::from_shape(&source.shape, &numbers)?;
    Ok(tensor.cast_to_dt(source.kind)?.into_owned())
}

fn no_model(file: &Path, found: &str) -> Problem {
    let remedy = "export it again (opset 9 … 18), and see whether onnxruntime loads it";
    Problem::error(
        file,
        "",
        found,
        "an ONNX model that can be run here",
        remedy,
    )
}

/// An error with its causes, in one line.
fn chain(error: &TractError) -> String {
    let text = format!("{error:#}");
    let text: String = text.split_whitespace().collect::<Vec<_>>().join(" ");
    let mut cut: String = text.chars().take(400).collect();
    if cut.len() < text.len() {
        cut.push('…');
    }
    cut
}

fn said(panic: &(dyn std::any::Any + Send)) -> String {
    let text = panic.downcast_ref::<&str>().map(|s| (*s).to_owned());
    let text = text.or_else(|| panic.downcast_ref::<String>().cloned());
    let text = text.unwrap_or_else(|| "no reason given".to_owned());
    format!("the model cannot be run: {text}")
}
