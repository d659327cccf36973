//! Codes of a property, or ranks.
//!
//! ```text
//! kind u8 · bits of a code u8 · head of the patches
//! sparse only: how many codes are not zero u32 · a bit for each row, whether its code is not
//! the codes, or those that are not zero
//! patches
//! ```

use std::sync::Arc;

use insight::frame::{Buffer, Codes, Room, Sparse};

use super::{
    Bytes, Wrong,
    bits::{self, Bits, Number, WIDTH_MAX, largest},
    patches,
};

/// All codes.
const DENSE: u8 = 0;
/// Only those that are not zero.
const SPARSE: u8 = 1;

pub(crate) fn pack(codes: &[u32]) -> Vec<u8> {
    let mut widths = patches::widths(codes.iter().copied());
    let dense = patches::plan(&widths, 0);
    widths[0] = 0;
    let sparse = patches::plan(&widths, 0);
    if sparse.bits + codes.len() as u64 >= dense.bits {
        return pack_as(DENSE, dense.width, || codes.iter().copied(), &[]);
    }
    let known = || codes.iter().copied().filter(|code| *code != 0);
    let mut rows = (known().count() as u32).to_le_bytes().to_vec();
    rows.extend(
        codes.chunks(8).map(|codes| (0..).zip(codes).fold(0, |byte, (bit, code)| byte | u8::from(*code != 0) << bit)),
    );
    pack_as(SPARSE, sparse.width, known, &rows)
}

fn pack_as<I: Iterator<Item = u32>>(kind: u8, width: u8, codes: impl Fn() -> I, rows: &[u8]) -> Vec<u8> {
    let (head, patches) = patches::pack(codes(), width);
    let mut packed = vec![kind, width];
    packed.extend_from_slice(&head);
    packed.extend_from_slice(rows);
    bits::pack(codes().map(|code| code & largest(width)), width, &mut packed);
    packed.extend_from_slice(&patches);
    packed
}

/// The codes, as small as they can be.
pub(crate) fn unpack(packed: &[u8], rows: u32) -> Result<Codes, Wrong> {
    let mut from = Bytes(packed);
    let [kind, width] = from.array()?;
    let head = patches::Head::read(from.array()?);
    let set = match kind {
        DENSE => None,
        SPARSE => Some((u32::from_le_bytes(from.array()?), from.take(u64::from(rows).div_ceil(8))?)),
        _ => return Err(Wrong("it has codes of a kind that is not known")),
    };
    let count = set.map_or(rows, |(count, _)| count);
    if width.saturating_add(head.high_width) > WIDTH_MAX {
        return Err(Wrong("it has codes that are too large"));
    }
    let codes = from.bits(width, count)?;
    let patches = patches::unpack(head, count, &mut from)?;
    from.end()?;
    let packed = Packed { codes, patches };
    let codes = match width + head.high_width {
        0..=8 => Codes::Bytes(Buffer::shared(packed.read())),
        9..=16 => Codes::Shorts(Buffer::shared(packed.read())),
        _ => Codes::Words(Buffer::shared(packed.read())),
    };
    let Some((_, set)) = set else { return Ok(codes) };
    let sparse = Sparse::new(rows as usize, words(set), codes);
    let sparse = sparse.ok_or(Wrong("it has another number of codes than it says"))?;
    Ok(Codes::Sparse(Arc::new(sparse)))
}

fn words(bytes: &[u8]) -> Vec<u64> {
    let word = |bytes: &[u8]| {
        let mut word = [0; 8];
        word[..bytes.len()].copy_from_slice(bytes);
        u64::from_le_bytes(word)
    };
    bytes.chunks(8).map(word).collect()
}

struct Packed<'a> {
    codes: Bits<'a>,
    patches: Vec<(u32, u32)>,
}

impl Packed<'_> {
    fn read<T: Number>(&self) -> Room<T> {
        let mut codes: Room<T> = self.codes.read();
        for (row, high) in &self.patches {
            codes[*row as usize] |= T::of(high << self.codes.width);
        }
        codes
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn codes_of(codes: &Codes, rows: usize) -> Vec<u32> {
        (0..rows).map(|row| codes.get(row)).collect()
    }

    fn assert_comes_back(codes: &[u32]) -> (u8, usize) {
        let packed = pack(codes);
        let found = unpack(&packed, codes.len() as u32).unwrap();
        assert_eq!((found.count(), codes_of(&found, codes.len())), (Some(codes.len()), codes.to_vec()));
        let each = match codes.iter().max().copied().unwrap_or(0) {
            0..=0xff => 1,
            0x100..=0xffff => 2,
            _ => 4,
        };
        // A room may be half empty.
        assert!(found.bytes() <= 2 * codes.len() * each + 12, "{found:?}");
        (packed[0], packed.len())
    }

    #[test]
    fn codes_at_the_edges_come_back() {
        for codes in [
            vec![],
            vec![0],
            vec![u32::MAX],
            vec![0; 100],
            vec![u32::MAX; 100],
            vec![0, u32::MAX],
            (0..33).map(|width| u32::MAX.checked_shr(width).unwrap_or(0)).collect(),
            (0..70).map(|row| u32::from(row == 69)).collect(),
            (0..65).map(|row| u32::from(row % 2 == 0) * 0xffff).collect(),
        ] {
            assert_comes_back(&codes);
        }
    }

    #[test]
    fn codes_take_what_they_need() {
        let mixed = |row: u32| row.wrapping_mul(0x9e37_79b9) >> 8;
        let of =
            |code: &dyn Fn(u32) -> u32| assert_comes_back(&(0..8_000).map(|row| code(mixed(row))).collect::<Vec<_>>());
        // Eight bits of every other row, and a bit for each.
        let (kind, bytes) = of(&|n| if n % 2 == 0 { n / 2 % 256 } else { 0 });
        assert!(kind == SPARSE && bytes < 8_000 * 5 / 8 + 100, "{kind} {bytes}");
        // Six bits of all; few are larger.
        let (kind, bytes) = of(&|n| if n % 100 == 0 { 900 } else { n % 64 });
        assert!(kind == DENSE && bytes < 8_000 * 7 / 8, "{kind} {bytes}");
        // Few have one.
        let (_, bytes) = of(&|n| if n % 200 == 0 { 900 } else { 0 });
        assert!(bytes < 200, "{bytes}");
    }

    fn code() -> impl Strategy<Value = u32> {
        prop_oneof![6 => Just(0u32), 6 => 0u32..20, 2 => 0u32..1_000, 1 => 0u32..100_000, 1 => any::<u32>()]
    }

    fn codes() -> impl Strategy<Value = Vec<u32>> {
        let of = |code| prop::collection::vec(code, 0..300);
        let few = |most: u32| prop_oneof![3 => Just(0u32), 1 => 0..=most].boxed();
        prop_oneof![of(code().boxed()), of((0u32..9).boxed()), of(few(255)), of(few(65_535)), of(any::<u32>().boxed())]
    }

    proptest! {
        #[test]
        fn codes_come_back(codes in codes()) {
            assert_comes_back(&codes);
        }

        #[test]
        fn what_is_damaged_is_an_error_or_other_codes(
            codes in codes(),
            changes in prop::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 1..4),
            cut in prop::option::of(any::<prop::sample::Index>()),
            rows in prop_oneof![3 => Just(None), 1 => (0u32..4_000).prop_map(Some)],
        ) {
            let mut packed = pack(&codes);
            for (place, byte) in changes {
                let place = place.index(packed.len());
                packed[place] = byte;
            }
            packed.truncate(cut.map_or(packed.len(), |cut| cut.index(packed.len())));
            let rows = rows.unwrap_or(codes.len() as u32);
            if let Ok(codes) = unpack(&packed, rows) {
                prop_assert_eq!(codes.count(), Some(rows as usize));
            }
        }
    }
}
