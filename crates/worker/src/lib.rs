//! The background: facts on their way to the log, what follows from events, and jobs that are due.
//!
//! Several loops, so that a slow mail server never holds up a deal that should move. All may be stopped at
//! any moment: what they were at is finished by the next start.

use std::sync::Arc;
use std::time::Duration;

use app::emails::{inbox::look, spool};
use app::{App, deals, facts, jobs, reactor, routing, segments};
use tokio::sync::watch;
use tokio::task::JoinHandle;

/// How often the loops look even when nobody rang: retries come due, leases run out.
const LOOK_EVERY: Duration = Duration::from_secs(1);
/// While visitors come without a pause: what came in this time is taken together, for every look costs transactions.
const GATHER: Duration = Duration::from_millis(50);
/// Wait after a failure of the database or the log, so that a full disk does not fill the operator's log.
const AFTER_FAILURE: Duration = Duration::from_secs(5);
/// Jobs claimed at once; few, so that a stop leaves few leases behind.
const CLAIM_MAX: u64 = 10;
/// How often housekeeping runs.
const TIDY_EVERY: Duration = Duration::from_secs(3600);

/// The running loops.
pub struct Worker {
    stop: watch::Sender<bool>,
    loops: Vec<JoinHandle<()>>,
}

impl Worker {
    /// Start the loops.
    pub fn start(app: &Arc<App>) -> Self {
        let (stop, stopped) = watch::channel(false);
        let loops = vec![
            tokio::spawn(react(app.clone(), stopped.clone())),
            tokio::spawn(run_jobs(app.clone(), stopped.clone())),
            tokio::spawn(keep_found(app.clone(), stopped.clone())),
            tokio::spawn(follow_segments(app.clone(), stopped.clone())),
            tokio::spawn(fetch_mail(app.clone(), stopped.clone())),
            tokio::spawn(tidy(app.clone(), stopped)),
        ];
        Self { stop, loops }
    }

    /// Let each loop finish what it is at, then stop.
    pub async fn stop(self) {
        self.stop.send_replace(true);
        for handle in self.loops {
            if let Err(error) = handle.await {
                tracing::error!(%error, "a background loop had died");
            }
        }
    }
}

async fn react(app: Arc<App>, mut stopped: watch::Receiver<bool>) {
    let mut end = app.log.end();
    while !*stopped.borrow() {
        // Seen before the work, so that what arrives during it wakes the loop again.
        end.mark_unchanged();
        match facts_and_reactions(&app).await {
            Ok(0) => {
                tokio::select! {
                    _ = end.changed() => {}
                    () = tokio::time::sleep(LOOK_EVERY) => {}
                    _ = stopped.changed() => {}
                }
            }
            Ok(done) if done < reactor::BATCH => {
                tokio::select! {
                    () = tokio::time::sleep(GATHER) => {}
                    _ = stopped.changed() => {}
                }
            }
            Ok(_) => {}
            Err(error) => {
                tracing::error!(%error, "reacting to events failed; trying again");
                pause(&mut stopped).await;
            }
        }
    }
}

async fn facts_and_reactions(app: &Arc<App>) -> app::Result<usize> {
    let relayed = facts::relay(app).await?;
    let reacted = reactor::step(app).await?;
    let looked = deals::look_again(app).await? + routing::tend(app).await?;
    if reacted + looked > 0 {
        app.bell.ring();
    }
    Ok(relayed + reacted + looked)
}

async fn run_jobs(app: Arc<App>, mut stopped: watch::Receiver<bool>) {
    while !*stopped.borrow() {
        match jobs::run_due(&app, CLAIM_MAX).await {
            Ok(0) => {
                tokio::select! {
                    () = app.bell.wait() => {}
                    () = tokio::time::sleep(LOOK_EVERY) => {}
                    _ = stopped.changed() => {}
                }
            }
            Ok(_) => {}
            Err(error) => {
                tracing::error!(%error, "running jobs failed; trying again");
                pause(&mut stopped).await;
            }
        }
    }
}

/// Keeps what can be found up to date, so that nobody who looks for something waits for it.
async fn keep_found(app: Arc<App>, mut stopped: watch::Receiver<bool>) {
    while !*stopped.borrow() {
        if let Err(error) = app::search::keep_up(&app).await {
            tracing::error!(%error, "the search index could not be brought up to date; trying again");
            pause(&mut stopped).await;
        }
        tokio::select! {
            () = tokio::time::sleep(LOOK_EVERY) => {}
            _ = stopped.changed() => {}
        }
    }
}

/// Keeps who is in which segment up to date.
async fn follow_segments(app: Arc<App>, mut stopped: watch::Receiver<bool>) {
    let mut end = app.log.end();
    while !*stopped.borrow() {
        end.mark_unchanged();
        match segments::step(&app).await {
            Ok(_) => {
                tokio::select! {
                    _ = end.changed() => tokio::time::sleep(GATHER).await,
                    () = tokio::time::sleep(LOOK_EVERY) => {}
                    _ = stopped.changed() => {}
                }
            }
            Err(error) => {
                tracing::error!(%error, "segments could not be followed; trying again");
                pause(&mut stopped).await;
            }
        }
    }
}

/// Takes the mail that comes in. A server that does not answer holds up nothing else, and no stop: whatever a stop cuts
/// off is fetched by the next start.
async fn fetch_mail(app: Arc<App>, mut stopped: watch::Receiver<bool>) {
    while !*stopped.borrow() {
        let looked = tokio::select! {
            looked = mail_that_came(&app) => looked,
            _ = stopped.changed() => {
                if let Err(error) = look::give_back(&app).await {
                    tracing::error!(%error, "the mailbox could not be given back; the next look waits some minutes");
                }
                return;
            }
        };
        match looked {
            Ok(true) => {}
            Ok(false) => {
                tokio::select! {
                    () = tokio::time::sleep(LOOK_EVERY) => {}
                    _ = stopped.changed() => {}
                }
            }
            Err(error) => {
                tracing::error!(%error, "mail that came in could not be taken; trying again");
                pause(&mut stopped).await;
            }
        }
    }
}

/// Answers whether more is there.
async fn mail_that_came(app: &App) -> app::Result<bool> {
    let taken = spool::take_waiting(app).await?;
    Ok(look::look(app).await? || taken > 0)
}

async fn tidy(app: Arc<App>, mut stopped: watch::Receiver<bool>) {
    while !*stopped.borrow() {
        if let Err(error) = jobs::tidy(&app).await {
            tracing::error!(%error, "housekeeping failed; trying again later");
        }
        tokio::select! {
            () = tokio::time::sleep(TIDY_EVERY) => {}
            _ = stopped.changed() => {}
        }
    }
}

async fn pause(stopped: &mut watch::Receiver<bool>) {
    tokio::select! {
        () = tokio::time::sleep(AFTER_FAILURE) => {}
        _ = stopped.changed() => {}
    }
}
