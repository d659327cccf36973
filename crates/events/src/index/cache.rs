//! Pieces of parts that were asked for lately, unpacked.
//!
//! Packed ones would be twice as many in the same memory, but unpacking costs more than reading a file that the system
//! has in memory: with the funnel of the comparison 1.2 ns a key and 0.5.

use std::{io, sync::Arc};

use insight::frame::{Codes, Room};

/// The part and where its piece begins.
type Place = (u64, u64);

#[derive(Clone)]
pub(super) enum Piece {
    Keys(Arc<Room<u64>>),
    Codes(Codes),
}

pub(crate) struct Cache(quick_cache::sync::Cache<Place, Piece, Weigh>);

#[derive(Clone)]
struct Weigh;

impl quick_cache::Weighter<Place, Piece> for Weigh {
    fn weight(&self, _: &Place, piece: &Piece) -> u64 {
        64 + match piece {
            Piece::Keys(keys) => keys.bytes() as u64,
            Piece::Codes(codes) => codes.bytes() as u64,
        }
    }
}

impl Cache {
    pub(crate) fn new(bytes: u64) -> Self {
        Self(quick_cache::sync::Cache::with_weighter((bytes / 4096).max(16) as usize, bytes, Weigh))
    }

    pub(super) fn piece(&self, place: Place, read: impl FnOnce() -> io::Result<Piece>) -> io::Result<Piece> {
        self.0.get_or_insert_with(&place, read)
    }
}
