//! Page views on their way to the log. A visitor does not wait for the disk: views are queued and written
//! together. What does not fit into the queue is counted and dropped, so that a flood cannot fill the memory.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use events::{EventLog, NewEvent};
use tokio::sync::mpsc;
use tokio::task::JoinHandle;

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
}

/// Writes views until everything that takes them is gone.
pub struct ViewWriter(JoinHandle<()>);

impl ViewWriter {
    /// Wait until what is queued is written. Call it once the routes are dropped.
    pub async fn close(self) {
        if let Err(error) = self.0.await {
            tracing::error!(%error, "the writer of page views had died");
        }
    }
}

pub(super) fn start(log: Arc<dyn EventLog>) -> (Views, ViewWriter) {
    let (queue, waiting) = mpsc::channel(QUEUE_MAX);
    let writer = ViewWriter(tokio::spawn(write(log, waiting)));
    (Views { queue, dropped: Arc::default() }, writer)
}

impl Views {
    /// Queue a view.
    pub fn push(&self, view: NewEvent) {
        if self.queue.try_send(view).is_err() {
            let dropped = self.dropped.fetch_add(1, Ordering::Relaxed) + 1;
            if dropped.is_power_of_two() {
                tracing::warn!(dropped, "page views come faster than the disk writes them");
            }
        }
    }
}

async fn write(log: Arc<dyn EventLog>, mut waiting: mpsc::Receiver<NewEvent>) {
    let mut batch = Vec::with_capacity(BATCH_MAX);
    while waiting.recv_many(&mut batch, BATCH_MAX).await > 0 {
        if batch.len() < BATCH_MAX && !waiting.is_closed() {
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
