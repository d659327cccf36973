//! The report as a file.

use std::sync::Arc;

use base::{Id, Money, Timestamp, id};
use serde::Deserialize;
use serde_json::json;

use super::{TeamFigures, TeamQuery, TeamReport, report};
use crate::exports::{self, Cell, Exported, Format};
use crate::{Actor, App, Result, audit, permission::Permission};

/// The report as a file.
#[derive(Debug, Clone, Default, Deserialize, utoipa::IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields, default)]
pub struct TeamExportRequest {
    /// As for the report.
    pub from: Option<Timestamp>,
    pub to: Option<Timestamp>,
    pub funnel: Option<Id<id::Funnel>>,
    pub team: Option<Id<id::Team>>,
    /// `xlsx` when absent.
    pub format: Option<Format>,
}

/// The report as a file: a table of people, and one of people and steps. Who took it out is written down.
pub async fn export(app: &Arc<App>, actor: &Actor, request: TeamExportRequest) -> Result<Exported> {
    actor.may(Permission::InsightsRead)?;
    let TeamExportRequest { from, to, funnel, team, format } = request;
    let report = report(app, actor, TeamQuery { from, to, funnel, team }).await?;
    let tx = app.store.begin().await?;
    audit::record(app, &tx, actor, "team.export", report.funnel_id, json!({"from": from, "to": to})).await?;
    tx.commit().await?;
    exports::team(app, format.unwrap_or(Format::Xlsx), report).await
}

/// The headings of the people, and what stands under them.
pub(crate) const PEOPLE_HEADER: [&str; 22] = [
    "Person",
    "Deals made",
    "Won",
    "Lost",
    "Share won",
    "Share won, 95 % low",
    "Share won, 95 % high",
    "Value won",
    "Currency",
    "Calls",
    "Meetings held",
    "Notes",
    "Tasks done",
    "Scripts used",
    "Deals given",
    "Answered",
    "Median answer, working minutes",
    "Nine of ten answers within, working minutes",
    "Answered in time",
    "Answers with a limit",
    "Open deals",
    "Tasks overdue",
];

pub(crate) const STEPS_HEADER: [&str; 11] = [
    "Person",
    "Step",
    "Entered",
    "Went on",
    "Share",
    "Share, 95 % low",
    "Share, 95 % high",
    "Went back",
    "Lost",
    "Still there",
    "Mean hours until it went on",
];

/// The rows of people; who has several currencies has the first here, and the others are told by the report.
pub(crate) fn people(report: &TeamReport) -> impl Iterator<Item = Vec<Cell<'_>>> {
    named(report).map(|(name, figures)| {
        let minutes = |ms: Option<i64>| Cell::number(ms.map(|ms| ms as f64 / 60_000.0));
        let value = figures.won_values.first();
        let share = |share: f64| if figures.win_share.is_some() { Cell::Share(share) } else { Cell::Empty };
        let (activity, answers) = (figures.activity, figures.answers);
        vec![
            Cell::text(name),
            Cell::Count(figures.made),
            Cell::Count(figures.won),
            Cell::Count(figures.lost),
            figures.win_share.map_or(Cell::Empty, Cell::Share),
            share(figures.win_low),
            share(figures.win_high),
            value.map_or(Cell::Empty, |value| Cell::Number(major(*value))),
            value.map_or(Cell::Empty, |value| Cell::text(value.currency.code())),
            Cell::Count(activity.calls),
            Cell::Count(activity.meetings),
            Cell::Count(activity.notes),
            Cell::Count(activity.tasks),
            Cell::Count(figures.scripts),
            Cell::Count(answers.given),
            Cell::Count(answers.answered),
            minutes(answers.median_ms),
            minutes(answers.p90_ms),
            Cell::Count(answers.in_time),
            Cell::Count(answers.limited),
            Cell::Count(figures.open),
            Cell::Count(figures.overdue),
        ]
    })
}

fn major(value: Money) -> f64 {
    crate::offers::major_units(value)
}

fn named(report: &TeamReport) -> impl Iterator<Item = (&str, &TeamFigures)> {
    let rows = report.rows.iter().map(|row| {
        let name = if row.user_id.is_none() { "(nobody)" } else { row.name.as_str() };
        (name, &row.figures)
    });
    rows.chain([("(all)", &report.total)])
}

/// The rows of people and steps.
pub(crate) fn steps(report: &TeamReport) -> impl Iterator<Item = Vec<Cell<'_>>> {
    named(report).flat_map(|(name, figures)| {
        figures.steps.iter().map(move |step| {
            let share = |share: f64| if step.share.is_some() { Cell::Share(share) } else { Cell::Empty };
            vec![
                Cell::text(name),
                Cell::text(&step.stage),
                Cell::Count(step.entered),
                Cell::Count(step.went_on),
                step.share.map_or(Cell::Empty, Cell::Share),
                share(step.low),
                share(step.high),
                Cell::Count(step.went_back),
                Cell::Count(step.lost),
                Cell::Count(step.still_there),
                Cell::number(step.mean_ms.map(|ms| ms as f64 / 3_600_000.0)),
            ]
        })
    })
}
