//! The places of a dashboard.

use std::collections::HashSet;

use base::{Id, id};
use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::{TILES_MAX, stored};
use crate::saved_insights::text_problem;
use crate::{App, AppError, FieldProblem, Result};

/// Columns of the grid: the width of a whole row.
pub const COLUMNS: u8 = 12;
/// The most rows of the grid that a tile is high.
pub const HEIGHT_MAX: u8 = 24;
/// Longest text of a tile, in bytes of Markdown.
pub const TEXT_BYTES_MAX: usize = 4 * 1024;
/// Longest title of a tile, in characters.
pub const TITLE_CHARS_MAX: usize = 200;
/// Longest id of a tile, in characters.
pub const TILE_ID_CHARS_MAX: usize = 40;

/// A saved insight on a dashboard.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, utoipa::ToSchema)]
pub struct InsightTile {
    /// Its id, unique on its dashboard.
    pub id: String,
    /// What it shows.
    pub insight_id: Id<id::Insight>,
    /// A title in place of the insight's name.
    #[schema(required)]
    pub title: Option<String>,
    /// Columns of the grid of 12: 1 to 12.
    pub width: u8,
    /// Rows of the grid: 1 to 24.
    pub height: u8,
}

/// A text on a dashboard.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, utoipa::ToSchema)]
pub struct TextTile {
    /// Its id, unique on its dashboard.
    pub id: String,
    /// Markdown, at most 4 KiB.
    pub text: String,
    /// Columns of the grid of 12: 1 to 12.
    pub width: u8,
    /// Rows of the grid: 1 to 24.
    pub height: u8,
}

/// One place of a dashboard, told apart by `insight_id` or `text`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, utoipa::ToSchema)]
#[serde(untagged)]
#[schema(as = DashboardTile)]
pub enum Tile {
    /// A saved insight.
    Insight(InsightTile),
    /// A text.
    Text(TextTile),
}

impl Tile {
    /// The insight that it shows, if it is none of text.
    pub(super) fn insight_id(&self) -> Option<Id<id::Insight>> {
        match self {
            Self::Insight(tile) => Some(tile.insight_id),
            Self::Text(_) => None,
        }
    }
}

/// A tile as it shall be: with `insight_id` (and perhaps `title`) or with `text`.
#[derive(Debug, Clone, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = DashboardTileRequest)]
pub struct TileRequest {
    /// Its id, so that it stays the same tile: letters, digits, `-` and `_`, at most 40. One is made when absent.
    #[serde(default)]
    pub id: Option<String>,
    /// The saved insight that it shows.
    #[serde(default)]
    pub insight_id: Option<Id<id::Insight>>,
    /// A title in place of the insight's name: at most 200 characters.
    #[serde(default)]
    pub title: Option<String>,
    /// Markdown, at most 4 KiB.
    #[serde(default)]
    pub text: Option<String>,
    /// Columns of the grid of 12: 1 to 12.
    #[schema(minimum = 1, maximum = 12)]
    pub width: u8,
    /// Rows of the grid: 1 to 24.
    #[schema(minimum = 1, maximum = 24)]
    pub height: u8,
}

/// Tiles as they are kept, which is as they are shown.
pub(super) fn stored_tiles(value: Value) -> Result<Vec<Tile>> {
    let requests: Vec<TileRequest> = stored(value)?;
    // What is kept has its id.
    let tile = |request: TileRequest| request.into_tile(String::new);
    let tiles = requests.into_iter().map(tile).collect::<Option<Vec<_>>>();
    tiles.ok_or_else(|| {
        let detail = "a tile shows neither an insight nor a text".to_owned();
        AppError::Store(store::StoreError::Damaged { what: "dashboard", detail })
    })
}

impl TileRequest {
    /// The tile, when it is one of the two kinds.
    fn into_tile(self, new_id: impl FnOnce() -> String) -> Option<Tile> {
        let id = self.id.unwrap_or_else(new_id);
        let (width, height) = (self.width, self.height);
        match (self.insight_id, self.text) {
            (Some(insight_id), None) => {
                let title = self.title.map(|title| title.trim().to_owned()).filter(|title| !title.is_empty());
                Some(Tile::Insight(InsightTile { id, insight_id, title, width, height }))
            }
            (None, Some(text)) if self.title.is_none() => Some(Tile::Text(TextTile { id, text, width, height })),
            _ => None,
        }
    }

    fn problems(&self, path: &str) -> Vec<FieldProblem> {
        let field = |name: &str| format!("{path}.{name}");
        let mut problems = self.content_problems(path);
        let is_long = |title: &String| title.chars().count() > TITLE_CHARS_MAX || title.chars().any(char::is_control);
        if self.title.as_ref().is_some_and(is_long) {
            let message = format!("at most {TITLE_CHARS_MAX} characters on one line");
            problems.push(FieldProblem::new(field("title"), "too_long", message));
        }
        if !(1..=COLUMNS).contains(&self.width) {
            problems.push(FieldProblem::new(field("width"), "range", format!("give 1 to {COLUMNS} columns")));
        }
        if !(1..=HEIGHT_MAX).contains(&self.height) {
            problems.push(FieldProblem::new(field("height"), "range", format!("give 1 to {HEIGHT_MAX} rows")));
        }
        let is_allowed = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '_');
        let is_plain = |id: &String| (1..=TILE_ID_CHARS_MAX).contains(&id.len()) && id.chars().all(is_allowed);
        if !self.id.as_ref().is_none_or(is_plain) {
            let message = format!("1 to {TILE_ID_CHARS_MAX} letters, digits, `-` and `_`; or leave it out");
            problems.push(FieldProblem::new(field("id"), "shape", message));
        }
        problems
    }

    /// What is wrong with what it shows.
    fn content_problems(&self, path: &str) -> Vec<FieldProblem> {
        let field = |name: &str| format!("{path}.{name}");
        match (&self.insight_id, &self.text) {
            (Some(_), None) => Vec::new(),
            (None, Some(text)) => {
                let mut problems = Vec::new();
                problems.extend(text_problem(&field("text"), text, TEXT_BYTES_MAX));
                if problems.is_empty() && text.len() > TEXT_BYTES_MAX {
                    let message = format!("at most {TEXT_BYTES_MAX} bytes");
                    problems.push(FieldProblem::new(field("text"), "too_long", message));
                }
                if self.title.is_some() {
                    let message = "a text says its title itself: leave it out";
                    problems.push(FieldProblem::new(field("title"), "not_here", message));
                }
                problems
            }
            _ => vec![FieldProblem::new(field("insight_id"), "either", "give `insight_id` or `text`, one of the two")],
        }
    }
}

/// The insights of tiles, each once.
pub(super) fn shown(tiles: &[Tile]) -> Vec<Id<id::Insight>> {
    let mut seen = HashSet::new();
    tiles.iter().filter_map(Tile::insight_id).filter(|id| seen.insert(*id)).collect()
}

/// Checked tiles, each with an id of its own.
pub(super) fn tiles_of(app: &App, requests: Vec<TileRequest>) -> Result<Vec<Tile>> {
    if requests.len() > TILES_MAX {
        return Err(AppError::invalid("tiles", "too_many", format!("a dashboard has at most {TILES_MAX} tiles")));
    }
    let mut problems = Vec::new();
    let mut ids = HashSet::new();
    for (index, request) in requests.iter().enumerate() {
        let path = format!("tiles[{index}]");
        problems.extend(request.problems(&path));
        if request.id.as_ref().is_some_and(|id| !ids.insert(id)) {
            problems.push(FieldProblem::new(format!("{path}.id"), "taken", "another tile here has this id"));
        }
    }
    if !problems.is_empty() {
        return Err(AppError::Invalid(problems));
    }
    let new_id = || app.new_id::<id::Tile>().to_string();
    Ok(requests.into_iter().filter_map(|request| request.into_tile(new_id)).collect())
}
