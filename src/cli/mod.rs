//! The command line: one file per verb.

pub mod bench;
mod check;
mod devices;
mod eval;
mod generate;
mod inspect;
mod output;
mod play;
mod record;
mod replay;
mod robot;
mod schema;
mod tally;

use std::process::ExitCode;

use clap::{Parser, Subcommand};

use crate::base::problem::Problems;

/// Hospital and lab scenes with physics, exact labels and data sets.
#[derive(Debug, Parser)]
#[command(name = "benchside", version, arg_required_else_help = true)]
pub struct Cli {
    #[command(subcommand)]
    verb: Verb,
}

#[derive(Debug, Subcommand)]
enum Verb {
    /// Make a labelled data set from a scene
    Generate(generate::Args),
    /// Play one episode of a task and make films of it
    Play(play::Args),
    /// Record an expert's demonstrations of a task
    Record(record::Args),
    /// Play recorded episodes again from their actions, and compare every state
    Replay(replay::Args),
    /// Judge a policy on a suite of tasks
    Eval(eval::Args),
    /// Compare two runs of eval, on the same seeds
    Compare(eval::compare::Args),
    /// Look for problems in a scene folder, recipe, glTF file, robot or data set
    Check(check::Args),
    /// Count what is in a data set and draw a contact sheet
    Inspect(inspect::Args),
    /// Measure speed on this machine
    Bench(bench::Args),
    /// List the GPUs of this machine, and what would render
    Devices,
    /// Print the JSON Schema of a file that people write
    Schema(schema::Args),
}

/// How a verb ended that could run.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Verdict {
    Fine,
    /// It looked, and found problems.
    ProblemsFound,
    /// There is not enough evidence for a verdict.
    NotEnoughEvidence,
    /// What was to be judged could not be run.
    CouldNotRun,
}

/// Runs the command line of this process: does what it says, prints what went wrong, and gives
/// the exit code: 0 fine, 1 checked and found problems, 2 not enough evidence, 3 could not run.
pub fn main() -> ExitCode {
    let cli = match Cli::try_parse() {
        Ok(cli) => cli,
        Err(error) => {
            // Nothing is left to do if even the message cannot be printed.
            let _ = error.print();
            return ExitCode::from(if error.use_stderr() { 3 } else { 0 });
        }
    };
    match run(cli) {
        Ok(Verdict::Fine) => ExitCode::SUCCESS,
        Ok(Verdict::ProblemsFound) => ExitCode::from(1),
        Ok(Verdict::NotEnoughEvidence) => ExitCode::from(2),
        Ok(Verdict::CouldNotRun) => ExitCode::from(3),
        Err(problems) => {
            eprintln!("{problems}");
            ExitCode::from(3)
        }
    }
}

fn run(cli: Cli) -> Result<Verdict, Problems> {
    match cli.verb {
        Verb::Generate(args) => generate::run(&args),
        Verb::Play(args) => play::run(&args),
        Verb::Record(args) => record::run(&args),
        Verb::Replay(args) => replay::run(&args),
        Verb::Eval(args) => eval::run(&args),
        Verb::Compare(args) => eval::compare::run(&args),
        Verb::Check(args) => check::run(&args),
        Verb::Inspect(args) => inspect::run(&args),
        Verb::Bench(args) => bench::run(&args),
        Verb::Devices => devices::run(),
        Verb::Schema(args) => schema::run(&args),
    }
}
