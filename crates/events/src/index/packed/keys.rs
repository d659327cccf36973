//! The sorted keys of a list, in two pieces: whose events they are and in which slot of time, and the rest of the time.
//! Who only counts by days or weeks reads the first.
//!
//! ```text
//! earliest slot u32 · bits of a slot u8 · bits of a gap u8 · head of the patches
//! by key: gap and slot, the gap in the lowest bits
//! patches of the gaps
//!
//! bits of a rest u8
//! by key: the rest
//! ```
//! A slot is a quarter of an hour and counts from the earliest; the rest is in milliseconds. The gap is the number of
//! people from that of the key before. Times within a person ascend, but most people have only a few events in a list:
//! keeping the difference would save little, and each key would wait for the one before.

use insight::frame::{self, AT_MS_MAX, PEOPLE_PER_BLOCK, Room, SLOT_LAST, SLOT_MS, VISITS_MAX, Visits};

use multiversion::multiversion;

use super::{
    Bytes, Wrong,
    bits::{self, Bits, SHEET, WIDTH_MAX, largest},
    patches,
};

const HEAD: usize = 4 + 2 + patches::HEAD;
/// Bits of a gap between people of one block.
const GAP_WIDTH_MAX: u8 = PEOPLE_PER_BLOCK.ilog2() as u8;
/// Bits of a slot.
const SLOT_WIDTH_MAX: u8 = SLOT_LAST.ilog2() as u8 + 1;
/// Bits of a rest.
const REST_WIDTH_MAX: u8 = SLOT_MS.ilog2() as u8 + 1;

/// One person further, as keys have it.
const PERSON: u64 = AT_MS_MAX.cast_unsigned() + 1;
/// What a gap aside costs beside its bits: each ends a run of keys that are moved together.
const PATCH_BITS: u64 = 24;
const _: () = assert!((SHEET as u64 + 1) << GAP_WIDTH_MAX <= u32::MAX as u64 && SHEET <= VISITS_MAX);

/// Keys as bytes.
pub(crate) struct PackedKeys {
    pub people_and_slots: Vec<u8>,
    pub rests: Vec<u8>,
}

pub(crate) fn pack(keys: &[u64]) -> PackedKeys {
    let slots = || keys.iter().map(|key| frame::slot(frame::at_ms(*key)));
    let (first, last) = slots().fold((SLOT_LAST, 0), |(first, last), slot| (first.min(slot), last.max(slot)));
    let slot_width = bits::width(u64::from(last.saturating_sub(first))).max(1);
    // So that no slot of that width lies behind the last, where that can be.
    let first = first.min(SLOT_LAST.saturating_sub(largest(slot_width)));
    let people = || std::iter::once(0).chain(keys.iter().map(|key| frame::person(*key)));
    let gaps = || people().skip(1).zip(people()).map(|(person, before)| person - before);
    let gap_width = patches::plan(&patches::widths(gaps()), PATCH_BITS).width.min(WIDTH_MAX - slot_width);
    let (head, patches) = patches::pack(gaps(), gap_width);
    let mut packed = Vec::with_capacity(HEAD + keys.len() * 3);
    packed.extend_from_slice(&first.to_le_bytes());
    packed.extend_from_slice(&[slot_width, gap_width]);
    packed.extend_from_slice(&head);
    let words = slots().zip(gaps()).map(|(slot, gap)| (slot - first) << gap_width | gap & largest(gap_width));
    bits::pack(words, slot_width + gap_width, &mut packed);
    packed.extend_from_slice(&patches);
    PackedKeys { people_and_slots: packed, rests: pack_rests(keys) }
}

fn pack_rests(keys: &[u64]) -> Vec<u8> {
    let rests = || {
        keys.iter().map(|key| {
            let at_ms = frame::at_ms(*key);
            (at_ms.cast_unsigned() - u64::from(frame::slot(at_ms)) * SLOT_MS) as u32
        })
    };
    let width = rests().map(|rest| bits::width(u64::from(rest))).max().unwrap_or(0);
    let mut packed = vec![width];
    bits::pack(rests(), width, &mut packed);
    packed
}

/// What packed people and slots say about themselves.
struct Packed<'a> {
    /// The earliest slot.
    first: u32,
    gap_width: u8,
    words: Bits<'a>,
    patches: Vec<(u32, u32)>,
}

impl<'a> Packed<'a> {
    fn read(packed: &'a [u8], rows: u32) -> Result<Self, Wrong> {
        let mut from = Bytes(packed);
        let first = u32::from_le_bytes(from.array()?);
        let [slot_width, gap_width] = from.array()?;
        let head = patches::Head::read(from.array()?);
        let is_possible = (1..=SLOT_WIDTH_MAX).contains(&slot_width)
            && gap_width.saturating_add(head.high_width) <= GAP_WIDTH_MAX
            && slot_width + gap_width <= WIDTH_MAX;
        if !is_possible {
            return Err(Wrong("it has keys that cannot be"));
        }
        let words = from.bits(slot_width + gap_width, rows)?;
        let patches = patches::unpack(head, rows, &mut from)?;
        from.end()?;
        let packed = Self { first, gap_width, words, patches };
        let may_be_behind = u64::from(first) + u64::from(largest(slot_width)) > u64::from(SLOT_LAST);
        if may_be_behind && packed.last_slot() > u64::from(SLOT_LAST) {
            return Err(Wrong("it has times that cannot be"));
        }
        Ok(packed)
    }

    fn last_slot(&self) -> u64 {
        let mut last = 0;
        let mut sheets = self.words.sheets();
        while let Some(words) = sheets.next() {
            last = words.iter().fold(last, |last, word| last.max(word >> self.gap_width));
        }
        u64::from(self.first) + u64::from(last)
    }
}

/// The keys of people, slots and rests.
pub(crate) fn unpack(packed: &[u8], rests: &[u8], rows: u32) -> Result<Room<u64>, Wrong> {
    let packed = Packed::read(packed, rows)?;
    let rests = rests_of(rests, rows)?;
    let mut keys = Room::any(rows as usize);
    let is_inside = packed.add_up(rests, &mut keys);
    let further = add_patches(&packed.patches, packed.gap_width, &mut keys);
    let last = keys.last().map_or(0, |key| u64::from(frame::person(*key)));
    if is_inside && further <= last && last < u64::from(PEOPLE_PER_BLOCK) {
        Ok(keys)
    } else {
        Err(Wrong("it has keys of people who are not of the block, or times that cannot be"))
    }
}

fn rests_of(packed: &[u8], rows: u32) -> Result<Bits<'_>, Wrong> {
    let mut from = Bytes(packed);
    let [width] = from.array()?;
    if width > REST_WIDTH_MAX {
        return Err(Wrong("it has times that cannot be"));
    }
    let rests = from.bits(width, rows)?;
    from.end()?;
    Ok(rests)
}

/// Hand the events to `take` without making keys of them. Of damaged ones the people may be others than any of the block.
pub(crate) fn visit(packed: &[u8], rows: u32, take: &mut dyn FnMut(Visits<'_>)) -> Result<(), Wrong> {
    Packed::read(packed, rows)?.visit(take);
    Ok(())
}

impl Packed<'_> {
    fn visit(&self, take: &mut dyn FnMut(Visits<'_>)) {
        let (mut is_other, mut slots) = ([false; SHEET], [0; SHEET]);
        // Where the gap may be all in what lies aside, and the first of all.
        let mut others = std::iter::once(0).chain(self.patches.iter().map(|(row, _)| *row as usize)).peekable();
        let mut done = 0;
        let mut sheets = self.words.sheets();
        while let Some(words) = sheets.next() {
            split(words, self.gap_width, self.first, &mut is_other, &mut slots);
            while let Some(row) = others.next_if(|row| *row < done + words.len()) {
                is_other[row - done] = true;
            }
            done += words.len();
            take(Visits { is_other: &is_other[..words.len()], slots: &slots[..words.len()] });
        }
    }

    /// Make keys, but for the people that lie aside. Answers whether all are of the block, and their times are times.
    fn add_up(&self, rests: Bits<'_>, mut keys: &mut [u64]) -> bool {
        let (mut words, mut rests) = (self.words.sheets(), rests.sheets());
        let (gap, gap_width, first_ms) = (largest(self.gap_width), self.gap_width, u64::from(self.first) * SLOT_MS);
        let (mut before, mut people, mut latest) = (0u32, [0; SHEET], 0);
        while let (Some(words), Some(rests)) = (words.next(), rests.next()) {
            for (person, word) in people.iter_mut().zip(words) {
                // A sheet of the widest gaps comes to less than a number can hold.
                before += word & gap;
                *person = before;
            }
            if before >= PEOPLE_PER_BLOCK {
                return false;
            }
            let Some((here, behind)) = keys.split_at_mut_checked(words.len()) else { return false };
            latest |= put_together(&people, words, rests, (gap_width, first_ms), here);
            keys = behind;
        }
        // The last slot is shorter than others.
        latest < PERSON
    }
}

/// Whose turn it is and the slots, of the words of a sheet.
#[multiversion(targets("x86_64+avx2+bmi1+bmi2+fma+lzcnt+popcnt"))]
fn split(words: &[u32], gap_width: u8, first: u32, is_other: &mut [bool; SHEET], slots: &mut [u32; SHEET]) {
    let gap = largest(gap_width);
    is_other.iter_mut().zip(words).for_each(|(is_other, word)| *is_other = word & gap != 0);
    slots.iter_mut().zip(words).for_each(|(slot, word)| *slot = first.wrapping_add(word >> gap_width));
}

/// The keys of a sheet; answers the bits that are set in any of their times.
#[multiversion(targets("x86_64+avx2+bmi1+bmi2+fma+lzcnt+popcnt"))]
fn put_together(
    people: &[u32; SHEET],
    words: &[u32],
    rests: &[u32],
    (gap_width, first_ms): (u8, u64),
    keys: &mut [u64],
) -> u64 {
    let mut latest = 0;
    let each = people.iter().zip(words).zip(rests);
    for (key, ((person, word), rest)) in keys.iter_mut().zip(each) {
        let at = first_ms + u64::from(word >> gap_width) * SLOT_MS + u64::from(*rest);
        latest |= at;
        *key = u64::from(*person) * PERSON + at;
    }
    latest
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

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn sorted(people: impl IntoIterator<Item = (u32, i64)>) -> Vec<u64> {
        let mut keys: Vec<u64> = people.into_iter().map(|(person, at_ms)| frame::key(person, at_ms)).collect();
        keys.sort_unstable();
        keys
    }

    fn unpack_all(packed: &PackedKeys, rows: usize) -> Result<Vec<u64>, Wrong> {
        Ok(unpack(&packed.people_and_slots, &packed.rests, rows as u32)?.to_vec())
    }

    /// Whether each is of another person, and its slot.
    fn visits(visit: impl FnOnce(&mut dyn FnMut(Visits<'_>))) -> Vec<(bool, u32)> {
        let mut all = Vec::new();
        visit(&mut |visits| all.extend(visits.is_other.iter().copied().zip(visits.slots.iter().copied())));
        all
    }

    fn assert_comes_back(keys: &[u64]) -> usize {
        let packed = pack(keys);
        assert_eq!(unpack_all(&packed, keys.len()).as_deref(), Ok(keys));
        let counted = visits(|take| visit(&packed.people_and_slots, keys.len() as u32, take).unwrap());
        assert_eq!(counted, visits(|take| frame::visit_keys(keys, take)));
        let bytes = packed.people_and_slots.len() + packed.rests.len();
        assert!(bytes <= HEAD + keys.len() * 8 + 140, "{bytes} bytes for {} keys", keys.len());
        bytes
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
        packed.people_and_slots[HEAD..].fill(0xff);
        assert_eq!(
            unpack_all(&packed, 3),
            Err(Wrong("it has keys of people who are not of the block, or times that cannot be"))
        );
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
            in_rests in any::<bool>(),
            rows in prop_oneof![3 => Just(None), 1 => (0u32..4_000).prop_map(Some), 1 => Just(Some(u32::MAX))],
        ) {
            let keys = sorted(people);
            let PackedKeys { mut people_and_slots, mut rests } = pack(&keys);
            let packed = if in_rests { &mut rests } else { &mut people_and_slots };
            for (place, byte) in changes {
                let place = place.index(packed.len());
                packed[place] = byte;
            }
            packed.truncate(cut.map_or(packed.len(), |cut| cut.index(packed.len())));
            let rows = rows.unwrap_or(keys.len() as u32);
            let is_visible = visit(&people_and_slots, rows, &mut |_| {}).is_ok();
            if let Ok(keys) = unpack_all(&PackedKeys { people_and_slots, rests }, rows as usize) {
                prop_assert!(is_visible);
                prop_assert_eq!(keys.len(), rows as usize);
                prop_assert!(keys.iter().all(|key| frame::person(*key) < PEOPLE_PER_BLOCK));
            }
        }
    }
}
