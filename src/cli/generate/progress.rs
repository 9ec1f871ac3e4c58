//! A bar with rate and time left on a terminal; nothing anywhere else.

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressState, ProgressStyle};

/// Images a second, with one decimal.
fn rate(state: &ProgressState, to: &mut dyn std::fmt::Write) {
    // Writing to indicatif's own buffer does not fail.
    let _ = write!(to, "{:.1}/s", state.per_sec());
}

/// Counts images.
pub(super) struct Progress(ProgressBar);

impl Progress {
    /// Of this many images. Draws on standard error if that is a terminal.
    pub(super) fn new(images: u64) -> Self {
        // indicatif hides a bar on standard error by itself where that is no terminal.
        let bar = ProgressBar::with_draw_target(Some(images), ProgressDrawTarget::stderr());
        let style = "{wide_bar} {pos}/{len} images, {rate}, {eta} left {msg}";
        let style = ProgressStyle::with_template(style).expect("the template is well-formed");
        bar.set_style(style.with_key("rate", rate));
        Self(bar)
    }

    /// Images that were made, or are not to be made.
    pub(super) fn add(&self, images: u64) {
        self.0.inc(images);
    }

    /// Images that an earlier run made: they do not count for the rate.
    pub(super) fn skip(&self, images: u64) {
        self.0.inc(images);
        self.0.reset_eta();
    }

    /// What goes on after the images.
    pub(super) fn say(&self, text: &'static str) {
        self.0.set_message(text);
    }

    /// A line above the bar; on standard error in any case.
    pub(super) fn warn(&self, line: &str) {
        self.0.suspend(|| eprintln!("{line}"));
    }

    /// Takes the bar away.
    pub(super) fn end(&self) {
        self.0.finish_and_clear();
    }
}
