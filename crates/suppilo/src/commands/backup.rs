//! `suppilo backup` and `suppilo restore`: everything in one compressed archive.
//!
//! The program may go on running meanwhile. The state is copied first and the log after it: a state that
//! is a little older than its log catches up when it starts; the other way round it could not.

use std::fs::File;
use std::path::{Component, Path};
use std::process::Command;

use flate2::Compression;
use flate2::read::GzDecoder;
use flate2::write::GzEncoder;
use store::Store;

use super::Failure;
use crate::cli::{BackupArgs, RestoreArgs};
use crate::config::Config;
use crate::installation;

const STATE_FILE: &str = "suppilo.db";
const POSTGRES_DUMP: &str = "postgres.dump";
/// What else a data folder holds. The lock and the files of the running database stay behind.
const FOLDERS: [&str; 3] = ["files", "log", "mail-in"];
const FILES: [&str; 2] = ["secret.key", "config.toml"];

/// Write everything into one file. It appears under its name only when it is complete.
pub async fn write(args: &BackupArgs) -> Result<(), Failure> {
    let folder = &args.data.data;
    if !folder.join("log").is_dir() {
        return Err(Failure::new(format!("{} is not a data folder: name one with --data", folder.display())));
    }
    if args.file.exists() {
        return Err(Failure::new(format!("{} is there already: choose another name", args.file.display())));
    }
    let config = Config::read(&args.data)?;
    let parent = args.file.parent().filter(|parent| !parent.as_os_str().is_empty()).unwrap_or(Path::new("."));
    let scratch = tempfile::tempdir_in(parent)?;
    let (state_name, state_path) = copy_state(folder, &config, scratch.path()).await?;

    let unfinished = tempfile::NamedTempFile::new_in(parent)?;
    let mut archive = tar::Builder::new(GzEncoder::new(unfinished.as_file(), Compression::fast()));
    archive.append_path_with_name(&state_path, state_name)?;
    for name in FILES.iter().filter(|name| folder.join(name).is_file()) {
        archive.append_path_with_name(folder.join(name), name)?;
    }
    for name in FOLDERS.iter().filter(|name| folder.join(name).is_dir()) {
        append_folder(&mut archive, &folder.join(name), Path::new(name))?;
    }
    archive.into_inner()?.finish()?;
    unfinished.as_file().sync_all()?;
    unfinished.persist_noclobber(&args.file).map_err(|error| Failure::new(error.to_string()))?;
    let size = std::fs::metadata(&args.file)?.len();
    println!("{}  {size} bytes", args.file.display());
    Ok(())
}

async fn copy_state(
    folder: &Path,
    config: &Config,
    scratch: &Path,
) -> Result<(&'static str, std::path::PathBuf), Failure> {
    if let Some(url) = &config.database_url {
        let file = scratch.join(POSTGRES_DUMP);
        let status = Command::new("pg_dump").arg("--format=custom").arg("--file").arg(&file).arg(url).status();
        return match status {
            Ok(status) if status.success() => Ok((POSTGRES_DUMP, file)),
            Ok(status) => Err(Failure::new(format!("pg_dump failed ({status}): see its message above"))),
            Err(error) => Err(Failure::new(format!("pg_dump is needed to back up PostgreSQL: {error}"))),
        };
    }
    let file = scratch.join(STATE_FILE);
    let store = Store::open(&installation::location(folder, config)).await?;
    store.copy_to(&file).await?;
    store.close().await?;
    Ok((STATE_FILE, file))
}

/// Like `append_dir_all`, for a folder whose files come and go meanwhile: a sealed segment replaces
/// write-ahead files, so what vanished is looked for again under its new name.
fn append_folder<W: std::io::Write>(archive: &mut tar::Builder<W>, folder: &Path, name: &Path) -> Result<(), Failure> {
    const ROUNDS_MAX: usize = 20;
    let mut done = std::collections::HashSet::new();
    for _ in 0..ROUNDS_MAX {
        let mut has_vanished = false;
        let mut entries = std::fs::read_dir(folder)?.collect::<Result<Vec<_>, _>>()?;
        // `wal` before `segments`: what leaves the write-ahead files meanwhile is then found in a segment. Segments from
        // the oldest on: those of an erased person are written anew from the newest on, and a copy that still has a
        // key in an older file than one without it is read as the log itself would be after a crash.
        entries.sort_by_key(std::fs::DirEntry::file_name);
        if name.ends_with("log") {
            entries.reverse();
        }
        for entry in entries {
            let inside = name.join(entry.file_name());
            if !done.insert(inside.clone()) {
                continue;
            }
            let kind = entry.file_type()?;
            if kind.is_dir() {
                append_folder(archive, &entry.path(), &inside)?;
            } else if kind.is_file() {
                match File::open(entry.path()) {
                    Ok(mut file) => append_as_it_is(archive, &mut file, &inside)?,
                    Err(error) if error.kind() == std::io::ErrorKind::NotFound => has_vanished = true,
                    Err(error) => return Err(error.into()),
                }
            }
        }
        if !has_vanished {
            return Ok(());
        }
    }
    Err(Failure::new(format!("{} changes too fast to be copied: try again", folder.display())))
}

/// A file may grow while it is read; as much goes in as its header says.
fn append_as_it_is<W: std::io::Write>(
    archive: &mut tar::Builder<W>,
    file: &mut File,
    name: &Path,
) -> Result<(), Failure> {
    let size = file.metadata()?.len();
    let mut header = tar::Header::new_gnu();
    header.set_size(size);
    header.set_mode(0o600);
    header.set_cksum();
    archive.append_data(&mut header, name, std::io::Read::take(file, size))?;
    Ok(())
}

/// Make a data folder from a backup.
pub fn restore(args: &RestoreArgs) -> Result<(), Failure> {
    let folder = &args.data;
    let is_used = folder.exists() && std::fs::read_dir(folder)?.next().is_some();
    if is_used {
        return Err(Failure::new(format!("{} is not empty: name a new folder with --data", folder.display())));
    }
    let file = File::open(&args.file)
        .map_err(|error| Failure::new(format!("{} cannot be read: {error}", args.file.display())))?;
    let parent = folder.parent().filter(|parent| !parent.as_os_str().is_empty()).unwrap_or(Path::new("."));
    std::fs::create_dir_all(parent)?;
    // Unpacked beside, then renamed: a restore that is broken off leaves no half folder under the name.
    let scratch = tempfile::tempdir_in(parent)?;
    let mut archive = tar::Archive::new(GzDecoder::new(file));
    let not_ours = |error: std::io::Error| {
        Failure::new(format!("{} is not a whole backup of Suppilo: {error}", args.file.display()))
    };
    for entry in archive.entries().map_err(not_ours)? {
        let mut entry = entry.map_err(not_ours)?;
        let path = entry.path().map_err(not_ours)?.into_owned();
        if !is_ours(&path) {
            return Err(Failure::new(format!("the backup holds a file that is not ours: {}", path.display())));
        }
        entry.unpack_in(scratch.path()).map_err(not_ours)?;
    }
    let has_dump = scratch.path().join(POSTGRES_DUMP).is_file();
    if !scratch.path().join(STATE_FILE).is_file() && !has_dump {
        return Err(Failure::new(format!("{} holds no database", args.file.display())));
    }
    if folder.exists() {
        std::fs::remove_dir(folder)?;
    }
    std::fs::rename(scratch.keep(), folder)?;
    println!("{} is restored", folder.display());
    if has_dump {
        println!("load {POSTGRES_DUMP} from it into an empty PostgreSQL database with pg_restore");
    }
    Ok(())
}

fn is_ours(path: &Path) -> bool {
    let mut parts = path.components();
    let Some(Component::Normal(first)) = parts.next() else { return false };
    let first = first.to_string_lossy();
    let is_known =
        FOLDERS.contains(&&*first) || FILES.contains(&&*first) || [STATE_FILE, POSTGRES_DUMP].contains(&&*first);
    is_known && parts.all(|part| matches!(part, Component::Normal(_)))
}
