//! What is shown of an import.

use base::{Id, Timestamp, id};
use serde::{Deserialize, Serialize};
use store::imports::{Import, ImportState};
use utoipa::ToSchema;

use super::{Checkpoint, Counts, Mapping, ReadHint, report::RefusedKind};
use crate::{AppError, Result};

/// The states of an import, for the description of the API.
#[derive(ToSchema)]
#[schema(as = ImportState, rename_all = "snake_case")]
#[expect(dead_code, reason = "stands for store::imports::ImportState in the description of the API")]
enum ImportStateName {
    Ready,
    Checking,
    Running,
    Done,
    Failed,
    Cancelled,
    Undoing,
    Undone,
}

/// What a dry run found.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct CheckResult {
    /// What would become of the rows. Events that are there already count as added.
    pub counts: Counts,
    /// What would be refused, the commonest reason first.
    pub refused_kinds: Vec<RefusedKind>,
}

/// What taking an import back removed.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct UndoResult {
    /// Events gone from the log.
    pub events_removed: u64,
    /// Contacts that the import made and nobody touched since.
    pub contacts_removed: u64,
    /// Contacts that the import made and that stay: somebody changed them, or they did something since.
    pub contacts_kept: u64,
    /// Entries of the consent ledger.
    pub consents_removed: u64,
    /// Deals that the import made and nobody touched since.
    #[serde(default)]
    pub deals_removed: u64,
    /// Companies that the import made, that nobody touched since and that nobody works for.
    #[serde(default)]
    pub companies_removed: u64,
}

/// What is kept with an import besides its progress.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub(super) struct Findings {
    pub(super) check: Option<CheckResult>,
    pub(super) undo: Option<UndoResult>,
}

/// An import as the API shows it.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct ImportView {
    pub id: Id<id::Import>,
    /// As its owner calls it.
    pub file_name: String,
    pub size_bytes: u64,
    #[schema(value_type = ImportStateName)]
    pub state: ImportState,
    /// How the file is read.
    pub hint: ReadHint,
    /// What its columns mean, once somebody decided.
    #[schema(required)]
    pub mapping: Option<Mapping>,
    /// What became of the rows so far.
    pub counts: Counts,
    /// What was refused, the commonest reason first.
    pub refused_kinds: Vec<RefusedKind>,
    /// Bytes of the file done with.
    pub bytes_done: u64,
    /// What the last dry run found.
    #[schema(required)]
    pub check: Option<CheckResult>,
    /// What taking it back removed.
    #[schema(required)]
    pub undo: Option<UndoResult>,
    /// Why it failed.
    #[schema(required)]
    pub error: Option<String>,
    /// Who brought the file: `usr_…`, `key_…` or `system`.
    pub created_by: String,
    pub created_at: Timestamp,
    #[schema(required)]
    pub started_at: Option<Timestamp>,
    #[schema(required)]
    pub finished_at: Option<Timestamp>,
}

pub(super) fn read<T: serde::de::DeserializeOwned>(json: serde_json::Value) -> Result<T> {
    serde_json::from_value(json).map_err(|error| AppError::Internal(format!("a stored import is damaged: {error}")))
}

pub(super) fn write<T: Serialize>(value: &T) -> Result<serde_json::Value> {
    serde_json::to_value(value).map_err(|error| AppError::Internal(error.to_string()))
}

impl ImportView {
    pub(super) fn of(import: Import) -> Result<Self> {
        let checkpoint: Checkpoint = import.checkpoint.map(read).transpose()?.unwrap_or_default();
        let findings: Findings = import.findings.map(read).transpose()?.unwrap_or_default();
        Ok(Self {
            id: import.id,
            file_name: import.file_name,
            size_bytes: import.size_bytes,
            state: import.state,
            hint: read(import.hint)?,
            mapping: import.mapping.map(read).transpose()?,
            counts: checkpoint.counts,
            refused_kinds: checkpoint.refused_kinds,
            bytes_done: import.bytes_done,
            check: findings.check,
            undo: findings.undo,
            error: import.error,
            created_by: import.created_by,
            created_at: import.created_at,
            started_at: import.started_at,
            finished_at: import.finished_at,
        })
    }
}

/// A page of imports, newest first.
#[derive(Debug, Serialize, ToSchema)]
pub struct ImportPage {
    pub items: Vec<ImportView>,
    /// Pass as `cursor` for the rows that follow.
    #[schema(required)]
    pub next_cursor: Option<String>,
}
