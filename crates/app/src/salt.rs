//! The secret of the day, with which visitors who took no cookie are told apart.
//!
//! It lies in a file of the data folder, so that a restart does not make two visitors of one, and is destroyed
//! when its day is over: after that nobody, we included, can tell which address was which visitor. For the same
//! reason it goes into no backup.

use std::io::{self, Write as _};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use base::{Random, Timestamp};
use parking_lot::Mutex;

use crate::secret::write_private;

const FOLDER: &str = "salts";
const DAY_MS: i64 = 24 * 3600 * 1000;
const SALT_BYTES: usize = 16;
type Salt = [u8; SALT_BYTES];

/// The salts of a data folder; a day's is made when it is first asked for.
pub struct VisitorSalts {
    folder: PathBuf,
    random: Arc<dyn Random>,
    today: Mutex<Option<(i64, Salt)>>,
}

impl VisitorSalts {
    /// The salts of a data folder.
    pub fn new(folder: &Path, random: Arc<dyn Random>) -> Self {
        Self { folder: folder.join(FOLDER), random, today: Mutex::new(None) }
    }

    /// The salt of a day, counted from 1970-01-01 in UTC. Those of days before are destroyed.
    ///
    /// Touches the disk once a day. When that fails the salt lives in memory alone: visitors are told apart as
    /// well, only not across a restart.
    pub fn of_day(&self, day: i64) -> Salt {
        let mut today = self.today.lock();
        match *today {
            Some((held, salt)) if held == day => salt,
            // A request from before midnight that comes late: that day's salt is gone and does not come back.
            Some((held, _)) if held > day => self.fresh(),
            _ => {
                let salt = self.read_or_make(day).unwrap_or_else(|error| {
                    let folder = self.folder.display();
                    tracing::warn!(%error, "the day's salt cannot be kept in {folder}: a restart will count visitors anew");
                    self.fresh()
                });
                *today = Some((day, salt));
                self.destroy_before(day);
                salt
            }
        }
    }

    /// Destroy what is left of days gone by, also when nobody visits today.
    pub fn forget(&self, now: Timestamp) {
        let day = now.ms().div_euclid(DAY_MS);
        let mut today = self.today.lock();
        if today.is_some_and(|(held, _)| held < day) {
            *today = None;
        }
        self.destroy_before(day);
    }

    fn fresh(&self) -> Salt {
        let mut salt = Salt::default();
        self.random.fill(&mut salt);
        salt
    }

    fn read_or_make(&self, day: i64) -> io::Result<Salt> {
        let path = self.folder.join(day.to_string());
        match read(&path) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => {}
            read => return read,
        }
        std::fs::create_dir_all(&self.folder)?;
        // Written whole beside its name, which it gets only if nobody was faster: of two that start at once
        // both use the salt of the first.
        let scratch = self.folder.join(format!("{day}.{}", base::token(&*self.random, 12)));
        write_private(&scratch, &self.fresh())?;
        let linked = std::fs::hard_link(&scratch, &path);
        std::fs::remove_file(&scratch)?;
        match linked {
            Err(error) if error.kind() != io::ErrorKind::AlreadyExists => return Err(error),
            _ => {}
        }
        std::fs::File::open(&self.folder)?.sync_all()?;
        read(&path)
    }

    fn destroy_before(&self, day: i64) {
        let entries = match std::fs::read_dir(&self.folder) {
            Ok(entries) => entries,
            Err(error) if error.kind() == io::ErrorKind::NotFound => return,
            Err(error) => return tracing::error!(%error, "the salts of former days cannot be destroyed"),
        };
        for path in entries.filter_map(Result::ok).map(|entry| entry.path()) {
            let name = path.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
            // A name is the day, or the day, a dot and a token when somebody stopped while making it.
            let of = name.split('.').next().and_then(|of| of.parse::<i64>().ok());
            // One of a day far ahead was made by a clock that ran wrong.
            if of.is_some_and(|of| of >= day && of <= day + 1) {
                continue;
            }
            if let Err(error) = destroy(&path) {
                tracing::error!(%error, path = %path.display(), "the salt of a former day cannot be destroyed: remove it");
            }
        }
    }
}

fn read(path: &Path) -> io::Result<Salt> {
    let damaged = |_| io::Error::other(format!("{} must hold {SALT_BYTES} bytes", path.display()));
    std::fs::read(path)?.try_into().map_err(damaged)
}

/// Overwritten before it is removed: a removed file's bytes stay on a plain disk for a while.
fn destroy(path: &Path) -> io::Result<()> {
    let mut file = std::fs::OpenOptions::new().write(true).open(path)?;
    file.write_all(&Salt::default())?;
    file.sync_all()?;
    std::fs::remove_file(path)
}

#[cfg(test)]
mod tests {
    use base::SeededRandom;

    use super::*;

    const DAY: i64 = 20_514;

    fn salts(folder: &Path, seed: u64) -> VisitorSalts {
        VisitorSalts::new(folder, Arc::new(SeededRandom::new(seed)))
    }

    fn files(folder: &Path) -> Vec<String> {
        let entries = std::fs::read_dir(folder.join(FOLDER)).unwrap();
        let mut names: Vec<String> =
            entries.map(|entry| entry.unwrap().file_name().to_string_lossy().into_owned()).collect();
        names.sort();
        names
    }

    #[test]
    fn a_restart_keeps_the_day_and_midnight_ends_it() {
        let folder = tempfile::tempdir().unwrap();
        let first = salts(folder.path(), 1);
        let monday = first.of_day(DAY);
        assert_eq!(first.of_day(DAY), monday);
        // Nothing is closed: a program that was killed leaves the same behind.
        std::mem::forget(first);
        let again = salts(folder.path(), 2);
        assert_eq!(again.of_day(DAY), monday);
        let tuesday = again.of_day(DAY + 1);
        assert_ne!(tuesday, monday);
        assert_eq!(files(folder.path()), [(DAY + 1).to_string()]);
        // A request that comes late does not bring the former day back, and leaves the new one alone.
        assert_ne!(again.of_day(DAY), monday);
        assert_eq!((again.of_day(DAY + 1), files(folder.path()).len()), (tuesday, 1));
        assert_eq!(salts(folder.path(), 3).of_day(DAY + 1), tuesday);
    }

    #[test]
    fn two_that_start_at_once_agree() {
        for round in 0..20 {
            let folder = tempfile::tempdir().unwrap();
            let found: Vec<Salt> = std::thread::scope(|scope| {
                let start = |seed| {
                    let path = folder.path();
                    scope.spawn(move || salts(path, seed).of_day(DAY))
                };
                let threads: Vec<_> = (0..4).map(|thread| start(round * 4 + thread)).collect();
                threads.into_iter().map(|thread| thread.join().unwrap()).collect()
            });
            assert!(found.iter().all(|salt| *salt == found[0]), "round {round}");
            assert_eq!(files(folder.path()), [DAY.to_string()]);
        }
    }

    #[test]
    fn yesterday_is_destroyed_though_nobody_comes_today() {
        let folder = tempfile::tempdir().unwrap();
        let salts = salts(folder.path(), 1);
        let first = salts.of_day(DAY);
        salts.forget(Timestamp::from_ms(DAY * DAY_MS + DAY_MS - 1));
        assert_eq!(salts.of_day(DAY), first);
        for left in [format!("{}", DAY - 3), format!("{DAY}.abc"), format!("{}", DAY + 900)] {
            std::fs::write(folder.path().join(FOLDER).join(left), [7; SALT_BYTES]).unwrap();
        }
        salts.forget(Timestamp::from_ms((DAY + 1) * DAY_MS));
        assert_eq!(files(folder.path()), Vec::<String>::new());
        assert_ne!(salts.of_day(DAY), first);
    }

    #[test]
    fn a_folder_that_cannot_be_written_does_not_stop_the_day() {
        let folder = tempfile::tempdir().unwrap();
        std::fs::write(folder.path().join(FOLDER), "in the way").unwrap();
        let salts = salts(folder.path(), 1);
        assert_eq!(salts.of_day(DAY), salts.of_day(DAY));
    }
}
