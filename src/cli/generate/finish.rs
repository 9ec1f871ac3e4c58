//! What is written when all images are there.

use std::collections::BTreeSet;
use std::time::Duration;

use super::super::output::count;
use super::pipeline::Pipeline;
use crate::base::problem::Problems;
use crate::dataset::coco;
use crate::dataset::episode::EpisodeRecord;
use crate::dataset::layout;
use crate::dataset::manifest::Format;
use crate::dataset::record::read_labels;
use crate::dataset::summary::{Summary, Tally};
use crate::render::Executor;
use crate::render::gpu::GpuReport;

/// Writes annotations and summary from the records on disk, one at a time.
pub(super) fn write(pipeline: &Pipeline<'_>) -> Result<Summary, Problems> {
    let (store, manifest) = (pipeline.store, pipeline.manifest);
    let request = &manifest.request;
    let mut tally = Tally::new(manifest);
    let mut failed = BTreeSet::new();
    for episode in 0..request.episodes {
        let record = EpisodeRecord::read(store.root(), episode)?;
        tally.episode(&record);
        if !record.has_images() {
            failed.insert(episode);
        }
    }
    let images = || (0..request.images()).filter(|&i| !failed.contains(&request.place(i).0));
    let mut labels = |image| {
        let labels = read_labels(store.root(), request, image)?.labels;
        tally.image(&labels);
        Ok(labels)
    };
    if request.has(Format::Coco) {
        store.write_stream(layout::COCO_ANNOTATIONS, |to| {
            coco::write(to, manifest, images, &mut labels)
        })?;
    } else {
        for image in images() {
            labels(image)?;
        }
    }
    let summary = tally.finish();
    store.write_file(layout::SUMMARY, &summary.to_bytes())?;
    Ok(summary)
}

/// What to tell about a finished run.
pub(super) fn report(pipeline: &Pipeline<'_>, summary: &Summary, time: Duration) -> String {
    let episodes = &summary.episodes;
    let secs = time.as_secs_f64();
    let mut text = format!(
        "{} of {} in {} ({secs:.1} s)\n",
        count(summary.images, "image"),
        count(episodes.simulated, "episode"),
        pipeline.store.root().display(),
    );
    let stages = pipeline.stages.report();
    if !stages.is_empty() {
        text.push_str(&format!("per thread: {stages}\n"));
    }
    if let Executor::Gpu(gpu) = pipeline.executor {
        let GpuReport {
            lost,
            views_on_cpu,
            first_error,
        } = gpu.report();
        if let Some(error) = first_error {
            text.push_str(&format!(
                "the GPU failed {}, {} made on the CPU instead; first: {error}\n",
                count(lost.into(), "time"),
                count(views_on_cpu, "image"),
            ));
        }
    }
    if !episodes.failed.is_empty() {
        text.push_str(&format!(
            "{} without images, because physics diverged: {:?}\n",
            count(episodes.failed.len() as u64, "episode"),
            episodes.failed
        ));
    }
    let moving = episodes.simulated - episodes.at_rest;
    if moving > 0 {
        text.push_str(&format!(
            "{} not yet at rest when the settling time was up\n",
            count(moving, "episode")
        ));
    }
    for s in &summary.shortfalls {
        text.push_str(&format!(
            "shortfall: {} of {} {} ({}) placed in {}: {}\n",
            s.placed, s.wanted, s.spawn, s.asset, s.region, s.reason
        ));
    }
    text
}
