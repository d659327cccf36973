//! Builds `ui/` into `OUT_DIR/dist`, which `src/lib.rs` embeds.
//!
//! Does as little as it can: `npm ci` only when the lockfile changed, the build only when a source changed, nothing at all
//! the second time. `SUPPILO_SKIP_UI=1` leaves the interface out for quick Rust work.

use std::{
    env, fs, io,
    path::{Path, PathBuf},
    process::Command,
};

/// What the interface is made of, relative to `ui/`. Never `node_modules`: npm touches it on every run.
const SOURCES: &[&str] = &[
    "src",
    "public",
    "scripts/precompress.mjs",
    "index.html",
    "mantine-styles.ts",
    "package.json",
    "package-lock.json",
    ".npmrc",
    "vite.config.ts",
    "tsconfig.json",
    "tsconfig.app.json",
    "tsconfig.node.json",
];
/// What Vite 8 needs at least.
const NODE_VERSION_MIN: (u32, u32) = (20, 19);
/// Beside `node_modules`' contents: the hash of the lockfile they were installed from.
const INSTALLED_MARK: &str = "node_modules/.installed-from";
/// Held while installing; beside `node_modules`, which `npm ci` removes.
const INSTALL_LOCK: &str = ".install-lock.tmp";
/// Sources that only tests read.
const TEST_MARK: &str = ".test.";

fn main() {
    println!("cargo::rerun-if-env-changed=SUPPILO_SKIP_UI");
    let out = PathBuf::from(env::var_os("OUT_DIR").expect("cargo sets OUT_DIR"));
    let manifest = PathBuf::from(env::var_os("CARGO_MANIFEST_DIR").expect("cargo sets CARGO_MANIFEST_DIR"));
    let ui = manifest.join("../../ui");
    for source in SOURCES {
        println!("cargo::rerun-if-changed={}", ui.join(source).display());
    }

    let is_release = env::var("PROFILE").is_ok_and(|profile| profile == "release");
    let result = if env::var_os("SUPPILO_SKIP_UI").is_some_and(|value| value == "1") {
        write_notice(&out, "The interface was left out of this build", SKIPPED)
    } else if let Err(reason) = check_node() {
        assert!(!is_release, "The admin interface cannot be built: {reason} {INSTALL_NODE}");
        println!("cargo::warning=The admin interface was not built: {reason} {INSTALL_NODE}");
        // A file that never exists makes cargo come back every time, until Node.js is there.
        println!("cargo::rerun-if-changed={}", out.join("node-is-missing").display());
        write_notice(&out, "Node.js is missing", &format!("{reason} {INSTALL_NODE}"))
    } else {
        build(&ui, &out)
    };
    if let Err(error) = result {
        panic!("The admin interface cannot be built: {error}");
    }
}

const SKIPPED: &str =
    "It was built with SUPPILO_SKIP_UI=1. Build again without it to see the interface; the API works as always.";
const INSTALL_NODE: &str = "Install Node.js 20.19 or newer with npm (https://nodejs.org, or your system's package \
                            manager) and build again, or set SUPPILO_SKIP_UI=1 to build without the interface.";

/// The command of a Node.js tool; on Windows npm is a script that only its full name starts.
fn npm() -> Command {
    Command::new(if cfg!(windows) { "npm.cmd" } else { "npm" })
}

fn check_node() -> Result<(), String> {
    let output = Command::new("node").arg("--version").output().map_err(|_| "Node.js was not found.".to_owned())?;
    let text = String::from_utf8_lossy(&output.stdout).trim().to_owned();
    let mut parts = text.trim_start_matches('v').split('.').map(|part| part.parse::<u32>().unwrap_or(0));
    let version = (parts.next().unwrap_or(0), parts.next().unwrap_or(0));
    if version < NODE_VERSION_MIN {
        return Err(format!("Node.js {text} is too old."));
    }
    npm().arg("--version").output().map_err(|_| "npm was not found.".to_owned())?;
    Ok(())
}

/// Builds into a folder of its own and copies, so that a build without the interface in between costs no second one.
fn build(ui: &Path, out: &Path) -> Result<(), String> {
    let sources = hash_sources(ui).map_err(|error| format!("cannot read {}: {error}", ui.display()))?;
    let built = out.join("built");
    let mark = out.join("built-from");
    if !built.join("index.html").exists() || fs::read_to_string(&mark).map_or(true, |former| former != sources) {
        install(ui)?;
        remove(&built)?;
        // Vite and not `npm run build`: types are checked by CI, and would double the time of a build.
        let arguments = ["node_modules/vite/bin/vite.js", "build", "--logLevel", "error", "--emptyOutDir", "--outDir"];
        run(Command::new("node").current_dir(ui).args(arguments).arg(&built))?;
        // Only the size check reads Vite's manifest.
        remove(&built.join(".vite"))?;
        run(Command::new("node").current_dir(ui).arg("scripts/precompress.mjs").arg(&built))?;
        fs::write(&mark, sources).map_err(|error| format!("cannot write {}: {error}", mark.display()))?;
    }
    let dist = out.join("dist");
    remove(&dist)?;
    copy(&built, &dist).map_err(|error| format!("cannot copy {} to {}: {error}", built.display(), dist.display()))
}

fn copy(from: &Path, to: &Path) -> io::Result<()> {
    fs::create_dir_all(to)?;
    for entry in fs::read_dir(from)? {
        let entry = entry?;
        let target = to.join(entry.file_name());
        if entry.file_type()?.is_dir() {
            copy(&entry.path(), &target)?;
        } else {
            fs::copy(entry.path(), target)?;
        }
    }
    Ok(())
}

/// Brings `node_modules` to what the lockfile says, if it is not already.
fn install(ui: &Path) -> Result<(), String> {
    // Builds into different target folders share this one: the second waits and then finds the work done.
    let lock_file = ui.join(INSTALL_LOCK);
    let lock = fs::File::create(&lock_file).and_then(|file| file.lock().map(|()| file));
    let _lock = lock.map_err(|error| format!("cannot lock {}: {error}", lock_file.display()))?;

    let lockfile = ui.join("package-lock.json");
    let mut hash = Fnv::new();
    hash.add(&fs::read(&lockfile).map_err(|error| format!("cannot read {}: {error}", lockfile.display()))?);
    let mark = ui.join(INSTALLED_MARK);
    if fs::read_to_string(&mark).is_ok_and(|installed| installed == hash.text()) {
        return Ok(());
    }
    if !is_installed_by_hand(ui, &lockfile) {
        let npm_ci = || run(npm().current_dir(ui).args(["ci", "--no-audit", "--no-fund", "--loglevel=error"]));
        // `npm ci` first removes the folder, and fails when an editor or a dev server writes into it meanwhile.
        npm_ci().or_else(|_| npm_ci())?;
    }
    fs::write(&mark, hash.text()).map_err(|error| format!("cannot write {}: {error}", mark.display()))
}

/// Whether npm installed after the lockfile last changed; it notes what it did in a lockfile of its own.
fn is_installed_by_hand(ui: &Path, lockfile: &Path) -> bool {
    let changed = |path: &Path| fs::metadata(path).and_then(|metadata| metadata.modified()).ok();
    match (changed(&ui.join("node_modules/.package-lock.json")), changed(lockfile)) {
        (Some(installed), Some(locked)) => installed >= locked,
        _ => false,
    }
}

fn run(command: &mut Command) -> Result<(), String> {
    let shown = format!("{command:?}");
    let output = command.output().map_err(|error| format!("{shown} did not start: {error}"))?;
    if output.status.success() {
        return Ok(());
    }
    let (stdout, stderr) = (String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
    Err(format!("{shown} failed ({}):\n{stdout}{stderr}", output.status))
}

fn remove(folder: &Path) -> Result<(), String> {
    match fs::remove_dir_all(folder) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => {
            Err(format!("cannot remove {}: {error}", folder.display()))
        }
        _ => Ok(()),
    }
}

/// A page in place of the interface that says why it is not there.
fn write_notice(out: &Path, title: &str, text: &str) -> Result<(), String> {
    let dist = out.join("dist");
    remove(&dist)?;
    let page = format!(
        "<!doctype html>\n<html lang=\"en\">\n<meta charset=\"utf-8\">\n<meta name=\"viewport\" content=\"width=device-width\">\n\
         <meta name=\"color-scheme\" content=\"light dark\">\n<title>{title} · Suppilo</title>\n\
         <style>body{{font:16px/1.5 system-ui,sans-serif;max-width:36rem;margin:20vh auto;padding:0 1.5rem}}</style>\n\
         <h1>{title}</h1>\n<p>{text}</p>\n</html>\n"
    );
    fs::create_dir_all(&dist)
        .and_then(|()| fs::write(dist.join("index.html"), page))
        .map_err(|error| format!("cannot write {}: {error}", dist.display()))
}

/// One hash over the names and contents of all sources, in a fixed order.
fn hash_sources(ui: &Path) -> io::Result<String> {
    let mut files = Vec::new();
    for source in SOURCES {
        collect(&ui.join(source), &mut files)?;
    }
    files.sort();
    let mut hash = Fnv::new();
    for file in files {
        hash.add(file.to_string_lossy().as_bytes());
        hash.add(&fs::read(&file)?);
    }
    Ok(hash.text())
}

fn collect(path: &Path, files: &mut Vec<PathBuf>) -> io::Result<()> {
    if !path.is_dir() {
        if !path.to_string_lossy().contains(TEST_MARK) {
            files.push(path.to_owned());
        }
        return Ok(());
    }
    for entry in fs::read_dir(path)? {
        collect(&entry?.path(), files)?;
    }
    Ok(())
}

/// FNV-1a, 64 bits: tells changed files from unchanged ones, which needs no cryptography and no dependency.
struct Fnv(u64);

impl Fnv {
    fn new() -> Self {
        Self(0xcbf2_9ce4_8422_2325)
    }

    /// Adds a piece together with its length, so that moving a boundary changes the hash.
    fn add(&mut self, bytes: &[u8]) {
        for byte in bytes.len().to_le_bytes().iter().chain(bytes) {
            self.0 = (self.0 ^ u64::from(*byte)).wrapping_mul(0x0100_0000_01b3);
        }
    }

    fn text(&self) -> String {
        format!("{:016x}", self.0)
    }
}
