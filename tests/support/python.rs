//! Other people's software, run by Python.

use std::path::PathBuf;
use std::process::Command;

/// `BENCHSIDE_PYTHON`, or the system's, if it has these modules. Without one the caller skips,
/// visibly; in CI that is a failure.
pub fn python(modules: &str) -> Option<PathBuf> {
    find("BENCHSIDE_PYTHON", modules, "requirements.txt")
}

/// The same with LeRobot's environment, `BENCHSIDE_LEROBOT_PYTHON`.
pub fn lerobot_python(modules: &str) -> Option<PathBuf> {
    find(
        "BENCHSIDE_LEROBOT_PYTHON",
        modules,
        "requirements-lerobot.txt",
    )
}

/// The same with what policy servers are made of, `BENCHSIDE_POLICY_PYTHON`.
pub fn policy_python(modules: &str) -> Option<PathBuf> {
    find(
        "BENCHSIDE_POLICY_PYTHON",
        modules,
        "requirements-policy.txt",
    )
}

fn find(variable: &str, modules: &str, requirements: &str) -> Option<PathBuf> {
    let named = std::env::var_os(variable).map(PathBuf::from);
    let python = named.unwrap_or_else(|| "python3".into());
    let import = format!("import {modules}");
    let probe = Command::new(&python).args(["-c", &import]).output();
    if probe.is_ok_and(|o| o.status.success()) {
        return Some(python);
    }
    let advice = format!("pip install -r tests/clients/{requirements}, or set {variable}");
    let in_ci = std::env::var("CI").as_deref() == Ok("true");
    assert!(!in_ci, "no Python with {modules}: {advice}");
    eprintln!("SKIPPED: no Python with {modules} ({advice})");
    None
}

/// The same, with a package that need only be there: its import would want much else.
pub fn python_and_package(modules: &str, package: &str) -> Option<PathBuf> {
    let python = python(modules)?;
    let find = format!("import importlib.util as u; assert u.find_spec({package:?})");
    let probe = Command::new(&python).args(["-c", &find]).output();
    if probe.is_ok_and(|o| o.status.success()) {
        return Some(python);
    }
    let in_ci = std::env::var("CI").as_deref() == Ok("true");
    let advice = format!("pip install --no-deps {package}, see .ci/run");
    assert!(!in_ci, "no Python with {package}: {advice}");
    eprintln!("SKIPPED: no Python with {package} ({advice})");
    None
}

/// A script of `tests/clients`.
pub fn script(name: &str) -> PathBuf {
    [env!("CARGO_MANIFEST_DIR"), "tests", "clients", name]
        .iter()
        .collect()
}
