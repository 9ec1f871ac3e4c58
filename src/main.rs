//! Parse, run one verb, print one error, exit code.

fn main() {}
