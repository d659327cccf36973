//! Randomness, injected: secrets come from the operating system, `simulate` and the tests from a seed.

use std::sync::{Mutex, PoisonError};

use rand_chacha::ChaCha12Rng;
use rand_core::{RngCore, SeedableRng};

/// Where random bytes come from.
pub trait Random: Send + Sync + 'static {
    /// Fill the slice with random bytes.
    fn fill(&self, bytes: &mut [u8]);

    /// 64 random bits.
    fn next_u64(&self) -> u64 {
        let mut bytes = [0; 8];
        self.fill(&mut bytes);
        u64::from_le_bytes(bytes)
    }

    /// A number from 0 up to and without 1.
    fn unit(&self) -> f64 {
        (self.next_u64() >> 11) as f64 / (1u64 << 53) as f64
    }

    /// A whole number below `bound`; 0 when the bound is 0.
    fn below(&self, bound: u64) -> u64 {
        // Multiply and shift: the bias is below 2^-32 for every bound the program uses.
        ((u128::from(self.next_u64()) * u128::from(bound)) >> 64) as u64
    }
}

/// A secret in URL-safe text with `bytes` bytes of randomness (at most 64).
pub fn token(random: &dyn Random, bytes: usize) -> String {
    const LETTERS: &[u8; 32] = b"abcdefghijkmnpqrstuvwxyz23456789";
    let mut raw = [0u8; 128];
    let count = (bytes.min(64) * 8).div_ceil(5);
    random.fill(&mut raw[..count]);
    raw[..count].iter().map(|byte| LETTERS[usize::from(byte & 31)] as char).collect()
}

/// The operating system's randomness.
#[derive(Debug, Clone, Copy, Default)]
pub struct OsRandom;

impl Random for OsRandom {
    #[expect(clippy::disallowed_methods, reason = "this is the one place that asks the operating system")]
    fn fill(&self, bytes: &mut [u8]) {
        getrandom::fill(bytes).expect("the operating system gives randomness");
    }
}

/// The same sequence for the same seed.
#[derive(Debug)]
pub struct SeededRandom(Mutex<ChaCha12Rng>);

impl SeededRandom {
    /// A generator that starts from `seed`.
    pub fn new(seed: u64) -> Self {
        Self(Mutex::new(ChaCha12Rng::seed_from_u64(seed)))
    }
}

impl Random for SeededRandom {
    fn fill(&self, bytes: &mut [u8]) {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).fill_bytes(bytes);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_token_carries_its_bits_and_a_seed_repeats() {
        let one = token(&SeededRandom::new(7), 32);
        assert_eq!(one.len(), 52);
        assert_eq!(one, token(&SeededRandom::new(7), 32));
        assert_ne!(one, token(&SeededRandom::new(8), 32));
    }

    #[test]
    fn below_stays_below() {
        let random = SeededRandom::new(3);
        assert!((0..1000).all(|_| random.below(7) < 7));
        assert_eq!(random.below(0), 0);
    }
}
