//! Values that every other crate speaks in: ids, time, money, e-mail addresses, locales, and the two
//! sources of the outside world that must be injected, [`Clock`] and [`Random`]. No I/O.
//!
//! A value of these types has been checked; nothing further in checks it again.

mod clock;
mod email;
mod hex;
pub mod id;
mod locale;
mod money;
mod random;
mod schema;
mod timestamp;

pub use clock::{Clock, SystemClock, VirtualClock};
pub use email::{Email, EmailError};
pub use hex::hex;
pub use id::{Id, IdError};
pub use locale::{Locale, LocaleError};
pub use money::{Currency, Money, MoneyError};
pub use random::{OsRandom, Random, SeededRandom, token};
pub use timestamp::{Timestamp, TimestampError};
