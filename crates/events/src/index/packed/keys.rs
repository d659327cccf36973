//! The sorted keys of a list.
//!
//! ```text
//! earliest time u64 · bits of a time u8 · bits of a gap u8 · head of the patches
//! by key: gap and time, the gap in the lowest bits
//! patches of the gaps
//! ```
//! The time counts from the earliest. The gap is the number of people from that of the key before. Times within a
//! person ascend, but most people have only a few events in a list: keeping the difference would save little, and each
//! key would wait for the one before.

use insight::frame::{self, AT_MS_MAX, PEOPLE_PER_BLOCK};

use super::{
    Bytes, Wrong,
    bits::{self, Bits, GROUP, WIDTH_MAX, largest, with_width},
    patches,
};

const HEAD: usize = 8 + 2 + patches::HEAD;
/// Bits of a gap between people of one block.
const GAP_WIDTH_MAX: u8 = PEOPLE_PER_BLOCK.ilog2() as u8;

/// One person further, as keys have it.
const PERSON: u64 = AT_MS_MAX.cast_unsigned() + 1;
/// What a gap aside costs beside its bits: each ends a run of keys that are moved together.
const PATCH_BITS: u64 = 24;

fn time(key: u64) -> u64 {
    frame::at_ms(key).cast_unsigned()
}

pub(crate) fn pack(keys: &[u64]) -> Vec<u8> {
    let (first, last) = keys
        .iter()
        .fold((AT_MS_MAX.cast_unsigned(), 0), |(first, last), key| (first.min(time(*key)), last.max(time(*key))));
    let time_width = bits::width(last.saturating_sub(first)).max(1);
    // So that no time of that width comes near the bits of the person.
    let first = first.min(AT_MS_MAX.cast_unsigned() - largest(time_width));
    let people = || std::iter::once(0).chain(keys.iter().map(|key| u64::from(frame::person(*key))));
    let gaps = || people().skip(1).zip(people()).map(|(person, before)| person - before);
    let gap_width = patches::plan(&patches::widths(gaps()), PATCH_BITS).width.min(WIDTH_MAX - time_width);
    let (head, patches) = patches::pack(gaps(), gap_width);
    let mut packed = Vec::with_capacity(HEAD + keys.len() * 6);
    packed.extend_from_slice(&first.to_le_bytes());
    packed.extend_from_slice(&[time_width, gap_width]);
    packed.extend_from_slice(&head);
    let words = keys.iter().zip(gaps()).map(|(key, gap)| (time(*key) - first) << gap_width | gap & largest(gap_width));
    bits::pack(words, time_width + gap_width, &mut packed);
    packed.extend_from_slice(&patches);
    packed
}

pub(crate) fn unpack(packed: &[u8], rows: u32) -> Result<Vec<u64>, Wrong> {
    let mut from = Bytes(packed);
    let first = u64::from_le_bytes(from.array()?);
    let [time_width, gap_width] = from.array()?;
    let head = patches::Head::read(from.array()?);
    let is_possible = (1..=frame_width()).contains(&time_width)
        && gap_width.saturating_add(head.high_width) <= GAP_WIDTH_MAX
        && time_width + gap_width <= WIDTH_MAX
        && first <= AT_MS_MAX.cast_unsigned() - largest(time_width);
    if !is_possible {
        return Err(Wrong("it has keys that cannot be"));
    }
    let words = from.bits(time_width + gap_width, rows)?;
    let patches = patches::unpack(head, rows, &mut from)?;
    from.end()?;
    let mut keys = Vec::with_capacity(rows as usize);
    let mut is_inside = true;
    with_width!(words.width, WIDTH => is_inside = add_up::<WIDTH>(&words, first, gap_width, &mut keys));
    let further = add_patches(&patches, gap_width, &mut keys);
    let last = keys.last().map_or(0, |key| u64::from(frame::person(*key)));
    if is_inside && further <= last && last < u64::from(PEOPLE_PER_BLOCK) {
        Ok(keys)
    } else {
        Err(Wrong("it has keys of people who are not of the block"))
    }
}

/// Make keys of gaps and times. Answers whether all are of people of the block.
fn add_up<const WIDTH: usize>(words: &Bits<'_>, first: u64, gap_width: u8, keys: &mut Vec<u64>) -> bool {
    // The person of the key before, and the earliest time.
    let (mut before, mut seen) = (first, first);
    let gap = largest(gap_width);
    words.each::<WIDTH>(|group, count| {
        let mut made = [0; GROUP];
        for (key, word) in made.iter_mut().zip(group) {
            // A gap has no more bits than a person, so eight of them do not go past the end of a number unseen.
            before = before.wrapping_add((word & gap) * PERSON);
            *key = before.wrapping_add(word >> gap_width);
        }
        seen |= before;
        keys.extend_from_slice(&made[..count]);
    });
    frame::person(seen) < PEOPLE_PER_BLOCK
}

/// Add what had no room in the gaps. Answers how many people that are.
fn add_patches(patches: &[(u32, u32)], gap_width: u8, keys: &mut [u64]) -> u64 {
    let mut further = 0;
    for (place, (row, high)) in patches.iter().enumerate() {
        further += u64::from(*high) << gap_width;
        let end = patches.get(place + 1).map_or(keys.len(), |(row, _)| *row as usize);
        let further = further.wrapping_mul(PERSON);
        keys[*row as usize..end].iter_mut().for_each(|key| *key = key.wrapping_add(further));
    }
    further
}

/// Bits of the time in a key.
fn frame_width() -> u8 {
    bits::width(AT_MS_MAX.cast_unsigned())
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn sorted(people: impl IntoIterator<Item = (u32, i64)>) -> Vec<u64> {
        let mut keys: Vec<u64> = people.into_iter().map(|(person, at_ms)| frame::key(person, at_ms)).collect();
        keys.sort_unstable();
        keys
    }

    fn assert_comes_back(keys: &[u64]) -> usize {
        let packed = pack(keys);
        assert_eq!(unpack(&packed, keys.len() as u32).as_deref(), Ok(keys));
        assert!(packed.len() <= HEAD + keys.len() * 8 + 8, "{} bytes for {} keys", packed.len(), keys.len());
        packed.len()
    }

    #[test]
    fn keys_at_the_edges_come_back() {
        let last = PEOPLE_PER_BLOCK - 1;
        for keys in [
            vec![],
            sorted([(0, 0)]),
            sorted([(last, AT_MS_MAX)]),
            sorted([(0, 0), (last, AT_MS_MAX)]),
            sorted([(0, AT_MS_MAX), (last, 0)]),
            sorted([(7, AT_MS_MAX); 100]),
            sorted([(0, 5); 64]),
            sorted((0..=last).map(|person| (person, AT_MS_MAX - i64::from(person)))),
            // Beside times of 44 bits there is room for gaps of 13.
            sorted((0..8).map(|n| (n * 9_000 % PEOPLE_PER_BLOCK, i64::from(n % 2) * AT_MS_MAX))),
        ] {
            assert_comes_back(&keys);
        }
    }

    #[test]
    fn keys_of_a_quarter_take_less_than_five_bytes() {
        let at_ms = |n: u32| 1_700_000_000_000 + i64::from(n) * 7_919 * 10_007 % (90 * 86_400_000);
        let keys = sorted((0..50_000).map(|n: u32| (n * 3 / 5 + n % 7, at_ms(n))));
        assert!(assert_comes_back(&keys) < keys.len() * 5);
    }

    #[test]
    fn people_of_another_block_are_refused() {
        let mut packed = pack(&sorted([(1, 5), (PEOPLE_PER_BLOCK - 2, 6), (PEOPLE_PER_BLOCK - 1, 7)]));
        for byte in &mut packed[HEAD..] {
            *byte = 0xff;
        }
        assert_eq!(unpack(&packed, 3), Err(Wrong("it has keys of people who are not of the block")));
    }

    fn person() -> impl Strategy<Value = u32> {
        prop_oneof![8 => 0u32..40, 2 => 0u32..PEOPLE_PER_BLOCK, 1 => Just(PEOPLE_PER_BLOCK - 1)]
    }

    fn at_ms() -> impl Strategy<Value = i64> {
        prop_oneof![6 => 1_700_000_000_000i64..1_700_000_001_000, 2 => 0..=AT_MS_MAX, 1 => Just(AT_MS_MAX), 1 => Just(0)]
    }

    proptest! {
        #[test]
        fn keys_come_back(people in prop::collection::vec((person(), at_ms()), 0..300)) {
            assert_comes_back(&sorted(people));
        }

        #[test]
        fn what_is_damaged_is_an_error_or_other_keys_of_the_block(
            people in prop::collection::vec((person(), at_ms()), 0..100),
            changes in prop::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 1..4),
            cut in prop::option::of(any::<prop::sample::Index>()),
            rows in prop_oneof![3 => Just(None), 1 => (0u32..4_000).prop_map(Some), 1 => Just(Some(u32::MAX))],
        ) {
            let keys = sorted(people);
            let mut packed = pack(&keys);
            for (place, byte) in changes {
                let place = place.index(packed.len());
                packed[place] = byte;
            }
            packed.truncate(cut.map_or(packed.len(), |cut| cut.index(packed.len())));
            let rows = rows.unwrap_or(keys.len() as u32);
            if let Ok(keys) = unpack(&packed, rows) {
                prop_assert_eq!(keys.len(), rows as usize);
                prop_assert!(keys.iter().all(|key| frame::person(*key) < PEOPLE_PER_BLOCK));
            }
        }
    }
}
