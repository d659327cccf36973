//! Questions that were given a name, to be asked again and to stand on dashboards.

use base::{Id, Timestamp, id};
use insight::query::{Query, QueryError};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};
use store::Tx;
use store::page::Page;
use store::saved_insights::{Filter, SavedInsight};

use crate::contacts::{page_cursor, page_limit};
use crate::insights::off_the_runtime;
use crate::{Actor, App, AppError, FieldProblem, Result, audit, dashboards, permission::Permission};

/// The most saved insights of one company.
pub const INSIGHTS_MAX: u64 = 5_000;
/// Longest name, in characters.
pub const NAME_CHARS_MAX: usize = 200;
/// Longest description, in characters.
pub const DESCRIPTION_CHARS_MAX: usize = 2_000;
/// Longest question, in bytes of JSON.
pub const QUERY_BYTES_MAX: usize = 64 * 1024;
/// Longest text of how it is shown, in bytes of JSON.
pub const VIEW_BYTES_MAX: usize = 8 * 1024;

/// A saved insight as the API shows it.
#[derive(Debug, Clone, Serialize, utoipa::ToSchema)]
#[schema(as = SavedInsight)]
pub struct InsightView {
    /// Its id.
    pub id: Id<id::Insight>,
    /// What it is called.
    pub name: String,
    /// What people should know about it.
    pub description: String,
    /// The question as it was saved: a body of `POST /insights/query`, of which `from` and `to` may be absent.
    #[schema(value_type = Object)]
    pub query: Value,
    /// How it is shown: whatever the interface wrote here, such as a kind of chart and a relative period.
    #[schema(value_type = Object)]
    pub view: Value,
    /// Why the question cannot be asked any more, when that is so: an earlier version of the program took it.
    #[schema(required)]
    pub fault: Option<QueryFault>,
    /// The id of a user or key, or `system`.
    pub created_by: String,
    /// Counts from 1; goes up with each change.
    pub version: i64,
    /// When it was saved.
    pub created_at: Timestamp,
    /// When it was last changed.
    pub updated_at: Timestamp,
}

/// Why a saved question cannot be asked.
#[derive(Debug, Clone, PartialEq, Serialize, utoipa::ToSchema)]
pub struct QueryFault {
    /// Path of the field inside the question; empty for the question as a whole.
    pub field: String,
    /// What is wrong and what to write instead.
    pub message: String,
}

impl From<SavedInsight> for InsightView {
    fn from(insight: SavedInsight) -> Self {
        Self {
            id: insight.id,
            name: insight.name,
            description: insight.description,
            fault: fault(&insight.query),
            query: insight.query,
            view: insight.view,
            created_by: insight.created_by,
            version: insight.version,
            created_at: insight.created_at,
            updated_at: insight.updated_at,
        }
    }
}

/// A question to save.
#[derive(Debug, Clone, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewInsight {
    /// What it is called: 1 to 200 characters.
    pub name: String,
    /// What people should know about it: at most 2,000 characters.
    #[serde(default)]
    pub description: String,
    /// A body of `POST /insights/query`, checked as there; `from` and `to` may be absent, for `view` can hold a
    /// relative period. At most 64 KiB.
    #[schema(value_type = Object)]
    pub query: Value,
    /// How it is shown: any JSON object of at most 8 KiB.
    #[serde(default)]
    #[schema(value_type = Object)]
    pub view: Map<String, Value>,
}

/// What becomes of a saved insight; what is absent stays as it is.
#[derive(Debug, Clone, Default, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields, default)]
pub struct InsightChange {
    pub name: Option<String>,
    pub description: Option<String>,
    /// The whole question.
    #[schema(value_type = Option<Object>)]
    pub query: Option<Value>,
    /// The whole view.
    #[schema(value_type = Option<Object>)]
    pub view: Option<Map<String, Value>>,
    /// The version that was changed: refused when somebody has changed it since.
    pub base_version: Option<i64>,
}

/// Which saved insights a list shows.
#[derive(Debug, Clone, Default, Deserialize, utoipa::IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields, default)]
pub struct InsightsFilter {
    /// Words of the name.
    pub q: Option<String>,
    /// Questions of this kind only: `funnel`, `trend`, and so on.
    pub insight: Option<String>,
    /// `next_cursor` of the page before.
    pub cursor: Option<String>,
    /// Rows on a page: 1 to 500, 50 when absent.
    pub limit: Option<u64>,
}

/// A page of saved insights, newest first.
#[derive(Debug, Serialize, utoipa::ToSchema)]
#[schema(as = SavedInsightPage)]
pub struct InsightsPage {
    pub items: Vec<InsightView>,
    /// Pass as `cursor` for the rows that follow.
    #[schema(required)]
    pub next_cursor: Option<String>,
    /// How many the filter shows in all.
    pub total: u64,
}

/// A page of saved insights.
pub async fn list(app: &App, actor: &Actor, query: InsightsFilter) -> Result<InsightsPage> {
    actor.may(Permission::InsightsRead)?;
    let filter = Filter { search: query.q.unwrap_or_default(), kind: query.insight };
    let after = page_cursor(query.cursor.as_deref())?;
    let conn = app.store.reader();
    let Page { items, next_cursor } =
        store::saved_insights::list(conn, &filter, after, page_limit(query.limit)?).await?;
    let total = store::saved_insights::count(conn, &filter).await?;
    Ok(InsightsPage { items: views(items).await?, next_cursor, total })
}

/// As the API shows them. Each question is parsed, with its regular expressions: work for another thread.
pub(crate) async fn views(insights: Vec<SavedInsight>) -> Result<Vec<InsightView>> {
    off_the_runtime(move || insights.into_iter().map(InsightView::from).collect()).await
}

/// One saved insight.
pub async fn get(app: &App, actor: &Actor, id: Id<id::Insight>) -> Result<InsightView> {
    actor.may(Permission::InsightsRead)?;
    let found = store::saved_insights::find(app.store.reader(), id).await?;
    found.map(InsightView::from).ok_or(AppError::NotFound("saved insight"))
}

/// Save a question.
pub async fn create(app: &App, actor: &Actor, request: NewInsight) -> Result<InsightView> {
    actor.may(Permission::InsightsWrite)?;
    let mut insight = SavedInsight {
        id: app.new_id(),
        name: request.name.trim().to_owned(),
        description: request.description.trim().to_owned(),
        kind: String::new(),
        query: request.query,
        view: Value::Object(request.view),
        created_by: actor.audit_name(),
        version: 1,
        created_at: app.now(),
        updated_at: app.now(),
    };
    check(&mut insight, true)?;
    let tx = app.store.begin().await?;
    if store::saved_insights::count(&tx, &Filter::default()).await? >= INSIGHTS_MAX {
        let detail = format!("a company saves at most {INSIGHTS_MAX} insights: remove some that nobody needs");
        return Err(AppError::conflict("too_many_insights", detail));
    }
    store::saved_insights::insert(&tx, &insight).await?;
    audit::record(app, &tx, actor, "insight.create", insight.id, audited(&insight)).await?;
    tx.commit().await?;
    Ok(insight.into())
}

/// Change a saved insight. A question that cannot be asked any more may stay as it is while its name changes.
pub async fn update(app: &App, actor: &Actor, id: Id<id::Insight>, change: InsightChange) -> Result<InsightView> {
    actor.may(Permission::InsightsWrite)?;
    let tx = app.store.begin().await?;
    let before = store::saved_insights::find_for_update(&tx, id).await?.ok_or(AppError::NotFound("saved insight"))?;
    refuse_passed(change.base_version, before.version)?;
    let has_query = change.query.is_some();
    let mut insight = SavedInsight {
        name: change.name.map_or_else(|| before.name.clone(), |name| name.trim().to_owned()),
        description: change.description.map_or_else(|| before.description.clone(), |text| text.trim().to_owned()),
        query: change.query.unwrap_or_else(|| before.query.clone()),
        view: change.view.map_or_else(|| before.view.clone(), Value::Object),
        ..before.clone()
    };
    check(&mut insight, has_query)?;
    if insight == before {
        return Ok(insight.into());
    }
    insight.version += 1;
    insight.updated_at = app.now();
    store::saved_insights::update(&tx, &insight).await?;
    audit::record(app, &tx, actor, "insight.update", id, audited(&insight)).await?;
    tx.commit().await?;
    Ok(insight.into())
}

/// Remove a saved insight. One that dashboards show is refused by their names, unless it shall go from them, too.
pub async fn delete(app: &App, actor: &Actor, id: Id<id::Insight>, from_dashboards: bool) -> Result<()> {
    actor.may(Permission::InsightsWrite)?;
    let tx = app.store.begin().await?;
    let insight = store::saved_insights::find(&tx, id).await?.ok_or(AppError::NotFound("saved insight"))?;
    // Dashboards are held before the insight, as whoever changes a dashboard does it.
    let showing = store::dashboards::showing_for_update(&tx, id).await?;
    if !from_dashboards && !showing.is_empty() {
        return Err(shown_conflict(&showing));
    }
    for dashboard in showing {
        dashboards::take_off(app, &tx, actor, dashboard, id).await?;
    }
    remove(&tx, id).await?;
    audit::record(app, &tx, actor, "insight.delete", id, audited(&insight)).await?;
    tx.commit().await?;
    Ok(())
}

async fn remove(tx: &Tx, id: Id<id::Insight>) -> Result<()> {
    match store::saved_insights::delete(tx, id).await {
        // Somebody put it on a dashboard in this very moment.
        Err(store::StoreError::Reference(_)) => Err(shown_conflict(&[])),
        done => Ok(done.map(drop)?),
    }
}

/// Most names in one message.
const NAMES_SHOWN: usize = 3;

fn shown_conflict(showing: &[store::dashboards::Dashboard]) -> AppError {
    let names: Vec<_> = showing.iter().take(NAMES_SHOWN).map(|dashboard| format!("“{}”", dashboard.name)).collect();
    let more = showing.len().saturating_sub(NAMES_SHOWN);
    let shown = match (names.as_slice(), more) {
        ([], _) => "a dashboard shows".to_owned(),
        ([name], _) => format!("the dashboard {name} shows"),
        (_, 0) => format!("the dashboards {} show", names.join(", ")),
        _ => format!("the dashboards {} and {more} more show", names.join(", ")),
    };
    let detail = format!("{shown} this insight: take it off there first, or remove it with from_dashboards=true");
    AppError::conflict("on_dashboard", detail)
}

/// Refuse a change that was made to an earlier version.
pub(crate) fn refuse_passed(base: Option<i64>, version: i64) -> Result<()> {
    if base.is_some_and(|base| base != version) {
        let detail = format!("somebody has saved version {version} since: load it and make the change there");
        return Err(AppError::conflict("version_passed", detail));
    }
    Ok(())
}

fn audited(insight: &SavedInsight) -> Value {
    json!({"name": insight.name, "insight": insight.kind, "version": insight.version})
}

/// All limits; sets the kind.
fn check(insight: &mut SavedInsight, has_new_query: bool) -> Result<()> {
    let mut problems = Vec::new();
    problems.extend(name_problem(&insight.name));
    problems.extend(text_problem("description", &insight.description, DESCRIPTION_CHARS_MAX));
    problems.extend(json_problem("view", &insight.view, VIEW_BYTES_MAX));
    if has_new_query {
        match json_problem("query", &insight.query, QUERY_BYTES_MAX) {
            Some(problem) => problems.push(problem),
            None => problems.extend(fault(&insight.query).map(|fault| {
                let field = if fault.field.is_empty() { "query".to_owned() } else { format!("query.{}", fault.field) };
                FieldProblem::new(field, "query", fault.message)
            })),
        }
        // As the parser reads it: a question that says nothing of its kind is a funnel.
        insight.kind = insight.query.get("insight").and_then(Value::as_str).unwrap_or("funnel").to_owned();
    }
    if problems.is_empty() { Ok(()) } else { Err(AppError::Invalid(problems)) }
}

/// What is wrong with the name of a saved insight or a dashboard.
pub(crate) fn name_problem(name: &str) -> Option<FieldProblem> {
    let is_wrong = name.is_empty() || name.chars().count() > NAME_CHARS_MAX || name.chars().any(char::is_control);
    let message = || format!("write a name of 1 to {NAME_CHARS_MAX} characters");
    is_wrong.then(|| FieldProblem::new("name", "length", message()))
}

/// What is wrong with a text of several lines.
pub(crate) fn text_problem(field: &str, text: &str, chars_max: usize) -> Option<FieldProblem> {
    let is_odd = |c: char| c.is_control() && !matches!(c, '\n' | '\r' | '\t');
    let is_wrong = text.chars().count() > chars_max || text.chars().any(is_odd);
    let message = || format!("at most {chars_max} characters, and no control characters");
    is_wrong.then(|| FieldProblem::new(field, "text", message()))
}

/// What is wrong with a JSON object that is kept as it is.
pub(crate) fn json_problem(field: &str, value: &Value, bytes_max: usize) -> Option<FieldProblem> {
    if !value.is_object() {
        return Some(FieldProblem::new(field, "shape", "this should be a JSON object"));
    }
    if value.to_string().len() > bytes_max {
        let message = format!("at most {bytes_max} bytes of JSON");
        return Some(FieldProblem::new(field, "too_long", message));
    }
    // PostgreSQL keeps no zero characters in text.
    has_zero(value).then(|| FieldProblem::new(field, "text", "zero characters cannot be kept: take them out"))
}

fn has_zero(value: &Value) -> bool {
    match value {
        Value::String(text) => text.contains('\0'),
        Value::Array(items) => items.iter().any(has_zero),
        Value::Object(fields) => fields.iter().any(|(name, value)| name.contains('\0') || has_zero(value)),
        _ => false,
    }
}

/// A period to check a question with that leaves its own to the view.
const PERIOD_FROM: &str = "2026-01-01T00:00:00Z";
const PERIOD_MS: i64 = 86_400_000;

/// Why a saved question cannot be asked, by the same parser that reads questions. One that says nothing of its period
/// is checked with one of a day, where its kind needs any.
pub fn fault(query: &Value) -> Option<QueryFault> {
    let mut body = query.clone();
    loop {
        let Err(error) = Query::parse(body.clone()) else { return None };
        let Some((field, moment)) = absent_moment(&error, &body) else {
            return Some(QueryFault { field: error.field, message: error.message });
        };
        // Each round gives one of two fields that was not there: at most three rounds.
        body[field] = json!(moment);
    }
}

/// The end of the period that a parser misses, and a moment that fits the other end.
fn absent_moment(error: &QueryError, body: &Value) -> Option<(&'static str, Timestamp)> {
    let at = |field: &str| body.get(field).and_then(Value::as_str).and_then(|text| text.parse::<Timestamp>().ok());
    let field = ["from", "to"]
        .into_iter()
        .find(|field| error.message.starts_with(&format!("missing field `{field}`")) && body.get(*field).is_none())?;
    let moment = match field {
        "from" => at("to").map(|to| to.plus_ms(-PERIOD_MS)),
        _ => at("from").map(|from| from.plus_ms(PERIOD_MS)),
    };
    Some((field, moment.or_else(|| PERIOD_FROM.parse().ok())?))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_question_may_leave_its_period_to_the_view() {
        let event = "Lead Captured";
        let sound = [
            json!({"steps": [{"event": event}]}),
            json!({"insight": "trend", "event": event}),
            json!({"insight": "trend", "event": event, "from": "2026-01-01T00:00:00Z"}),
            json!({"insight": "trend", "event": event, "to": "2020-01-01T00:00:00Z"}),
            json!({"insight": "lifecycle", "event": event, "interval": "month"}),
            json!({"insight": "retention", "event": event, "periods": 8}),
            json!({"insight": "paths"}),
        ];
        for query in sound {
            assert_eq!(fault(&query), None, "{query}");
        }
        let wrong = [
            (json!({"insight": "trend"}), "event"),
            (json!({"insight": "trend", "event": event, "from": "soon"}), "from"),
            (json!({"insight": "trend", "event": event, "from": null}), "from"),
            (json!({"insight": "retention", "event": event, "periods": 0}), "periods"),
            (json!({"insight": "lifecycle", "event": event, "time_zone": "Mars"}), "time_zone"),
            (json!({"insight": "horoscope"}), "insight"),
            (json!({"steps": []}), "steps"),
            (json!([]), ""),
        ];
        for (query, field) in wrong {
            assert_eq!(fault(&query).map(|fault| fault.field).as_deref(), Some(field), "{query}");
        }
    }

    #[test]
    fn what_cannot_be_kept_is_refused() {
        assert!(json_problem("view", &json!({"a": ["x\0"]}), 100).is_some());
        assert!(json_problem("view", &json!({"a\0": 1}), 100).is_some());
        assert!(json_problem("view", &json!({"a": "\\u0000"}), 100).is_none());
        assert!(json_problem("view", &json!({"a": "x".repeat(100)}), 100).is_some());
        assert!(json_problem("view", &json!([]), 100).is_some());
    }
}
