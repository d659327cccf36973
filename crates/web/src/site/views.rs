//! Page views on their way to the log. A visitor does not wait for the disk: views are queued and written
//! together. What does not fit into the queue is counted and dropped, so that a flood cannot fill the memory.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use base::Random;
use events::{EventLog, NewEvent};
use futures::FutureExt;
use serde::Serialize;
use tokio::sync::{mpsc, oneshot};
use tokio::task::JoinHandle;

use super::visitor::Visitor;

/// Views that may wait.
const QUEUE_MAX: usize = 20_000;
/// Views written at once.
const BATCH_MAX: usize = 1_000;
/// A view waits so long for others: on a busy site each write to the disk then holds many.
const GATHER: Duration = Duration::from_millis(20);

/// Takes views.
#[derive(Clone)]
pub(super) struct Views {
    queue: mpsc::Sender<NewEvent>,
    dropped: Arc<AtomicU64>,
    ids: Arc<Ids>,
}

/// Names views: this start of the program, and a count. Asking for randomness at each view would cost more than
/// writing it.
struct Ids {
    start: String,
    next: AtomicU64,
}

/// Writes views until it is closed, or until everything that takes them is gone.
pub struct ViewWriter {
    stop: oneshot::Sender<()>,
    task: JoinHandle<()>,
}

impl ViewWriter {
    /// Take no more, and wait until what is queued is written.
    pub async fn close(self) {
        // The receiver is gone only when the task has died, which is told below.
        let _ = self.stop.send(());
        if let Err(error) = self.task.await {
            tracing::error!(%error, "the writer of page views had died");
        }
    }
}

pub(super) fn start(log: Arc<dyn EventLog>, random: &dyn Random) -> (Views, ViewWriter) {
    let (queue, waiting) = mpsc::channel(QUEUE_MAX);
    let (stop, stopped) = oneshot::channel();
    let task = tokio::spawn(write(log, waiting, stopped));
    let ids = Ids { start: base::token(random, 15), next: AtomicU64::new(0) };
    (Views { queue, dropped: Arc::default(), ids: Arc::new(ids) }, ViewWriter { stop, task })
}

impl Views {
    /// Queue what a visitor looked at.
    pub fn note(&self, event: &str, visitor: &Visitor, props: &impl Serialize) {
        let number = self.ids.next.fetch_add(1, Ordering::Relaxed);
        self.push(NewEvent {
            message_id: format!("v-{}-{number}", self.ids.start),
            name: event.to_owned(),
            at: visitor.now,
            received_at: visitor.now,
            person: visitor.key(),
            links: Vec::new(),
            props: serde_json::to_string(props).expect("properties are texts and numbers by name"),
            person_props: None,
            source: None,
        });
    }

    fn push(&self, view: NewEvent) {
        if self.queue.try_send(view).is_err() {
            let dropped = self.dropped.fetch_add(1, Ordering::Relaxed) + 1;
            if dropped.is_power_of_two() {
                tracing::warn!(dropped, "page views come faster than the disk writes them");
            }
        }
    }
}

async fn write(log: Arc<dyn EventLog>, mut waiting: mpsc::Receiver<NewEvent>, stopped: oneshot::Receiver<()>) {
    let mut stopped = stopped.fuse();
    let mut batch = Vec::with_capacity(BATCH_MAX);
    loop {
        // Closed, the queue still gives what it holds, and then nothing.
        let count = tokio::select! {
            count = waiting.recv_many(&mut batch, BATCH_MAX) => count,
            Ok(()) = &mut stopped => {
                waiting.close();
                continue;
            }
        };
        if count == 0 {
            return;
        }
        if count < BATCH_MAX && !waiting.is_closed() {
            tokio::time::sleep(GATHER).await;
            while batch.len() < BATCH_MAX
                && let Ok(view) = waiting.try_recv()
            {
                batch.push(view);
            }
        }
        let count = batch.len();
        if let Err(error) = log.append(std::mem::take(&mut batch)).await {
            tracing::error!(%error, count, "page views were not written");
        }
    }
}

#[cfg(test)]
mod tests {
    use app::testing;
    use events::{PersonKey, Position};

    use super::*;

    #[tokio::test]
    async fn what_is_queued_is_written_though_somebody_could_still_send() {
        let test = testing::sqlite().await;
        let now = test.app.now();
        let before = *test.app.log.end().borrow();
        let (views, writer) = start(test.app.log.clone(), &*test.app.random);
        for number in 0..5 {
            views.push(NewEvent {
                message_id: format!("v-{number}"),
                name: "Page Viewed".to_owned(),
                at: now,
                received_at: now,
                person: PersonKey::anonymous("abc").unwrap(),
                links: Vec::new(),
                props: "{}".to_owned(),
                person_props: None,
                source: None,
            });
        }
        writer.close().await;
        assert_eq!(test.app.log.read_after(before, 9).await.unwrap().len(), 5);
        assert_eq!(*test.app.log.end().borrow(), Position(before.0 + 5));
        views.push(test.app.log.read_after(before, 1).await.unwrap().remove(0).event);
    }
}
