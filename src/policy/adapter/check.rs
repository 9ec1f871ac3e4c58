//! An adapter as it stands → a checked one.

use std::path::Path;

use super::raw::{RawAdapter, RawInput, RawOnnx, SpaceWord};
use super::{
    ActionDesc, AdapterDesc, CameraRef, InputDesc, InputSource, NumberSource, OnnxDesc,
    OnnxInputDesc, Quantity,
};
use crate::base::problem::{Problem, Problems, did_you_mean};
use crate::robot::action::ActionSpace;
use crate::scene::recipe::reader::{At, Place};

/// Words of [`Quantity`] without a name in them.
const PLAIN: [(&str, Quantity); 13] = [
    ("arm.position", Quantity::ArmPosition),
    ("arm.speed", Quantity::ArmSpeed),
    ("gripper.open_fraction", Quantity::OpenFraction),
    ("gripper.closed_fraction", Quantity::ClosedFraction),
    ("gripper.fingers", Quantity::Fingers),
    ("tool.position", Quantity::ToolPosition),
    ("tool.quat_xyzw", Quantity::ToolQuatXyzw),
    ("tool.quat_wxyz", Quantity::ToolQuatWxyz),
    ("tool.axis_angle", Quantity::ToolAxisAngle),
    ("tool.rotation_6d", Quantity::ToolRotation6d),
    ("time", Quantity::Time),
    ("step", Quantity::Step),
    ("episode", Quantity::Episode),
];

/// Parts of `object.NAME.…`.
const OF_OBJECT: [&str; 3] = ["position", "quat_xyzw", "from_tool"];

/// Greatest side of a picture.
const MAX_SIDE_PX: i64 = 4096;

pub fn check(raw: &RawAdapter, file: &Path, problems: &mut Problems) -> Option<AdapterDesc> {
    let mut check = Check { file, problems };
    if raw.version.value != 1 {
        let found = raw.version.value.to_string();
        check.error(&raw.version.place, found, "1", "");
    }
    let rate_hz = check.whole(raw.rate_hz.as_ref(), 1, 1000).map(|n| n as u32);
    let mut inputs: Vec<InputDesc> = Vec::new();
    for input in &raw.input.value {
        let Some(desc) = check.input(input) else {
            continue;
        };
        if inputs.iter().any(|other| other.key == desc.key) {
            let found = format!("`{}` again", input.key.value);
            check.error(&input.key.place, found, "keys that differ", "");
        }
        inputs.push(desc);
    }
    if raw.input.value.is_empty() && !raw.input.broken {
        check.error(&raw.at, "no [[input]]".into(), "at least one", "");
    }
    let action = &raw.action;
    let scale = check.numbers(action.scale.as_ref());
    let (open, closed) = (
        action.gripper_open.as_ref().map_or(1.0, |x| x.value),
        action.gripper_closed.as_ref().map_or(0.0, |x| x.value),
    );
    if !(open - closed).is_normal() {
        let place = action
            .gripper_open
            .as_ref()
            .map_or(&action.at, |x| &x.place);
        let found = format!("{open} for open and {closed} for closed");
        check.error(place, found, "two numbers that differ", "");
    }
    let keys = action.keys.as_ref();
    let execute = check.whole(Some(&action.execute), 1, 1000).unwrap_or(1) as usize;
    let onnx = raw.onnx.as_ref().map(|onnx| check.onnx(onnx, &inputs));
    Some(AdapterDesc {
        name: file.display().to_string(),
        sha256: String::new(),
        rate_hz,
        inputs,
        action: ActionDesc {
            space: match action.space.value {
                SpaceWord::JointPosition => ActionSpace::JointPosition,
                SpaceWord::JointDelta => ActionSpace::JointDelta,
                SpaceWord::ToolDelta => ActionSpace::ToolDelta,
            },
            execute,
            scale: if scale.is_empty() { vec![1.0] } else { scale },
            gripper_open: open,
            gripper_closed: closed,
            keys: keys.map_or_else(Vec::new, |k| {
                k.value.iter().map(|k| k.value.clone()).collect()
            }),
        },
        onnx,
    })
}

struct Check<'a> {
    file: &'a Path,
    problems: &'a mut Problems,
}

impl Check<'_> {
    fn error(&mut self, place: &Place, found: String, expected: &str, remedy: &str) {
        let place = place.to_string();
        let problem = Problem::error(self.file, place, found, expected, remedy);
        self.problems.push(problem);
    }

    fn whole(&mut self, number: Option<&At<i64>>, low: i64, high: i64) -> Option<i64> {
        let number = number?;
        if !(low..=high).contains(&number.value) {
            let expected = format!("{low} … {high}");
            self.error(&number.place, number.value.to_string(), &expected, "");
            return None;
        }
        Some(number.value)
    }

    fn numbers(&mut self, numbers: Option<&At<Vec<At<f64>>>>) -> Vec<f64> {
        let Some(numbers) = numbers else {
            return Vec::new();
        };
        if numbers.value.is_empty() {
            self.error(&numbers.place, "nothing".into(), "at least one number", "");
        }
        for number in &numbers.value {
            if !number.value.is_finite() {
                let found = number.value.to_string();
                self.error(&number.place, found, "a finite number", "");
            }
        }
        numbers.value.iter().map(|n| n.value).collect()
    }

    fn input(&mut self, raw: &RawInput) -> Option<InputDesc> {
        let given = [
            raw.camera.is_some(),
            raw.numbers.is_some(),
            raw.text.is_some(),
        ];
        if given.iter().filter(|g| **g).count() != 1 {
            let found = match given.iter().any(|g| *g) {
                true => "several of camera, numbers, text",
                false => "none of camera, numbers, text",
            };
            self.error(&raw.at, found.into(), "exactly one of them", "");
            return None;
        }
        if raw.camera.is_none() {
            let stray = [
                raw.size_px.as_ref().map(|x| &x.place),
                raw.channels_first.as_ref().map(|x| &x.place),
            ];
            for place in stray.into_iter().flatten() {
                self.error(place, "a picture's key".into(), "it beside camera", "");
            }
        }
        if let (None, Some(length)) = (&raw.numbers, &raw.length) {
            self.error(&length.place, "length".into(), "it beside numbers", "");
        }
        let key = match raw.nested.as_ref().is_some_and(|n| n.value) {
            true => raw.key.value.split('/').map(str::to_owned).collect(),
            false => vec![raw.key.value.clone()],
        };
        if key.iter().any(String::is_empty) {
            let found = format!("{:?}", raw.key.value);
            self.error(&raw.key.place, found, "a name", "");
        }
        let source = if let Some(camera) = &raw.camera {
            let size = raw.size_px.as_ref();
            let size_px = size.map_or([224, 224], |s| s.value);
            if size_px.iter().any(|n| !(1..=MAX_SIDE_PX).contains(n)) {
                let place = size.map_or(&raw.at, |s| &s.place);
                let expected = format!("1 … {MAX_SIDE_PX} each");
                self.error(place, format!("{size_px:?}"), &expected, "");
                return None;
            }
            InputSource::Camera {
                camera: camera_ref(&camera.value),
                size_px: (size_px[0] as u32, size_px[1] as u32),
                channels_first: raw.channels_first.as_ref().is_some_and(|c| c.value),
            }
        } else if let Some(numbers) = &raw.numbers {
            let sources = numbers.value.iter().map(|n| self.number(n));
            let sources: Vec<Option<NumberSource>> = sources.collect();
            InputSource::Numbers(sources.into_iter().collect::<Option<_>>()?)
        } else {
            InputSource::Instruction
        };
        let length = self.whole(raw.length.as_ref(), 1, 1_000_000);
        Some(InputDesc {
            key,
            source,
            length: length.map(|n| n as u32),
        })
    }

    fn number(&mut self, text: &At<String>) -> Option<NumberSource> {
        let (robot, words) = match text.value.split_once(':') {
            Some((robot, words)) => (Some(robot.to_owned()), words),
            None => (None, text.value.as_str()),
        };
        let plain = PLAIN.iter().find(|(word, _)| *word == words);
        let quantity = plain.map(|(_, q)| q.clone()).or_else(|| {
            let (name, part) = words.strip_prefix("object.")?.rsplit_once('.')?;
            let name = name.to_owned();
            match part {
                "position" => Some(Quantity::ObjectPosition(name)),
                "quat_xyzw" => Some(Quantity::ObjectQuatXyzw(name)),
                "from_tool" => Some(Quantity::ObjectFromTool(name)),
                _ => None,
            }
        });
        if quantity.is_none() {
            let words = PLAIN.iter().map(|(word, _)| *word);
            let meant = did_you_mean(&text.value, words.clone());
            let remedy = meant.map_or(String::new(), |m| format!("did you mean `{m}`?"));
            let of_object = OF_OBJECT
                .map(|part| format!("object.NAME.{part}"))
                .join(", ");
            let expected = format!("{}, {of_object}", words.collect::<Vec<_>>().join(", "));
            self.error(&text.place, format!("`{}`", text.value), &expected, &remedy);
        }
        Some(NumberSource {
            text: text.value.clone(),
            robot,
            quantity: quantity?,
        })
    }

    fn onnx(&mut self, raw: &RawOnnx, inputs: &[InputDesc]) -> OnnxDesc {
        let f32s = |numbers: Vec<f64>| numbers.into_iter().map(|x| x as f32).collect::<Vec<_>>();
        let mut described = Vec::new();
        for input in &raw.input.value {
            let key = inputs.iter().find(|i| i.key.join("/") == input.key.value);
            if key.is_none() {
                let found = format!("`{}`", input.key.value);
                let keys: Vec<String> = inputs.iter().map(|i| i.key.join("/")).collect();
                let expected = format!("the key of an [[input]]: {}", keys.join(", "));
                self.error(&input.key.place, found, &expected, "");
            }
            let std = f32s(self.numbers(input.std.as_ref()));
            if let (true, Some(given)) = (std.iter().any(|s| *s <= 0.0), &input.std) {
                let expected = "numbers above 0";
                self.error(&given.place, "one that is not above 0".into(), expected, "");
            }
            described.push(OnnxInputDesc {
                name: input.name.value.clone(),
                key: key.map_or_else(Vec::new, |i| i.key.clone()),
                mean: f32s(self.numbers(input.mean.as_ref())),
                std,
                scale: input.scale.as_ref().map_or(1.0 / 255.0, |s| s.value as f32),
            });
        }
        OnnxDesc {
            output: raw.output.value.clone(),
            action_width: self.whole(Some(&raw.action_width), 1, 1000).unwrap_or(1) as usize,
            action_mean: f32s(self.numbers(raw.action_mean.as_ref())),
            action_std: f32s(self.numbers(raw.action_std.as_ref())),
            inputs: described,
        }
    }
}

fn camera_ref(text: &str) -> CameraRef {
    let numbered = |prefix: &str| {
        let rest = text.strip_prefix(prefix)?.strip_suffix(']')?;
        rest.parse::<usize>().ok()
    };
    match (numbered("scene["), numbered("robot[")) {
        (Some(index), _) => CameraRef::Scene(index),
        (_, Some(index)) => CameraRef::Robot(index),
        _ => CameraRef::Named(text.to_owned()),
    }
}
