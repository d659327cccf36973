//! What a file holds and what would become of its first rows, before anything is decided.

use std::path::Path;

use base::Timestamp;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use store::funnels::Funnel;
use utoipa::ToSchema;

use super::{
    Applier, CompanyDraft, ContactDraft, DealDraft, Format, Guess, GuessHint, ImportKind, Mapped, Mapping, OwnFields,
    ReadError, ReadHint, RowRefused, Sample, StageName, cell::shortened, guess, open, reader::Dialect, stages,
};

/// Rows shown.
const ROWS_SHOWN: usize = 20;
/// Refused rows of the sample shown.
const REFUSED_SHOWN: usize = 20;
/// Characters of a cell that are shown.
const CELL_CHARS_SHOWN: usize = 200;

/// What is known better than the file shows; everything may be left out.
#[derive(Debug, Clone, Default, Deserialize, ToSchema)]
#[schema(as = ImportPreviewRequest)]
#[serde(default, deny_unknown_fields)]
pub struct PreviewRequest {
    /// How to read the file.
    pub hint: ReadHint,
    /// What the columns mean: the rows are shown as it takes them. Without it a mapping is guessed.
    pub mapping: Option<Mapping>,
    /// For the guess: what the rows are.
    pub kind: Option<ImportKind>,
    /// For the guess: one event name for all rows.
    pub event_name: Option<String>,
    /// For the guess: the column of the person's id.
    pub person: Option<String>,
    /// For the guess: the column of the time.
    pub time: Option<String>,
    /// For the guess: the zone of times that name none. The company's zone when absent.
    pub time_zone: Option<String>,
}

/// A row as the file has it.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct PreviewRow {
    /// Line where it begins.
    pub line: u64,
    /// Its cells, shortened, aligned with the columns.
    pub cells: Vec<String>,
}

/// An event as the mapping makes it.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct MappedEvent {
    /// What happened.
    pub name: String,
    /// When.
    pub at: Timestamp,
    /// Whose, as the log writes it: `user:…`, `email:…`.
    pub person: String,
    /// What is known about it.
    #[schema(value_type = Object)]
    pub properties: Value,
}

/// What would become of a row.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct PreviewResult {
    /// Line of the row.
    pub line: u64,
    /// The event.
    #[schema(required)]
    pub event: Option<MappedEvent>,
    /// The contact.
    #[schema(required)]
    pub contact: Option<ContactDraft>,
    /// The company.
    #[schema(required)]
    pub company: Option<CompanyDraft>,
    /// The deal.
    #[schema(required)]
    pub deal: Option<DealDraft>,
    /// Why it would be refused.
    #[schema(required)]
    pub refused: Option<RowRefused>,
}

/// What a file holds.
#[derive(Debug, Clone, Serialize, ToSchema)]
#[schema(as = ImportPreview)]
pub struct Preview {
    pub format: Format,
    /// Whether it is packed with gzip.
    pub is_packed: bool,
    /// Of text files, by its web name.
    #[schema(required)]
    pub encoding: Option<String>,
    /// Of CSV files.
    #[schema(required)]
    pub dialect: Option<Dialect>,
    pub columns: Vec<String>,
    /// The first rows.
    pub rows: Vec<PreviewRow>,
    /// What the columns seem to mean.
    pub guess: Guess,
    /// What would become of the first rows by the given mapping, else by the guess.
    pub results: Vec<PreviewResult>,
    /// Rows among the first thousand that cannot be read.
    pub unreadable: Vec<RowRefused>,
    /// What is wrong with the given mapping, else with the guess.
    pub problems: Vec<super::MappingError>,
    /// Of a file of deals: what it calls stages among its first thousand rows, those that no stage is called first.
    pub stages: Vec<StageName>,
}

/// What is known of a file and of the company beside what stands in it.
pub(super) struct About {
    pub(super) file_name: String,
    /// Of times that name none.
    pub(super) time_zone: String,
    pub(super) now: Timestamp,
    pub(super) own: OwnFields,
}

/// Look at a file. Reads its first thousand rows.
///
/// # Errors
/// When it cannot be read at all.
pub(super) fn preview_of(
    path: &Path,
    request: &PreviewRequest,
    about: &About,
    funnels: &[Funnel],
) -> Result<Preview, ReadError> {
    let mut table = open(path, &request.hint)?;
    let sample = Sample::read(&mut table)?;
    let hint = GuessHint {
        kind: request.kind,
        event_name: request.event_name.clone(),
        person: request.person.clone(),
        time: request.time.clone(),
        time_zone: Some(request.time_zone.clone().unwrap_or_else(|| about.time_zone.clone())),
        file_name: Some(about.file_name.clone()),
        own: about.own.clone(),
    };
    let guess = guess(&sample, &hint);
    let mapping = request.mapping.as_ref().unwrap_or(&guess.mapping);
    let (results, stages, problems) =
        match Applier::new(mapping, &sample.columns, about.own.clone(), "preview", about.now) {
            Ok(applier) => {
                let (results, deals) = results(applier, &sample);
                (results, stages::names(funnels, mapping, &deals), Vec::new())
            }
            Err(problems) => (Vec::new(), Vec::new(), problems),
        };
    let rows = sample.rows.iter().take(ROWS_SHOWN).map(|row| PreviewRow {
        line: row.line,
        cells: row.cells.iter().map(|cell| shortened(&cell.as_text(), CELL_CHARS_SHOWN)).collect(),
    });
    Ok(Preview {
        format: table.format(),
        is_packed: table.is_packed(),
        encoding: table.encoding().map(str::to_owned),
        dialect: table.dialect().cloned(),
        rows: rows.collect(),
        unreadable: sample.refused.iter().take(REFUSED_SHOWN).cloned().collect(),
        columns: sample.columns,
        guess,
        results,
        problems,
        stages,
    })
}

/// What becomes of the first rows; and the deals of all rows of the sample, which tell the names of stages.
fn results(mut applier: Applier, sample: &Sample) -> (Vec<PreviewResult>, Vec<DealDraft>) {
    let mut deals = Vec::new();
    let result = |row: &super::Row| match applier.apply(&sample.columns, row) {
        Ok(Mapped { line, event, contact, company, deal }) => {
            deals.extend(deal.clone());
            let event = event.map(|event| MappedEvent {
                properties: serde_json::from_str(&event.props).unwrap_or_default(),
                person: event.person.as_str().to_owned(),
                name: event.name,
                at: event.at,
            });
            PreviewResult { line, event, contact, company, deal, refused: None }
        }
        Err(refused) => {
            let (event, contact, company, deal) = Default::default();
            PreviewResult { line: row.line, event, contact, company, deal, refused: Some(refused) }
        }
    };
    let mut results: Vec<PreviewResult> = sample.rows.iter().map(result).collect();
    results.truncate(ROWS_SHOWN);
    (results, deals)
}
