//! Driving a file through: rows are read and mapped on a thread of their own, and go to a sink in batches.
//!
//! A dry run is the same way with a sink that only counts. After every batch that the sink has taken there
//! is a checkpoint; a run that starts from one reads over the rows before it and goes on.

use std::path::{Path, PathBuf};

use async_trait::async_trait;
use base::Timestamp;
use events::NewEvent;
use serde::{Deserialize, Serialize};
use tokio::{sync::mpsc, task::JoinHandle};
use utoipa::ToSchema;

use super::{
    BATCH_ROWS, CompanyDraft, ContactDraft, DealDraft, Mapping, MappingError, Next, OwnFields, ReadError, ReadHint,
    RowRefused,
    apply::Applier,
    reader::{self, Place},
    report::{RefusedKind, Report},
};

/// Batches that may wait for the sink.
const BATCHES_WAITING: usize = 2;
/// Bytes of events and contacts in one batch, about: a batch of large rows is cut short.
const BATCH_BYTES: usize = 4 << 20;

/// What a sink did with a batch.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Taken {
    /// New events or contacts.
    pub added: u64,
    /// Contacts that were there and now know more.
    pub changed: u64,
    /// Events or contacts that were there already and say nothing new.
    pub repeated: u64,
    /// Rows that could be read and cannot be taken, each as it stands.
    pub refused: Vec<(RowRefused, String)>,
}

/// Why a sink could not take a batch. Nothing of the batch counts as taken.
#[derive(Debug, thiserror::Error)]
#[error("{0}")]
pub struct SinkError(pub String);

/// Whether to go on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Verdict {
    /// On.
    GoOn,
    /// Stop after this batch; the checkpoint tells where to go on.
    Stop,
}

/// Where the rows go.
#[async_trait]
pub trait Sink: Send {
    /// Take events. They are safe when this answers; taking the same ones again adds nothing.
    async fn events(&mut self, events: Vec<NewEvent>) -> Result<Taken, SinkError>;

    /// Take contacts.
    async fn contacts(&mut self, contacts: Vec<ContactDraft>) -> Result<Taken, SinkError>;

    /// Take companies.
    async fn companies(&mut self, companies: Vec<CompanyDraft>) -> Result<Taken, SinkError>;

    /// Take deals.
    async fn deals(&mut self, deals: Vec<DealDraft>) -> Result<Taken, SinkError>;

    /// A batch was taken and this is where the run stands: keep the checkpoint, show the progress.
    async fn progress(&mut self, progress: &Progress) -> Result<Verdict, SinkError>;
}

/// Where a run stands after a batch; a later run may start from it.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Checkpoint {
    /// Rows of the file that are done with, refused ones included.
    pub rows: u64,
    /// Length of the report of refused rows.
    pub report_bytes: u64,
    /// Counts so far.
    pub counts: Counts,
    /// Refusals so far.
    pub refused_kinds: Vec<RefusedKind>,
}

/// What became of the rows.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Counts {
    /// Rows read, blank ones left out.
    pub rows: u64,
    /// Rows refused.
    pub refused: u64,
    /// Events added.
    pub events_added: u64,
    /// Events that were there already.
    pub events_repeated: u64,
    /// Contacts added.
    pub contacts_added: u64,
    /// Contacts that were there and now know more.
    pub contacts_changed: u64,
    /// Contacts that were there and say nothing new.
    pub contacts_repeated: u64,
    /// Companies added.
    #[serde(default)]
    #[schema(required)]
    pub companies_added: u64,
    /// Companies that were there and now know more.
    #[serde(default)]
    #[schema(required)]
    pub companies_changed: u64,
    /// Companies that were there and say nothing new.
    #[serde(default)]
    #[schema(required)]
    pub companies_repeated: u64,
    /// Deals added.
    #[serde(default)]
    #[schema(required)]
    pub deals_added: u64,
    /// Deals that were there and are now as the file says.
    #[serde(default)]
    #[schema(required)]
    pub deals_changed: u64,
    /// Deals that were there already.
    #[serde(default)]
    #[schema(required)]
    pub deals_repeated: u64,
}

/// How far a run is.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Progress {
    /// Where to go on from.
    pub checkpoint: Checkpoint,
    /// Bytes of the file read.
    pub place: Place,
    /// Whether that was the last row.
    pub is_done: bool,
}

/// Why a run ended before the file did.
#[derive(Debug, thiserror::Error)]
pub enum RunError {
    /// The file cannot be read (further).
    #[error(transparent)]
    Read(#[from] ReadError),
    /// The mapping does not fit the file.
    #[error("{}", .0.iter().map(|problem| problem.message.as_str()).collect::<Vec<_>>().join("; "))]
    Mapping(Vec<MappingError>),
    /// The report of refused rows cannot be written.
    #[error("the report of refused rows cannot be written: {0}")]
    Report(std::io::Error),
    /// The sink failed.
    #[error(transparent)]
    Sink(#[from] SinkError),
    /// A library failed on this file.
    #[error("the file made the reader fail; it may be damaged")]
    Panicked,
}

/// One run.
#[derive(Debug, Clone)]
pub struct RunOptions {
    /// The file.
    pub path: PathBuf,
    /// How to read it.
    pub hint: ReadHint,
    /// What its columns mean.
    pub mapping: Mapping,
    /// The company's own fields.
    pub own: OwnFields,
    /// The import's id as text: events carry it so that they can be taken back.
    pub source: String,
    /// The moment of the import.
    pub now: Timestamp,
    /// Where to write refused rows.
    pub report: Option<PathBuf>,
    /// Where an earlier run stopped.
    pub checkpoint: Option<Checkpoint>,
}

/// What the reading thread hands over.
struct Batch {
    events: Vec<NewEvent>,
    contacts: Vec<ContactDraft>,
    companies: Vec<CompanyDraft>,
    deals: Vec<DealDraft>,
    refused: Vec<(RowRefused, String)>,
    /// Rows of the file up to here.
    rows: u64,
    place: Place,
    is_last: bool,
}

/// A run under way. Between two steps it may be left alone for as long as one likes: the reading thread
/// waits. Dropping it ends the thread.
pub struct Run {
    report: Report,
    progress: Progress,
    receiver: mpsc::Receiver<Batch>,
    reading: Option<JoinHandle<Result<(), RunError>>>,
}

impl Run {
    /// Open the file and begin to read. Needs a runtime.
    ///
    /// # Errors
    /// When the report cannot be written. What is wrong with the file shows at the first step.
    pub fn start(options: RunOptions) -> Result<Self, RunError> {
        let report = open_report(&options)?;
        let progress = Progress { checkpoint: options.checkpoint.clone().unwrap_or_default(), ..Default::default() };
        let (sender, receiver) = mpsc::channel(BATCHES_WAITING);
        let reading = tokio::task::spawn_blocking(move || read_all(&options, &sender));
        Ok(Self { report, progress, receiver, reading: Some(reading) })
    }

    /// Where the run stands.
    pub fn progress(&self) -> &Progress {
        &self.progress
    }

    /// Hand one batch to the sink; answers whether the sink wants to go on.
    ///
    /// # Errors
    /// Those of [`RunError`]; what the sink took before stays taken, and its last checkpoint holds.
    pub async fn step(&mut self, sink: &mut dyn Sink) -> Result<Verdict, RunError> {
        let Some(batch) = self.receiver.recv().await else {
            let Some(reading) = self.reading.take() else { return Ok(Verdict::Stop) };
            // It ended before the last batch: with an error, or the sender would have sent that one.
            reading.await.map_err(|_| RunError::Panicked)??;
            return Err(RunError::Panicked);
        };
        take(batch, &mut self.report, &mut self.progress, sink).await
    }
}

/// Read the file, map its rows and hand them to the sink, until the end or until the sink says stop.
///
/// # Errors
/// Those of [`Run::step`].
pub async fn run(options: RunOptions, sink: &mut dyn Sink) -> Result<Progress, RunError> {
    let mut run = Run::start(options)?;
    while !run.progress.is_done && run.step(sink).await? == Verdict::GoOn {}
    Ok(run.progress)
}

fn open_report(options: &RunOptions) -> Result<Report, RunError> {
    let open = |path: &Path| match &options.checkpoint {
        Some(at) if at.rows > 0 => Report::resume(path, at.report_bytes, at.refused_kinds.clone()),
        _ => Report::create(path),
    };
    options.report.as_deref().map_or_else(|| Ok(Report::counting()), open).map_err(RunError::Report)
}

async fn take(
    mut batch: Batch,
    report: &mut Report,
    progress: &mut Progress,
    sink: &mut dyn Sink,
) -> Result<Verdict, RunError> {
    let counts = &mut progress.checkpoint.counts;
    if !batch.contacts.is_empty() {
        let taken = sink.contacts(batch.contacts).await?;
        counts.contacts_added += taken.added;
        counts.contacts_changed += taken.changed;
        counts.contacts_repeated += taken.repeated;
        batch.refused.extend(taken.refused);
    }
    if !batch.events.is_empty() {
        let taken = sink.events(batch.events).await?;
        counts.events_added += taken.added;
        counts.events_repeated += taken.repeated;
    }
    if !batch.companies.is_empty() {
        let taken = sink.companies(batch.companies).await?;
        counts.companies_added += taken.added;
        counts.companies_changed += taken.changed;
        counts.companies_repeated += taken.repeated;
        batch.refused.extend(taken.refused);
    }
    if !batch.deals.is_empty() {
        let taken = sink.deals(batch.deals).await?;
        counts.deals_added += taken.added;
        counts.deals_changed += taken.changed;
        counts.deals_repeated += taken.repeated;
        batch.refused.extend(taken.refused);
    }
    batch.refused.sort_by_key(|(refused, _)| refused.line);
    counts.rows = batch.rows;
    counts.refused += batch.refused.len() as u64;
    for (refused, raw) in &batch.refused {
        report.add(refused, raw).map_err(RunError::Report)?;
    }
    progress.checkpoint.rows = batch.rows;
    if !batch.refused.is_empty() {
        progress.checkpoint.report_bytes = report.flush().map_err(RunError::Report)?;
        progress.checkpoint.refused_kinds = report.kinds();
    }
    progress.place = batch.place;
    progress.is_done = batch.is_last;
    Ok(sink.progress(progress).await?)
}

/// The reading thread. Ends early when nobody listens any more.
fn read_all(options: &RunOptions, sender: &mpsc::Sender<Batch>) -> Result<(), RunError> {
    let mut table = reader::open(&options.path, &options.hint)?;
    let mut applier =
        Applier::new(&options.mapping, table.columns(), options.own.clone(), &options.source, options.now)
            .map_err(RunError::Mapping)?;
    let done = options.checkpoint.as_ref().map_or(0, |checkpoint| checkpoint.rows);
    let mut batch = Batch::after(0);
    let mut bytes = 0;
    while let Some(next) = table.next_row()? {
        let result = match next {
            // Rows before the checkpoint are mapped too: they count which of several equal rows one is.
            Next::Row(row) => applier.apply(table.columns(), &row),
            Next::Refused(refused) => Err(refused),
        };
        batch.rows += 1;
        if batch.rows <= done {
            continue;
        }
        match result {
            Ok(mapped) => {
                bytes += mapped.event.as_ref().map_or(200, |event| event.props.len() + 200);
                batch.events.extend(mapped.event);
                batch.contacts.extend(mapped.contact);
                batch.companies.extend(mapped.company.map(|company| CompanyDraft { raw: table.raw(), ..company }));
                batch.deals.extend(mapped.deal.map(|deal| DealDraft { raw: table.raw(), ..deal }));
            }
            Err(refused) => {
                let raw = table.raw();
                bytes += raw.len();
                batch.refused.push((refused, raw));
            }
        }
        if batch.len() >= BATCH_ROWS || bytes >= BATCH_BYTES {
            let next = Batch::after(batch.rows);
            let mut full = std::mem::replace(&mut batch, next);
            full.place = table.place();
            bytes = 0;
            if sender.blocking_send(full).is_err() {
                return Ok(());
            }
        }
    }
    batch.place = table.place();
    batch.is_last = true;
    // Nobody listening is no error: the sink said stop.
    let _ = sender.blocking_send(batch);
    Ok(())
}

impl Batch {
    fn after(rows: u64) -> Self {
        let (events, contacts, companies, deals, refused, place) = Default::default();
        Self { events, contacts, companies, deals, refused, rows, place, is_last: false }
    }

    /// Rows in it.
    fn len(&self) -> usize {
        let taken = self.events.len().max(self.contacts.len());
        taken + self.companies.len() + self.deals.len() + self.refused.len()
    }
}

/// A sink that only counts: the dry run. Answers as if nothing was there before.
#[derive(Debug, Default)]
pub struct CountingSink {
    /// The first events, to show what would become of rows.
    pub examples: Vec<NewEvent>,
    /// The first contacts.
    pub contact_examples: Vec<ContactDraft>,
}

/// Examples kept of a dry run.
const EXAMPLES_MAX: usize = 20;

#[async_trait]
impl Sink for CountingSink {
    async fn events(&mut self, events: Vec<NewEvent>) -> Result<Taken, SinkError> {
        let added = events.len() as u64;
        let room = EXAMPLES_MAX.saturating_sub(self.examples.len());
        self.examples.extend(events.into_iter().take(room));
        Ok(Taken { added, ..Taken::default() })
    }

    async fn contacts(&mut self, contacts: Vec<ContactDraft>) -> Result<Taken, SinkError> {
        let added = contacts.len() as u64;
        let room = EXAMPLES_MAX.saturating_sub(self.contact_examples.len());
        self.contact_examples.extend(contacts.into_iter().take(room));
        Ok(Taken { added, ..Taken::default() })
    }

    async fn companies(&mut self, companies: Vec<CompanyDraft>) -> Result<Taken, SinkError> {
        Ok(Taken { added: companies.len() as u64, ..Taken::default() })
    }

    async fn deals(&mut self, deals: Vec<DealDraft>) -> Result<Taken, SinkError> {
        Ok(Taken { added: deals.len() as u64, ..Taken::default() })
    }

    async fn progress(&mut self, _: &Progress) -> Result<Verdict, SinkError> {
        Ok(Verdict::GoOn)
    }
}
