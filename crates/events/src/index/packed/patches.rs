//! What is too large for the width of the others: the row, and the bits above that width.

use super::{
    Bytes, Wrong,
    bits::{self, WIDTH_MAX, width},
};

/// Bytes that say how patches are packed.
pub(super) const HEAD: usize = 6;

/// How numbers that have no room for all bits of some are best packed.
#[derive(Clone, Copy)]
pub(super) struct Plan {
    /// The bits of all numbers.
    pub width: u8,
    /// About what it all takes.
    pub bits: u64,
}

/// How often there is a number of each width.
pub(super) type Widths = [u32; WIDTH_MAX as usize + 1];

/// How often there is a number of each width.
pub(super) fn widths(numbers: impl Iterator<Item = u32>) -> Widths {
    let mut widths = [0; WIDTH_MAX as usize + 1];
    numbers.for_each(|number| widths[usize::from(width(u64::from(number)))] += 1);
    widths
}

/// The width that makes all smallest, when a patch is as bad as so many more bits.
pub(super) fn plan(widths: &Widths, patch_bits: u64) -> Plan {
    let rows = widths.iter().map(|count| u64::from(*count)).sum::<u64>();
    let most = widths.iter().rposition(|count| *count > 0).unwrap_or(0) as u8;
    let bits_at = |width: u8| {
        let patched = widths[usize::from(width) + 1..].iter().map(|count| u64::from(*count)).sum::<u64>();
        // Patches are not evenly far apart: the widest gap is about eight times as wide.
        let row = rows.checked_div(patched).map_or(0, |gap| u64::from(bits::width(gap)) + 3);
        rows * u64::from(width) + patched * (patch_bits + row + u64::from(most - width))
    };
    let best = (0..=most).min_by_key(|width| bits_at(*width)).unwrap_or(most);
    Plan { width: best, bits: bits_at(best) }
}

/// The patches of numbers of which `width` bits are kept: how they are packed, and they themselves.
pub(super) fn pack(numbers: impl Iterator<Item = u32>, width: u8) -> ([u8; HEAD], Vec<u8>) {
    let (mut gaps, mut highs, mut next) = (Vec::new(), Vec::new(), 0);
    for (row, number) in (0u32..).zip(numbers) {
        if let Some(high) = number.checked_shr(u32::from(width)).filter(|high| *high > 0) {
            gaps.push(row - next);
            highs.push(high);
            next = row + 1;
        }
    }
    let widest = |numbers: &[u32]| numbers.iter().copied().max().map_or(0, |most| bits::width(u64::from(most)));
    let (gap_width, high_width) = (widest(&gaps), widest(&highs));
    let [a, b, c, d] = (gaps.len() as u32).to_le_bytes();
    let mut packed = Vec::new();
    bits::pack(gaps.into_iter(), gap_width, &mut packed);
    bits::pack(highs.into_iter(), high_width, &mut packed);
    ([gap_width, high_width, a, b, c, d], packed)
}

/// What a head says.
#[derive(Clone, Copy)]
pub(super) struct Head {
    gap_width: u8,
    /// Bits of a number above its width.
    pub high_width: u8,
    count: u32,
}

impl Head {
    pub(super) fn read(head: [u8; HEAD]) -> Self {
        let [gap_width, high_width, a, b, c, d] = head;
        Self { gap_width, high_width, count: u32::from_le_bytes([a, b, c, d]) }
    }
}

/// Rows, ascending, and the high bits of their numbers.
pub(super) fn unpack(head: Head, rows: u32, from: &mut Bytes<'_>) -> Result<Vec<(u32, u32)>, Wrong> {
    let is_possible = head.count <= rows && head.gap_width <= WIDTH_MAX && head.high_width <= WIDTH_MAX;
    if !is_possible || head.count > 0 && head.high_width == 0 {
        return Err(Wrong("it has patches that cannot be"));
    }
    let gaps = from.bits(head.gap_width, head.count)?.read::<u32>();
    let highs = from.bits(head.high_width, head.count)?.read::<u32>();
    let mut next = 0u64;
    let patches: Vec<(u32, u32)> = gaps
        .iter()
        .zip(&*highs)
        .map(|(gap, high)| {
            let row = next + u64::from(*gap);
            next = row + 1;
            (row as u32, *high)
        })
        .collect();
    if next > u64::from(rows) { Err(Wrong("it has a patch behind its end")) } else { Ok(patches) }
}
