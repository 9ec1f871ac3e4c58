//! What an adapter says of a model.

use crate::base::problem::{Problem, Problems};
use crate::policy::adapter::{AdapterDesc, InputSource};

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

    pub(super) fn is_none(&self) -> bool {
        self.mean.is_empty() && self.std.is_empty()
    }

    pub(super) fn mean(&self, index: usize) -> f32 {
        of(&self.mean, index, 0.0)
    }

    pub(super) fn std(&self, index: usize) -> f32 {
        of(&self.std, index, 1.0)
    }

    pub(super) fn flaw(&self, width: usize) -> Option<String> {
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
    pub(super) fn dims(self) -> Vec<usize> {
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
    pub(super) fn channels(self) -> usize {
        match self {
            Self::Numbers { width } => width,
            Self::Picture { .. } => 3,
        }
    }
}
