//! The codec against golden vectors made by the packages (`tests/clients/policy_vectors.py`), all
//! half floats against NumPy, and against any bytes: no panic, and memory in proportion.

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::process::Command;

use benchside::policy::exchange::{Input, Observation, Picture};
use benchside::policy::wire::codec::vla_eval_dress;
use benchside::policy::wire::codec::{Value, array_picture, npy, openpi_dress, tensor, tree};

use crate::support::fuzz::{Campaign, mutate_bytes};
use crate::support::heap::peak_of;
use crate::support::python::{policy_python, script};

const VECTORS: &str = include_str!("vectors.txt");

fn vectors() -> BTreeMap<&'static str, Vec<u8>> {
    let byte = |pair: &[u8]| u8::from_str_radix(std::str::from_utf8(pair).unwrap(), 16).unwrap();
    let vector = |line: &'static str| {
        let (name, hex) = line.split_once(' ').unwrap();
        (name, hex.as_bytes().chunks(2).map(byte).collect())
    };
    VECTORS.lines().map(vector).collect()
}

fn text(text: &str) -> Value<'_> {
    Value::text(text)
}

#[test]
fn the_vectors_are_what_the_packages_write() {
    let Some(python) = policy_python("msgpack_numpy, openpi_client, vla_eval") else {
        return;
    };
    let output = Command::new(python)
        .arg(script("policy_vectors.py"))
        .output()
        .unwrap();
    assert!(
        output.status.success(),
        "{}",
        String::from_utf8_lossy(&output.stderr)
    );
    assert_eq!(String::from_utf8(output.stdout).unwrap(), VECTORS);
}

/// 0 … 5 in two rows of three, whoever wrote them and however.
#[test]
fn arrays_of_every_dress_are_read() {
    let vectors = vectors();
    let numbers: Vec<f32> = (0..6_u8).map(f32::from).collect();
    for (name, path, shape) in [
        ("openpi_actions_f8", vec!["actions"], vec![2, 3]),
        ("openpi_actions_big", vec!["actions"], vec![2, 3]),
        ("gr00t_as_npy", vec!["0", "left_arm"], vec![1, 2, 3]),
        ("gr00t_msgpack_numpy", vec!["0", "left_arm"], vec![1, 2, 3]),
        ("vla_eval_action", vec!["payload", "actions"], vec![2, 3]),
    ] {
        let message = Value::decode(&vectors[name]).unwrap();
        let at = path.iter().fold(&message, |value, key| match value {
            Value::List(list) => &list[key.parse::<usize>().unwrap()],
            map => map.get(key).unwrap(),
        });
        assert_eq!(tensor(at), Ok((shape, numbers.clone())), "{name}");
    }
}

#[test]
fn fortran_order_is_turned() {
    let vectors = vectors();
    let value = Value::map([
        ("__ndarray_class__", Value::Bool(true)),
        (
            "as_npy",
            Value::Bytes(Cow::Borrowed(&vectors["npy_fortran"])),
        ),
    ]);
    let expected = (0..24_u8).map(f32::from).collect();
    assert_eq!(tensor(&value), Ok((vec![2, 3, 4], expected)));
}

#[test]
fn what_is_sent_is_what_the_packages_send() {
    let vectors = vectors();
    let picture = |channels_first, rgb: [u8; 12]| Picture {
        width_px: 2,
        height_px: 2,
        rgb: rgb.to_vec(),
        channels_first,
    };
    let path = |parts: &[&str]| parts.iter().map(|p| p.to_string()).collect::<Vec<_>>();
    let encode = |observation: &Observation| {
        let dressed = tree(observation, openpi_dress, |p| {
            array_picture(p, openpi_dress)
        });
        dressed.encode()
    };
    let state = Input::Numbers(vec![0.5, -2.0]);
    let rows = picture(false, std::array::from_fn(|i| i as u8));
    let flat = Observation(vec![
        (path(&["observation/image"]), Input::Picture(rows)),
        (path(&["observation/state"]), state.clone()),
        (
            path(&["prompt"]),
            Input::Text("pick up the tube".to_string()),
        ),
    ]);
    assert_eq!(encode(&flat), vectors["openpi_observation"]);
    // Channels first: pixel i has the bytes i, 4 + i, 8 + i.
    let planes = picture(true, std::array::from_fn(|i| (i / 3 + 4 * (i % 3)) as u8));
    let nested = Observation(vec![
        (path(&["images", "cam_high"]), Input::Picture(planes)),
        (path(&["prompt"]), Input::Text("é".to_string())),
    ]);
    assert_eq!(encode(&nested), vectors["openpi_nested"]);
    let one = openpi_dress("<f4", &[1], Cow::Owned(1.0_f32.to_le_bytes().to_vec()));
    assert_eq!(Value::map([("a", one)]).encode(), vectors["openpi_one"]);
    let bytes: Vec<u8> = [0.5_f32, -2.0]
        .iter()
        .flat_map(|n| n.to_le_bytes())
        .collect();
    let payload = Value::map([
        ("state", vla_eval_dress("<f4", &[2], Cow::Borrowed(&bytes))),
        ("task_description", text("pick up the tube")),
    ]);
    let message = Value::map([
        ("type", text("observation")),
        ("payload", payload),
        ("seq", Value::Int(7)),
        ("timestamp", Value::Float(1.5)),
    ]);
    assert_eq!(message.encode(), vectors["vla_eval_observation"]);
    let six: Vec<u8> = (0..6_u8).flat_map(|n| f32::from(n).to_le_bytes()).collect();
    assert_eq!(npy("<f4", &[2, 3], &six), vectors["npy_f4"]);
    assert_eq!(npy("<f4", &[2], &bytes), vectors["npy_vector"]);
    let video: Vec<u8> = (0..12).collect();
    assert_eq!(npy("|u1", &[1, 1, 2, 2, 3], &video), vectors["npy_video"]);
}

/// Every form of number and length there and back.
#[test]
fn decoding_and_encoding_are_inverse() {
    for (name, bytes) in vectors() {
        if name.starts_with("npy") {
            continue;
        }
        assert_eq!(Value::decode(&bytes).unwrap().encode(), bytes, "{name}");
    }
    let numbers = &vectors()["numbers"];
    let Value::List(list) = Value::decode(numbers).unwrap() else {
        panic!("a list is due");
    };
    assert_eq!(list[8], Value::Int(1 << 32));
    assert_eq!(list[10], Value::UInt(u64::MAX));
    assert_eq!(list[20], Value::Int(i64::MIN));
}

#[test]
fn all_half_floats_agree_with_numpy() {
    let Some(python) = policy_python("msgpack_numpy, openpi_client, vla_eval") else {
        return;
    };
    let program = "import numpy, sys; sys.stdout.buffer.write(\
                   numpy.arange(65536).astype('<u2').view('<f2').astype('<f4').tobytes())";
    let output = Command::new(python).args(["-c", program]).output().unwrap();
    let halves: Vec<u8> = (0..=u16::MAX).flat_map(u16::to_le_bytes).collect();
    let array = openpi_dress("<f2", &[65536], Cow::Owned(halves));
    let (_, numbers) = tensor(&array).unwrap();
    assert_eq!(output.stdout.len(), 4 * numbers.len());
    for (bytes, number) in output.stdout.chunks_exact(4).zip(numbers) {
        let expected = f32::from_le_bytes(bytes.try_into().unwrap());
        let same = expected.to_bits() == number.to_bits();
        assert!(
            same || expected.is_nan() && number.is_nan(),
            "{expected} {number}"
        );
    }
}

#[test]
fn arrays_that_lie_are_told() {
    let array = |dtype, shape: &[usize], bytes| {
        tensor(&openpi_dress(dtype, shape, Cow::Owned(vec![0; bytes]))).unwrap_err()
    };
    assert!(array("<f4", &[2, 3], 20).contains("[2, 3]"));
    assert!(array("<f4", &[1 << 62, 1 << 62], 4).contains("4 bytes"));
    assert!(array("<f4", &[1 << 62, 8], 0).contains("0 bytes"));
    for dtype in ["O", "|O", "<U5", "<c8", "|V2", "", "<", "é"] {
        assert!(array(dtype, &[1], 8).contains("of type"), "{dtype}");
    }
    let not_numbers = Value::List(vec![Value::Int(1), text("two")]);
    assert!(tensor(&not_numbers).unwrap_err().contains("\"two\""));
    let ragged = Value::List(vec![Value::List(vec![Value::Int(1)]), Value::List(vec![])]);
    assert!(tensor(&ragged).unwrap_err().contains("unequal"));
}

/// Lengths that promise more than comes, and depth, take neither memory nor stack.
#[test]
fn lying_lengths_allocate_nothing() {
    let deep = [vec![0x91; 1 << 20], vec![0xc0]].concat();
    let deep_maps = [0x81, 0xc0].repeat(1 << 20);
    for bytes in [
        b"\xdd\xff\xff\xff\xff\xc0".as_slice(),
        b"\xdf\xff\xff\xff\xff\xc0\xc0",
        b"\xc6\xff\xff\xff\xff\xc0",
        b"\xdb\xff\xff\xff\xff\xc0",
        b"\xdc\xff\xff",
        b"\xc1",
        b"\xc7\x05\x00hello",
        b"\xc0\xc0",
        b"",
        &deep,
        &deep_maps,
    ] {
        let (result, peak) = peak_of(|| Value::decode(bytes).map(drop));
        result.unwrap_err();
        assert!(
            peak < 64 << 10,
            "{peak} bytes for {:02x?}",
            &bytes[..bytes.len().min(6)]
        );
    }
    // The most that a message may become: as many of the costliest values as are read at all.
    let maps = [vec![0xdd, 0, 1, 0, 0], [0x81, 0xc0, 0xc0].repeat(1 << 16)].concat();
    let (result, peak) = peak_of(|| Value::decode(&maps).map(drop));
    result.unwrap();
    assert!(peak < 64 << 20, "{peak} bytes");
    let nils = [vec![0xdd, 3, 0, 0, 0], vec![0xc0; 3 << 24]].concat();
    let (result, peak) = peak_of(|| Value::decode(&nils).map(drop));
    assert!(result.unwrap_err().contains("values"));
    assert!(peak < 64 << 20, "{peak} bytes");
}

#[test]
fn a_short_campaign_finds_nothing() {
    let corpus: Vec<Vec<u8>> = vectors().into_values().collect();
    Campaign::short("msgpack", 50_000, 4 << 20).run(
        |rng| {
            if rng.chance(8) {
                return (0..rng.below(64)).map(|_| rng.next() as u8).collect();
            }
            let mut bytes = rng.pick(&corpus).clone();
            mutate_bytes(rng, &mut bytes);
            bytes
        },
        |bytes| {
            // As a message, and as the bytes of an array in one.
            let npy = Value::map([
                ("__ndarray_class__", Value::Bool(true)),
                ("as_npy", Value::Bytes(Cow::Borrowed(bytes))),
            ]);
            let _ = tensor(&npy);
            let Ok(message) = Value::decode(bytes) else {
                return;
            };
            assert_eq!(
                Value::decode(&message.encode()).unwrap().encode(),
                message.encode()
            );
            let _ = (message.kind(), message.to_json());
            let inner = [&["actions"][..], &["payload", "actions"]]
                .map(|path| path.iter().try_fold(&message, |value, key| value.get(key)));
            for value in inner.into_iter().flatten().chain([&message]) {
                let _ = tensor(value);
            }
        },
    );
}
