//! Robot files → [`desc::RobotDesc`], and its kinematics. Physics is [`crate::world`]'s.
//!
//! ```text
//! robot.toml ── raw ─────────────────────────────┐
//! URDF ── urdf ──┐                               │
//! MJCF ── mjcf ──┴─► draft ── tree ──► links, joints ── config ──► RobotDesc
//!                      └── assemble (meshes, primitives) ──► objects of the scene
//! ```
//!
//! `draft` is a robot as its file has it; `tree` looks up names, checks, and sorts the links;
//! `assemble` makes the geometry of each link an object of one asset, so that rendering, labels
//! and collision shapes treat robots like everything else. Every problem of all files is reported
//! at once.

pub mod action;
mod assemble;
mod config;
mod dense;
pub mod desc;
mod draft;
mod inverse;
pub mod kinematics;
mod meshes;
mod mjcf;
mod mjcf_drive;
mod mjcf_mass;
pub(crate) mod primitives;
pub mod raw;
mod tree;
mod urdf;
mod xml;

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use crate::base::problem::{Problem, Problems};
use crate::scene::builder::SceneBuilder;
use crate::scene::recipe::reader::Reader;
use desc::{ControlDesc, RobotDesc};
use draft::Draft;
use meshes::Meshes;
use raw::RawRobot;

/// What one robot shall do in one control step.
#[derive(Clone, Debug, PartialEq)]
pub struct Command {
    /// Where the arm's joints shall be at its end, rad or m, by [`ControlDesc::arm`].
    pub arm: Vec<f64>,
    /// 0 closed … 1 open; ignored without a gripper.
    pub open_fraction: f64,
}

/// What a robot's path should be, for messages.
pub const EXPECTED: &str = "a folder with a robot.toml, such a file, or a URDF or MJCF file";

/// Loads a robot into a scene: a folder with a `robot.toml`, such a file, or a URDF or MJCF file
/// alone (told apart by their root element), which gives a robot that nothing drives. Its links
/// become objects of one new asset.
///
/// With errors it adds problems to the builder and gives `None`; the scene is then not whole.
pub fn load(builder: &mut SceneBuilder, path: &Path) -> Option<RobotDesc> {
    let errors_before = builder.problems().counts().0;
    let file = if path.is_dir() {
        path.join("robot.toml")
    } else {
        path.to_path_buf()
    };
    let described = file.extension().is_some_and(|e| e == "toml");
    let (raw, model) = if described {
        let raw = read_toml(builder, &file)?;
        let model = file
            .parent()
            .unwrap_or(Path::new(""))
            .join(&raw.model.value);
        if !model.is_file() {
            builder.problems().push(Problem::error(
                &file,
                raw.model.place.to_string(),
                format!("{:?}, which is no file", raw.model.value),
                "a URDF or MJCF file, relative to this one",
                "",
            ));
            return None;
        }
        (Some(raw), model)
    } else {
        (None, file.clone())
    };
    let mut meshes = Meshes::default();
    let draft = read_model(builder, &model, &mut meshes)?;
    let name = match &raw {
        Some(_) => folder_name(&file).unwrap_or_else(|| draft.name.clone()),
        None => draft.name.clone(),
    };
    let (mut tree, problems) = tree::check(&draft);
    builder.problems().extend(problems);
    let taxonomy = &builder.desc().taxonomy;
    let (looks, problems) = config::looks(raw.as_ref(), &file, &draft, taxonomy);
    builder.problems().extend(problems);
    let (asset, objects) = assemble::assemble(builder, meshes, &draft, &name, &file, &looks);
    if let Some(tree) = &mut tree {
        for (link, index) in tree.links.iter_mut().zip(&tree.drafts) {
            link.object = objects[*index];
        }
    }
    let control = match (&raw, &tree) {
        (Some(raw), Some(tree)) => {
            let (control, problems) = config::control(raw, &file, &tree.links, &tree.joints);
            builder.problems().extend(problems);
            control
        }
        (None, Some(tree)) => ControlDesc {
            home: config::rest(&tree.joints),
            drives: vec![desc::DriveDesc::default(); tree.joints.len()],
            ..ControlDesc::default()
        },
        _ => ControlDesc::default(),
    };
    if builder.problems().counts().0 > errors_before {
        return None;
    }
    let tree = tree?;
    Some(RobotDesc {
        name,
        path: file,
        asset,
        links: tree.links,
        joints: tree.joints,
        no_contact: tree.no_contact,
        control,
    })
}

/// The JSON Schema of `robot.toml`, for editors, as indented text.
pub fn schema_json() -> String {
    crate::scene::recipe::schema_of::<RawRobot>()
}

/// Whether a file is a robot's, by name, or by its root element.
pub fn is_robot(path: &Path) -> bool {
    let extension = path.extension().map(|e| e.to_string_lossy().to_lowercase());
    match extension.as_deref() {
        Some("urdf" | "xml" | "mjcf") => true,
        Some("toml") => path.file_name().is_some_and(|name| name == "robot.toml"),
        _ => path.join("robot.toml").is_file(),
    }
}

fn folder_name(file: &Path) -> Option<String> {
    let full = std::path::absolute(file).ok()?;
    let name = full.parent()?.file_name()?;
    Some(name.to_string_lossy().into_owned())
}

fn read_toml(builder: &mut SceneBuilder, file: &Path) -> Option<RawRobot> {
    let text = match builder.read(file).map(String::from_utf8) {
        Ok(Ok(text)) => text,
        Ok(Err(error)) => {
            let found = format!("not UTF-8 at byte {}", error.utf8_error().valid_up_to());
            let expected = "a TOML file, which is UTF-8";
            let problem = Problem::error(file, "", found, expected, "");
            builder.problems().push(problem);
            return None;
        }
        Err(found) => {
            let problem = Problem::error(file, "", found, EXPECTED, "");
            builder.problems().push(problem);
            return None;
        }
    };
    let (raw, problems) = Reader::document::<RawRobot>(&text, file);
    builder.problems().extend(problems);
    raw
}

fn read_model(builder: &mut SceneBuilder, path: &Path, meshes: &mut Meshes) -> Option<Draft> {
    match parse_model(builder, path, meshes) {
        Ok((draft, problems)) => {
            builder.problems().extend(problems);
            draft
        }
        Err(problems) => {
            builder.problems().extend(problems);
            None
        }
    }
}

fn parse_model(
    builder: &mut SceneBuilder,
    path: &Path,
    meshes: &mut Meshes,
) -> Result<(Option<Draft>, Problems), Problems> {
    let bytes = builder
        .read(path)
        .map_err(|found| Problems::from(Problem::error(path, "", found, EXPECTED, "")))?;
    let text = xml::text(path, bytes)?;
    let document = xml::parse(path, &text)?;
    let root = document.root_element();
    match root.tag_name().name() {
        "robot" => {
            let (draft, problems) = urdf::read(path, root);
            Ok((Some(draft), problems))
        }
        "mujoco" => {
            let mut load = |mesh: &Path, place: &str| {
                let file = meshes.load(builder, mesh, path, place)?;
                Some(builder.desc().meshes[file.whole.index()].clone())
            };
            let mut solids = mjcf_mass::Meshes {
                load: &mut load,
                known: BTreeMap::<PathBuf, _>::new(),
                open: Vec::new(),
            };
            Ok(mjcf::read(path, &text, &mut solids))
        }
        other => Err(Problem::error(
            path,
            format!("line {}", xml::line(&root)),
            format!("a document <{other}>"),
            "<robot> (URDF) or <mujoco> (MJCF)",
            "",
        )
        .into()),
    }
}
