//! What is in a recording.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use super::{Args, BAR, Verdict, beside, count, print};
use crate::base::problem::Problems;
use crate::dataset::demo::native::EpisodeRecord;
use crate::dataset::demo::recording::{RecordingSummary, indices};
use crate::dataset::demo::{DemoFormat, DemoManifest};
use crate::dataset::layout::SUMMARY;
use crate::dataset::sheet::demo::contact_sheet;
use crate::dataset::store::write_problem;

pub(super) fn run(args: &Args) -> Result<Verdict, Problems> {
    let root = &args.dataset;
    let manifest = DemoManifest::read(root)?;
    let mut counts = Counts::default();
    for index in indices(root) {
        counts.add(&EpisodeRecord::read(root, index)?);
    }
    print(&text(&manifest, &counts, root.join(SUMMARY).exists()))?;
    if args.no_sheet || counts.kept.is_empty() || manifest.demonstrations.cameras.is_empty() {
        return Ok(Verdict::Fine);
    }
    let path = args.out.clone().unwrap_or_else(|| beside(root));
    let title = title(&manifest, &counts.summary);
    let sheet = contact_sheet(root, &manifest, &counts.kept, &title)?;
    std::fs::write(&path, sheet).map_err(|e| write_problem(&path, &e))?;
    print(&format!("contact sheet: {}\n", path.display()))?;
    Ok(Verdict::Fine)
}

#[derive(Default)]
struct Counts {
    summary: RecordingSummary,
    /// Episodes with pictures.
    kept: Vec<u64>,
    /// Steps of the episodes that are kept, ascending once all are there.
    lengths: Vec<u64>,
    instructions: BTreeMap<String, u64>,
    /// Mean steps a stage are these over the number of kept episodes.
    stages: Vec<u64>,
}

impl Counts {
    fn add(&mut self, record: &EpisodeRecord) {
        self.summary.add(record);
        *self
            .instructions
            .entry(record.instruction.clone())
            .or_default() += 1;
        if record.kept {
            self.kept.push(record.index);
            let place = self.lengths.partition_point(|&l| l <= record.steps);
            self.lengths.insert(place, record.steps);
            self.stages
                .resize(record.stages.len().max(self.stages.len()), 0);
            let stages = self.stages.iter_mut().zip(&record.stages);
            stages.for_each(|(sum, stage)| *sum += stage.steps);
        }
    }
}

fn title(manifest: &DemoManifest, summary: &RecordingSummary) -> String {
    let schema = &manifest.demonstrations;
    format!(
        "{} with {}: {} of {} succeeded, {} steps at {} Hz",
        schema.task,
        schema.robot,
        summary.successes,
        count(summary.episodes, "episode"),
        summary.steps,
        schema.rate_hz,
    )
}

fn text(manifest: &DemoManifest, counts: &Counts, finished: bool) -> String {
    let schema = &manifest.demonstrations;
    let summary = &counts.summary;
    let mut text = title(manifest, summary);
    text.push('\n');
    // Writing to a string does not fail.
    if !finished {
        text += "unfinished: go on with --resume\n";
    }
    let formats = manifest.request.formats.iter().map(|f| match f {
        DemoFormat::Native => "native",
        DemoFormat::Lerobot3 => "lerobot3",
        DemoFormat::Lerobot2 => "lerobot2",
        DemoFormat::Robomimic => "robomimic",
    });
    let _ = writeln!(text, "formats: {}", formats.collect::<Vec<_>>().join(", "));
    let cameras = schema.cameras.iter().map(|c| {
        let more = [(c.depth, " + depth"), (c.instances, " + instances")];
        let more = more.iter().filter(|m| m.0).map(|m| m.1).collect::<String>();
        format!("{} {}x{}{more}", c.name, c.width_px, c.height_px)
    });
    let _ = writeln!(text, "cameras: {}", cameras.collect::<Vec<_>>().join(", "));
    let (state, action) = (schema.state.len(), schema.action.len());
    let _ = writeln!(text, "numbers: {state} of state, {action} of action");
    if summary.episodes > 0 {
        let share = 100.0 * summary.successes as f64 / summary.episodes as f64;
        let _ = writeln!(text, "success: {share:.1}%");
    }
    for (reason, n) in &summary.reasons {
        let _ = writeln!(text, "  {n:6}  {reason}");
    }
    text += "instructions:\n";
    for (instruction, n) in &counts.instructions {
        let _ = writeln!(text, "  {n:6}  {instruction}");
    }
    text + &lengths(manifest, counts)
}

/// Bars of the histogram of lengths.
const BINS: usize = 8;

fn lengths(manifest: &DemoManifest, counts: &Counts) -> String {
    let schema = &manifest.demonstrations;
    let all = &counts.lengths;
    let (Some(&least), Some(&most)) = (all.first(), all.last()) else {
        return String::new();
    };
    let secs = |steps: f64| steps / f64::from(schema.rate_hz);
    let mut text = format!(
        "lengths: {least} to {most} steps, median {}; {:.1} s on average, {:.1} min together\n",
        all[all.len() / 2],
        secs(counts.summary.steps as f64 / all.len() as f64),
        secs(counts.summary.steps as f64) / 60.0,
    );
    let width = (most - least + 1).div_ceil(BINS as u64);
    let mut bins = [0u64; BINS];
    all.iter()
        .for_each(|l| bins[((l - least) / width) as usize] += 1);
    let highest = bins.iter().copied().max().unwrap_or(1);
    for (begin, n) in (least..=most).step_by(width as usize).zip(bins) {
        let bar = "#".repeat((n * BAR).div_ceil(highest) as usize);
        let _ = writeln!(text, "  {begin:6} to {:6}  {n:6}  {bar}", begin + width - 1);
    }
    for (name, sum) in schema.stages.iter().zip(&counts.stages) {
        let mean = secs(*sum as f64 / all.len() as f64);
        let _ = writeln!(text, "stage {name}: {mean:.1} s on average");
    }
    text
}
