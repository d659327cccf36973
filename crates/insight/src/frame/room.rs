//! Numbers of a block in memory that is used again.
//!
//! Walking over a large log fills and drops a few lists for each block. Memory that comes from the system each time has
//! to be cleared first: of a funnel by channel over 100 million events that was a tenth of the time.

use std::cell::RefCell;
use std::ops::{Deref, DerefMut};
use std::sync::Arc;

/// What a thread keeps of rooms that it left, for each kind of number.
const KEPT_MAX: usize = 8;
/// Larger ones are not kept.
const KEPT_BYTES_MAX: usize = 4 << 20;

/// Numbers whose rooms are kept when they are left.
pub trait Kept: Sized {
    /// Work with the rooms that this thread keeps; none while it ends.
    fn with_kept<T>(work: impl FnOnce(&mut Vec<Vec<Self>>) -> T) -> Option<T>;
}

macro_rules! kept {
    ($($kind:ty)*) => {
        $(impl Kept for $kind {
            fn with_kept<T>(work: impl FnOnce(&mut Vec<Vec<Self>>) -> T) -> Option<T> {
                thread_local! {
                    static KEPT: RefCell<Vec<Vec<$kind>>> = const { RefCell::new(Vec::new()) };
                }
                KEPT.try_with(|kept| work(&mut kept.borrow_mut())).ok()
            }
        })*
    };
}
kept!(u8 u16 u32 u64);

/// Numbers for which a room is made that must hold so many: lists of neighbouring blocks, which are about as long, fit
/// into each other's rooms.
fn size(count: usize) -> usize {
    count.next_multiple_of((count.next_power_of_two() / 16).max(1))
}

/// The smallest kept room for so many numbers. One that would be half empty is left for others: caches keep rooms.
fn take<T>(kept: &mut Vec<Vec<T>>, count: usize) -> Option<Vec<T>> {
    let fits = |room: &Vec<T>| (count..=count.saturating_mul(2)).contains(&room.capacity());
    let places = (0..kept.len()).filter(|place| fits(&kept[*place]));
    places.min_by_key(|place| kept[*place].capacity()).map(|place| kept.swap_remove(place))
}

/// A list whose room is used again by the thread that leaves it last.
#[derive(Debug)]
pub struct Room<T: Kept>(Vec<T>);

impl<T: Kept> Room<T> {
    /// An empty one for so many numbers.
    pub fn of(count: usize) -> Self {
        let mut room = Self::left(count);
        room.0.clear();
        room
    }

    /// So many numbers, whichever: those that were left there, to be written over.
    pub fn any(count: usize) -> Self
    where
        T: Clone + Default,
    {
        let mut room = Self::left(count);
        room.0.resize(count, T::default());
        room
    }

    /// Bytes in memory.
    pub fn bytes(&self) -> usize {
        self.0.capacity() * size_of::<T>()
    }

    fn left(count: usize) -> Self {
        let kept = T::with_kept(|kept| take(kept, count)).flatten();
        Self(kept.unwrap_or_else(|| Vec::with_capacity(size(count))))
    }
}

impl<T: Kept> Drop for Room<T> {
    fn drop(&mut self) {
        if !(1..=KEPT_BYTES_MAX).contains(&self.bytes()) {
            return;
        }
        let room = std::mem::take(&mut self.0);
        T::with_kept(|kept| {
            if kept.len() == KEPT_MAX {
                kept.remove(0);
            }
            kept.push(room);
        });
    }
}

impl<T: Kept> Deref for Room<T> {
    type Target = Vec<T>;

    fn deref(&self) -> &Vec<T> {
        &self.0
    }
}

impl<T: Kept> DerefMut for Room<T> {
    fn deref_mut(&mut self) -> &mut Vec<T> {
        &mut self.0
    }
}

/// Numbers that are the reader's own or shared with others.
#[derive(Debug, Clone)]
pub enum Buffer<T: Kept> {
    /// Made for this reader.
    Own(Vec<T>),
    /// Kept by the source for others, too.
    Shared(Arc<Room<T>>),
}

impl<T: Kept> Buffer<T> {
    /// Numbers that can be handed on without a copy.
    pub fn shared(numbers: Room<T>) -> Self {
        Self::Shared(Arc::new(numbers))
    }

    /// Bytes in memory.
    pub fn bytes(&self) -> usize {
        match self {
            Self::Own(own) => own.capacity() * size_of::<T>(),
            Self::Shared(shared) => shared.bytes(),
        }
    }
}

impl<T: Kept> Deref for Buffer<T> {
    type Target = [T];

    fn deref(&self) -> &[T] {
        match self {
            Self::Own(own) => own,
            Self::Shared(shared) => shared,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_room_is_used_again_where_it_is_large_enough() {
        let mut first = Room::<u64>::of(100);
        first.extend(0..100);
        let place = first.as_ptr();
        drop(first);
        for other in [130, 40] {
            let other = Room::<u64>::of(other);
            assert!(other.is_empty() && other.as_ptr() != place);
        }
        let second = Room::<u64>::of(90);
        assert!(second.is_empty() && second.as_ptr() == place);
        assert!(Room::<u64>::of(90).as_ptr() != place, "it is not left yet");
    }

    #[test]
    fn few_rooms_are_kept_and_no_large_ones() {
        drop(Room::<u16>::of(KEPT_BYTES_MAX));
        assert_eq!(u16::with_kept(|kept| kept.len()), Some(0));
        let rooms: Vec<Room<u8>> = (1..20).map(Room::of).collect();
        drop(rooms);
        assert_eq!(u8::with_kept(|kept| kept.len()), Some(KEPT_MAX));
    }
}
