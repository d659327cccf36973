//! `suppilo mail in`: the end of a mail server's pipe.

use std::io::Read as _;
use std::path::Path;
use std::process::ExitCode;

use app::emails::incoming::RAW_BYTES_MAX;
use app::emails::spool::{self, SpoolError};
use base::{Clock as _, OsRandom, SystemClock};

use crate::cli::{MailArgs, MailCommand};

/// What mail servers read in the code of a program that they hand mail to (sysexits.h): the mail goes back.
const DATA_ERROR: u8 = 65;
/// The same: try again later.
const TRY_LATER: u8 = 75;

/// Carry out `suppilo mail …`.
pub fn run(args: MailArgs) -> ExitCode {
    let MailCommand::In { data } = args.command;
    match hand_in(&data) {
        Ok(()) => ExitCode::SUCCESS,
        // The server puts these words into its log, or into the mail that goes back.
        Err(SpoolError::NoMail(text)) => {
            eprintln!("{text}");
            ExitCode::from(DATA_ERROR)
        }
        Err(SpoolError::Later(text)) => {
            eprintln!("{text}");
            ExitCode::from(TRY_LATER)
        }
    }
}

fn hand_in(data: &Path) -> Result<(), SpoolError> {
    let mut raw = Vec::new();
    // One byte more than may be, so that what is too large is told from what is just not.
    let limit = RAW_BYTES_MAX as u64 + 1;
    let read = std::io::stdin().lock().take(limit).read_to_end(&mut raw);
    read.map_err(|error| SpoolError::Later(format!("standard input cannot be read: {error}")))?;
    spool::put(data, &raw, SystemClock.now(), &OsRandom)
}
