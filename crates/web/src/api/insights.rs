//! `/api/v1/insights`, `/api/v1/people`, `/api/v1/home` and `/api/v1/live`: the numbers and the people behind them.

use std::convert::Infallible;
use std::sync::Arc;
use std::time::Duration;

use app::home::{self, Home};
use app::insights::{self, Catalog, PeoplePage, PeopleQuery, Timeline};
use app::{Actor, App};
use axum::Json;
use axum::extract::State;
use axum::response::sse::{Event, KeepAlive, Sse};
use events::Position;
use futures::Stream;
use insight::query::{Answer as InsightAnswer, Query as InsightQuery};
use serde::Deserialize;
use serde_json::{Value, json};
use utoipa_axum::{router::OpenApiRouter, routes};

use super::{ApiResult, Body, Caller, Path, Problem, Query};

pub(super) fn routes() -> OpenApiRouter<Arc<App>> {
    OpenApiRouter::new()
        .routes(routes!(query))
        .routes(routes!(people))
        .routes(routes!(catalog))
        .routes(routes!(person_timeline))
        .routes(routes!(get_home))
        .routes(routes!(live))
}

/// Ask a question of the event log.
///
/// The body says which with `insight`: `funnel` (when absent), `trend`, `retention`, `lifecycle`, `paths` or
/// `time_in_stage`; the answer has the shape of that kind.
#[utoipa::path(post, path = "/api/v1/insights/query", tag = "insights", operation_id = "query_insights",
    request_body = InsightQuery,
    responses((status = 200, body = InsightAnswer), (status = 422, body = Problem)))]
async fn query(State(app): State<Arc<App>>, Caller(actor): Caller, Body(body): Body<Value>) -> ApiResult<Json<Value>> {
    actor.may(app::permission::Permission::InsightsRead)?;
    let query = insights::read(&app, &actor, body).await?;
    Ok(Json(insights::query(&app, &actor, &query).await?))
}

/// The people behind a number of an answer: a step of a funnel, a bucket of a trend or lifecycle, a cell of a
/// retention table, a stage.
#[utoipa::path(post, path = "/api/v1/insights/people", tag = "insights",
    operation_id = "list_people", request_body = PeopleQuery,
    responses((status = 200, body = PeoplePage), (status = 422, body = Problem)))]
async fn people(
    State(app): State<Arc<App>>,
    Caller(actor): Caller,
    Body(request): Body<PeopleQuery>,
) -> ApiResult<Json<PeoplePage>> {
    Ok(Json(insights::people(&app, &actor, request).await?))
}

#[derive(Deserialize, utoipa::IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
struct CatalogFilter {
    /// Properties of this event only.
    event: Option<String>,
}

/// The event names and property names that the log holds.
#[utoipa::path(get, path = "/api/v1/insights/catalog", tag = "insights",
    operation_id = "get_catalog", params(CatalogFilter),
    responses((status = 200, body = Catalog)))]
async fn catalog(
    State(app): State<Arc<App>>,
    Caller(actor): Caller,
    Query(filter): Query<CatalogFilter>,
) -> ApiResult<Json<Catalog>> {
    Ok(Json(insights::catalog(&app, &actor, filter.event.as_deref()).await?))
}

/// Which part of a timeline.
#[derive(Deserialize, utoipa::IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
pub(super) struct TimelineQuery {
    /// `next_cursor` of the page before.
    pub cursor: Option<String>,
    /// Rows on a page: 1 to 500, 50 when absent.
    pub limit: Option<u64>,
}

/// What a person did, newest first.
#[utoipa::path(get, path = "/api/v1/people/{person}/timeline", tag = "insights", operation_id = "get_person_timeline",
    params(("person" = u32, Path, description = "Number of the person"), TimelineQuery),
    responses((status = 200, body = Timeline)))]
async fn person_timeline(
    State(app): State<Arc<App>>,
    Caller(actor): Caller,
    Path(person): Path<u32>,
    Query(page): Query<TimelineQuery>,
) -> ApiResult<Json<Timeline>> {
    Ok(Json(insights::timeline(&app, &actor, person, page.cursor.as_deref(), page.limit).await?))
}

/// Today, as it is now.
#[utoipa::path(get, path = "/api/v1/home", tag = "insights",
    operation_id = "get_home", responses((status = 200, body = Home)))]
async fn get_home(State(app): State<Arc<App>>, Caller(actor): Caller) -> ApiResult<Json<Home>> {
    Ok(Json(home::get(&app, &actor).await?))
}

/// At most one message in this time: a busy site must not keep every open browser redrawing.
const LIVE_EVERY: Duration = Duration::from_millis(500);

#[derive(Deserialize, utoipa::IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
struct LiveQuery {
    /// Tell what happened after this place of the log; from now on when absent.
    after: Option<u64>,
}

/// What happens, as it happens: server-sent events `happened` (one for each) and `totals` (today).
#[utoipa::path(get, path = "/api/v1/live", tag = "insights", operation_id = "watch_live", params(LiveQuery),
    responses((status = 200, content_type = "text/event-stream", body = String)))]
async fn live(
    State(app): State<Arc<App>>,
    Caller(actor): Caller,
    Query(query): Query<LiveQuery>,
) -> ApiResult<Sse<impl Stream<Item = Result<Event, Infallible>>>> {
    actor.may(app::permission::Permission::InsightsRead)?;
    let (sender, receiver) = tokio::sync::mpsc::channel(64);
    tokio::spawn(watch(app, actor, query.after.map(Position), sender));
    let stream = tokio_stream::wrappers::ReceiverStream::new(receiver);
    Ok(Sse::new(stream).keep_alive(KeepAlive::default()))
}

type Sender = tokio::sync::mpsc::Sender<Result<Event, Infallible>>;

/// Ends when the browser goes away, or the log closes.
async fn watch(app: Arc<App>, actor: Actor, after: Option<Position>, sender: Sender) {
    let mut end = app.log.end();
    let mut seen = after.unwrap_or(*end.borrow());
    loop {
        let now_at = *end.borrow_and_update();
        if now_at > seen {
            match tell(&app, &actor, seen, &sender).await {
                Ok(Some(last)) => seen = last,
                // The browser is gone.
                Ok(None) => return,
                Err(error) => {
                    tracing::warn!(%error, "a live view ends");
                    return;
                }
            }
            tokio::time::sleep(LIVE_EVERY).await;
            if seen < now_at {
                continue;
            }
        }
        tokio::select! {
            changed = end.changed() => if changed.is_err() { return },
            () = sender.closed() => return,
        }
    }
}

/// Tell what happened after a place. Answers how far it came; nothing when nobody listens.
async fn tell(app: &App, actor: &Actor, seen: Position, sender: &Sender) -> app::Result<Option<Position>> {
    let end = *app.log.end().borrow();
    let happened = home::happened_after(app, actor, seen).await?;
    // Places may be skipped (what an import brought in and took back): a short answer has seen all.
    let last = match happened.last() {
        Some(last) if happened.len() == home::RECENT_MAX => Position(last.event.position),
        _ => end,
    };
    let message = |name: &str, value: Value| Event::default().event(name).data(value.to_string());
    let mut messages: Vec<Event> = happened.iter().map(|item| message("happened", json!(item))).collect();
    messages.push(message("totals", json!(home::today(app, actor).await?)));
    for message in messages {
        if sender.send(Ok(message)).await.is_err() {
            return Ok(None);
        }
    }
    Ok(Some(last))
}
