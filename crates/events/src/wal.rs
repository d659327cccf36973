//! The write-ahead log: what was acknowledged and is not in a segment yet.
//!
//! One file per tail, `wal/<first position, 20 digits>.wal`. A file is a head and frames, little endian:
//!
//! ```text
//! head   "SUPPIWAL" · version u32 · crc32c u32 of what follows · first position u64
//!        · length u64 of the file when it was made                                     32 bytes
//! frame  "SUPF" · payload length u32 · crc32c u32 of what follows · kind u32
//!        · own offset in the file u64 · synced_to u64 · payload                        32 bytes + payload
//! kinds  1 events      first position u64 · count u32 · events (see `codec`), positions ascending by one
//!        2 retraction  up to position u64 · source text
//!        3 erasure     up to position u64 · numbers of keys u32, ascending: these are being erased
//!        4 erased      as 3: nothing is left of them
//! ```
//!
//! Invariants:
//! - One commit is one frame, so a batch is there wholly or not at all.
//! - `synced_to` is the length of the file known to be safe when the frame was written. A damaged frame below
//!   the `synced_to` of a later whole frame was safe once: that is damage, and opening fails with file and
//!   offset. A damaged frame that no later frame vouches for is the torn end of a power cut: it was never
//!   acknowledged, and it is cut away with a log line. Only the last file can have a torn end.
//! - Every file starts with the retractions and unfinished erasures known when it was made, so older files may go.
//!   Head and these
//!   get their name at once, when they are safe: a file that shows fewer bytes than its head says is damaged.
//! - After a failed sync nothing is written any more: the kernel may have dropped the pages and would call the
//!   next sync a success.

use std::sync::Arc;

use bytes::Bytes;

use crate::{
    LogError, codec,
    disk::{Disk, WriteFile, read_whole, write_whole},
    erase::Erasure,
    tombstones::Tombstones,
};

pub(crate) const FOLDER: &str = "wal";
const FILE_MAGIC: &[u8; 8] = b"SUPPIWAL";
const FRAME_MAGIC: &[u8; 4] = b"SUPF";
const VERSION: u32 = 1;
const FILE_HEAD: usize = 32;
/// Bytes before the payload of a frame.
const FRAME_HEAD: usize = 32;
/// Bytes of an events payload before its first event.
const EVENTS_HEAD: usize = 12;
const KIND_EVENTS: u32 = 1;
const KIND_RETRACTION: u32 = 2;
const KIND_ERASURE: u32 = 3;
const KIND_ERASED: u32 = 4;

/// The file that holds the events from a position on.
pub(crate) fn file_name(first: u64) -> String {
    format!("{FOLDER}/{}", base_name(first))
}

fn base_name(first: u64) -> String {
    format!("{first:020}.wal")
}

/// A frame being filled with events.
pub(crate) struct Group {
    bytes: Vec<u8>,
    first: u64,
    count: u32,
}

impl Group {
    /// An empty frame for events from `first` on, with room for `capacity` bytes of them.
    pub(crate) fn new(first: u64, capacity: usize) -> Self {
        let mut bytes = Vec::with_capacity(FRAME_HEAD + EVENTS_HEAD + capacity);
        bytes.resize(FRAME_HEAD + EVENTS_HEAD, 0);
        Self { bytes, first, count: 0 }
    }

    /// Add encoded events.
    pub(crate) fn push(&mut self, events: &[u8], count: usize) {
        self.bytes.extend_from_slice(events);
        self.count += count as u32;
    }

    /// Events in the frame.
    pub(crate) fn count(&self) -> usize {
        self.count as usize
    }
}

/// Events of one frame, as they lie in the file and in memory.
#[derive(Debug, Clone)]
pub(crate) struct EventBytes {
    /// The whole frame; events start at [`EventBytes::START`].
    pub bytes: Bytes,
    pub first: u64,
    pub count: u32,
}

impl EventBytes {
    /// Where the first event starts.
    pub(crate) const START: usize = FRAME_HEAD + EVENTS_HEAD;
}

/// Why a write did not happen.
pub(crate) enum WriteError {
    /// The file is as it was before; writing may go on.
    Refused(std::io::Error),
    /// What the file holds is unknown; nothing may be written any more.
    Lost(std::io::Error),
}

/// The open file at the end of the log.
pub(crate) struct WalWriter {
    file: Box<dyn WriteFile>,
    length: u64,
    synced: u64,
}

impl WalWriter {
    /// Start a new file. When this answers, the file, its name and the retractions in it are safe.
    pub(crate) fn create(
        disk: &dyn Disk,
        first: u64,
        retracted: &Tombstones,
        erasures: &[Erasure],
    ) -> std::io::Result<Self> {
        let mut head = Vec::with_capacity(FILE_HEAD);
        head.extend_from_slice(FILE_MAGIC);
        head.extend_from_slice(&VERSION.to_le_bytes());
        head.resize(FILE_HEAD, 0);
        head[16..24].copy_from_slice(&first.to_le_bytes());
        for (source, upto) in retracted.iter() {
            let frame = retraction(source, upto, head.len() as u64, 0);
            head.extend_from_slice(&frame);
        }
        for erasure in erasures {
            let frame = erasure_frame(erasure, KIND_ERASURE, head.len() as u64, 0);
            head.extend_from_slice(&frame);
        }
        let length = head.len() as u64;
        head[24..32].copy_from_slice(&length.to_le_bytes());
        let crc = crc32c::crc32c(&head[16..32]);
        head[12..16].copy_from_slice(&crc.to_le_bytes());
        let file = write_whole(disk, FOLDER, &base_name(first), &head)?;
        Ok(Self { file, length, synced: length })
    }

    /// Go on with a file that was read by [`read`], without its torn end.
    ///
    /// The file is written anew: after a failed sync the kernel may still show bytes that it will never write,
    /// and calls the next sync of the same file a success.
    pub(crate) fn resume(disk: &dyn Disk, first: u64, contents: &Bytes) -> std::io::Result<Self> {
        let file = write_whole(disk, FOLDER, &base_name(first), contents)?;
        let length = contents.len() as u64;
        Ok(Self { file, length, synced: length })
    }

    /// Write a group; with `sync`, answer once it is safe.
    pub(crate) fn write(&mut self, group: Group, sync: bool) -> Result<EventBytes, WriteError> {
        let Group { mut bytes, first, count } = group;
        bytes[FRAME_HEAD..FRAME_HEAD + 8].copy_from_slice(&first.to_le_bytes());
        bytes[FRAME_HEAD + 8..FRAME_HEAD + 12].copy_from_slice(&count.to_le_bytes());
        seal_frame(&mut bytes, KIND_EVENTS, self.length, self.synced);
        self.put(&bytes, sync)?;
        Ok(EventBytes { bytes: Bytes::from(bytes), first, count })
    }

    /// Write a retraction; answers once it is safe.
    pub(crate) fn write_retraction(&mut self, source: &str, upto: u64) -> Result<(), WriteError> {
        let frame = retraction(source, upto, self.length, self.synced);
        self.put(&frame, true)
    }

    /// Write that some keys are being erased, or that they are; answers once it is safe.
    pub(crate) fn write_erasure(&mut self, erasure: &Erasure, is_done: bool) -> Result<(), WriteError> {
        let kind = if is_done { KIND_ERASED } else { KIND_ERASURE };
        let frame = erasure_frame(erasure, kind, self.length, self.synced);
        self.put(&frame, true)
    }

    fn put(&mut self, frame: &[u8], sync: bool) -> Result<(), WriteError> {
        if let Err(error) = self.file.append(frame) {
            // A full disk: take back the part that was written, so that the file stays whole.
            let restored = self.file.truncate(self.length).and_then(|()| self.file.sync());
            return match restored {
                Ok(()) => {
                    self.synced = self.length;
                    Err(WriteError::Refused(error))
                }
                Err(_) => Err(WriteError::Lost(error)),
            };
        }
        self.length += frame.len() as u64;
        if sync { self.sync().map_err(WriteError::Lost) } else { Ok(()) }
    }

    /// Answer once everything written is safe.
    pub(crate) fn sync(&mut self) -> std::io::Result<()> {
        if self.synced < self.length {
            self.file.sync()?;
            self.synced = self.length;
        }
        Ok(())
    }
}

fn seal_frame(bytes: &mut [u8], kind: u32, offset: u64, synced: u64) {
    let length = (bytes.len() - FRAME_HEAD) as u32;
    bytes[0..4].copy_from_slice(FRAME_MAGIC);
    bytes[4..8].copy_from_slice(&length.to_le_bytes());
    bytes[12..16].copy_from_slice(&kind.to_le_bytes());
    bytes[16..24].copy_from_slice(&offset.to_le_bytes());
    bytes[24..32].copy_from_slice(&synced.to_le_bytes());
    let crc = crc32c::crc32c(&bytes[12..]);
    bytes[8..12].copy_from_slice(&crc.to_le_bytes());
}

fn retraction(source: &str, upto: u64, offset: u64, synced: u64) -> Vec<u8> {
    let mut frame = vec![0; FRAME_HEAD];
    frame.extend_from_slice(&upto.to_le_bytes());
    frame.extend_from_slice(source.as_bytes());
    seal_frame(&mut frame, KIND_RETRACTION, offset, synced);
    frame
}

fn erasure_frame(erasure: &Erasure, kind: u32, offset: u64, synced: u64) -> Vec<u8> {
    let mut frame = vec![0; FRAME_HEAD];
    frame.extend_from_slice(&erasure.upto.to_le_bytes());
    erasure.keys.iter().for_each(|key| frame.extend_from_slice(&key.to_le_bytes()));
    seal_frame(&mut frame, kind, offset, synced);
    frame
}

/// One entry of a file.
pub(crate) enum Entry {
    Events(EventBytes),
    Retraction { source: Arc<str>, upto: u64 },
    Erasure(Erasure),
    Erased(Erasure),
}

/// What a file holds.
pub(crate) struct Contents {
    pub entries: Vec<Entry>,
    /// The file up to the end of the last whole frame.
    pub bytes: Bytes,
    /// Whether bytes follow that are no whole frame.
    pub torn: bool,
}

/// Read a file. `is_last` says whether it may have a torn end.
pub(crate) fn read(disk: &dyn Disk, first: u64, is_last: bool) -> Result<Contents, LogError> {
    let name = file_name(first);
    let bytes = Bytes::from(read_whole(disk, &name).map_err(|error| LogError::Disk(Arc::new(error)))?);
    let damaged = |offset: usize, what: &str| {
        LogError::Damaged(format!("{name} at byte {offset}: {what}; restore this file from a backup"))
    };
    let Some(made) = length_when_made(&bytes, first) else {
        return Err(damaged(0, "the head is not one of this version of suppilo"));
    };
    if (bytes.len() as u64) < made {
        return Err(damaged(bytes.len(), "the file ends here, though more was safe when it was made"));
    }
    let mut entries = Vec::new();
    let mut offset = FILE_HEAD;
    while offset < bytes.len() {
        let Some(end) = whole_frame(&bytes, offset) else {
            if let Some(by) = vouches(&bytes, offset) {
                return Err(damaged(offset, &format!("damaged, though it was safe when byte {by} was written")));
            }
            if (offset as u64) < made {
                return Err(damaged(offset, "damaged, though it was safe when the file was made"));
            }
            if !is_last {
                return Err(damaged(offset, "damaged, though a later file follows"));
            }
            return Ok(Contents { entries, bytes: bytes.slice(..offset), torn: true });
        };
        entries.push(parse(&bytes, offset, end).ok_or_else(|| damaged(offset, "an entry of an unknown kind"))?);
        offset = end;
    }
    Ok(Contents { entries, bytes, torn: false })
}

/// The length that the head says, when it is a head of this version for this position.
fn length_when_made(bytes: &[u8], first: u64) -> Option<u64> {
    let is_ours = bytes.get(..8)? == FILE_MAGIC
        && u32_at(bytes, 8)? == VERSION
        && u32_at(bytes, 12)? == crc32c::crc32c(bytes.get(16..FILE_HEAD)?)
        && u64_at(bytes, 16)? == first;
    is_ours.then(|| u64_at(bytes, 24))?
}

fn u32_at(bytes: &[u8], at: usize) -> Option<u32> {
    Some(u32::from_le_bytes(bytes.get(at..at + 4)?.try_into().ok()?))
}

fn u64_at(bytes: &[u8], at: usize) -> Option<u64> {
    Some(u64::from_le_bytes(bytes.get(at..at + 8)?.try_into().ok()?))
}

/// The end of the frame at `offset`, when it is whole.
fn whole_frame(bytes: &[u8], offset: usize) -> Option<usize> {
    if bytes.get(offset..offset + 4)? != FRAME_MAGIC || u64_at(bytes, offset + 16)? != offset as u64 {
        return None;
    }
    let end = offset.checked_add(FRAME_HEAD)?.checked_add(u32_at(bytes, offset + 4)? as usize)?;
    let crc = crc32c::crc32c(bytes.get(offset + 12..end)?);
    (u32_at(bytes, offset + 8)? == crc).then_some(end)
}

/// The offset of a later whole frame that says that the byte at `offset` was safe.
fn vouches(bytes: &[u8], offset: usize) -> Option<usize> {
    let mut from = offset + 1;
    loop {
        let found = from + bytes.get(from..)?.windows(4).position(|window| window == FRAME_MAGIC)?;
        if whole_frame(bytes, found).is_some() && u64_at(bytes, found + 24)? > offset as u64 {
            return Some(found);
        }
        from = found + 1;
    }
}

fn parse(bytes: &Bytes, offset: usize, end: usize) -> Option<Entry> {
    let payload = offset + FRAME_HEAD;
    match u32_at(bytes, offset + 12)? {
        KIND_EVENTS => {
            let first = u64_at(bytes, payload)?;
            let count = u32_at(bytes, payload + 8)?;
            // No event is shorter than this: a count that lies must not be believed.
            let fits = (count as usize) <= (end - payload) / codec::EVENT_BYTES_MIN;
            let does_end = count > 0 && first > 0 && first.checked_add(u64::from(count)).is_some();
            let bytes = bytes.slice(offset..end);
            (fits && does_end).then_some(Entry::Events(EventBytes { bytes, first, count }))
        }
        KIND_RETRACTION => {
            let upto = u64_at(bytes, payload)?;
            let source = str::from_utf8(bytes.get(payload + 8..end)?).ok()?;
            Some(Entry::Retraction { source: source.into(), upto })
        }
        kind @ (KIND_ERASURE | KIND_ERASED) => {
            let upto = u64_at(bytes, payload)?;
            let (keys, rest) = bytes.get(payload + 8..end)?.as_chunks::<4>();
            let keys = keys.iter().map(|bytes| u32::from_le_bytes(*bytes)).collect();
            let erasure = rest.is_empty().then_some(Erasure { upto, keys })?;
            Some(if kind == KIND_ERASED { Entry::Erased(erasure) } else { Entry::Erasure(erasure) })
        }
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{codec, event::tests::sample, faulty::FaultyDisk};

    /// A file of three frames with two events each; answers where each frame starts, and the end.
    fn written(sync: bool) -> (FaultyDisk, Vec<usize>) {
        let disk = FaultyDisk::new(1);
        let mut tombstones = Tombstones::default();
        tombstones.insert("imp_1".into(), 7);
        let mut wal = WalWriter::create(&disk, 11, &tombstones, &[]).ok().unwrap();
        let mut starts = vec![wal.length as usize];
        for number in 0..3 {
            let mut bytes = Vec::new();
            codec::encode(&sample(&format!("a{number}")), &mut bytes);
            codec::encode(&sample(&format!("b{number}")), &mut bytes);
            let mut group = Group::new(11 + 2 * number, bytes.len());
            group.push(&bytes, 2);
            wal.write(group, sync).ok().unwrap();
            starts.push(wal.length as usize);
        }
        (disk, starts)
    }

    fn frames(contents: &Contents) -> usize {
        contents.entries.iter().filter(|entry| matches!(entry, Entry::Events(_))).count()
    }

    #[test]
    fn a_file_comes_back_with_the_retractions_it_began_with() {
        let (disk, _) = written(true);
        let contents = read(&disk, 11, true).unwrap();
        assert!(matches!(&contents.entries[0], Entry::Retraction { source, upto: 7 } if &**source == "imp_1"));
        assert_eq!((frames(&contents), contents.torn), (3, false));
    }

    #[test]
    fn a_retraction_that_the_file_began_with_is_never_cut_away() {
        let (_, starts) = written(true);
        for cut in FILE_HEAD..starts[0] {
            let (disk, _) = written(true);
            disk.damage(&file_name(11), |bytes| bytes.truncate(cut));
            assert!(matches!(read(&disk, 11, true), Err(LogError::Damaged(_))), "cut at {cut}");
        }
    }

    #[test]
    fn a_torn_end_is_cut_at_any_byte() {
        let (_, starts) = written(true);
        for cut in starts[0]..starts[3] {
            let (disk, _) = written(true);
            disk.damage(&file_name(11), |bytes| bytes.truncate(cut));
            let contents = read(&disk, 11, true).unwrap();
            let whole = starts.iter().filter(|start| **start <= cut).count() - 1;
            assert_eq!((frames(&contents), contents.bytes.len()), (whole, starts[whole]), "cut at {cut}");
            assert_eq!(contents.torn, !starts.contains(&cut));
            assert!(read(&disk, 11, false).is_err() || starts.contains(&cut));
        }
    }

    #[test]
    fn damage_in_the_middle_names_the_file_and_the_byte() {
        let (_, starts) = written(true);
        for place in starts[0]..starts[2] {
            let (disk, _) = written(true);
            disk.damage(&file_name(11), |bytes| bytes[place] ^= 0x40);
            let frame = starts.iter().rev().find(|start| **start <= place).unwrap();
            let Err(LogError::Damaged(message)) = read(&disk, 11, true) else { panic!("byte {place} was accepted") };
            assert!(message.contains(&format!("wal/00000000000000000011.wal at byte {frame}:")), "{message}");
        }
    }

    #[test]
    fn what_was_never_safe_is_cut_even_with_whole_frames_behind_it() {
        let (disk, starts) = written(false);
        disk.damage(&file_name(11), |bytes| bytes[starts[1] + 40] ^= 1);
        let contents = read(&disk, 11, true).unwrap();
        assert_eq!((frames(&contents), contents.torn), (1, true));
    }

    #[test]
    fn a_file_of_another_version_is_not_touched() {
        let (disk, _) = written(true);
        disk.damage(&file_name(11), |bytes| bytes[8] = 2);
        assert!(matches!(read(&disk, 11, true), Err(LogError::Damaged(_))));
        disk.damage(&file_name(11), |bytes| bytes.truncate(FILE_HEAD - 1));
        assert!(matches!(read(&disk, 11, true), Err(LogError::Damaged(_))));
    }
}
