//! Numbers of one width: sheets of 256, and the rest.
//!
//! A sheet has eight columns; a number is followed by the next one in the column beside it, and each column is a string
//! of bits, the lowest first, in words of 32. So the same bits of eight numbers lie beside each other and are moved
//! together: of numbers of 16 bits that takes a third of the time of a single string of bits, and no instructions that
//! only some processors have. The rest, fewer than 256, is a single string of bits.

use insight::frame::{Kept, Room};

/// The widest numbers.
pub(super) const WIDTH_MAX: u8 = 32;
const COLUMNS: usize = 8;
const ROWS: usize = 32;
/// Numbers that are packed together.
pub(super) const SHEET: usize = COLUMNS * ROWS;
/// A word of each column.
const LINE_BYTES: usize = COLUMNS * 4;
/// Bytes that are read at once of a single string.
const WORD_BYTES: usize = 8;
/// The longest rest, with what is read behind it.
const REST_BYTES_MAX: usize = SHEET * 4 + WORD_BYTES;

/// Bits that a number needs.
pub(super) fn width(number: u64) -> u8 {
    (u64::BITS - number.leading_zeros()) as u8
}

/// The largest number of a width.
pub(super) const fn largest(width: u8) -> u32 {
    match u32::MAX.checked_shr(u32::BITS.saturating_sub(width as u32)) {
        Some(largest) => largest,
        None => 0,
    }
}

/// Bytes that numbers of a width take.
pub(super) fn bytes(width: u8, count: u32) -> u64 {
    (u64::from(width) * u64::from(count)).div_ceil(8)
}

/// Put numbers, none wider than `width`, behind what is there.
pub(super) fn pack(numbers: impl Iterator<Item = u32>, width: u8, to: &mut Vec<u8>) {
    let mut waiting = Vec::with_capacity(SHEET);
    for number in numbers {
        waiting.push(number);
        if waiting.len() == SHEET {
            pack_sheet(&waiting, width, to);
            waiting.clear();
        }
    }
    pack_string(waiting.into_iter(), width, to);
}

fn pack_sheet(numbers: &[u32], width: u8, to: &mut Vec<u8>) {
    let width = usize::from(width);
    if width == 0 {
        return;
    }
    // A line more than there is: numbers end in the next one where they have no bits any more, too.
    let mut lines = vec![[0u64; COLUMNS]; width + 1];
    for (row, numbers) in numbers.chunks(COLUMNS).enumerate() {
        let (line, shift) = (row * width / 32, row * width % 32);
        for (column, number) in numbers.iter().enumerate() {
            let moved = u64::from(*number) << shift;
            lines[line][column] |= moved & u64::from(u32::MAX);
            lines[line + 1][column] |= moved >> 32;
        }
    }
    let words = lines[..width].iter().flatten();
    to.extend(words.flat_map(|word| (*word as u32).to_le_bytes()));
}

/// Put numbers as a single string of bits behind what is there.
pub(super) fn pack_string(numbers: impl Iterator<Item = u32>, width: u8, to: &mut Vec<u8>) {
    let (mut waiting, mut bits) = (0u64, 0u32);
    for number in numbers {
        waiting |= u64::from(number) << bits;
        bits += u32::from(width);
        while bits >= 8 {
            to.push(waiting as u8);
            waiting >>= 8;
            bits -= 8;
        }
    }
    if bits > 0 {
        to.push(waiting as u8);
    }
}

/// Numbers that were packed. There are just as many bytes as the numbers take, and none is wider than [`WIDTH_MAX`].
#[derive(Clone, Copy)]
pub(super) struct Bits<'a> {
    pub bytes: &'a [u8],
    pub width: u8,
    pub count: u32,
}

impl Bits<'_> {
    /// Hand all numbers to `take`, a sheet at a time.
    #[inline]
    pub(super) fn each(&self, mut take: impl FnMut(&[u32])) {
        let mut numbers = [0; SHEET];
        let count = self.count as usize;
        let (sheets, rest) = self.bytes.split_at(count / SHEET * usize::from(self.width) * LINE_BYTES);
        for sheet in 0..count / SHEET {
            let bytes = usize::from(self.width) * LINE_BYTES;
            read_sheet(self.width, &sheets[sheet * bytes..][..bytes], &mut numbers);
            take(&numbers);
        }
        let rest_count = count % SHEET;
        if rest_count > 0 {
            read_string(self.width, rest, &mut numbers[..rest_count]);
            take(&numbers[..rest_count]);
        }
    }

    /// All numbers, none of which may be wider than a `T`.
    pub(super) fn read<T: Number>(self) -> Room<T> {
        let mut all = Room::of(self.count as usize);
        self.each(|numbers| all.extend(numbers.iter().map(|number| T::of(*number))));
        all
    }
}

/// Runs the version for a width: with constants for every shift.
macro_rules! with_width {
    ($width:expr, $WIDTH:ident => $work:expr, $($each:literal)*) => {
        match $width {
            $($each => {
                const $WIDTH: usize = $each;
                $work
            })*
            _ => {}
        }
    };
}

fn read_sheet(width: u8, bytes: &[u8], numbers: &mut [u32; SHEET]) {
    with_width!(width, WIDTH => sheet_of::<WIDTH>(bytes, numbers), 0 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17 18 19 20
        21 22 23 24 25 26 27 28 29 30 31 32);
}

/// Repeats the work with every row as a constant: what is left to the compiler stays a loop.
macro_rules! each_row {
    ($ROW:ident => $work:expr, $($each:literal)*) => {
        $({
            const $ROW: usize = $each;
            $work
        })*
    };
}

fn sheet_of<const WIDTH: usize>(bytes: &[u8], numbers: &mut [u32; SHEET]) {
    let (rows, _) = numbers.as_chunks_mut::<COLUMNS>();
    let (lines, _) = bytes.as_chunks::<LINE_BYTES>();
    if WIDTH == 0 || lines.len() < WIDTH {
        rows.fill([0; COLUMNS]);
        return;
    }
    each_row!(ROW => rows[ROW] = row_of::<WIDTH, ROW>(&lines[..WIDTH]), 0 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17 18
        19 20 21 22 23 24 25 26 27 28 29 30 31);
}

#[inline(always)]
fn row_of<const WIDTH: usize, const ROW: usize>(lines: &[[u8; LINE_BYTES]]) -> [u32; COLUMNS] {
    let (line, shift) = (ROW * WIDTH / 32, ROW * WIDTH % 32);
    let low = words(&lines[line]).map(|word| word >> shift);
    let mask = largest(WIDTH as u8);
    if shift + WIDTH <= 32 {
        return low.map(|word| word & mask);
    }
    let high = words(&lines[line + 1]);
    std::array::from_fn(|column| (low[column] | high[column] << (32 - shift)) & mask)
}

#[inline(always)]
fn words(line: &[u8; LINE_BYTES]) -> [u32; COLUMNS] {
    let (words, _) = line.as_chunks::<4>();
    std::array::from_fn(|column| u32::from_le_bytes(words[column]))
}

/// Read a single string of bits that is no longer than a rest.
fn read_string(width: u8, bytes: &[u8], numbers: &mut [u32]) {
    let mut with_room = [0; REST_BYTES_MAX];
    with_room[..bytes.len()].copy_from_slice(bytes);
    let (width, mask) = (usize::from(width), largest(width));
    for (place, number) in numbers.iter_mut().enumerate() {
        let bit = place * width;
        let word = with_room[bit / 8..].first_chunk().map_or(0, |bytes| u64::from_le_bytes(*bytes));
        *number = (word >> (bit % 8)) as u32 & mask;
    }
}

/// What numbers are kept as.
pub(super) trait Number: Copy + Default + std::ops::BitOrAssign + Kept {
    /// The lowest bits.
    fn of(number: u32) -> Self;
}

macro_rules! number {
    ($($kind:ty)*) => {
        $(impl Number for $kind {
            fn of(number: u32) -> Self {
                number as $kind
            }
        })*
    };
}
number!(u8 u16 u32);

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn each_column_of_a_sheet_is_a_string_of_bits() {
        for width in [1, 9, 31, 32] {
            let number = |place: usize| (place as u32).wrapping_mul(0x9e37_79b9) & largest(width);
            let mut packed = Vec::new();
            pack((0..SHEET).map(number), width, &mut packed);
            for column in 0..COLUMNS {
                let mut string = Vec::new();
                pack_string((column..SHEET).step_by(COLUMNS).map(number), width, &mut string);
                let found: Vec<u8> =
                    packed.chunks(LINE_BYTES).flat_map(|line| line[column * 4..][..4].to_vec()).collect();
                assert_eq!(found, string, "column {column} of width {width}");
            }
        }
    }

    proptest! {
        #[test]
        fn numbers_of_every_width_come_back(
            width in 0..=WIDTH_MAX,
            count in prop_oneof![0..3 * SHEET, Just(SHEET), Just(2 * SHEET - 1)],
            seed in any::<u32>(),
        ) {
            let number = |place: usize| seed.wrapping_add(place as u32).wrapping_mul(0x9e37_79b9) & largest(width);
            let numbers: Vec<u32> = (0..count).map(number).collect();
            let mut packed = vec![7];
            pack(numbers.iter().copied(), width, &mut packed);
            let bytes = &packed[1..];
            prop_assert_eq!(bytes.len() as u64, super::bytes(width, count as u32));
            let found = Bits { bytes, width, count: count as u32 }.read::<u32>();
            prop_assert_eq!(&*found, &numbers);
        }
    }
}
