//! A policy in an ONNX file, run in this process by tract.
//!
//! Single-threaded and without a memory of its own between calls: the same observation gives the
//! same bits on the same machine, for any number of workers. Between machines bits can differ, as
//! tract takes the kernels that suit the processor (fused multiply-add, AVX-512 …).

mod fit;
mod spec;

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use serde_json::{Value, json};
use sha2::{Digest, Sha256};
use tract_onnx::pb::ModelProto;
use tract_onnx::prelude::*;

pub use self::spec::{Normalization, OnnxForm, OnnxInput, OnnxSpec};

use self::fit::{REMEDY, check_inputs, check_output, expected_output, steps};
use super::exchange::{Chunk, Client, EpisodeStart, Input, Observation, Picture, PolicyError};
use crate::base::problem::{Problem, Problems};

/// More numbers than this in one tensor that comes in, goes out or is spelt out in the file: no
/// policy, but a broken file.
const MAX_NUMBERS: u64 = 1 << 31;

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
