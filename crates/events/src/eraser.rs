//! Who carries out erasures and drops what is old: the one who asks, or a thread that goes on where a crash or a full
//! disk stopped.

use std::{
    sync::Arc,
    thread::{self, JoinHandle},
    time::Duration,
};

use tokio::sync::{
    mpsc::{Sender, WeakSender},
    oneshot,
};

use crate::{
    LogError, erase,
    state::{Shared, disk_error},
    writer::{Command, Wanted},
};

/// Wait after a failed attempt.
const RETRY_AFTER: Duration = Duration::from_secs(60);
/// How often it is looked whether another day is over.
const LOOK_EVERY: Duration = Duration::from_secs(600);
const DAY_MS: i64 = 86_400_000;

/// Go on with what was not finished, now and whenever it fails. Without background threads it is tried once, at once.
pub(crate) fn start(shared: &Arc<Shared>, commands: &Sender<Command>) -> Result<Option<JoinHandle<()>>, LogError> {
    hide_what_is_old(shared);
    let (alone, commands) = (shared.clone(), commands.downgrade());
    let thread = thread::Builder::new().name("log-eraser".to_owned());
    if shared.options.background_sealing {
        return thread.spawn(move || run(&alone, &commands)).map(Some).map_err(disk_error);
    }
    // The writer must not be asked from within a runtime, which is where a log is opened.
    let tried = thread.spawn(move || step(&alone, &commands)).map_err(disk_error)?.join();
    if let Ok(Err(error)) = tried {
        tracing::warn!(%error, "people are not erased yet");
    }
    Ok(None)
}

fn run(shared: &Shared, commands: &WeakSender<Command>) {
    loop {
        let stepped = step(shared, commands);
        let mut sealing = shared.sealing.lock();
        if sealing.is_closing {
            return;
        }
        let wait = match stepped {
            Ok(()) => LOOK_EVERY,
            Err(LogError::Closed) => return,
            Err(error) => {
                tracing::error!(%error, "people or old events are not removed yet; it is tried again");
                RETRY_AFTER
            }
        };
        shared.sealing_bell.wait_for(&mut sealing, wait);
        if sealing.is_closing {
            return;
        }
    }
}

fn step(shared: &Shared, commands: &WeakSender<Command>) -> Result<(), LogError> {
    let has_day_passed =
        oldest_ms(shared) > shared.state.read().oldest_ms || *shared.expired_to.lock() < oldest_ms(shared);
    if !has_day_passed && shared.state.read().erasures.is_empty() {
        return Ok(());
    }
    let commands = commands.upgrade().ok_or(LogError::Closed)?;
    if has_day_passed { expire(shared, &commands) } else { carry_out_all(shared, &commands) }
}

fn ask<T>(
    commands: &Sender<Command>,
    command: impl FnOnce(oneshot::Sender<Result<T, LogError>>) -> Command,
) -> Result<T, LogError> {
    let (reply, answer) = oneshot::channel();
    commands.blocking_send(command(reply)).map_err(|_| LogError::Closed)?;
    answer.blocking_recv().map_err(|_| LogError::Closed)?
}

/// Erase people, and whoever was not erased wholly before.
pub(crate) fn erase(shared: &Shared, commands: &Sender<Command>, people: Vec<u32>) -> Result<(), LogError> {
    let wanted = Wanted::People(people);
    let _alone = shared.erasing.lock();
    ask(commands, |reply| Command::Erase { wanted, reply })?;
    carry_out(shared, commands)
}

/// Take back a source. Not while somebody is being erased, or while old events are emptied: who is who is derived anew
/// from what then still names erased keys, and an event must be taken back before it is emptied or after it.
pub(crate) fn retract(shared: &Shared, commands: &Sender<Command>, source: String) -> Result<u64, LogError> {
    let alone = shared.erasing.lock();
    carry_out(shared, commands)?;
    let retracted = ask(commands, |reply| Command::Retract { source, reply });
    drop(alone);
    retracted
}

fn carry_out_all(shared: &Shared, commands: &Sender<Command>) -> Result<(), LogError> {
    let _alone = shared.erasing.lock();
    carry_out(shared, commands)
}

/// Finish every erasure; for whoever holds `Shared::erasing`.
fn carry_out(shared: &Shared, commands: &Sender<Command>) -> Result<(), LogError> {
    if shared.state.read().erasures.is_empty() {
        return Ok(());
    }
    ask(commands, |reply| Command::Seal { reply })?;
    while let Some(erasure) = erase::carry_out_next(shared)? {
        ask(commands, |reply| Command::Erased { erasure, reply })?;
    }
    Ok(())
}

/// The first moment of which events are kept: the beginning of a day.
fn oldest_ms(shared: &Shared) -> i64 {
    match shared.options.retention_days {
        Some(days) => {
            let from = shared.clock.now().ms() - i64::from(days) * DAY_MS;
            from.div_euclid(DAY_MS) * DAY_MS
        }
        None => i64::MIN,
    }
}

/// From now on nothing older is shown, whether it is gone from the files or not.
fn hide_what_is_old(shared: &Shared) {
    shared.state.write().oldest_ms = oldest_ms(shared);
}

/// Drop what is older than events are kept, then the keys of people of whom nothing is left.
pub(crate) fn expire(shared: &Shared, commands: &Sender<Command>) -> Result<(), LogError> {
    carry_out_all(shared, commands)?;
    let oldest = oldest_ms(shared);
    if oldest == i64::MIN {
        return Ok(());
    }
    hide_what_is_old(shared);
    ask(commands, |reply| Command::Seal { reply })?;
    crate::sealer::wait_until_sealed(shared)?;
    loop {
        let seen_upto = shared.state.read().end();
        let _alone = shared.erasing.lock();
        carry_out(shared, commands)?;
        let wanted = Wanted::Gone { keys: erase::expire(shared, oldest)?, seen_upto };
        let has_begun = ask(commands, |reply| Command::Erase { wanted, reply })?;
        carry_out(shared, commands)?;
        if !has_begun {
            break;
        }
    }
    *shared.expired_to.lock() = oldest;
    Ok(())
}
