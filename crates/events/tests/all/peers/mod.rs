//! The programs in Python that the log is held against.

use std::{
    path::{Path, PathBuf},
    process::Command,
};

/// A file of the repository.
pub fn of_repository(path: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..").join(path)
}

/// The Python that has these modules; on a machine that must have them their absence is a failure.
pub fn python(modules: &str) -> Option<PathBuf> {
    let python = std::env::var_os("SUPPILO_PYTHON").map(PathBuf::from);
    let python = python.unwrap_or_else(|| of_repository(".venv/bin/python"));
    let has_modules = Command::new(&python).args(["-c", &format!("import {modules}")]).output();
    if has_modules.is_ok_and(|output| output.status.success()) {
        return Some(python);
    }
    let how = "python3 -m venv .venv && .venv/bin/pip install -r tests/requirements.txt";
    assert!(std::env::var_os("CI").is_none(), "not installed: {modules}; run: {how}");
    println!("skipped: not installed: {modules}; run: {how}");
    None
}
