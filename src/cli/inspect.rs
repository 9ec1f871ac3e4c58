//! `benchside inspect`: what is in a data set.

mod recording;

use std::fmt::Write as _;
use std::path::{Path, PathBuf};

use super::Verdict;
use super::output::{count, print};
use crate::base::problem::Problems;
use crate::dataset::demo::DemoManifest;
use crate::dataset::episode::EpisodeRecord;
use crate::dataset::manifest::{Format, Manifest};
use crate::dataset::record::{labels_path, read_labels};
use crate::dataset::sheet::contact_sheet;
use crate::dataset::store::write_problem;
use crate::dataset::summary::{Summary, Tally};
use crate::dataset::{json, layout};

#[derive(Debug, clap::Args)]
pub(super) struct Args {
    /// Folder of the data set or recording; may be unfinished
    dataset: PathBuf,
    /// Where to put the contact sheet [default: <dataset>.contact_sheet.png]
    #[arg(short, long, value_name = "FILE")]
    out: Option<PathBuf>,
    /// Count only
    #[arg(long, conflicts_with = "out")]
    no_sheet: bool,
}

pub(super) fn run(args: &Args) -> Result<Verdict, Problems> {
    let root = &args.dataset;
    if DemoManifest::is_there(root) {
        return recording::run(args);
    }
    let manifest = Manifest::read(root)?;
    let finished = Summary::is_there(root);
    let counts = if finished {
        counts_of_finished(root, &manifest)?
    } else {
        counts_so_far(root, &manifest)?
    };
    print(&text(&manifest, &counts.summary, finished))?;
    if args.no_sheet {
        return Ok(Verdict::Fine);
    }
    let path = args.out.clone().unwrap_or_else(|| beside(root));
    let sheet = contact_sheet(root, &manifest, &counts.summary, &counts.images)?;
    std::fs::write(&path, sheet).map_err(|e| write_problem(&path, &e))?;
    print(&format!("contact sheet: {}\n", path.display()))?;
    Ok(Verdict::Fine)
}

struct Counts {
    summary: Summary,
    /// Numbers of the images that are there.
    images: Vec<u64>,
}

fn counts_of_finished(root: &Path, manifest: &Manifest) -> Result<Counts, Problems> {
    let request = &manifest.request;
    let summary: Summary = json::read(&root.join(layout::SUMMARY))?;
    let failed = &summary.episodes.failed;
    let there = |i: &u64| failed.binary_search(&request.place(*i).0).is_err();
    let images = (0..request.images()).filter(there).collect();
    Ok(Counts { summary, images })
}

fn counts_so_far(root: &Path, manifest: &Manifest) -> Result<Counts, Problems> {
    let request = &manifest.request;
    let mut tally = Tally::new(manifest);
    let mut images = Vec::new();
    for episode in 0..request.episodes {
        if !root.join(layout::episode(episode)).exists() {
            continue;
        }
        tally.episode(&EpisodeRecord::read(root, episode)?);
        for image in request.image(episode, 0, 0)..request.image(episode + 1, 0, 0) {
            if root.join(labels_path(request, image)).exists() {
                tally.image(&read_labels(root, request, image)?.labels);
                images.push(image);
            }
        }
    }
    Ok(Counts {
        summary: tally.finish(),
        images,
    })
}

/// `output/lab` → `output/lab.contact_sheet.png`: beside the data set, not in it.
fn beside(root: &Path) -> PathBuf {
    let whole = std::path::absolute(root).unwrap_or_else(|_| root.to_path_buf());
    let name = whole.file_name().unwrap_or("dataset".as_ref());
    let mut name = name.to_os_string();
    name.push(".contact_sheet.png");
    whole.with_file_name(name)
}

/// Width of the longest bar of the histogram, characters.
const BAR: u64 = 24;

fn text(manifest: &Manifest, summary: &Summary, finished: bool) -> String {
    let request = &manifest.request;
    let episodes = &summary.episodes;
    let [w, h] = request.size_px;
    let formats = request.formats.iter().map(|f| match f {
        Format::Native => "native",
        Format::Coco => "coco",
    });
    let formats = formats.collect::<Vec<_>>().join(", ");
    let mut text = format!(
        "{}: {} of {}, {w}x{h}, seed {}, {formats}\n",
        manifest.scene,
        count(summary.images, "image"),
        count(episodes.simulated, "episode"),
        request.seed,
    );
    if !finished {
        let whole = request.images();
        text += &format!("unfinished: {whole} images were asked for; go on with --resume\n");
    }
    if !episodes.failed.is_empty() {
        text += &format!("without images (physics diverged): {:?}\n", episodes.failed);
    }
    text += &format!(
        "settling: {} of {} at rest; {:.2} s on average, {:.2} s at most\n",
        episodes.at_rest,
        count(episodes.simulated, "episode"),
        episodes.settling_secs_mean,
        episodes.settling_secs_max,
    );
    if episodes.with_escapes > 0 {
        let n = count(episodes.with_escapes, "episode");
        text += &format!("objects left the scene in {n}\n");
    }
    for s in &summary.shortfalls {
        text += &format!(
            "shortfall: {} of {} {} ({}) placed in {}: {}\n",
            s.placed, s.wanted, s.spawn, s.asset, s.region, s.reason
        );
    }
    text += &histogram(summary);
    text
}

fn histogram(summary: &Summary) -> String {
    let mut text = String::from("\n");
    let names = summary.classes.iter().map(|c| c.name.len());
    let width = names.max().unwrap_or(0).max(5);
    // Writing to a string does not fail.
    let _ = writeln!(
        text,
        "  id  {:width$}  labelled  visible  visibility  keypoints",
        "class"
    );
    let mut classes: Vec<_> = summary.classes.iter().collect();
    classes.sort_by_key(|c| (std::cmp::Reverse(c.visible), c.id));
    let most = classes.first().map_or(1, |c| c.visible.max(1));
    for c in classes {
        let keypoints = match c.keypoints_labelled {
            0 => "-".to_string(),
            n => format!("{}/{n}", c.keypoints_visible),
        };
        let bar = "#".repeat((c.visible * BAR).div_ceil(most) as usize);
        let _ = writeln!(
            text,
            "{:4}  {:width$}  {:8}  {:7}  {:9.1}%  {keypoints:>9}  {bar}",
            c.id,
            c.name,
            c.labelled,
            c.visible,
            100.0 * c.visibility_mean,
        );
    }
    text.push('\n');
    text
}
