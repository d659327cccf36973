//! Ascending 80-bit numbers in few bytes: blocks that can be read on their own.
//!
//! ```text
//! the first number, 10 bytes · what each next one is more than the one before · crc32c u32 of all before
//! ```
//! Little endian, bits from the lowest on. Numbers that are spread evenly are apart by about `2^80 / count`, so a
//! difference is told as a Rice code: its lowest `k` bits as they are, behind as many zeros as the rest says and a one,
//! with `k = 80 - ceil(log2 count)`. That takes 1.5 bits for a number more than `log2` of the mean difference: 6.9 bytes
//! of 10 for one of 100 million. However the numbers lie, all the zeros of a file together are at most `2 * count`.

use std::io;

/// Bits of a number.
pub(crate) const ID_BITS: u32 = 80;
/// Numbers of a block, but for the last one of a file.
pub(crate) const BLOCK_IDS: usize = 256;
const FIRST_BYTES: usize = 10;
const CRC_BYTES: usize = 4;
/// Bytes behind a block that the decoder may look at.
pub(crate) const PADDING: usize = 16;
/// Bits that one look gives for certain, wherever in a byte it begins.
const LOOK_BITS: u32 = 56;

fn wrong(what: &str) -> io::Error {
    io::Error::new(io::ErrorKind::InvalidData, what.to_owned())
}

/// How many of the lowest bits of a difference are told as they are, among so many numbers.
pub(crate) fn remainder_bits(count: usize) -> u32 {
    ID_BITS - (count.max(1) as u64).next_power_of_two().ilog2()
}

#[derive(Default)]
struct BitWriter {
    waiting: u128,
    count: u32,
}

impl BitWriter {
    /// Add the lowest bits of a number, at most 64.
    fn put(&mut self, value: u64, bits: u32, into: &mut Vec<u8>) {
        self.waiting |= u128::from(value) << self.count;
        self.count += bits;
        if self.count >= 64 {
            into.extend_from_slice(&(self.waiting as u64).to_le_bytes());
            self.waiting >>= 64;
            self.count -= 64;
        }
    }

    fn finish(self, into: &mut Vec<u8>) {
        into.extend_from_slice(&self.waiting.to_le_bytes()[..self.count.div_ceil(8) as usize]);
    }
}

/// Add a block of ascending numbers.
pub(crate) fn encode(ids: &[u128], remainder_bits: u32, into: &mut Vec<u8>) {
    let Some((first, rest)) = ids.split_first() else { return };
    let start = into.len();
    into.extend_from_slice(&first.to_le_bytes()[..FIRST_BYTES]);
    let (mut bits, mut before) = (BitWriter::default(), *first);
    for id in rest {
        let more = id - before;
        before = *id;
        for _ in 0..more >> remainder_bits {
            bits.put(0, 1, into);
        }
        bits.put(1, 1, into);
        let low = remainder_bits.min(64);
        let mask = |bits: u32| if bits == 64 { u64::MAX } else { (1 << bits) - 1 };
        bits.put(more as u64 & mask(low), low, into);
        bits.put((more >> 64) as u64 & mask(remainder_bits - low), remainder_bits - low, into);
    }
    bits.finish(into);
    let crc = crc32c::crc32c(&into[start..]);
    into.extend_from_slice(&crc.to_le_bytes());
}

/// The numbers of a block, in order.
pub(crate) struct Block<'a> {
    /// With [`PADDING`].
    bytes: &'a [u8],
    /// Where the next bit is.
    at: usize,
    /// The first bit that is none of the block's.
    end: usize,
    remainder_bits: u32,
    left: usize,
    now: u128,
}

impl<'a> Block<'a> {
    /// Read a block of so many numbers, behind which [`PADDING`] follows; an error when its checksum is wrong.
    pub(crate) fn new(padded: &'a [u8], count: usize, remainder_bits: u32) -> io::Result<Self> {
        let length = padded.len().checked_sub(PADDING + CRC_BYTES).filter(|length| *length >= FIRST_BYTES);
        let length = length.ok_or_else(|| wrong("a block is too short"))?;
        if padded[length..length + CRC_BYTES] != crc32c::crc32c(&padded[..length]).to_le_bytes() {
            return Err(wrong("the checksum of a block is wrong"));
        }
        let mut first = [0; 16];
        first[..FIRST_BYTES].copy_from_slice(&padded[..FIRST_BYTES]);
        let now = u128::from_le_bytes(first);
        Ok(Self { bytes: padded, at: FIRST_BYTES * 8, end: length * 8, remainder_bits, left: count - 1, now })
    }

    /// The first number.
    pub(crate) fn first(&self) -> u128 {
        self.now
    }

    /// The number after the last one answered, or after the first; `None` behind the last.
    pub(crate) fn next(&mut self) -> io::Result<Option<u128>> {
        let Some(left) = self.left.checked_sub(1) else { return Ok(None) };
        self.left = left;
        let quotient = self.zeros()?;
        let low = self.take(self.remainder_bits.min(LOOK_BITS));
        let high = self.take(self.remainder_bits.saturating_sub(LOOK_BITS));
        let remainder = u128::from(low) | u128::from(high) << LOOK_BITS;
        let more = (u128::from(quotient) << self.remainder_bits) | remainder;
        self.now = self.now.saturating_add(more);
        if self.at > self.end || self.now >> ID_BITS != 0 {
            return Err(wrong("a block is no list of message ids"));
        }
        Ok(Some(self.now))
    }

    /// At least [`LOOK_BITS`] bits from here on.
    fn look(&self) -> u64 {
        let bytes = self.bytes.get(self.at / 8..).and_then(<[u8]>::first_chunk);
        bytes.map_or(0, |bytes| u64::from_le_bytes(*bytes)) >> (self.at % 8)
    }

    fn take(&mut self, bits: u32) -> u64 {
        let taken = self.look() & ((1 << bits) - 1);
        self.at += bits as usize;
        taken
    }

    /// Pass over zeros and the one behind them.
    fn zeros(&mut self) -> io::Result<u64> {
        let mut zeros = 0;
        while self.at < self.end {
            let seen = self.look();
            if seen != 0 {
                self.at += seen.trailing_zeros() as usize + 1;
                return Ok(zeros + u64::from(seen.trailing_zeros()));
            }
            let looked_at = 64 - self.at % 8;
            self.at += looked_at;
            zeros += looked_at as u64;
        }
        Err(wrong("a block ends too early"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn all(bytes: &[u8], count: usize, remainder_bits: u32) -> io::Result<Vec<u128>> {
        let padded = [bytes, &[0; PADDING]].concat();
        let mut block = Block::new(&padded, count, remainder_bits)?;
        let mut ids = vec![block.first()];
        while let Some(id) = block.next()? {
            ids.push(id);
        }
        Ok(ids)
    }

    proptest::proptest! {
        #[test]
        fn what_goes_in_comes_out(
            mut ids in proptest::collection::vec(0u128..1 << ID_BITS, 1..=BLOCK_IDS),
            alike in 0..ID_BITS,
            among in 1usize..1 << 40,
        ) {
            // Some lie close together, some are the same.
            ids.iter_mut().step_by(2).for_each(|id| *id >>= alike);
            ids.sort_unstable();
            // Among more numbers than these a difference has many zeros: that is right, and long.
            let bits = remainder_bits(among).max(ID_BITS - 12);
            let mut bytes = Vec::new();
            encode(&ids, bits, &mut bytes);
            proptest::prop_assert_eq!(all(&bytes, ids.len(), bits).unwrap(), ids.clone());
            let place = among % (bytes.len() * 8);
            bytes[place / 8] ^= 1 << (place % 8);
            proptest::prop_assert!(all(&bytes, ids.len(), bits).is_err());
        }
    }

    #[test]
    fn even_numbers_of_a_large_log_take_less_than_seven_bytes() {
        let count = 100_000_000;
        let ids: Vec<u128> = (0..BLOCK_IDS as u64)
            .scan(7u128, |at, n| {
                // Differences as those of random numbers: exponential, of the right mean.
                let even = (xxhash_rust::xxh3::xxh3_64(&n.to_le_bytes()) >> 11) as f64 / (1u64 << 53) as f64;
                *at += (-(1.0 - even).ln() * (1u128 << ID_BITS) as f64 / f64::from(count)) as u128;
                Some(*at)
            })
            .collect();
        let mut bytes = Vec::new();
        encode(&ids, remainder_bits(count as usize), &mut bytes);
        assert!(bytes.len() < 7 * BLOCK_IDS, "{} bytes", bytes.len());
    }
}
