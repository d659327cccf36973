//! What the footers of all segments say in one file, `derived/segments`, so that a start need not read each of them.
//!
//! Derived data: a segment that it does not know is opened by its own footer. It says of each file how long it is and how
//! its checksums end; these cover every byte, so a file that was written anew under its old name is another one. Little
//! endian:
//!
//! ```text
//! "SUPPISEG" · version u32 · postcard of `Listed` · crc32c u32 of all before
//! ```

use std::{
    collections::{BTreeMap, HashMap, HashSet},
    io,
    sync::Arc,
};

use serde::{Deserialize, Serialize};

use crate::{
    disk::{Disk, read_whole, write_whole},
    run::FOLDER,
    segment::Segment,
    segment_file::Mark,
    state::Shared,
    stats::{Packed, Stats, Words},
};

pub(crate) const FILE: &str = "segments";
const MAGIC: &[u8; 8] = b"SUPPISEG";
const VERSION: u32 = 1;
const HEAD: usize = 12;
/// New segments after which a running log writes the file again; it is always written at close.
const SEGMENTS_BETWEEN_SAVES: usize = 64;

/// First and last position of a segment.
pub(crate) type Range = (u64, u64);
/// What is known of segments.
pub(crate) type Known = HashMap<Range, (Mark, Stats)>;

#[derive(Serialize, Deserialize)]
struct Listed {
    /// Names, properties and sources; elsewhere they are told by their places here.
    words: Vec<String>,
    segments: Vec<(Mark, Packed)>,
}

/// Write the file when segments are new; `always`, or only when there are many.
pub(crate) fn save_when_due(shared: &Shared, always: bool) {
    let is_due = {
        let saved = shared.saved_segments.lock();
        let segments = shared.state.read().segments.clone();
        let new = segments.iter().filter(|segment| !saved.contains(&segment.range())).count();
        new >= SEGMENTS_BETWEEN_SAVES || always && (new > 0 || saved.len() > segments.len())
    };
    if is_due && let Err(error) = save(shared) {
        tracing::warn!(%error, "the list of segments is not written; the next start takes longer");
    }
}

/// Write the file now.
pub(crate) fn save(shared: &Shared) -> io::Result<()> {
    let mut saved = shared.saved_segments.lock();
    let segments = shared.state.read().segments.clone();
    let mut words = Words::default();
    let mut listed = Listed { words: Vec::new(), segments: Vec::with_capacity(segments.len()) };
    for segment in segments.iter() {
        if let Some(mark) = segment.mark()? {
            listed.segments.push((mark, segment.stats.pack(&mut words)));
        }
    }
    listed.words = words.into_list();
    write_whole(&*shared.disk, FOLDER, FILE, &encode(&listed)?)?;
    *saved = segments.iter().map(|segment| segment.range()).collect();
    Ok(())
}

fn encode(listed: &Listed) -> io::Result<Vec<u8>> {
    let body = postcard::to_stdvec(listed).map_err(io::Error::other)?;
    let mut bytes = [&MAGIC[..], &VERSION.to_le_bytes(), &body].concat();
    bytes.extend_from_slice(&crc32c::crc32c(&bytes).to_le_bytes());
    Ok(bytes)
}

/// What a file says; `None` when it is damaged or of another version.
pub(crate) fn parse(bytes: &[u8]) -> Option<Known> {
    let (body, crc) = bytes.split_last_chunk::<4>()?;
    let (head, body_of) = body.split_at_checked(HEAD)?;
    if head[..8] != *MAGIC || head[8..] != VERSION.to_le_bytes() || *crc != crc32c::crc32c(body).to_le_bytes() {
        return None;
    }
    let listed: Listed = postcard::from_bytes(body_of).ok()?;
    let words: Vec<Arc<str>> = listed.words.into_iter().map(Arc::from).collect();
    let segments = listed.segments.into_iter();
    segments
        .map(|(mark, packed)| {
            let stats = packed.unpack(&words)?;
            Some(((stats.first, stats.last), (mark, stats)))
        })
        .collect()
}

/// What the file says, `Some(None)` when it is damaged; `None` when there is none.
pub(crate) fn look(disk: &dyn Disk) -> io::Result<Option<Option<Known>>> {
    match read_whole(disk, &format!("{FOLDER}/{FILE}")) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
        other => other.map(|bytes| Some(parse(&bytes))),
    }
}

/// Opens segments, from what is known or by their footers.
pub(crate) struct Opener {
    known: Known,
    lengths: BTreeMap<String, u64>,
    /// Those that were known.
    pub found: HashSet<Range>,
}

impl Opener {
    /// For the files of a folder with their lengths.
    pub(crate) fn new(disk: &dyn Disk, files: &[(String, u64)]) -> io::Result<Self> {
        let known = look(disk)?.flatten().unwrap_or_default();
        Ok(Self { known, lengths: files.iter().cloned().collect(), found: HashSet::new() })
    }

    /// Open a segment.
    pub(crate) fn open(&mut self, disk: &Arc<dyn Disk>, name: &str, range: Range) -> Result<Segment, crate::LogError> {
        if let Some((mark, stats)) = self.known.remove(&range)
            && self.lengths.get(name) == Some(&mark.length())
        {
            let segment = Segment::listed(disk, name, stats, mark);
            if segment.is_as_marked().unwrap_or(false) {
                self.found.insert(range);
                return Ok(segment);
            }
        }
        Segment::open(disk, name)
    }
}

#[cfg(test)]
mod tests {
    use base::Timestamp;

    use super::*;
    use crate::{event::tests::sample, faulty::FaultyDisk, segment};

    fn write(disk: &Arc<dyn Disk>, first: u64, id: &str) -> Segment {
        let mut event = sample(id);
        event.source = Some("imp_1".to_owned());
        event.props = r#"{"channel":"ads","n":1}"#.to_owned();
        let events: Vec<_> = (first..first + 3).map(|position| (position, 0, event.clone())).collect();
        segment::write_events(disk, first, Timestamp::from_ms(0), &events).unwrap()
    }

    fn list(disk: &Arc<dyn Disk>, segments: &[Segment]) {
        let mut words = Words::default();
        let segments =
            segments.iter().map(|segment| (segment.mark().unwrap().unwrap(), segment.stats.pack(&mut words)));
        let segments = segments.collect();
        let bytes = encode(&Listed { words: words.into_list(), segments }).unwrap();
        write_whole(&**disk, FOLDER, FILE, &bytes).unwrap();
    }

    /// Opens both and says which were known.
    fn open(disk: &Arc<dyn Disk>) -> Vec<Range> {
        let files = disk.list(segment::FOLDER).unwrap();
        let mut opener = Opener::new(&**disk, &files).unwrap();
        for range in [(1, 3), (4, 6)] {
            let name = segment::file_name(range.0, range.1);
            let opened = opener.open(disk, &name, range).unwrap();
            assert_eq!(opened.stats, Segment::open(disk, &name).unwrap().stats);
            opened.verify().unwrap();
        }
        let mut found: Vec<Range> = opener.found.into_iter().collect();
        found.sort_unstable();
        found
    }

    #[test]
    fn a_segment_is_opened_from_the_list_unless_it_was_written_anew() {
        let faulty = FaultyDisk::new(1);
        let disk: Arc<dyn Disk> = Arc::new(faulty.clone());
        let segments = [write(&disk, 1, "a"), write(&disk, 4, "b")];
        assert_eq!(open(&disk), []);
        list(&disk, &segments);
        assert_eq!(open(&disk), [(1, 3), (4, 6)]);
        // Under its old name, of the same length.
        let before = faulty.bytes(&format!("{}/{}", segment::FOLDER, segment::file_name(4, 6)));
        let again = write(&disk, 4, "c");
        assert_eq!(again.length(), before.len() as u64);
        assert_eq!(open(&disk), [(1, 3)]);
        list(&disk, &[segments.into_iter().next().unwrap(), again]);
        assert_eq!(open(&disk), [(1, 3), (4, 6)]);
        faulty.damage(&format!("{FOLDER}/{FILE}"), |bytes| bytes[40] ^= 1);
        assert_eq!(open(&disk), []);
    }

    #[test]
    fn a_list_that_is_damaged_says_nothing() {
        let disk: Arc<dyn Disk> = Arc::new(FaultyDisk::new(1));
        list(&disk, &[write(&disk, 1, "a")]);
        let bytes = read_whole(&*disk, &format!("{FOLDER}/{FILE}")).unwrap();
        assert_eq!(parse(&bytes).unwrap().len(), 1);
        for place in 0..bytes.len() {
            let mut damaged = bytes.clone();
            damaged[place] ^= 1;
            assert!(parse(&damaged).is_none() && parse(&bytes[..place]).is_none());
        }
    }
}
