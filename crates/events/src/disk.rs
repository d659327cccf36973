//! The disk as the log sees it: few operations, each of which a test can fail or lose the power in.
//!
//! What a file system promises after a power cut is little, and the log is written against this much only:
//! bytes are there once [`WriteFile::sync`] has answered, and a created, renamed or removed name is so once
//! [`Disk::sync_folder`] of its folder has answered. Whatever was done since may be there wholly, in part, or
//! not at all.

use std::{
    any::Any,
    fs::{self, File, OpenOptions},
    io::{self, Write},
    os::unix::fs::FileExt,
    path::{Path, PathBuf},
    sync::Arc,
};

/// A file being written, always at its end.
pub trait WriteFile: Send {
    /// Write all bytes at the end.
    fn append(&mut self, bytes: &[u8]) -> io::Result<()>;
    /// Answer once every byte is safe.
    fn sync(&mut self) -> io::Result<()>;
    /// Cut the file to this many bytes.
    fn truncate(&mut self, length: u64) -> io::Result<()>;
}

/// A file being read. A reader goes on reading what it opened, also after the name is gone.
pub trait ReadFile: Send + Sync {
    /// Bytes in the file.
    fn length(&self) -> io::Result<u64>;
    /// Fill `into` from `offset`; an error when the file ends before.
    fn read_at(&self, into: &mut [u8], offset: u64) -> io::Result<()>;
}

/// A folder of files. Names are relative, with `/` between folders.
pub trait Disk: Send + Sync + 'static {
    /// Make the folder unless it is there.
    fn make_folder(&self, folder: &str) -> io::Result<()>;
    /// Names and lengths of the files in a folder, in no order.
    fn list(&self, folder: &str) -> io::Result<Vec<(String, u64)>>;
    /// A new, empty file; an error when the name is taken.
    fn create(&self, name: &str) -> io::Result<Box<dyn WriteFile>>;
    /// Open for reading.
    fn open_read(&self, name: &str) -> io::Result<Arc<dyn ReadFile>>;
    /// Give a file another name, replacing what had it. The last step of every whole-file write.
    fn rename(&self, from: &str, to: &str) -> io::Result<()>;
    /// Remove a file.
    fn remove(&self, name: &str) -> io::Result<()>;
    /// Answer once the names in the folder are safe.
    fn sync_folder(&self, folder: &str) -> io::Result<()>;
    /// Hold the folder for this process alone; released when the answer is dropped.
    fn lock(&self) -> io::Result<Box<dyn Any + Send + Sync>>;
}

/// Read a whole file.
pub(crate) fn read_whole(disk: &dyn Disk, name: &str) -> io::Result<Vec<u8>> {
    let file = disk.open_read(name)?;
    let length = usize::try_from(file.length()?).map_err(io::Error::other)?;
    let mut bytes = vec![0; length];
    file.read_at(&mut bytes, 0)?;
    Ok(bytes)
}

/// Write a whole file so that the name shows either nothing (or the old content) or all of it. Answers the file
/// for those who go on writing.
pub(crate) fn write_whole(disk: &dyn Disk, folder: &str, name: &str, bytes: &[u8]) -> io::Result<Box<dyn WriteFile>> {
    let temporary = format!("{folder}/{name}.tmp");
    let mut file = create_fresh(disk, &temporary)?;
    file.append(bytes)?;
    file.sync()?;
    disk.rename(&temporary, &format!("{folder}/{name}"))?;
    disk.sync_folder(folder)?;
    Ok(file)
}

/// A new file that shares nothing with what had the name: the remains of a failed sync least of all.
pub(crate) fn create_fresh(disk: &dyn Disk, name: &str) -> io::Result<Box<dyn WriteFile>> {
    remove_if_there(disk, name)?;
    disk.create(name)
}

/// Remove a file that may not be there.
pub(crate) fn remove_if_there(disk: &dyn Disk, name: &str) -> io::Result<()> {
    match disk.remove(name) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => Err(error),
        _ => Ok(()),
    }
}

/// A folder of the machine's file system.
#[derive(Debug, Clone)]
pub struct RealDisk {
    root: PathBuf,
}

impl RealDisk {
    /// The disk whose names are relative to `root`, which is made when missing.
    pub fn new(root: &Path) -> io::Result<Self> {
        fs::create_dir_all(root)?;
        Ok(Self { root: root.to_owned() })
    }

    /// The disk of a folder that is there; only for reading.
    pub(crate) fn existing(root: &Path) -> Self {
        Self { root: root.to_owned() }
    }

    fn path(&self, name: &str) -> PathBuf {
        self.root.join(name)
    }
}

impl WriteFile for File {
    fn append(&mut self, bytes: &[u8]) -> io::Result<()> {
        self.write_all(bytes)
    }

    fn sync(&mut self) -> io::Result<()> {
        self.sync_data()
    }

    fn truncate(&mut self, length: u64) -> io::Result<()> {
        self.set_len(length)
    }
}

impl ReadFile for File {
    fn length(&self) -> io::Result<u64> {
        Ok(self.metadata()?.len())
    }

    fn read_at(&self, into: &mut [u8], offset: u64) -> io::Result<()> {
        self.read_exact_at(into, offset)
    }
}

impl Disk for RealDisk {
    fn make_folder(&self, folder: &str) -> io::Result<()> {
        fs::create_dir_all(self.path(folder))?;
        File::open(&self.root)?.sync_all()
    }

    fn list(&self, folder: &str) -> io::Result<Vec<(String, u64)>> {
        let mut files = Vec::new();
        for entry in fs::read_dir(self.path(folder))? {
            let entry = entry?;
            let about = entry.metadata()?;
            if let (true, Ok(name)) = (about.is_file(), entry.file_name().into_string()) {
                files.push((name, about.len()));
            }
        }
        Ok(files)
    }

    fn create(&self, name: &str) -> io::Result<Box<dyn WriteFile>> {
        let mut options = OpenOptions::new();
        // Without O_APPEND a cut file would be written on with a hole: appends follow the length.
        options.create_new(true).append(true);
        Ok(Box::new(options.open(self.path(name))?))
    }

    fn open_read(&self, name: &str) -> io::Result<Arc<dyn ReadFile>> {
        Ok(Arc::new(File::open(self.path(name))?))
    }

    fn rename(&self, from: &str, to: &str) -> io::Result<()> {
        fs::rename(self.path(from), self.path(to))
    }

    fn remove(&self, name: &str) -> io::Result<()> {
        fs::remove_file(self.path(name))
    }

    fn sync_folder(&self, folder: &str) -> io::Result<()> {
        File::open(self.path(folder))?.sync_all()
    }

    fn lock(&self) -> io::Result<Box<dyn Any + Send + Sync>> {
        let file = OpenOptions::new().create(true).write(true).truncate(false).open(self.path("lock"))?;
        match file.try_lock() {
            Ok(()) => Ok(Box::new(file)),
            Err(fs::TryLockError::WouldBlock) => Err(io::Error::new(
                io::ErrorKind::ResourceBusy,
                format!("{} is in use by another suppilo; stop that one first", self.root.display()),
            )),
            Err(fs::TryLockError::Error(error)) => Err(error),
        }
    }
}
