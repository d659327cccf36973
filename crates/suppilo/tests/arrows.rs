//! The crates depend on each other one way only: `suppilo -> {web, worker, admin-ui} -> app ->
//! {store, events, channels} -> {funnel, insight, search} -> base`.

use std::path::Path;

/// Crates by level, the highest first. A crate may name crates of lower levels only.
const LEVELS: [&[&str]; 6] = [
    &["suppilo"],
    &["web", "worker", "admin-ui"],
    &["app"],
    &["store", "events", "channels"],
    &["funnel", "insight", "search"],
    &["base"],
];

fn level(name: &str) -> Option<usize> {
    LEVELS.iter().position(|crates| crates.contains(&name))
}

/// The names under every `dependencies` heading of a manifest.
fn dependencies(manifest: &str) -> Vec<String> {
    let mut inside = false;
    let mut names = Vec::new();
    for line in manifest.lines() {
        if line.starts_with('[') {
            inside = line.contains("dependencies]");
        } else if inside && let Some((name, _)) = line.split_once('=') {
            names.push(name.trim().trim_end_matches(".workspace").to_owned());
        }
    }
    names
}

#[test]
fn every_arrow_points_down() {
    let crates = Path::new(env!("CARGO_MANIFEST_DIR")).parent().expect("the folder of the crates");
    let mut seen = 0;
    for entry in std::fs::read_dir(crates).expect("the crates are there") {
        let folder = entry.expect("a folder").path();
        let name = folder.file_name().expect("a name").to_string_lossy().into_owned();
        let from = level(&name).unwrap_or_else(|| panic!("crates/{name} stands on no level: add it to this test"));
        let manifest = std::fs::read_to_string(folder.join("Cargo.toml")).expect("a manifest");
        for dependency in dependencies(&manifest) {
            if let Some(to) = level(&dependency) {
                assert!(to > from, "{name} must not depend on {dependency}");
            }
        }
        seen += 1;
    }
    assert_eq!(seen, LEVELS.iter().map(|crates| crates.len()).sum::<usize>());
}
