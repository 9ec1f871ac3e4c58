//! Parse, run one verb, print one error, exit code.

use std::process::ExitCode;

fn main() -> ExitCode {
    benchside::cli::main()
}
