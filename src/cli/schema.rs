//! `benchside schema`: JSON Schemas, for editors.

use super::Verdict;
use super::output::print;
use crate::base::problem::Problems;

#[derive(Debug, clap::Args)]
pub(super) struct Args {
    /// Which file's
    #[arg(value_enum, default_value = "recipe")]
    of: Of,
}

#[derive(Clone, Copy, Debug, clap::ValueEnum)]
enum Of {
    /// recipe.toml
    Recipe,
    /// robot.toml
    Robot,
    /// A task file
    Task,
    /// A suite of `eval`: *.suite.toml
    Suite,
    /// Gates of `eval`: *.gate.toml
    Gate,
    /// A policy's adapter: *.adapter.toml
    Adapter,
}

pub(super) fn run(args: &Args) -> Result<Verdict, Problems> {
    match args.of {
        Of::Recipe => print(&format!("{}\n", crate::scene::recipe::schema_json()))?,
        Of::Task => print(&format!("{}\n", crate::task::schema_json()))?,
        Of::Suite => print(&format!("{}\n", crate::eval::suite::schema_json()))?,
        Of::Gate => print(&format!("{}\n", crate::eval::gate::schema_json()))?,
        Of::Adapter => print(&format!("{}\n", crate::policy::adapter::schema_json()))?,
        Of::Robot => print(&format!("{}\n", crate::robot::schema_json()))?,
    }
    Ok(Verdict::Fine)
}
