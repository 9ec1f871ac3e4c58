//! The house rules that the compiler does not keep: who imports whom, how long a file may be,
//! and that no floating-point function is used whose result depends on the platform.

use std::fs;
use std::path::{Path, PathBuf};

/// What each module of the crate may import, beside itself: modules, parts of modules, or all.
/// A new module needs a line here.
const MAY_SEE: &[(&str, &[&str])] = &[
    ("base", &[]),
    ("scene", &["base"]),
    ("robot", &["base", "scene"]),
    ("episode", &["base", "scene", "robot"]),
    ("world", &["base", "scene", "robot", "episode"]),
    ("task", &["base", "scene", "robot", "episode", "world"]),
    (
        "render",
        &[
            "base",
            "scene::desc",
            "scene::environment",
            "scene::material",
            "scene::mesh",
        ],
    ),
    (
        "sense",
        &[
            "base",
            "scene::desc",
            "scene::taxonomy",
            "episode::spec",
            "render::Coverage",
            "render::Frame",
            "render::Occlusion",
            "render::PixelBox",
            "render::View",
        ],
    ),
    ("dataset", &["base", "scene", "episode::spec", "sense"]),
    (
        "policy",
        &[
            "base", "scene", "robot", "episode", "world", "task", "render", "sense",
        ],
    ),
    (
        "eval",
        &[
            "base", "scene", "robot", "episode", "world", "task", "render", "sense", "dataset",
            "policy",
        ],
    ),
    ("cli", &["*"]),
];

/// Files longer than this are split.
const MAX_LINES: usize = 800;

/// Methods of `f32` and `f64` whose results differ between platforms or compilers (all that the
/// standard library says has "unspecified precision"), and fused multiply-add.
const BANNED_METHODS: &[&str] = &[
    "acos", "acosh", "asin", "asinh", "atan", "atan2", "atanh", "cbrt", "cos", "cosh", "exp",
    "exp2", "exp_m1", "hypot", "ln", "ln_1p", "ln_gamma", "log", "log10", "log2", "mul_add",
    "powf", "powi", "sin", "sin_cos", "sinh", "tan", "tanh",
];

/// On the same line or the one before, followed by the reason: the call is none of those.
const EXCUSE: &str = "// deterministic:";

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

/// All `.rs` files below a folder of the repository, sorted, relative to it, with their text.
fn sources(folder: &str) -> Vec<(PathBuf, String)> {
    let mut folders = vec![root().join(folder)];
    let mut files = Vec::new();
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(&folder).expect("a readable folder") {
            let path = entry.expect("a readable entry").path();
            if path.is_dir() {
                folders.push(path);
            } else if path.extension().is_some_and(|e| e == "rs") {
                let text = fs::read_to_string(&path).expect("UTF-8");
                let relative = path.strip_prefix(root()).expect("below the root");
                files.push((relative.to_path_buf(), text));
            }
        }
    }
    files.sort();
    assert!(!files.is_empty(), "no sources in {folder}");
    files
}

/// The text with comments blanked, so that offsets and lines stay.
fn without_comments(text: &str) -> String {
    let line = |line: &str| match line.find("//") {
        Some(at) => format!("{}{}", &line[..at], " ".repeat(line.len() - at)),
        None => line.to_string(),
    };
    text.lines().map(line).collect::<Vec<_>>().join("\n")
}

fn line_of(text: &str, offset: usize) -> usize {
    1 + text[..offset].matches('\n').count()
}

fn is_word(c: char) -> bool {
    c.is_alphanumeric() || c == '_'
}

/// Path of the module that a file is, from the crate's root: `src/world/step.rs` is world, step.
fn module_of(file: &Path) -> Vec<String> {
    let mut names: Vec<String> = file
        .with_extension("")
        .iter()
        .skip(1)
        .map(|n| n.to_string_lossy().into_owned())
        .collect();
    if names.last().is_some_and(|n| n == "mod") {
        names.pop();
    }
    names
}

/// Paths from the crate's root that a file names, with their lines: `crate::…`, and `super::…`
/// where it reaches the root.
fn paths(file: &Path, text: &str) -> Vec<(usize, String)> {
    let text = without_comments(text);
    let depth = module_of(file).len();
    let mut found = Vec::new();
    for (start, prefix) in ["crate::", "super::"]
        .iter()
        .flat_map(|p| text.match_indices(p))
    {
        let before = &text[..start];
        if before.ends_with(is_word) || before.ends_with("::") || before.ends_with('$') {
            continue;
        }
        let mut rest = &text[start + prefix.len()..];
        if prefix == "super::" {
            let mut ups = 1;
            while let Some(shorter) = rest.strip_prefix("super::") {
                (rest, ups) = (shorter, ups + 1);
            }
            if ups < depth {
                continue;
            }
        }
        let line = line_of(&text, start);
        found.extend(expand(rest).into_iter().map(|path| (line, path)));
    }
    found.sort();
    found
}

/// The paths of a use tree: `a::{b, c::d}` is a::b and a::c::d.
fn expand(tree: &str) -> Vec<String> {
    let head = tree.find(|c| !is_word(c) && c != ':').unwrap_or(tree.len());
    let (head, rest) = tree.split_at(head);
    let Some(list) = rest.strip_prefix('{') else {
        return vec![head.trim_end_matches(':').to_string()];
    };
    let mut nesting = 0;
    let mut parts = vec![String::new()];
    for c in list.chars() {
        match c {
            '{' => nesting += 1,
            '}' if nesting == 0 => break,
            '}' => nesting -= 1,
            ',' if nesting == 0 => {
                parts.push(String::new());
                continue;
            }
            _ => {}
        }
        parts.last_mut().expect("never empty").push(c);
    }
    let parts = parts.iter().map(|p| p.trim()).filter(|p| !p.is_empty());
    parts
        .flat_map(expand)
        .map(|path| format!("{head}{path}"))
        .collect()
}

/// What a file imports that it may not.
fn breaches(file: &Path, text: &str) -> Vec<String> {
    let module = &module_of(file)[0];
    let Some((_, may_see)) = MAY_SEE.iter().find(|(name, _)| name == module) else {
        return vec![format!(
            "{}: module `{module}` has no line in MAY_SEE",
            file.display()
        )];
    };
    let allowed = |path: &str| {
        may_see.iter().any(|&whole| {
            let part = path.strip_prefix(whole);
            whole == "*" || part.is_some_and(|p| p.is_empty() || p.starts_with("::"))
        })
    };
    paths(file, text)
        .into_iter()
        .filter(|(_, path)| path.split("::").next() != Some(module) && !allowed(path))
        .map(|(line, path)| {
            format!(
                "{}:{line}: `{module}` must not import `crate::{path}`; it may see {may_see:?}",
                file.display()
            )
        })
        .collect()
}

/// Uses of floating-point functions that depend on the platform.
fn imprecise(file: &Path, text: &str) -> Vec<String> {
    let code = without_comments(text);
    let mut found = Vec::new();
    let mut excused = false;
    for (number, (code, line)) in code.lines().zip(text.lines()).enumerate() {
        let excused_here = line.contains(EXCUSE);
        for name in BANNED_METHODS {
            let called = [
                format!(".{name}("),
                format!("f32::{name}"),
                format!("f64::{name}"),
            ];
            let used = called.iter().any(|call| {
                code.match_indices(call).any(|(at, _)| {
                    let after = &code[at + call.len()..];
                    call.ends_with('(') || !after.starts_with(is_word)
                })
            });
            if used && !excused_here && !excused {
                found.push(format!(
                    "{}:{}: `{name}` of std depends on the platform: use libm or plain products, \
                     or say in a comment {EXCUSE:?} why this is another function",
                    file.display(),
                    number + 1
                ));
            }
        }
        excused = excused_here && code.trim().is_empty();
    }
    found
}

fn assert_none(problems: Vec<String>) {
    assert!(problems.is_empty(), "\n{}", problems.join("\n"));
}

#[test]
fn modules_import_only_what_lies_below_them() {
    let files = sources("src").into_iter();
    let modules = files.filter(|(file, _)| file.components().count() > 2);
    assert_none(modules.flat_map(|(f, text)| breaches(&f, &text)).collect());
}

#[test]
fn files_are_not_too_long() {
    let files = sources("src").into_iter().chain(sources("tests"));
    let lengths = files.map(|(file, text)| (file, text.lines().count()));
    let too_long = lengths.filter(|(_, lines)| *lines > MAX_LINES);
    let message = |(file, lines): (PathBuf, usize)| {
        format!(
            "{}: {lines} lines, at most {MAX_LINES}: split it",
            file.display()
        )
    };
    assert_none(too_long.map(message).collect());
}

#[test]
fn floating_point_functions_come_from_libm() {
    let files = sources("src").into_iter();
    assert_none(files.flat_map(|(f, text)| imprecise(&f, &text)).collect());
}

#[test]
fn the_import_rule_sees_every_way_to_break_it() {
    let lines = |file: &str, text: &str| -> Vec<usize> {
        let found = paths(Path::new(file), text).into_iter();
        let broken = breaches(Path::new(file), text).len();
        let lines: Vec<usize> = found
            .filter(|(_, p)| p.starts_with("world"))
            .map(|(line, _)| line)
            .collect();
        assert_eq!(lines.len(), broken, "{text}");
        lines
    };
    let scene = "src/scene/mesh.rs";
    assert_eq!(lines(scene, "use crate::world::simulate;"), [1]);
    assert_eq!(lines(scene, "\nlet a = crate::world::simulate();"), [2]);
    assert_eq!(lines(scene, "use crate::{base::ids, world};"), [1]);
    let nested =
        "use crate::{\n    base::{ids::{A, B}, pose::Pose},\n    world::{self, Settling},\n};";
    assert_eq!(lines(scene, nested), [1, 1]);
    assert_eq!(lines(scene, "use super::super::world;"), [1]);
    assert_eq!(lines("src/scene/mod.rs", "use super::world;"), [1]);
    assert!(lines(scene, "use super::desc; // crate::world").is_empty());
    assert!(lines(scene, "/// [`crate::world::simulate`]").is_empty());
    assert!(lines("src/cli/mod.rs", "use super::base;").is_empty());
    let message = breaches(
        Path::new("src/base/ids.rs"),
        "\n\nuse crate::scene::desc::A;",
    );
    assert_eq!(
        message,
        ["src/base/ids.rs:3: `base` must not import `crate::scene::desc::A`; it may see []"]
    );
    assert_eq!(
        breaches(Path::new("src/sense/a.rs"), "use crate::render::Frame;").len(),
        0
    );
    assert_eq!(
        breaches(Path::new("src/sense/a.rs"), "use crate::render::cpu;").len(),
        1
    );
    assert_eq!(breaches(Path::new("src/nursing/mod.rs"), "").len(), 1);
}

#[test]
fn the_float_rule_sees_calls_and_paths() {
    let count = |text: &str| imprecise(Path::new("src/a.rs"), text).len();
    assert_eq!(count("let y = x.sin();"), 1);
    assert_eq!(count("let y = x.powi(2);\nlet z = f64::exp(y);"), 2);
    assert_eq!(count("xs.map(f32::ln)"), 1);
    assert_eq!(count("libm::sin(x) + x.sqrt() + a.sinus() + sin(x)"), 0);
    assert_eq!(
        count("// x.sin()\nx.sin() // deterministic: glam's, on libm"),
        0
    );
    assert_eq!(
        count("// deterministic: glam's, on libm\nq.sin()\nq.sin()"),
        1
    );
}
