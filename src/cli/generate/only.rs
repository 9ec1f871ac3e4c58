//! `--only K`: one image, made alone.

use super::pipeline::Pipeline;
use crate::base::problem::{Problem, Problems};
use crate::dataset::episode::Outcome;
use crate::dataset::layout;
use crate::dataset::manifest::Request;
use crate::dataset::summary::Summary;
use crate::render::Scratch;

/// Refuses an image that the data set does not have.
pub(super) fn check(image: u64, request: &Request) -> Result<(), Problems> {
    if image < request.images() {
        return Ok(());
    }
    Err(Problem::error(
        "--only",
        "",
        format!("image {image}"),
        format!(
            "0 to {}: the data set has {} episodes of {} images",
            request.images() - 1,
            request.episodes,
            request.images_per_episode()
        ),
        "choose another image, or give the data set's number of episodes with -n",
    )
    .into())
}

/// Makes the image and the record of its episode; returns what to tell.
pub(super) fn make(pipeline: &Pipeline<'_>, image: u64) -> Result<String, Problems> {
    let (store, request) = (pipeline.store, &pipeline.manifest.request);
    let (number, frame, camera) = request.place(image);
    let (record, episode) = pipeline.episode(number)?;
    let Some(episode) = episode else {
        let message = match record.outcome {
            Outcome::Failed { message } => message,
            Outcome::Simulated { .. } => String::new(),
        };
        return Err(Problem::error(
            layout::image(image),
            "",
            format!("episode {number} has no images: {message}"),
            "an episode that physics can simulate",
            "choose an image of another episode",
        )
        .into());
    };
    let placed = pipeline.place(&episode, frame);
    let views = pipeline.views(&episode, &placed, frame, &[camera], &mut Scratch::default());
    let files = pipeline.image(&episode, &placed, frame, camera, &views[0])?;

    let finished = Summary::is_there(store.root());
    let mut written: Vec<(String, &[u8])> = Vec::new();
    let episode_bytes = record.to_bytes();
    written.push((layout::episode(number), &episode_bytes));
    let folder = layout::image(image);
    for (name, bytes) in &files.folder {
        written.push((format!("{folder}/{name}"), bytes));
    }
    for (place, bytes) in &files.single {
        // The work folder of a finished data set is gone, and shall stay so.
        if !(finished && place.starts_with(layout::WORK)) {
            written.push((place.clone(), bytes));
        }
    }
    pipeline.begin_dataset()?;
    let mut text = String::new();
    for (place, bytes) in written {
        let path = store.root().join(&place);
        let word = match std::fs::read(&path) {
            Ok(there) if there == bytes => "same bytes as before",
            Ok(_) => "replaced: the bytes were different",
            Err(_) => "new",
        };
        store.write_file(&place, bytes)?;
        text.push_str(&format!("{}: {word}\n", path.display()));
    }
    Ok(text)
}
