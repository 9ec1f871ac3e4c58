//! Policies in ONNX files, against onnxruntime (`tests/clients/onnx_models.py`).

use std::path::{Path, PathBuf};

use benchside::base::problem::Problems;
use benchside::policy::exchange::{Client, Input, Observation, Picture, PolicyError};
use benchside::policy::onnx::{Normalization, OnnxForm, OnnxInput, OnnxPolicy, OnnxSpec};
use serde_json::Value;

const TINY: &str = "tests/data/onnx/tiny.onnx";

fn input(name: &str, form: OnnxForm, mean: &[f32], std: &[f32]) -> OnnxInput {
    OnnxInput {
        name: name.into(),
        key: vec!["observation".into(), name.into()],
        form,
        normalization: Normalization {
            mean: mean.into(),
            std: std.into(),
        },
    }
}

fn picture(height_px: u32, width_px: u32, channels_first: bool, scale: f32) -> OnnxForm {
    OnnxForm::Picture {
        width_px,
        height_px,
        channels_first,
        scale,
    }
}

/// As the script makes its entries ready.
fn tiny() -> OnnxSpec {
    OnnxSpec {
        inputs: vec![
            input(
                "planes",
                picture(2, 5, true, 1.0 / 255.0),
                &[0.485, 0.456, 0.406],
                &[0.229, 0.224, 0.225],
            ),
            input("rows", picture(4, 6, false, 1.0), &[], &[]),
            input(
                "state",
                OnnxForm::Numbers { width: 3 },
                &[0.5, 0.0, 8.0],
                &[2.0, 1.0, 0.5],
            ),
        ],
        output: Some("actions".into()),
        action: Normalization::default(),
        action_width: 4,
    }
}

fn numbers(value: &Value) -> Vec<f32> {
    let list = value.as_array().unwrap().iter();
    list.map(|x| x.as_f64().unwrap() as f32).collect()
}

fn cases() -> Vec<(Observation, Value)> {
    let text = std::fs::read_to_string("tests/data/onnx/tiny.json").unwrap();
    let cases: Vec<Value> = serde_json::from_str(&text).unwrap();
    let case = |case: Value| {
        let bytes = |name: &str| numbers(&case[name]).into_iter().map(|x| x as u8).collect();
        let picture = |name: &str, height_px, width_px| {
            Input::Picture(Picture {
                width_px,
                height_px,
                rgb: bytes(name),
                channels_first: name == "planes",
            })
        };
        let key = |name: &str| vec!["observation".to_owned(), name.to_owned()];
        let observation = Observation(vec![
            (key("prompt"), Input::Text("not for this model".into())),
            (key("state"), Input::Numbers(numbers(&case["state"]))),
            (key("rows"), picture("rows", 4, 6)),
            (key("planes"), picture("planes", 2, 5)),
        ]);
        (observation, case)
    };
    cases.into_iter().map(case).collect()
}

fn load(spec: OnnxSpec) -> Result<OnnxPolicy, Problems> {
    OnnxPolicy::load(Path::new(TINY), spec)
}

fn refused(spec: OnnxSpec) -> String {
    match load(spec) {
        Ok(_) => panic!("taken"),
        Err(problems) => problems.to_string(),
    }
}

#[test]
fn answers_are_those_of_onnxruntime() {
    for (output, width) in [("actions", 4), ("value", 1)] {
        let mut spec = tiny();
        spec.output = Some(output.into());
        spec.action_width = width;
        let mut policy = load(spec).unwrap();
        for (observation, case) in cases() {
            let chunk = policy.infer(&observation).unwrap();
            let expected = numbers(&case[output]);
            assert_eq!(chunk.width, width);
            assert_eq!(chunk.numbers.len(), expected.len());
            for (found, expected) in chunk.numbers.iter().zip(&expected) {
                assert!(
                    (found - expected).abs() <= 2e-6,
                    "{output}: {found}, not {expected}"
                );
            }
        }
    }
}

#[test]
fn actions_are_brought_back_to_their_units() {
    let mut spec = tiny();
    spec.action = Normalization::from_range(&[0.0, -1.0, 5.0, -0.2], &[2.0, 1.0, 9.0, 0.0]);
    let chunk = load(spec).unwrap().infer(&cases()[1].0).unwrap();
    let plain = load(tiny()).unwrap().infer(&cases()[1].0).unwrap();
    // −1 is the least and 1 the greatest.
    let ends = [(0.0, 2.0), (-1.0, 1.0), (5.0, 9.0), (-0.2, 0.0)];
    for (i, (found, plain)) in chunk.numbers.iter().zip(&plain.numbers).enumerate() {
        let (low, high) = ends[i % 4];
        let expected = low + (plain + 1.0) * 0.5 * (high - low);
        assert!((found - expected).abs() < 1e-5, "{found}, not {expected}");
    }
}

#[test]
fn workers_get_the_same_bits() {
    let policy = load(tiny()).unwrap();
    let all = |mut policy: OnnxPolicy, turn: usize| {
        let cases = cases();
        let n = cases.len();
        let mut bits = vec![Vec::new(); n];
        for i in 0..3 * n {
            let at = (i * 3 + turn) % n;
            let chunk = policy.infer(&cases[at].0).unwrap();
            bits[at] = chunk.numbers.iter().map(|x| x.to_bits()).collect();
        }
        bits
    };
    let alone = all(policy.clone(), 0);
    let workers: Vec<_> = (0..4)
        .map(|turn| {
            let policy = policy.clone();
            std::thread::spawn(move || all(policy, turn))
        })
        .collect();
    for worker in workers {
        assert_eq!(worker.join().unwrap(), alone);
    }
}

#[test]
fn it_tells_what_it_is() {
    let about = load(tiny()).unwrap().describe().unwrap();
    assert_eq!(about["producer"], "tests/clients/onnx_models.py");
    assert_eq!(about["metadata"]["task"], "none");
    assert_eq!(about["inputs"][0]["name"], "state");
    assert_eq!(about["inputs"][0]["shape"], serde_json::json!([1, 3]));
    assert_eq!(about["inputs"][1]["type"], "u8");
    assert_eq!(about["output"], "actions");
}

#[test]
fn every_misfit_is_told_at_load() {
    let with = |change: &dyn Fn(&mut OnnxSpec)| {
        let mut spec = tiny();
        change(&mut spec);
        refused(spec)
    };
    let has = |text: &str, parts: &[&str]| {
        for part in parts {
            assert!(text.contains(part), "no `{part}` in:\n{text}");
        }
    };
    // Both at once: an unknown name, and an input that nothing fills.
    let text = with(&|s| s.inputs[2].name = "states".into());
    has(
        &text,
        &[
            "`states`",
            "state, rows, planes",
            "did you mean `state`?",
            "input `state`",
        ],
    );
    let text = with(&|s| s.inputs[2].form = OnnxForm::Numbers { width: 7 });
    has(
        &text,
        &["input `state`", "[1, 7]", "observation.state", ",3"],
    );
    let text = with(&|s| s.inputs[0].form = picture(2, 5, false, 1.0));
    has(&text, &["input `planes`", "[1, 2, 5, 3]"]);
    let text = with(&|s| s.inputs[1].form = OnnxForm::Numbers { width: 3 });
    has(&text, &["input `rows`", "f32 or f64"]);
    let text = with(&|s| s.inputs[1].form = picture(4, 6, false, 0.5));
    has(&text, &["input `rows`", "takes the bytes themselves"]);
    let text = with(&|s| s.inputs[2].normalization.std = vec![1.0, 0.0, 1.0]);
    has(&text, &["input `state`", "std[1] = 0"]);
    let text = with(&|s| s.inputs[2].normalization.mean = vec![1.0, 0.0]);
    has(&text, &["input `state`", "mean of 2 numbers"]);
    let text = with(&|s| s.action_width = 7);
    has(&text, &["output `actions`", "[1, 2, 4]", "[1, steps, 7]"]);
    let text = with(&|s| s.output = Some("action".into()));
    has(&text, &["actions, value", "did you mean `actions`?"]);
    let text = with(&|s| s.output = None);
    has(&text, &["actions, value", "no output is named"]);
    let text = with(&|s| s.action.mean = vec![f32::NAN]);
    has(&text, &["mean[0] = NaN"]);
}

#[test]
fn what_is_not_observed_is_the_policys_fault() {
    let mut policy = load(tiny()).unwrap();
    let mut ask = |change: &dyn Fn(&mut Observation)| {
        let mut observation = cases()[0].0.clone();
        change(&mut observation);
        match policy.infer(&observation) {
            Err(PolicyError::Policy(text)) => text,
            other => panic!("{other:?}"),
        }
    };
    let text = ask(&|o| o.0.retain(|(key, _)| key[1] != "state"));
    assert!(text.contains("nothing of this name"), "{text}");
    let text = ask(&|o| o.0[1].1 = Input::Numbers(vec![1.0; 4]));
    assert!(text.contains("4 numbers are observed, not 3"), "{text}");
    let text = ask(&|o| o.0[2].1 = Input::Numbers(vec![1.0; 72]));
    assert!(text.contains("it is no picture"), "{text}");
    let text = ask(&|o| o.0[2].1 = o.0[3].1.clone());
    assert!(text.contains("a picture of 5×2 px"), "{text}");
}

#[test]
fn answers_that_are_no_numbers_are_the_policys_fault() {
    let mut spec = tiny();
    // Whatever is above 0 is infinite.
    spec.action.mean = vec![f32::MAX];
    spec.action.std = vec![f32::MAX];
    let (observation, case) = &cases()[0];
    let plain = numbers(&case["actions"]);
    let at = plain.iter().position(|x| *x > 0.01).unwrap();
    let Err(PolicyError::Policy(text)) = load(spec).unwrap().infer(observation) else {
        panic!("taken");
    };
    let expected = format!("number {} of action {} is inf", at % 4, at / 4);
    assert!(text.contains(&expected), "{text}");
}

/// A file in a folder for this test alone.
fn broken(name: &str, bytes: &[u8]) -> PathBuf {
    let folder = std::env::temp_dir().join(format!("benchside_{}_onnx", std::process::id()));
    std::fs::create_dir_all(&folder).unwrap();
    let file = folder.join(name);
    std::fs::write(&file, bytes).unwrap();
    file
}

#[test]
fn broken_files_are_told_and_never_panic() {
    let whole = std::fs::read(TINY).unwrap();
    let mut refused = 0;
    let mut try_bytes = |bytes: &[u8]| {
        let file = broken("broken.onnx", bytes);
        match OnnxPolicy::load(&file, tiny()) {
            Err(problems) => {
                refused += 1;
                assert!(!problems.to_string().is_empty());
            }
            // Some bytes are names of nodes and weights: what still fits may answer, or not.
            Ok(mut policy) => drop(policy.infer(&cases()[0].0)),
        }
    };
    let cuts = (0..whole.len()).step_by(29);
    for length in cuts.clone() {
        try_bytes(&whole[..length]);
    }
    for at in (0..whole.len()).step_by(3) {
        let mut bytes = whole.clone();
        bytes[at] ^= 1 << (at % 8);
        try_bytes(&bytes);
    }
    assert!(refused > cuts.len(), "{refused} refused");
    let text = OnnxPolicy::load(Path::new("tests/data/onnx/none.onnx"), tiny());
    let text = text.map(|_| ()).unwrap_err().to_string();
    assert!(text.contains("a readable ONNX file"), "{text}");
    let text = OnnxPolicy::load(Path::new("tests/data/onnx/tiny.json"), tiny());
    let text = text.map(|_| ()).unwrap_err().to_string();
    assert!(text.contains("no ONNX model"), "{text}");
}
