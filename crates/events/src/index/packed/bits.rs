//! Numbers of one width, in sheets of 256.
//!
//! A sheet has eight columns; a number is followed by the next one in the column beside it, and each column is a string
//! of bits, the lowest first, in words of 32: a line is a word of each column. So the same bits of eight numbers lie
//! beside each other and are moved together, with instructions that every processor has and with wider ones where there
//! are such. Of the last sheet the lines behind the last number are left out.

use insight::frame::{Kept, Room};
use multiversion::multiversion;

/// The widest numbers.
pub(super) const WIDTH_MAX: u8 = 32;
const COLUMNS: usize = 8;
const ROWS: usize = 32;
/// Numbers that are packed together.
pub(super) const SHEET: usize = COLUMNS * ROWS;
/// A word of each column.
const LINE_BYTES: usize = COLUMNS * 4;
const SHEET_BYTES_MAX: usize = WIDTH_MAX as usize * LINE_BYTES;

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
    let (sheets, rest) = (u64::from(count) / SHEET as u64, count as usize % SHEET);
    sheets * u64::from(width) * LINE_BYTES as u64 + (lines(width, rest) * LINE_BYTES) as u64
}

/// Lines that so many numbers of a sheet take.
fn lines(width: u8, count: usize) -> usize {
    (count.div_ceil(COLUMNS) * usize::from(width)).div_ceil(32)
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
    pack_sheet(&waiting, width, to);
}

fn pack_sheet(numbers: &[u32], width: u8, to: &mut Vec<u8>) {
    let count = lines(width, numbers.len());
    // A line more than there is: numbers end in the next one where they have no bits any more, too.
    let mut lines = vec![[0u64; COLUMNS]; count + 1];
    for (row, numbers) in numbers.chunks(COLUMNS).enumerate().filter(|_| width > 0) {
        let bit = row * usize::from(width);
        for (column, number) in numbers.iter().enumerate() {
            let moved = u64::from(*number) << (bit % 32);
            lines[bit / 32][column] |= moved & u64::from(u32::MAX);
            lines[bit / 32 + 1][column] |= moved >> 32;
        }
    }
    let words = lines[..count].iter().flatten();
    to.extend(words.flat_map(|word| (*word as u32).to_le_bytes()));
}

/// Numbers that were packed. There are just as many bytes as the numbers take, and none is wider than [`WIDTH_MAX`].
#[derive(Clone, Copy)]
pub(super) struct Bits<'a> {
    pub bytes: &'a [u8],
    pub width: u8,
    pub count: u32,
}

impl<'a> Bits<'a> {
    /// The numbers, a sheet at a time.
    pub(super) fn sheets(self) -> Sheets<'a> {
        Sheets { bytes: self.bytes, width: self.width, left: self.count as usize, numbers: [0; SHEET] }
    }

    /// All numbers, none of which may be wider than a `T`.
    pub(super) fn read<T: Number>(self) -> Room<T> {
        let mut all = Room::of(self.count as usize);
        let mut sheets = self.sheets();
        while let Some(numbers) = sheets.next() {
            all.extend(numbers.iter().map(|number| T::of(*number)));
        }
        all
    }
}

/// Unpacks one sheet after another; the last one may be shorter.
pub(super) struct Sheets<'a> {
    bytes: &'a [u8],
    width: u8,
    /// Numbers that have not been read.
    left: usize,
    numbers: [u32; SHEET],
}

impl Sheets<'_> {
    pub(super) fn next(&mut self) -> Option<&[u32]> {
        let count = self.left.min(SHEET);
        self.left -= count;
        if count == SHEET {
            let (sheet, behind) = self.bytes.split_at(usize::from(self.width) * LINE_BYTES);
            self.bytes = behind;
            read_sheet(self.width, sheet, &mut self.numbers);
        } else if count > 0 {
            let mut sheet = [0; SHEET_BYTES_MAX];
            sheet[..self.bytes.len()].copy_from_slice(self.bytes);
            read_sheet(self.width, &sheet, &mut self.numbers);
        }
        Some(&self.numbers[..count]).filter(|numbers| !numbers.is_empty())
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

#[multiversion(targets("x86_64+avx2+bmi1+bmi2+fma+lzcnt+popcnt"))]
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

#[inline(always)]
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
    let (mut row, mask) = (words(&lines[line]), largest(WIDTH as u8));
    // Loops, since closures are not compiled into the versions of a function that has several.
    for word in &mut row {
        *word >>= shift;
    }
    if shift + WIDTH > 32 {
        let high = words(&lines[line + 1]);
        for (word, high) in row.iter_mut().zip(high) {
            *word |= high << (32 - shift);
        }
    }
    for word in &mut row {
        *word &= mask;
    }
    row
}

#[inline(always)]
fn words(line: &[u8; LINE_BYTES]) -> [u32; COLUMNS] {
    let (bytes, _) = line.as_chunks::<4>();
    let mut words = [0; COLUMNS];
    for (word, bytes) in words.iter_mut().zip(bytes) {
        *word = u32::from_le_bytes(*bytes);
    }
    words
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
        for (width, count) in [(1, SHEET), (9, SHEET), (31, SHEET), (32, SHEET), (9, 100), (20, 3)] {
            let number = |place: usize| (place as u32).wrapping_mul(0x9e37_79b9) & largest(width);
            let mut packed = Vec::new();
            pack((0..count).map(number), width, &mut packed);
            for place in 0..count {
                let (row, column) = (place / COLUMNS, place % COLUMNS);
                let bit = |bit: usize| {
                    let bit = row * usize::from(width) + bit;
                    packed[bit / 32 * LINE_BYTES + column * 4 + bit % 32 / 8] >> (bit % 8) & 1
                };
                let found = (0..usize::from(width)).fold(0, |found, place| found | u32::from(bit(place)) << place);
                assert_eq!(found, number(place), "number {place} of width {width}");
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
