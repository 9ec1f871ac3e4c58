//! A run as a lab would have it, made up: seven tasks, six axes, three severities. Some servers
//! time out with long tracebacks, one task never fails, one arm has no evidence at all.

use std::collections::BTreeMap;

use benchside::eval::judgement::{Arm, Comparison, GateResult, Judgement, Share, Verdict};
use benchside::eval::record::{
    Class, Metrics, RolloutId, RolloutRecord, RunInfo, Timing, UNPERTURBED,
};
use benchside::eval::report::Report;

/// What a hostile server or task file may say.
pub const HOSTILE: &str =
    "<script>alert('x')</script> & \"]]>\" | `id` \u{1b}[31m\u{202e}drow\u{0}";

pub const TASKS: [&str; 7] = [
    "load_slide",
    "plate_to_reader",
    "retract_tissue",
    "sort_cassettes",
    "tube_to_centrifuge",
    "wipe_down_instrument_tray_left_of_the_microscope",
    "größe_prüfen_试管",
];

const AXES: [&str; 6] = [
    "camera", "clutter", "language", "latency", "layout", "light",
];

const INSTRUCTIONS: [&str; 7] = [
    "Put slide S-0412 from the stand into the scanner's tray.",
    "Place the 96-well plate into the reader, A1 to the left.",
    "Hold the tissue flap aside; do not pull harder than 2 N.",
    "Sort the pink and the blue cassette into their trays.",
    "Put the 15 mL tube into the rotor, across from the counterweight.",
    "Wipe the tray left of the microscope.",
    "Prüfe die Größe: 试管 to the gauge, Ø 16 mm.",
];

/// A run, owned.
pub struct Run {
    pub info: RunInfo,
    pub judgement: Judgement,
    pub rollouts: Vec<RolloutRecord>,
    pub timings: Vec<Timing>,
}

impl Run {
    pub fn report(&self) -> Report<'_> {
        Report {
            info: &self.info,
            judgement: &self.judgement,
            rollouts: &self.rollouts,
            timings: &self.timings,
            baseline: Some("eval/2026-11-14-pi0-base"),
            wall_secs: 1874.2,
        }
    }
}

/// Random bits enough for data that is only to look real.
struct Noise(u64);

impl Noise {
    fn unit(&mut self) -> f64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let z = (self.0 ^ (self.0 >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        (z ^ (z >> 31)) as f64 / u64::MAX as f64
    }
}

/// Wilson's interval at 95 %.
pub fn share(successes: u64, of: u64) -> Share {
    if of == 0 {
        return Share {
            successes,
            of,
            low: 0.0,
            high: 1.0,
        };
    }
    let (n, z) = (of as f64, 1.959_963_984_540_054);
    let p = successes as f64 / n;
    let scale = 1.0 + z * z / n;
    let middle = (p + z * z / (2.0 * n)) / scale;
    let half = z / scale * (p * (1.0 - p) / n + z * z / (4.0 * n * n)).sqrt();
    Share {
        successes,
        of,
        low: (middle - half).max(0.0),
        high: (middle + half).min(1.0),
    }
}

fn failure(noise: &mut Noise, axis: &str) -> (Class, String) {
    let task = [
        "timed out",
        "timed out: the tube stands beside the rotor's bore",
    ];
    let safety = ["`press_scanner`: 61.4 N on the scanner's housing, at most 40 N"];
    let trace = (0..40).map(|i| {
        format!(
            "  File \"/opt/venv/lib/python3.11/site-packages/openpi/serving/websocket_policy_server.py\", \
             line {}, in _handler\n    obs = msgpack_numpy.unpackb(await websocket.recv())\n",
            60 + i
        )
    });
    match (noise.unit(), axis) {
        (x, "latency") if x < 0.5 => (
            Class::PolicyServer,
            format!(
                "no answer within 10 s, three times: closed with 1011\nTraceback (most recent \
                 call last):\n{}RuntimeError: CUDA error: an illegal memory access was \
                 encountered",
                trace.collect::<String>()
            ),
        ),
        (x, _) if x < 0.07 => (
            Class::Policy,
            "action 3 of the chunk is NaN: numbers 0, 1, 6".into(),
        ),
        (x, _) if x < 0.22 => (Class::Safety, safety[0].into()),
        (x, _) if x < 0.225 => (Class::Simulator, "physics became non-finite".into()),
        (x, _) => (Class::Task, task[usize::from(x < 0.6)].into()),
    }
}

/// This many seeds an arm; `hostile` puts [`HOSTILE`] wherever others have a say.
pub fn run(seeds: u64, hostile: bool) -> Run {
    let mut noise = Noise(7);
    let (mut rollouts, mut timings) = (Vec::new(), Vec::new());
    for (t, task) in TASKS.iter().enumerate() {
        let perturbed = AXES.iter().flat_map(|&a| (1..4).map(move |s| (a, s)));
        for (a, (axis, severity)) in [(UNPERTURBED, 0)].into_iter().chain(perturbed).enumerate() {
            let hardness = [0.02, 0.10, 0.12, 0.06, 0.14, 0.0, 0.2][t];
            let hurt = (1 + (a * 7 + t) % 4) as f64 * 0.05;
            let chance = hardness * (1.0 + f64::from(severity) * 10.0 * hurt);
            for seed in 0..seeds {
                let failed = noise.unit() < chance;
                let (mut class, mut reason) = (Class::Success, "success".to_string());
                if failed {
                    (class, reason) = failure(&mut noise, axis);
                }
                if t == 3 && axis == "latency" && severity == 3 {
                    class = Class::PolicyServer;
                    reason = "connection refused: 10.0.4.17:8000".into();
                }
                let mut instruction = INSTRUCTIONS[t].to_string();
                if hostile {
                    instruction = HOSTILE.into();
                    if class != Class::Success {
                        reason = HOSTILE.into();
                    }
                }
                let success = class == Class::Success;
                let regrasps = u32::from(noise.unit() < 0.12);
                let id = RolloutId {
                    task: task.to_string(),
                    axis: axis.into(),
                    severity,
                    seed,
                };
                rollouts.push(RolloutRecord {
                    class,
                    reason,
                    instruction,
                    stages_done: if success {
                        4
                    } else {
                        (noise.unit() * 4.0) as u32
                    },
                    stages: 4,
                    first_try: success && regrasps == 0,
                    metrics: metrics(&mut noise, t, regrasps, success),
                    digest: format!("{:064x}", seed * 1_000_003 + t as u64),
                    reproduce: format!(
                        "benchside eval lab-core --policy openpi://10.0.4.17:8000 --seed 0 --only \
                         '{task}/{axis}/{severity}/{seed}'"
                    ),
                    video: (!success)
                        .then(|| format!("videos/{task}/{axis}-{severity}-{seed}.mp4")),
                    id,
                });
                let calls = 20 + (noise.unit() * 20.0) as usize;
                let latency = (0..calls).map(|_| 38.0 + 30.0 * noise.unit().powi(6) as f32);
                let latency_ms: Vec<f32> = latency.collect();
                let policy_secs = latency_ms.iter().map(|&x| f64::from(x)).sum::<f64>() / 1e3;
                timings.push(Timing {
                    wall_secs: policy_secs + 4.4,
                    physics_secs: 1.3 + 0.2 * noise.unit(),
                    render_secs: 2.6 + 0.2 * noise.unit(),
                    policy_secs,
                    latency_ms,
                });
            }
        }
    }
    let judgement = judge(&rollouts, hostile);
    let digest = |i: u64| format!("{:016x}", i.wrapping_mul(0x9e37_79b9_7f4a_7c15)).repeat(4);
    let files = TASKS.iter().enumerate();
    let files = files.map(|(i, t)| {
        (
            format!("scenes/pathology_lab/{t}.task.toml"),
            digest(i as u64),
        )
    });
    let environment = [
        ("adapter", "NVIDIA L4"),
        ("cores", "16"),
        ("os", "Linux 6.8.0 (Ubuntu 24.04.1 LTS)"),
        ("processor", "AMD EPYC 7763 64-Core Processor"),
    ];
    let environment = environment.map(|(k, v)| (k.to_string(), v.to_string()));
    Run {
        info: RunInfo {
            benchside: "0.1.0".into(),
            suite: "lab-core".into(),
            policy: "openpi://10.0.4.17:8000".into(),
            policy_metadata: serde_json::json!({
                "config": "pi05_pathology_lab", "action_horizon": 16, "action_dim": 8,
                "note": if hostile { HOSTILE } else { "fine-tuned 2026-11-12" },
            }),
            files: files.collect(),
            seed: 0,
            environment: environment.into(),
        },
        judgement,
        rollouts,
        timings,
    }
}

fn metrics(noise: &mut Noise, task: usize, regrasps: u32, success: bool) -> Metrics {
    let mut around = |x: f64| x * (0.8 + 0.4 * noise.unit());
    Metrics {
        secs: around(if success { 14.0 } else { 28.0 }),
        steps: around(300.0) as u64,
        path_m: around(2.1),
        jerk_rms_m_per_s3: around(11.0),
        idle_share: around(0.12),
        collisions: around(1.2) as u32,
        peak_force_n: around(17.0),
        impulse_n_s: around(55.0),
        drops: u32::from(!success),
        regrasps,
        error_mm: (task != 2).then(|| around(0.6)),
        error_deg: (task < 2).then(|| around(1.1)),
        spilled_ul: (task == 4).then(|| around(3.0)),
        contaminations: (task == 4).then_some(0),
        zone_entries: 0,
        clamped: around(12.0) as u64,
    }
}

fn judge(rollouts: &[RolloutRecord], hostile: bool) -> Judgement {
    let mut by_arm: BTreeMap<(&str, &str, u8), Vec<&RolloutRecord>> = BTreeMap::new();
    for r in rollouts {
        let key = (r.id.task.as_str(), r.id.axis.as_str(), r.id.severity);
        by_arm.entry(key).or_default().push(r);
    }
    let arms = by_arm.into_iter().map(|((task, axis, severity), all)| {
        let mut failures = BTreeMap::new();
        for r in all.iter().filter(|r| !r.is_success()) {
            *failures.entry(format!("{:?}", r.class)).or_insert(0) += 1;
        }
        let evidence: Vec<_> = all.iter().filter(|r| r.class.is_evidence()).collect();
        let of = evidence.len() as u64;
        let count =
            |f: &dyn Fn(&RolloutRecord) -> bool| evidence.iter().filter(|r| f(r)).count() as u64;
        let mut metrics = BTreeMap::new();
        let mut add = |name: &str, get: &dyn Fn(&Metrics) -> Option<f64>| {
            let mut values: Vec<f64> = evidence.iter().filter_map(|r| get(&r.metrics)).collect();
            values.sort_by(f64::total_cmp);
            if let Some(last) = values.len().checked_sub(1) {
                metrics.insert(name.into(), (values[last / 2], values[last * 95 / 100]));
            }
        };
        add("secs", &|m| Some(m.secs));
        add("path_m", &|m| Some(m.path_m));
        add("jerk_rms_m_per_s3", &|m| Some(m.jerk_rms_m_per_s3));
        add("idle_share", &|m| Some(m.idle_share));
        add("collisions", &|m| Some(m.collisions.into()));
        add("peak_force_n", &|m| Some(m.peak_force_n));
        add("impulse_n_s", &|m| Some(m.impulse_n_s));
        add("drops", &|m| Some(m.drops.into()));
        add("error_mm", &|m| m.error_mm);
        add("error_deg", &|m| m.error_deg);
        add("spilled_ul", &|m| m.spilled_ul);
        add("zone_entries", &|m| Some(m.zone_entries.into()));
        let progress = evidence.iter().map(|r| r.progress()).sum::<f64>();
        Arm {
            task: task.into(),
            axis: axis.into(),
            severity,
            success: share(count(&|r| r.is_success()), of),
            first_try: share(count(&|r| r.first_try), of),
            progress: progress / of.max(1) as f64,
            failures,
            metrics,
        }
    });
    let gate = |name: &str, question: &str, verdict, answer: &str, more_seeds| GateResult {
        name: name.into(),
        question: question.into(),
        verdict,
        answer: answer.into(),
        more_seeds,
    };
    let said = if hostile { HOSTILE } else { "" };
    let comparison = |(i, task): (usize, &&str)| {
        let (lost, gained) = [(3, 4), (29, 9), (5, 5), (12, 7), (8, 31), (0, 0), (21, 10)][i];
        let (e_worse, e_better) = [
            (0.31, 0.42),
            (48.3, 0.02),
            (0.35, 0.35),
            (0.71, 0.19),
            (0.0008, 184.0),
            (1.0, 1.0),
            (1.42, 0.06),
        ][i];
        Comparison {
            task: task.to_string(),
            pairs: 371,
            lost,
            gained,
            e_worse,
            e_better,
        }
    };
    Judgement {
        verdict: Verdict::Fail,
        headline: format!(
            "plate_to_reader regressed: 29 rollouts lost and 9 gained of 371 pairs against \
             eval/2026-11-14-pi0-base (e-value 48.3, 20 needed).{said}"
        ),
        gates: vec![
            gate(
                "plate_to_reader/not_worse",
                "Is success less than 5 points below the baseline's, on the same seeds?",
                Verdict::Fail,
                "No: 29 lost, 9 gained of 371 pairs; e-value for worse 48.3, 20 is enough (Holm over 7 tasks).",
                None,
            ),
            gate(
                "größe_prüfen_试管/not_worse",
                "Is success less than 5 points below the baseline's, on the same seeds?",
                Verdict::NotEnoughEvidence,
                "Undecided: 21 lost, 10 gained of 371 pairs; e-value for worse 1.42, 20 would be enough.",
                Some(140),
            ),
            gate(
                "load_slide/success",
                "Is unperturbed success at least 80 %, at 95 % confidence?",
                Verdict::Pass,
                "Yes: 20 of 20, 84–100 % (Wilson).",
                None,
            ),
            gate(
                "retract_tissue/force",
                "Are tissue forces above 2 N rarer than 1 % of rollouts?",
                Verdict::Pass,
                "Yes: 0 of 380; at most 0.8 % (Clopper–Pearson, one-sided 95 %).",
                None,
            ),
            gate(
                "sort_cassettes/latency",
                "Does success stay above 60 % under latency of severity 3?",
                Verdict::CouldNotRun,
                "The policy's server failed in 20 of 20 rollouts: connection refused: 10.0.4.17:8000",
                None,
            ),
            gate(
                "tube_to_centrifuge/not_worse",
                "Is success less than 5 points below the baseline's, on the same seeds?",
                Verdict::Pass,
                &format!("Yes: 8 lost, 31 gained of 371 pairs; better with e-value 184.{said}"),
                None,
            ),
        ],
        arms: arms.collect(),
        comparisons: TASKS.iter().enumerate().map(comparison).collect(),
    }
}
