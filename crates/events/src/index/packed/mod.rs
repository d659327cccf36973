//! Numbers in as few bits as they need: the form that pieces of a part have in the file.
//!
//! - `bits`: numbers of one width, one after another.
//! - `patches`: what is too large for that width, aside.
//! - `keys`: the sorted keys of a list.
//! - `codes`: codes of a property, or ranks.
//!
//! Everything here is a function of slices. What is packed comes from a file: whatever it says about itself is checked
//! before it is believed, and the number of rows must be known from elsewhere.

mod bits;
mod codes;
mod keys;
mod patches;

pub(crate) use codes::{pack as pack_codes, unpack as unpack_codes};
pub(crate) use keys::{pack as pack_keys, unpack as unpack_keys, visit as visit_keys};

/// What is packed does not say what it can say.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Wrong(&'static str);

impl std::fmt::Display for Wrong {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(self.0)
    }
}

/// Takes what is packed apart, from its beginning.
struct Bytes<'a>(&'a [u8]);

impl<'a> Bytes<'a> {
    fn take(&mut self, bytes: u64) -> Result<&'a [u8], Wrong> {
        let taken = usize::try_from(bytes).ok().and_then(|bytes| self.0.split_at_checked(bytes));
        let (taken, rest) = taken.ok_or(Wrong("it is shorter than it says"))?;
        self.0 = rest;
        Ok(taken)
    }

    fn array<const N: usize>(&mut self) -> Result<[u8; N], Wrong> {
        let (taken, rest) = self.0.split_first_chunk().ok_or(Wrong("it is too short"))?;
        self.0 = rest;
        Ok(*taken)
    }

    /// Numbers of one width, which is not above [`bits::WIDTH_MAX`].
    fn bits(&mut self, width: u8, count: u32) -> Result<bits::Bits<'a>, Wrong> {
        let bytes = self.take(bits::bytes(width, count))?;
        Ok(bits::Bits { bytes, width, count })
    }

    fn end(self) -> Result<(), Wrong> {
        if self.0.is_empty() { Ok(()) } else { Err(Wrong("it is longer than it says")) }
    }
}
