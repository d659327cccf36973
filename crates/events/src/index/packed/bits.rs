//! Numbers of one width, one after another, the lowest bits first.

use insight::frame::{Kept, Room};

/// The widest numbers: moved by up to 7 bits they still lie in the 8 bytes that are read at once.
pub(super) const WIDTH_MAX: u8 = 57;
/// Numbers that are read together: whatever their width, eight of them fill whole bytes.
pub(super) const GROUP: usize = 8;
/// Read at once.
const WORD: usize = 8;
/// The last groups with the bytes that are read behind them.
const REST: usize = 3 * (WIDTH_MAX as usize + WORD);

/// Bits that a number needs.
pub(super) fn width(number: u64) -> u8 {
    (u64::BITS - number.leading_zeros()) as u8
}

/// The largest number of a width.
pub(super) const fn largest(width: u8) -> u64 {
    match u64::MAX.checked_shr(u64::BITS - width as u32) {
        Some(largest) => largest,
        None => 0,
    }
}

/// Bytes that numbers of a width take.
pub(super) fn bytes(width: u8, count: u32) -> u64 {
    (u64::from(width) * u64::from(count)).div_ceil(8)
}

/// Put numbers, none wider than `width`, behind what is there.
pub(super) fn pack(numbers: impl Iterator<Item = u64>, width: u8, to: &mut Vec<u8>) {
    let (mut waiting, mut bits) = (0u64, 0u32);
    for number in numbers {
        waiting |= number << bits;
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

/// Numbers that were packed. There are just as many bytes as the numbers take.
#[derive(Clone, Copy)]
pub(super) struct Bits<'a> {
    pub bytes: &'a [u8],
    pub width: u8,
    pub count: u32,
}

/// Runs `$work` with `$width` as the constant `$WIDTH`; nothing when it is above [`WIDTH_MAX`].
///
/// The code for each width is another, with constants for every shift: of numbers of 7 bits that takes 0.34 ns each,
/// with shifts found at run time 0.63.
macro_rules! with_width {
    ($width:expr, $WIDTH:ident => $work:expr) => {
        with_width!(@ $width, $WIDTH => $work, 0 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17 18 19 20 21 22 23 24 25 26
            27 28 29 30 31 32 33 34 35 36 37 38 39 40 41 42 43 44 45 46 47 48 49 50 51 52 53 54 55 56 57)
    };
    (@ $width:expr, $WIDTH:ident => $work:expr, $($each:literal)*) => {
        match $width {
            $($each => {
                const $WIDTH: usize = $each;
                $work
            })*
            _ => {}
        }
    };
}
pub(super) use with_width;

impl Bits<'_> {
    /// Hand all numbers to `take`, eight at a time; of the last eight as many as there are.
    #[inline(always)]
    pub(super) fn each<const WIDTH: usize>(&self, mut take: impl FnMut(&[u64; GROUP], usize)) {
        let count = self.count as usize;
        let whole = count / GROUP;
        // Reading goes up to eight bytes past a group: the last ones are read from a copy with room behind it.
        let near = whole.min(self.bytes.len().saturating_sub(WORD).checked_div(WIDTH).unwrap_or(0));
        for group in 0..near {
            let at = group * WIDTH;
            take(&group_of::<WIDTH>(&self.bytes[at..at + WIDTH + WORD]), GROUP);
        }
        let mut rest = [0; REST];
        let left = &self.bytes[near * WIDTH..];
        rest[..left.len()].copy_from_slice(left);
        for group in near..count.div_ceil(GROUP) {
            let at = (group - near) * WIDTH;
            let numbers = group_of::<WIDTH>(&rest[at..at + WIDTH + WORD]);
            take(&numbers, GROUP.min(count - group * GROUP));
        }
    }

    /// All numbers, none of which may be wider than a `T`.
    pub(super) fn read<T: Number>(self) -> Room<T> {
        with_width!(self.width, WIDTH => return self.read_of::<T, WIDTH>());
        Room::of(0)
    }

    fn read_of<T: Number, const WIDTH: usize>(self) -> Room<T> {
        let mut all = Room::of(self.count as usize);
        self.each::<WIDTH>(|group, count| {
            let mut numbers = [T::default(); GROUP];
            numbers.iter_mut().zip(group).for_each(|(number, wide)| *number = T::of(*wide));
            all.extend_from_slice(&numbers[..count]);
        });
        all
    }
}

#[inline(always)]
fn group_of<const WIDTH: usize>(bytes: &[u8]) -> [u64; GROUP] {
    let bytes = &bytes[..WIDTH + WORD];
    let mut numbers = [0; GROUP];
    for (place, number) in numbers.iter_mut().enumerate() {
        let bit = place * WIDTH;
        let word = bytes[bit / 8..].first_chunk().map_or(0, |bytes| u64::from_le_bytes(*bytes));
        *number = word >> (bit % 8) & largest(WIDTH as u8);
    }
    numbers
}

/// What numbers are kept as.
pub(super) trait Number: Copy + Default + std::ops::BitOrAssign + Kept {
    /// The lowest bits.
    fn of(number: u64) -> Self;
}

macro_rules! number {
    ($($kind:ty)*) => {
        $(impl Number for $kind {
            fn of(number: u64) -> Self {
                number as $kind
            }
        })*
    };
}
number!(u8 u16 u32);
