//! A mutation fuzzer: seeded, aware of JSON and of lines of text, with a watch on memory.
//!
//! A campaign takes inputs from a mutator and gives them to a target. A panic, or more memory
//! than allowed, is a finding: the input is kept in a file, and the campaign fails and names it.

use std::fs;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::Path;
use std::time::{Duration, Instant};

use serde_json::{Map, Value, json};

use super::heap::peak_of;

/// SplitMix64 (Steele, Lea, Flood 2014).
pub struct Rng(u64);

impl Rng {
    pub fn new(seed: u64) -> Self {
        Self(seed)
    }

    pub fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let z = (self.0 ^ self.0 >> 30).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let z = (z ^ z >> 27).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ z >> 31
    }

    /// 0 … n − 1; 0 if `n` is 0.
    pub fn below(&mut self, n: usize) -> usize {
        (self.next() % n.max(1) as u64) as usize
    }

    pub fn chance(&mut self, one_in: usize) -> bool {
        self.below(one_in) == 0
    }

    pub fn pick<'a, T>(&mut self, list: &'a [T]) -> &'a T {
        &list[self.below(list.len())]
    }
}

/// How long, and how much memory one input may need.
pub struct Campaign {
    pub name: &'static str,
    pub seed: u64,
    pub inputs: u64,
    /// Go on after `inputs` until this much time is over.
    pub time: Duration,
    pub most_bytes: usize,
}

impl Campaign {
    /// As long as the environment variable `BENCHSIDE_FUZZ_SECS` says, 600 if it does not;
    /// seeded by `BENCHSIDE_FUZZ_SEED`, else 0.
    pub fn long(name: &'static str, most_bytes: usize) -> Self {
        let number = |key: &str, default: u64| match std::env::var(key) {
            Ok(text) => text
                .parse()
                .unwrap_or_else(|_| panic!("{key} is no number: {text}")),
            Err(_) => default,
        };
        Self {
            name,
            seed: number("BENCHSIDE_FUZZ_SEED", 0),
            inputs: 1,
            time: Duration::from_secs(number("BENCHSIDE_FUZZ_SECS", 600)),
            most_bytes,
        }
    }

    /// A short one for every run of the tests.
    pub fn short(name: &'static str, inputs: u64, most_bytes: usize) -> Self {
        Self {
            name,
            seed: 0,
            inputs,
            time: Duration::ZERO,
            most_bytes,
        }
    }

    /// Runs it; `mutate` makes one input from a generator that is seeded for it alone.
    pub fn run(&self, mutate: impl Fn(&mut Rng) -> Vec<u8>, target: impl Fn(&[u8])) {
        let start = Instant::now();
        let (mut done, mut most, mut slowest) = (0, 0, Duration::ZERO);
        while done < self.inputs || start.elapsed() < self.time {
            let mut rng = Rng::new(self.seed.wrapping_mul(0xa076_1d64_78bd_642f) ^ done);
            let input = mutate(&mut rng);
            let begin = Instant::now();
            let run = || catch_unwind(AssertUnwindSafe(|| target(&input)));
            let (outcome, peak) = peak_of(run);
            if outcome.is_err() {
                self.found(&input, done, "a panic");
            }
            if peak > self.most_bytes {
                let finding = format!("{peak} bytes of memory for {} bytes", input.len());
                self.found(&input, done, &finding);
            }
            slowest = slowest.max(begin.elapsed());
            most = most.max(peak);
            done += 1;
        }
        println!(
            "{}: {done} inputs in {:.0?}, no finding; most memory {} KiB, slowest {slowest:.0?}",
            self.name,
            start.elapsed(),
            most / 1024
        );
    }

    fn found(&self, input: &[u8], number: u64, finding: &str) -> ! {
        let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join("fuzz");
        let path = folder.join(format!("{}-{}-{number}", self.name, self.seed));
        fs::create_dir_all(&folder).unwrap();
        fs::write(&path, input).unwrap();
        panic!("{}: {finding}; the input is {}", self.name, path.display());
    }
}

/// Numbers that programs stumble over.
const NUMBERS: [f64; 24] = [
    0.0,
    -0.0,
    1.0,
    -1.0,
    2.0,
    0.5,
    1e-9,
    1e-45,
    -1e-300,
    3.0,
    4.0,
    127.0,
    255.0,
    256.0,
    65_535.0,
    65_536.0,
    2_147_483_647.0,
    4_294_967_295.0,
    4_294_967_296.0,
    9_007_199_254_740_993.0,
    1e7,
    3.4e38,
    1e39,
    1e308,
];

const TEXTS: [&str; 10] = [
    "",
    "x",
    "2.0",
    "../x",
    "%zz",
    "data:;base64,AAAA",
    "é\u{0}",
    ".001",
    "UBX_",
    "a/b~c",
];

fn any_value(rng: &mut Rng) -> Value {
    match rng.below(8) {
        0 => Value::Null,
        1 => json!(rng.chance(2)),
        2 => json!(rng.pick(&TEXTS)),
        3 => json!([]),
        4 => json!({}),
        5 => json!(rng.next()),
        6 => json!(rng.below(6)),
        _ => json!(rng.pick(&NUMBERS)),
    }
}

/// Changes one to four places of a JSON document: values, members, elements, whole subtrees.
pub fn mutate_json(rng: &mut Rng, document: &mut Value) {
    for _ in 0..1 + rng.below(4) {
        // Subtrees may come from elsewhere in the same document.
        let donor = subtree(rng, document).clone();
        let mut place = &mut *document;
        loop {
            let children = match place {
                Value::Object(members) => members.len(),
                Value::Array(items) => items.len(),
                _ => 0,
            };
            if children == 0 || rng.chance(4) {
                break;
            }
            let i = rng.below(children);
            place = match place {
                Value::Object(members) => members.values_mut().nth(i).expect("i is in range"),
                Value::Array(items) => &mut items[i],
                leaf => leaf,
            };
        }
        mutate_value(rng, place, donor);
    }
}

fn subtree<'a>(rng: &mut Rng, document: &'a Value) -> &'a Value {
    let mut place = document;
    loop {
        let children: Vec<&Value> = match place {
            Value::Object(members) => members.values().collect(),
            Value::Array(items) => items.iter().collect(),
            _ => return place,
        };
        if children.is_empty() || rng.chance(4) {
            return place;
        }
        place = *rng.pick(&children);
    }
}

fn mutate_value(rng: &mut Rng, place: &mut Value, donor: Value) {
    match place {
        Value::Object(members) if !rng.chance(5) => mutate_members(rng, members, donor),
        Value::Array(items) if !rng.chance(5) => {
            let i = rng.below(items.len());
            match rng.below(5) {
                0 if !items.is_empty() => drop(items.remove(i)),
                1 if !items.is_empty() => items.insert(i, items[i].clone()),
                2 => items.push(donor),
                3 => items.truncate(i),
                _ => items.push(any_value(rng)),
            }
        }
        Value::Number(number) if rng.chance(2) => {
            let step = if rng.chance(2) { 1.0 } else { -1.0 };
            *place = match number.as_i64() {
                Some(v) => json!(v.wrapping_add(step as i64)),
                None => json!(number.as_f64().unwrap_or(0.0) * -2.0),
            };
        }
        _ => {
            *place = if rng.chance(4) { donor } else { any_value(rng) };
        }
    }
}

fn mutate_members(rng: &mut Rng, members: &mut Map<String, Value>, donor: Value) {
    let i = rng.below(members.len());
    let key = members.keys().nth(i).cloned().unwrap_or_default();
    match rng.below(4) {
        0 => drop(members.remove(&key)),
        1 => drop(members.insert(key, donor)),
        2 => drop(members.insert(key, any_value(rng))),
        _ => {
            let value = members.remove(&key).unwrap_or_default();
            members.insert(format!("{key}x"), value);
        }
    }
}

/// Changes one to four places of raw bytes: bits, words, floats, runs, length.
pub fn mutate_bytes(rng: &mut Rng, bytes: &mut Vec<u8>) {
    for _ in 0..1 + rng.below(4) {
        let i = rng.below(bytes.len());
        let word = match rng.below(4) {
            0 => (rng.next() as u32).to_le_bytes(),
            1 => f32::NAN.to_le_bytes(),
            2 => (*rng.pick(&NUMBERS) as f32).to_le_bytes(),
            _ => (*rng.pick(&NUMBERS) as i64 as u32).to_le_bytes(),
        };
        match rng.below(6) {
            0 => bytes.truncate(i),
            1 => bytes.extend(word),
            2 if i < bytes.len() => bytes[i] ^= 1 << rng.below(8),
            3 if i + 4 <= bytes.len() => bytes[i..i + 4].copy_from_slice(&word),
            4 => {
                let end = bytes.len().min(i + rng.below(16));
                bytes.drain(i..end);
            }
            _ => {
                let end = bytes.len().min(i + rng.below(64));
                let run = bytes[i..end].to_vec();
                let at = rng.below(bytes.len() + 1);
                bytes.splice(at..at, run);
            }
        }
    }
}

/// Changes one to four places of text in lines, such as TOML: lines, numbers, quoted texts.
pub fn mutate_lines(rng: &mut Rng, text: &str) -> String {
    let mut lines: Vec<String> = text.lines().map(str::to_owned).collect();
    for _ in 0..1 + rng.below(4) {
        if lines.is_empty() {
            break;
        }
        let (i, j) = (rng.below(lines.len()), rng.below(lines.len()));
        match rng.below(6) {
            0 => drop(lines.remove(i)),
            1 => lines.insert(i, lines[j].clone()),
            2 => lines.swap(i, j),
            3 => {
                let cut = lines[i]
                    .char_indices()
                    .map(|(at, _)| at)
                    .collect::<Vec<_>>();
                if !cut.is_empty() {
                    let at = *rng.pick(&cut);
                    lines[i].truncate(at);
                }
            }
            _ => lines[i] = mutate_token(rng, &lines[i]),
        }
    }
    lines.join("\n")
}

/// Replaces one number, word or quoted text of a line.
fn mutate_token(rng: &mut Rng, line: &str) -> String {
    let is_token = |c: char| c.is_ascii_alphanumeric() || "_-+.".contains(c);
    let mut tokens: Vec<(usize, usize)> = Vec::new();
    for (i, c) in line.char_indices() {
        match tokens.last_mut() {
            Some((_, end)) if *end == i && is_token(c) => *end = i + 1,
            _ if is_token(c) => tokens.push((i, i + 1)),
            _ => {}
        }
    }
    if tokens.is_empty() {
        return line.to_owned();
    }
    let (start, end) = *rng.pick(&tokens);
    let new = match rng.below(6) {
        0 => rng
            .pick(&["nan", "inf", "-inf", "true", "[]", "{}", "\"\"", "1e999"])
            .to_string(),
        1 => format!("{:?}", rng.pick(&TEXTS)),
        2 => {
            let (a, b) = *rng.pick(&tokens);
            line[a..b].to_owned()
        }
        _ => rng.pick(&NUMBERS).to_string(),
    };
    format!("{}{new}{}", &line[..start], &line[end..])
}
