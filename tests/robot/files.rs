//! Loading of robots: what becomes of links, and what is said of broken files.

use std::path::Path;

use benchside::base::problem::Problems;
use benchside::robot::desc::RobotDesc;
use benchside::scene::builder::SceneBuilder;
use benchside::scene::desc::SceneDesc;
use benchside::scene::taxonomy::Taxonomy;

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

/// A robot in a scene of its own, with the shipped classes.
pub fn load(path: &Path) -> (SceneDesc, Result<RobotDesc, Problems>) {
    let taxonomy = root().join("scenes/taxonomy.toml");
    let (taxonomy, _) = Taxonomy::load(&taxonomy).unwrap();
    let mut builder = SceneBuilder::new("test", taxonomy, path.parent().unwrap());
    let robot = benchside::robot::load(&mut builder, path);
    let (scene, problems) = builder.finish();
    (scene, robot.ok_or(problems))
}
