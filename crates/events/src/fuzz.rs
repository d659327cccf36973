//! Fuzzing of everything that is decoded: files changed at random, with their checksums made right again so that what
//! lies behind them is reached too.
//!
//! It runs on stable Rust within the ordinary tests for a bounded number of inputs. `SUPPILO_FUZZ_RUNS=1000000 cargo
//! nextest run -p events fuzz` runs longer, `SUPPILO_SEED` chooses another start. It begins with the golden files
//! (`tests/golden`) and the inputs in `fuzz/corpus/<decoder>/`: an input that fails is printed with where it was saved;
//! put it there, so that it is tried for good.
//!
//! What is held: no panic, no memory out of proportion ([`MEMORY_MAX`]), and no answer that a checksum forbids.

use std::{
    fs,
    panic::{AssertUnwindSafe, catch_unwind},
    path::{Path, PathBuf},
    sync::Arc,
};

use base::{Random, SeededRandom};
use insight::frame;
use xxhash_rust::xxh3::xxh3_64;

use crate::{
    LocalLog, Options, check, codec, dedup,
    disk::Disk,
    faulty::FaultyDisk,
    index,
    json::{self, Extractor},
    manifest, people,
    run::{self, Run},
    segment::{self, Segment},
    wal::{self, Entry},
};

/// Inputs for each decoder in a usual run.
const RUNS: u64 = 1_500;
/// Memory that decoding one small file may take. A length that lies must not be believed.
const MEMORY_MAX: usize = 256 << 20;
/// The largest input that is kept while changes pile up.
const INPUT_BYTES_MAX: usize = 64 * 1024;

#[global_allocator]
static MEMORY: peak_alloc::PeakAlloc = peak_alloc::PeakAlloc;

fn here() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

fn number(name: &str, otherwise: u64) -> u64 {
    std::env::var(name).ok().and_then(|text| text.parse().ok()).unwrap_or(otherwise)
}

/// Every file under a folder whose name ends so, in order.
fn files(folder: &Path, suffix: &str) -> Vec<PathBuf> {
    let mut found = Vec::new();
    for entry in fs::read_dir(folder).into_iter().flatten() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            found.extend(files(&path, suffix));
        } else if path.to_str().is_some_and(|path| path.ends_with(suffix)) {
            found.push(path);
        }
    }
    found.sort();
    found
}

fn start(decoder: &str, golden: &str) -> Vec<Vec<u8>> {
    let mut inputs: Vec<Vec<u8>> = files(&here().join("fuzz/corpus").join(decoder), "")
        .iter()
        .chain(&if golden.is_empty() { Vec::new() } else { files(&here().join("tests/golden"), golden) })
        .map(|path| fs::read(path).unwrap())
        .collect();
    inputs.dedup();
    assert!(!inputs.is_empty(), "no input for {decoder}");
    inputs
}

struct Mutator {
    random: SeededRandom,
}

impl Mutator {
    fn below(&self, end: usize) -> usize {
        self.random.below(end.max(1) as u64) as usize
    }

    /// Change an input in one to four ways.
    fn change(&self, input: &mut Vec<u8>, other: &[u8]) {
        for _ in 0..=self.below(4) {
            let at = self.below(input.len());
            let length = 1 + self.below(16);
            let end = (at + length).min(input.len());
            match self.below(8) {
                0 | 1 if at < input.len() => input[at] ^= 1 << self.below(8),
                2 => self.put_number(input, at),
                3 => drop(input.drain(at..end)),
                4 => {
                    let part = input[at..end].to_vec();
                    input.splice(at..at, part.repeat(1 + self.below(40)));
                }
                5 => drop(input.splice(at..end, (0..length).map(|_| self.below(256) as u8).collect::<Vec<_>>())),
                6 => {
                    let from = self.below(other.len());
                    let upto = (from + 1 + self.below(64)).min(other.len());
                    drop(input.splice(at..at, other[from..upto].to_vec()));
                }
                _ => input.truncate(at.max(1)),
            }
        }
        input.truncate(INPUT_BYTES_MAX);
    }

    /// A number that programs get wrong.
    fn put_number(&self, input: &mut [u8], at: usize) {
        let numbers = [0, 1, 0x7f, 0xff, 0x7fff, 0xffff, 0x7fff_ffff, 0xffff_ffff, i64::MAX as u64, u64::MAX];
        let number = numbers[self.below(numbers.len())].wrapping_sub(self.below(2) as u64);
        let width = [1, 2, 4, 8][self.below(4)].min(input.len() - at);
        input[at..at + width].copy_from_slice(&number.to_le_bytes()[..width]);
    }
}

/// Try a decoder with many inputs; `mend` makes checksums right again in most of them.
fn fuzz(decoder: &str, golden: &str, mend: impl Fn(&mut Vec<u8>), decode: impl Fn(&[u8])) {
    let inputs = start(decoder, golden);
    let mutator = Mutator { random: SeededRandom::new(number("SUPPILO_SEED", 1)) };
    let runs = number("SUPPILO_FUZZ_RUNS", RUNS);
    let try_one = |input: &[u8]| {
        let before = MEMORY.current_usage();
        MEMORY.reset_peak_usage();
        let outcome = catch_unwind(AssertUnwindSafe(|| decode(input)));
        let taken = MEMORY.peak_usage().saturating_sub(before);
        if outcome.is_err() || taken > MEMORY_MAX {
            let saved = std::env::temp_dir().join(format!("suppilo-fuzz-{decoder}-{:016x}", xxh3_64(input)));
            fs::write(&saved, input).unwrap();
            panic!(
                "{decoder}: failed, or took {taken} bytes, with {}; mend it, and keep it in fuzz/corpus/{decoder}",
                saved.display()
            );
        }
    };
    inputs.iter().for_each(|input| try_one(input));
    for _ in 0..runs {
        let mut input = inputs[mutator.below(inputs.len())].clone();
        let other = &inputs[mutator.below(inputs.len())];
        mutator.change(&mut input, other);
        if mutator.below(8) > 0 {
            mend(&mut input);
        }
        try_one(&input);
    }
}

fn disk_with(name: &str, bytes: &[u8]) -> Arc<dyn Disk> {
    let disk = FaultyDisk::new(1);
    disk.create(name).unwrap().append(bytes).unwrap();
    Arc::new(disk)
}

fn options() -> Options {
    Options { background_sealing: false, query_threads: 1, ..Options::default() }
}

/// Open the log on it, look through it, and ask it what it holds. Errors are right, as long as they are told.
fn use_log(disk: &Arc<dyn Disk>) {
    let _ = check::check_on(disk);
    let clock = Arc::new(base::VirtualClock::at(base::Timestamp::from_ms(1_700_000_000_000)));
    let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
    runtime.block_on(async {
        use crate::EventLog as _;
        let Ok(log) = LocalLog::open_on(disk.clone(), options(), clock) else { return };
        let _ = log.read_after(crate::Position(0), 1000).await;
        let _ = log.names().await;
        let _ = log.properties(None).await;
        let _ = log.scan(&insight::record::Plan::default()).await;
        let _ = log.close().await;
    });
}

/// Make a checksum of the last four bytes right.
fn mend_end(input: &mut [u8]) {
    if let Some((body, crc)) = input.split_last_chunk_mut::<4>() {
        *crc = crc32c::crc32c(body).to_le_bytes();
    }
}

fn word(input: &[u8], at: usize) -> usize {
    input.get(at..at + 4).map_or(0, |bytes| u32::from_le_bytes([bytes[0], bytes[1], bytes[2], bytes[3]]) as usize)
}

/// Make the checksums of the head and of every frame right, and their offsets.
fn mend_wal(input: &mut [u8]) {
    if input.len() < 32 {
        return;
    }
    input[..12].copy_from_slice(b"SUPPIWAL\x01\0\0\0");
    input[16..24].copy_from_slice(&1u64.to_le_bytes());
    let crc = crc32c::crc32c(&input[16..32]);
    input[12..16].copy_from_slice(&crc.to_le_bytes());
    let mut at = 32;
    while at + 32 <= input.len() {
        let end = (at + 32).saturating_add(word(input, at + 4));
        let end = if end > input.len() { input.len() } else { end };
        input[at..at + 4].copy_from_slice(b"SUPF");
        let length = (end - at - 32) as u32;
        input[at + 4..at + 8].copy_from_slice(&length.to_le_bytes());
        input[at + 16..at + 24].copy_from_slice(&(at as u64).to_le_bytes());
        let crc = crc32c::crc32c(&input[at + 12..end]);
        input[at + 8..at + 12].copy_from_slice(&crc.to_le_bytes());
        at = end;
    }
}

#[test]
fn write_ahead_files() {
    fuzz(
        "wal",
        ".wal",
        |input| mend_wal(input),
        |input| {
            let name = wal::file_name(1);
            let disk = disk_with(&name, input);
            if let Ok(contents) = wal::read(&*disk, 1, true) {
                for entry in contents.entries {
                    let Entry::Events(bytes) = entry else { continue };
                    let mut offset = wal::EventBytes::START;
                    while let Some((event, next)) = codec::decode(&bytes.bytes, offset) {
                        drop(event.to_event());
                        offset = next;
                    }
                }
            }
            use_log(&disk);
        },
    );
}

#[test]
fn events_in_their_bytes() {
    fuzz(
        "codec",
        ".wal",
        |_| {},
        |input| {
            for offset in 0..input.len().min(200) {
                if let Some((event, next)) = codec::decode(input, offset) {
                    assert!(next > offset && next <= input.len());
                    drop(event.to_event());
                }
            }
        },
    );
}

#[test]
fn segments() {
    // Those of the first version have no checksums: changes reach what reads the pages.
    fuzz(
        "segment",
        ".parquet",
        |_| {},
        |input| {
            let disk = disk_with(&format!("{}/{}", segment::FOLDER, segment::file_name(1, 12)), input);
            if let Ok(segment) = Segment::open(&disk, &segment::file_name(1, 12)) {
                let _ = segment.may_have_keys(&[1, 2, 3]);
            }
            use_log(&disk);
        },
    );
}

/// Make the checksums of the end, the filter, the fences and the blocks right, as far as they can be found.
fn mend_ids(input: &mut [u8]) {
    let Some(end) = input.len().checked_sub(run::FOOTER) else { return };
    let count = word(input, end + 16);
    let (blocks, filter) = (word(input, end + 48), word(input, end + 56).saturating_mul(64));
    let fences = blocks.saturating_add(filter);
    if fences < end && fences.saturating_add(count.div_ceil(256).saturating_mul(16)) == end {
        let mut starts: Vec<usize> = (fences + 8..end).step_by(16).map(|at| word(input, at)).collect();
        starts.push(blocks);
        for range in starts.windows(2).filter(|pair| pair[0] <= pair[1] && pair[1] <= end) {
            mend_end(&mut input[range[0]..range[1]]);
        }
        let (filter_crc, fences_crc) = (crc32c::crc32c(&input[blocks..fences]), crc32c::crc32c(&input[fences..end]));
        input[end + 64..end + 68].copy_from_slice(&filter_crc.to_le_bytes());
        input[end + 68..end + 72].copy_from_slice(&fences_crc.to_le_bytes());
    }
    mend_end(&mut input[end..]);
}

#[test]
fn message_ids() {
    fuzz(
        "ids",
        ".ids",
        |input| mend_ids(input),
        |input| {
            let disk = disk_with(&run::path(1, 32), input);
            if let Ok(run) = Run::open(&*disk, 1, 32) {
                let _ = run.check();
                let _ = run.occurrences(7);
                let _ = run.occurrences(1 << 79);
            }
        },
    );
    fuzz("freed", "freed", |input| mend_end(input), |input| drop(dedup::parse_freed(input)));
}

#[test]
fn the_list_of_segments() {
    fuzz("manifest", "derived/segments", |input| mend_end(input), |input| drop(manifest::parse(input)));
}

#[test]
fn the_people() {
    fuzz(
        "people",
        "people",
        |input| mend_end(input),
        |input| {
            let disk = disk_with(&format!("{}/{}", run::FOLDER, people::FILE), input);
            let Ok(people::Looked::Whole(mut people, _)) = people::look(&*disk) else { return };
            for key in 0..people.key_count() {
                let _ = people.text(key);
                let _ = people.keys(key).len();
                let _ = people.find(&people.text(key));
            }
            let _ = people.number("anon:new");
        },
    );
}

/// Make the checksum of the footer right; it is where it was as long as the end was not changed. Those of the pieces are
/// inside the footer: see [`packed_columns`].
fn mend_columns(input: &mut [u8]) {
    let Some(end) = input.len().checked_sub(24) else { return };
    let length = word(input, end).min(end);
    let check = xxh3_64(&input[end - length..end]);
    input[end..end + 8].copy_from_slice(&(length as u64).to_le_bytes());
    input[end + 8..end + 16].copy_from_slice(&check.to_le_bytes());
    input[end + 16..].copy_from_slice(b"SUPPICL5");
}

#[test]
fn columns() {
    fuzz(
        "columns",
        ".cols",
        |input| mend_columns(input),
        |input| {
            let name = format!("{}/{:020}-{:020}{}", index::FOLDER, 1, 40, index::SUFFIX);
            let disk = disk_with(&name, input);
            if let Ok(part) = index::Part::open(&disk, name) {
                let _ = part.check();
            }
        },
    );
}

/// What is packed in a piece, behind its number of rows.
#[test]
fn packed_columns() {
    let rows = |input: &[u8]| input.split_first_chunk().map(|(rows, rest)| (u32::from_le_bytes(*rows), rest.to_vec()));
    // No part says that it has more rows than its keys have bits.
    let rows = |input: &[u8]| rows(input).map(|(rows, rest)| (rows.min(rest.len() as u32 * 8), rest));
    let mend = |input: &mut Vec<u8>| {
        // Slots that begin far away are refused at once.
        if let Some(high) = input.get_mut(7..8) {
            high.fill(0);
        }
    };
    fuzz("keys", "", mend, |input| {
        let Some((rows, packed)) = rows(input) else { return };
        let mut seen = 0;
        let is_visible = index::packed::visit_keys(&packed, rows, &mut |visits| seen += visits.slots.len()).is_ok();
        // Rests of no bits.
        let Ok(keys) = index::packed::unpack_keys(&packed, &[0], rows) else { return };
        assert!(is_visible && seen == rows as usize && keys.len() == seen);
        assert!(keys.iter().all(|key| frame::person(*key) < frame::PEOPLE_PER_BLOCK));
    });
    fuzz(
        "rests",
        "",
        |_| {},
        |input| {
            let Some((rows, packed)) = rows(input) else { return };
            let person = |row: u32| row / 3 % frame::PEOPLE_PER_BLOCK;
            let rows = rows.min(3 * frame::PEOPLE_PER_BLOCK);
            let keys: Vec<u64> = (0..rows).map(|row| frame::key(person(row), i64::from(row) * 900_000)).collect();
            let people = index::packed::pack_keys(&keys).people_and_slots;
            if let Ok(keys) = index::packed::unpack_keys(&people, &packed, rows) {
                assert!((0..).zip(&*keys).all(|(row, key)| frame::person(*key) == person(row)));
            }
        },
    );
    fuzz(
        "codes",
        "",
        |_| {},
        |input| {
            let Some((rows, packed)) = rows(input) else { return };
            let Ok(codes) = index::packed::unpack_codes(&packed, rows) else { return };
            assert_eq!(codes.count(), Some(rows as usize));
        },
    );
}

/// Counts properties and reads their values.
struct Names(usize);

impl json::Paths for Names {
    fn take(&mut self, _: &str, raw: &str) {
        self.0 += 1;
        drop(json::value_of(raw));
    }

    fn goes_into(&mut self, path: &str) -> bool {
        path.matches('.').count() < 100
    }
}

#[test]
fn texts_of_json() {
    fuzz(
        "props",
        "",
        |_| {},
        |input| {
            let Ok(text) = str::from_utf8(input) else { return };
            let _ = json::check_object(text);
            let mut names = Names(0);
            json::each_path(text, &mut String::new(), &mut names);
            assert!(names.0 <= text.len());
            let mut values = vec![insight::record::Value::Null; 2];
            Extractor::new(["a", "b.c"].into_iter()).extract(text, &mut values);
        },
    );
    fuzz("links", "", |_| {}, |input| drop(codec::links_from_json(&String::from_utf8_lossy(input))));
}

#[test]
fn questions() {
    fuzz(
        "query",
        "",
        |_| {},
        |input| {
            let Ok(body) = serde_json::from_slice::<serde_json::Value>(input) else { return };
            let Ok(query) = insight::query::Query::parse(body) else { return };
            drop(query.answer(&insight::record::Records::default()));
            drop(query.plan());
        },
    );
}
