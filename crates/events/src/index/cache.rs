//! Pieces of parts that were asked for lately, as they lie in the file: packed, their checksums compared.

use std::io;

use bytes::Bytes;

/// The part and where its piece begins.
type Place = (u64, u64);

pub(crate) struct Cache(quick_cache::sync::Cache<Place, Bytes, Weigh>);

#[derive(Clone)]
struct Weigh;

impl quick_cache::Weighter<Place, Bytes> for Weigh {
    fn weight(&self, _: &Place, piece: &Bytes) -> u64 {
        64 + piece.len() as u64
    }
}

impl Cache {
    pub(crate) fn new(bytes: u64) -> Self {
        Self(quick_cache::sync::Cache::with_weighter((bytes / 4096).max(16) as usize, bytes, Weigh))
    }

    pub(super) fn piece(&self, place: Place, read: impl FnOnce() -> io::Result<Vec<u8>>) -> io::Result<Bytes> {
        self.0.get_or_insert_with(&place, || read().map(Bytes::from))
    }
}
