//! What goes to standard output.

use std::io::{self, Write};

use crate::base::problem::{Problem, Problems};

/// Prints a text. A reader that has gone away (`| head`) is no problem.
pub(super) fn print(text: &str) -> Result<(), Problems> {
    let mut out = io::stdout().lock();
    match out.write_all(text.as_bytes()).and_then(|()| out.flush()) {
        Err(error) if error.kind() != io::ErrorKind::BrokenPipe => Err(Problem::error(
            "standard output",
            "",
            error.to_string(),
            "an output that can be written to",
            "",
        )
        .into()),
        _ => Ok(()),
    }
}

/// `1 image`, `2 images`.
pub(super) fn count(n: u64, thing: &str) -> String {
    format!("{n} {thing}{}", if n == 1 { "" } else { "s" })
}
