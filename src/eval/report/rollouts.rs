//! Rollouts as tables, for pandas, DuckDB and whoever else asks on.

use super::class_key;
use super::timing::percentile;
use crate::dataset::demo::table::{Column, Rows, TableWriter, Values};
use crate::eval::record::{RolloutRecord, Timing};

/// Rows of a group of the Parquet files.
const GROUP_ROWS: usize = 10_000;

/// One record a line, as serde has it.
pub fn jsonl(rollouts: &[RolloutRecord]) -> Vec<u8> {
    let mut bytes = Vec::new();
    for rollout in rollouts {
        serde_json::to_writer(&mut bytes, rollout).expect("text keys, and memory does not fail");
        bytes.push(b'\n');
    }
    bytes
}

/// A row a rollout, flat; what does not apply is null. Units are in the names.
pub fn parquet(rollouts: &[RolloutRecord]) -> Vec<u8> {
    table(columns(&[]), rollouts.chunks(GROUP_ROWS).map(columns))
}

/// The clock's side: a row a rollout, with its id. Latencies by nearest rank, null without a
/// call of the policy.
pub fn timing_parquet(rollouts: &[RolloutRecord], timings: &[Timing]) -> Vec<u8> {
    let chunks = rollouts.chunks(GROUP_ROWS).zip(timings.chunks(GROUP_ROWS));
    table(
        timing_columns(&[], &[]),
        chunks.map(|(rollouts, timings)| timing_columns(rollouts, timings)),
    )
}

fn table(names: Vec<Column>, groups: impl Iterator<Item = Vec<Column>>) -> Vec<u8> {
    const MEMORY: &str = "memory does not fail";
    let mut writer = TableWriter::new(Vec::new(), &names, &[]).expect(MEMORY);
    for group in groups {
        writer.write(&group).expect(MEMORY);
    }
    writer.finish().expect(MEMORY)
}

/// Makes columns of what each row has.
struct Of<'a, R>(&'a [R]);

impl<R> Of<'_, R> {
    fn text(&self, name: &str, get: impl Fn(&R) -> String) -> Column {
        Column::scalars(name, Values::Text(self.0.iter().map(get).collect()))
    }

    fn real(&self, name: &str, get: impl Fn(&R) -> f64) -> Column {
        Column::scalars(name, Values::F64(self.0.iter().map(get).collect()))
    }

    /// Numbers of episodes, steps and events are far below 2^63.
    fn whole(&self, name: &str, get: impl Fn(&R) -> u64) -> Column {
        let get = |row: &R| i64::try_from(get(row)).unwrap_or(i64::MAX);
        Column::scalars(name, Values::I64(self.0.iter().map(get).collect()))
    }

    fn flag(&self, name: &str, get: impl Fn(&R) -> bool) -> Column {
        Column::scalars(name, Values::Bool(self.0.iter().map(get).collect()))
    }

    fn optional<T>(
        &self,
        name: &str,
        get: impl Fn(&R) -> Option<T>,
        values: impl Fn(Vec<T>) -> Values,
    ) -> Column {
        let all: Vec<Option<T>> = self.0.iter().map(get).collect();
        Column {
            name: name.into(),
            rows: Rows::Optional(all.iter().map(Option::is_some).collect()),
            values: values(all.into_iter().flatten().collect()),
        }
    }
}

fn columns(rollouts: &[RolloutRecord]) -> Vec<Column> {
    let of = Of(rollouts);
    let mut columns = id_columns(rollouts);
    columns.extend([
        of.text("class", |r| class_key(r.class).into()),
        of.flag("success", RolloutRecord::is_success),
        of.flag("first_try", |r| r.first_try),
        of.flag("is_evidence", |r| r.class.is_evidence()),
        of.text("reason", |r| r.reason.clone()),
        of.text("instruction", |r| r.instruction.clone()),
        of.whole("stages_done", |r| r.stages_done.into()),
        of.whole("stages", |r| r.stages.into()),
        of.real("progress", RolloutRecord::progress),
        of.real("secs", |r| r.metrics.secs),
        of.whole("steps", |r| r.metrics.steps),
        of.real("path_m", |r| r.metrics.path_m),
        of.real("jerk_rms_m_per_s3", |r| r.metrics.jerk_rms_m_per_s3),
        of.real("idle_share", |r| r.metrics.idle_share),
        of.whole("collisions", |r| r.metrics.collisions.into()),
        of.real("peak_force_n", |r| r.metrics.peak_force_n),
        of.real("impulse_n_s", |r| r.metrics.impulse_n_s),
        of.whole("drops", |r| r.metrics.drops.into()),
        of.whole("regrasps", |r| r.metrics.regrasps.into()),
        of.optional("error_mm", |r| r.metrics.error_mm, Values::F64),
        of.optional("error_deg", |r| r.metrics.error_deg, Values::F64),
        of.optional("spilled_ul", |r| r.metrics.spilled_ul, Values::F64),
        of.optional(
            "contaminations",
            |r| r.metrics.contaminations.map(i64::from),
            Values::I64,
        ),
        of.whole("zone_entries", |r| r.metrics.zone_entries.into()),
        of.whole("clamped", |r| r.metrics.clamped),
        of.text("digest", |r| r.digest.clone()),
        of.text("reproduce", |r| r.reproduce.clone()),
        of.optional("video", |r| r.video.clone(), Values::Text),
    ]);
    columns
}

fn id_columns(rollouts: &[RolloutRecord]) -> Vec<Column> {
    let of = Of(rollouts);
    vec![
        of.text("task", |r| r.id.task.clone()),
        of.text("axis", |r| r.id.axis.clone()),
        of.whole("severity", |r| r.id.severity.into()),
        of.whole("seed", |r| r.id.seed),
    ]
}

fn timing_columns(rollouts: &[RolloutRecord], timings: &[Timing]) -> Vec<Column> {
    let rows: Vec<(&RolloutRecord, &Timing, Vec<f32>)> = rollouts
        .iter()
        .zip(timings)
        .map(|(rollout, timing)| {
            let mut sorted = timing.latency_ms.clone();
            sorted.sort_unstable_by(f32::total_cmp);
            (rollout, timing, sorted)
        })
        .collect();
    let of = Of(&rows);
    let latency = |name: &str, share| {
        let get = |(_, _, sorted): &(_, _, Vec<f32>)| percentile(sorted, share);
        of.optional(name, get, Values::F32)
    };
    let real_time = |(r, t, _): &(&RolloutRecord, &Timing, _)| {
        (t.wall_secs > 0.0).then(|| r.metrics.secs / t.wall_secs)
    };
    let mut columns = id_columns(rollouts);
    columns.extend([
        of.real("wall_secs", |(_, t, _)| t.wall_secs),
        of.real("physics_secs", |(_, t, _)| t.physics_secs),
        of.real("render_secs", |(_, t, _)| t.render_secs),
        of.real("policy_secs", |(_, t, _)| t.policy_secs),
        of.optional("real_time_factor", real_time, Values::F64),
        of.whole("policy_calls", |(_, t, _)| t.latency_ms.len() as u64),
        latency("latency_p50_ms", 0.5),
        latency("latency_p95_ms", 0.95),
        latency("latency_p99_ms", 0.99),
        latency("latency_max_ms", 1.0),
    ]);
    columns
}
