//! Deals: the board, the list, and every way in which a deal comes, moves and ends.
//!
//! A rep sees and changes the own deals only; that stands in the query ([`scope`]), so that somebody else's deal
//! does not exist for a rep. Each change writes the deal, its history and its facts in one transaction.

mod change;
mod react;
#[cfg(test)]
mod tests;

use std::collections::HashMap;

use base::{Id, Money, Timestamp, id};
use funnel::deal::{self, DealError, DealStatus};
use funnel::document::StageId;
use serde::{Deserialize, Deserializer, Serialize};
use store::deals::{Cursor, Deal, Filter, Owner, Scope, Sort};
use store::funnels::Funnel;
use store::page::Page;

use crate::{Actor, App, AppError, FieldProblem, Result, audit, contacts::page_limit, facts, permission::Permission};

use change::{Step, close, enter, open, reopen};

pub(crate) use change::reopen_cancelled;
pub(crate) use react::{Reaction, apply, prepare};

/// Cards in one column of a board.
pub const BOARD_COLUMN_MAX: u64 = 100;
/// How long a won deal stays on the board, ms.
pub const WON_SHOWN_MS: i64 = 30 * 24 * 3600 * 1000;
/// Changes shown of one deal.
pub const HISTORY_MAX: u64 = 200;

/// A deal as the API shows it.
#[derive(Debug, Clone, Serialize, utoipa::ToSchema)]
pub struct DealView {
    /// Its id.
    pub id: Id<id::Deal>,
    /// What it is about.
    pub title: String,
    /// With whom.
    pub contact_id: Id<id::Contact>,
    /// Their name, else their address.
    pub contact_name: String,
    /// The funnel it is in.
    pub funnel_id: Id<id::Funnel>,
    /// Where it stands there.
    pub stage: String,
    /// What it may bring, or has brought.
    pub value: Money,
    /// Who works on it.
    #[schema(required)]
    pub owner_id: Option<Id<id::User>>,
    /// How it stands.
    pub status: DealStatus,
    /// Why it was closed.
    pub reason: String,
    /// By which channel it came; empty when unknown.
    pub channel: String,
    /// The order that won it.
    #[schema(required)]
    pub order_id: Option<Id<id::Order>>,
    /// Since when it stands in its stage.
    pub stage_entered_at: Timestamp,
    /// When it was made.
    pub created_at: Timestamp,
    /// When it was last changed.
    pub updated_at: Timestamp,
    /// When it was won or lost.
    #[schema(required)]
    pub closed_at: Option<Timestamp>,
}

impl DealView {
    fn of(deal: Deal, contact_name: String) -> Self {
        Self {
            id: deal.id,
            title: deal.title,
            contact_id: deal.contact_id,
            contact_name,
            funnel_id: deal.funnel_id,
            stage: deal.stage.0,
            value: deal.value,
            owner_id: deal.owner_id,
            status: deal.status,
            reason: deal.reason,
            channel: deal.channel,
            order_id: deal.order_id,
            stage_entered_at: deal.stage_entered_at,
            created_at: deal.created_at,
            updated_at: deal.updated_at,
            closed_at: deal.closed_at,
        }
    }
}

/// One change of a deal's stage or status.
#[derive(Debug, Clone, Serialize, utoipa::ToSchema)]
pub struct DealChange {
    /// Where it stood before; absent for a new deal.
    #[schema(required)]
    pub from_stage: Option<String>,
    /// Where it stood after.
    pub stage: String,
    /// How it stood after.
    pub status: DealStatus,
    /// The id of a user or key, or `system`.
    pub actor: String,
    /// The words of whoever did it, or the event that did.
    pub reason: String,
    /// When.
    pub at: Timestamp,
}

/// A deal and how it came where it stands.
#[derive(Debug, Clone, Serialize, utoipa::ToSchema)]
pub struct DealDetail {
    /// The deal.
    #[serde(flatten)]
    pub deal: DealView,
    /// Its changes, newest first.
    pub history: Vec<DealChange>,
}

/// Which deals a list shows, and in which order.
#[derive(Debug, Clone, Default, Deserialize, utoipa::IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields, default)]
pub struct DealQuery {
    /// A funnel, `fun_…`.
    pub funnel: Option<Id<id::Funnel>>,
    /// The id of a stage.
    pub stage: Option<String>,
    /// A user, `usr_…`; `me`; or `none` for deals that nobody works on.
    pub owner: Option<String>,
    /// `open`, `won` or `lost`.
    #[param(value_type = Option<DealStatus>)]
    pub status: Option<String>,
    /// A contact, `ctc_…`.
    pub contact: Option<Id<id::Contact>>,
    /// A channel.
    pub channel: Option<String>,
    /// Words of the title.
    pub q: Option<String>,
    /// `newest` (when absent), `oldest`, `dearest`, `cheapest`, `longest_in_stage` or `last_moved`.
    #[param(schema_with = crate::schema::deal_sort, required = false)]
    pub sort: Option<String>,
    /// `next_cursor` of the page before, with the same `sort`.
    pub cursor: Option<String>,
    /// Rows on a page: 1 to 500, 50 when absent.
    pub limit: Option<u64>,
}

/// A page of deals.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub struct DealPage {
    /// The deals.
    pub items: Vec<DealView>,
    /// Pass as `cursor` for the rows that follow.
    #[schema(required)]
    pub next_cursor: Option<String>,
    /// How many deals the filter shows in all.
    pub total: u64,
}

/// Which board.
#[derive(Debug, Clone, Default, Deserialize, utoipa::IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields, default)]
pub struct BoardQuery {
    /// A funnel, `fun_…`; the first one when absent.
    pub funnel: Option<Id<id::Funnel>>,
    /// A user, `usr_…`; `me`; or `none` for deals that nobody works on.
    pub owner: Option<String>,
    /// Words of the title.
    pub q: Option<String>,
}

/// The deals of a funnel by stage: open ones, and those won in the last 30 days.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub struct Board {
    /// The funnel.
    pub funnel_id: Id<id::Funnel>,
    /// Won deals are shown since this moment.
    pub won_since: Timestamp,
    /// One column for each stage, in order.
    pub columns: Vec<BoardColumn>,
}

/// One stage of a board.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub struct BoardColumn {
    /// The id of the stage.
    pub stage: String,
    /// Its open deals together.
    pub open: DealSum,
    /// Its won deals together.
    pub won: DealSum,
    /// The deals that moved last, at most 100; the list shows all.
    pub deals: Vec<DealView>,
}

/// Deals together.
#[derive(Debug, Default, Serialize, utoipa::ToSchema)]
pub struct DealSum {
    /// How many.
    pub count: u64,
    /// What they are worth, one amount for each currency.
    pub values: Vec<Money>,
}

/// A deal to be.
#[derive(Debug, Clone, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewDeal {
    /// With whom.
    pub contact_id: Id<id::Contact>,
    /// What it is about; the contact's name when absent.
    #[serde(default)]
    pub title: Option<String>,
    /// In which funnel; the first one when absent.
    #[serde(default)]
    pub funnel_id: Option<Id<id::Funnel>>,
    /// Where it stands there; where deals open when absent.
    #[serde(default)]
    pub stage: Option<String>,
    /// What it may bring; nothing known when absent.
    #[serde(default)]
    pub value: Option<Money>,
    /// Who works on it; whoever adds it when absent.
    #[serde(default)]
    pub owner_id: Option<Id<id::User>>,
}

/// What may be changed about a deal; what is absent stays.
#[derive(Debug, Clone, Default, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields, default)]
pub struct DealPatch {
    /// What it is about.
    pub title: Option<String>,
    /// What it may bring.
    pub value: Option<Money>,
    /// Who works on it; `null` for nobody.
    #[serde(deserialize_with = "present")]
    #[schema(value_type = Option<String>)]
    pub owner_id: Option<Option<Id<id::User>>>,
}

/// Tells `null` from an absent field.
fn present<'de, D: Deserializer<'de>, T: Deserialize<'de>>(deserializer: D) -> Result<Option<Option<T>>, D::Error> {
    Option::deserialize(deserializer).map(Some)
}

/// Where a deal is put.
#[derive(Debug, Clone, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct DealMove {
    /// The id of a stage, before or after the present one.
    pub stage: String,
    /// Why, when that is worth a word.
    #[serde(default)]
    pub reason: String,
}

/// How a deal ends.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum DealOutcome {
    /// It has become a sale.
    Won,
    /// It will not.
    Lost,
}

/// The end of a deal.
#[derive(Debug, Clone, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct DealClose {
    /// How it ends.
    pub outcome: DealOutcome,
    /// Why.
    #[serde(default)]
    pub reason: String,
}

/// Whose deals an actor may see and change.
pub(crate) fn scope(actor: &Actor) -> Scope {
    if actor.may(Permission::DealsAll).is_ok() {
        return Scope::All;
    }
    actor.user_id().map_or(Scope::Nothing, Scope::Own)
}

fn parse_owner(actor: &Actor, text: &str) -> Result<Owner> {
    match text {
        "none" => Ok(Owner::Nobody),
        "me" => actor
            .user_id()
            .map(Owner::User)
            .ok_or_else(|| AppError::invalid("owner", "nobody", "a key has no deals of its own: name a user, usr_…")),
        id => id.parse().map(Owner::User).map_err(|error| AppError::invalid("owner", "id", format!("{error}"))),
    }
}

/// The orders of a list of deals, and what they are called.
pub const SORTS: [(&str, Sort); 6] = [
    ("newest", Sort::Newest),
    ("oldest", Sort::Oldest),
    ("dearest", Sort::Dearest),
    ("cheapest", Sort::Cheapest),
    ("longest_in_stage", Sort::LongestInStage),
    ("last_moved", Sort::LastMoved),
];

fn parse_sort(text: &str) -> Result<Sort> {
    let found = SORTS.iter().find(|(word, _)| *word == text).map(|(_, sort)| *sort);
    let message = "choose newest, oldest, dearest, cheapest, longest_in_stage or last_moved";
    found.ok_or_else(|| AppError::invalid("sort", "unknown", message))
}

/// A page of deals.
pub async fn list(app: &App, actor: &Actor, query: DealQuery) -> Result<DealPage> {
    actor.may(Permission::DealsRead)?;
    let unknown_status = |message: &str| AppError::invalid("status", "unknown", message);
    let filter = Filter {
        funnel_id: query.funnel,
        stage: query.stage.map(StageId),
        status: query.status.as_deref().map(str::parse).transpose().map_err(unknown_status)?,
        owner: query.owner.as_deref().map(|text| parse_owner(actor, text)).transpose()?,
        contact_id: query.contact,
        channel: query.channel,
        search: query.q.unwrap_or_default(),
        ..Filter::all(scope(actor))
    };
    let sort = query.sort.as_deref().map(parse_sort).transpose()?.unwrap_or_default();
    let bad_cursor = |()| AppError::invalid("cursor", "cursor", "pass next_cursor as it was given");
    let after: Option<Cursor> = query.cursor.as_deref().map(str::parse).transpose().map_err(bad_cursor)?;
    let conn = app.store.reader();
    let Page { items, next_cursor } = store::deals::list(conn, &filter, sort, after, page_limit(query.limit)?).await?;
    let total = store::deals::count(conn, &filter).await?;
    Ok(DealPage { items: views(app, items).await?, next_cursor, total })
}

/// The deals with the names of their contacts.
async fn views(app: &App, deals: Vec<Deal>) -> Result<Vec<DealView>> {
    let mut ids: Vec<Id<id::Contact>> = deals.iter().map(|deal| deal.contact_id).collect();
    ids.sort_unstable();
    ids.dedup();
    let contacts = store::contacts::find_many(app.store.reader(), &ids).await?;
    let names: HashMap<Id<id::Contact>, String> =
        contacts.into_iter().map(|contact| (contact.id, contact.display_name())).collect();
    let view = |deal: Deal| {
        let name = names.get(&deal.contact_id).cloned().unwrap_or_default();
        DealView::of(deal, name)
    };
    Ok(deals.into_iter().map(view).collect())
}

/// The deals of a funnel by stage.
pub async fn board(app: &App, actor: &Actor, query: BoardQuery) -> Result<Board> {
    actor.may(Permission::DealsRead)?;
    let funnel = funnel_of(app, query.funnel)?;
    let filter = Filter {
        funnel_id: Some(funnel.id),
        owner: query.owner.as_deref().map(|text| parse_owner(actor, text)).transpose()?,
        search: query.q.unwrap_or_default(),
        ..Filter::all(scope(actor))
    };
    let won_since = app.now().plus_ms(-WON_SHOWN_MS);
    let conn = app.store.reader();
    let sums = store::deals::board_sums(conn, &filter, won_since).await?;
    let mut columns = Vec::with_capacity(funnel.doc.stages.len());
    for stage in &funnel.doc.stages {
        let deals = store::deals::board_column(conn, &filter, &stage.id, won_since, BOARD_COLUMN_MAX).await?;
        let together = |status: DealStatus| {
            let of_column = sums.iter().filter(|sum| sum.stage == stage.id && sum.status == status);
            of_column.fold(DealSum::default(), |mut together, sum| {
                together.count += sum.count;
                together.values.push(sum.value);
                together
            })
        };
        columns.push(BoardColumn {
            stage: stage.id.0.clone(),
            open: together(DealStatus::Open),
            won: together(DealStatus::Won),
            deals: views(app, deals).await?,
        });
    }
    Ok(Board { funnel_id: funnel.id, won_since, columns })
}

/// The funnel of that id, else the first one.
fn funnel_of(app: &App, id: Option<Id<id::Funnel>>) -> Result<Funnel> {
    let rules = app.running.rules();
    let found = match id {
        Some(id) => rules.funnels.iter().find(|funnel| funnel.id == id),
        None => rules.funnels.first(),
    };
    found.cloned().ok_or(AppError::NotFound("funnel"))
}

/// One deal.
pub async fn get(app: &App, actor: &Actor, id: Id<id::Deal>) -> Result<DealDetail> {
    actor.may(Permission::DealsRead)?;
    let conn = app.store.reader();
    let deal = store::deals::find(conn, id, scope(actor)).await?.ok_or(AppError::NotFound("deal"))?;
    let history = store::deals::history(conn, id, HISTORY_MAX).await?;
    let change = |change: store::deals::Change| DealChange {
        from_stage: change.from_stage.map(|stage| stage.0),
        stage: change.stage.0,
        status: change.status,
        actor: change.actor,
        reason: change.reason,
        at: change.at,
    };
    let deal = view(app, deal).await?;
    Ok(DealDetail { deal, history: history.into_iter().map(change).collect() })
}

async fn view(app: &App, deal: Deal) -> Result<DealView> {
    let contact = store::contacts::find(app.store.reader(), deal.contact_id).await?;
    let name = contact.map(|contact| contact.display_name()).unwrap_or_default();
    Ok(DealView::of(deal, name))
}

/// Add a deal by hand.
pub async fn create(app: &App, actor: &Actor, request: NewDeal) -> Result<DealView> {
    actor.may(Permission::DealsWrite)?;
    let funnel = funnel_of(app, request.funnel_id)?;
    let stage = first_stage(&funnel, request.stage)?;
    let currency = funnel.doc.currency;
    let value = request.value.unwrap_or(Money::zero(currency));
    let owner_id = request.owner_id.or(actor.user_id());
    refuse_foreign_owner(actor, owner_id)?;
    let tx = app.store.begin().await?;
    let contact = store::contacts::find(&tx, request.contact_id).await?;
    let contact = contact.ok_or_else(|| AppError::invalid("contact_id", "unknown", "there is no such contact"))?;
    let title = request.title.map(|title| title.trim().to_owned()).filter(|title| !title.is_empty());
    let deal = Deal {
        id: app.new_id(),
        contact_id: contact.id,
        title: title.unwrap_or_else(|| short_title(&contact.display_name())),
        funnel_id: funnel.id,
        stage,
        value,
        owner_id,
        status: DealStatus::Open,
        reason: String::new(),
        channel: contact.channel.clone(),
        order_id: None,
        stage_entered_at: app.now(),
        created_at: app.now(),
        updated_at: app.now(),
        closed_at: None,
    };
    refuse_problems(&tx, &deal, None).await?;
    open(app, &tx, &funnel, &deal, &Step::by(app, actor, "")).await?;
    audit::record(app, &tx, actor, "deal.create", deal.id, serde_json::Value::Null).await?;
    tx.commit().await?;
    after_commit(app).await?;
    Ok(DealView::of(deal, contact.display_name()))
}

/// The stage that was asked for; else where the funnel opens deals; else its first.
fn first_stage(funnel: &Funnel, asked: Option<String>) -> Result<StageId> {
    if let Some(asked) = asked {
        let stage = StageId(asked);
        deal::known_stage(&funnel.doc, &stage).map_err(refused)?;
        return Ok(stage);
    }
    let opens = funnel.doc.stages.iter().find(|stage| funnel.doc.opens_deal(stage));
    let stage = opens.or(funnel.doc.stages.first()).ok_or(AppError::NotFound("stage"))?;
    Ok(stage.id.clone())
}

fn short_title(text: &str) -> String {
    text.chars().take(deal::TITLE_CHARS_MAX).collect()
}

fn refused(error: DealError) -> AppError {
    match error {
        DealError::UnknownStage { .. } => AppError::invalid("stage", "unknown", error.to_string()),
        DealError::Closed(_) => AppError::conflict("deal_closed", error.to_string()),
        DealError::Open => AppError::conflict("deal_open", error.to_string()),
    }
}

/// Who works on the own deals only cannot hand one to others, or out of sight.
fn refuse_foreign_owner(actor: &Actor, owner_id: Option<Id<id::User>>) -> Result<()> {
    if scope(actor) == Scope::All || (owner_id.is_some() && owner_id == actor.user_id()) {
        return Ok(());
    }
    Err(AppError::Forbidden(Permission::DealsAll.as_str()))
}

/// Everything that is wrong with a deal; `before` is how it stood.
async fn refuse_problems(tx: &store::Tx, deal: &Deal, before: Option<&Deal>) -> Result<()> {
    let mut problems = Vec::new();
    let chars = deal.title.chars().count();
    if chars == 0 || chars > deal::TITLE_CHARS_MAX || deal.title.chars().any(char::is_control) {
        let message = format!("write a title of 1 to {} characters", deal::TITLE_CHARS_MAX);
        problems.push(FieldProblem::new("title", "length", message));
    }
    if !(0..=deal::VALUE_MINOR_MAX).contains(&deal.value.minor) {
        problems.push(FieldProblem::new("value.minor", "range", "write a value of 0 or more, in minor units"));
    }
    let is_new_owner = before.is_none_or(|before| before.owner_id != deal.owner_id);
    if let Some(owner) = deal.owner_id.filter(|_| is_new_owner) {
        let found = store::users::find(tx, owner).await?;
        if found.is_none_or(|user| !user.is_active) {
            problems.push(FieldProblem::new("owner_id", "unknown", "choose a user who can log in"));
        }
    }
    if problems.is_empty() { Ok(()) } else { Err(AppError::Invalid(problems)) }
}

fn checked_reason(reason: &str) -> Result<String> {
    let reason = reason.trim();
    if reason.chars().count() > deal::REASON_CHARS_MAX {
        let message = format!("say it in at most {} characters", deal::REASON_CHARS_MAX);
        return Err(AppError::invalid("reason", "too_long", message));
    }
    Ok(reason.to_owned())
}

async fn after_commit(app: &App) -> Result<()> {
    facts::relay(app).await?;
    app.bell.ring();
    Ok(())
}

/// Change what a deal is about, what it may bring and who works on it.
pub async fn update(app: &App, actor: &Actor, id: Id<id::Deal>, patch: DealPatch) -> Result<DealView> {
    actor.may(Permission::DealsWrite)?;
    let tx = app.store.begin().await?;
    let before = held(&tx, actor, id).await?;
    let mut deal = before.clone();
    if let Some(title) = patch.title {
        title.trim().clone_into(&mut deal.title);
    }
    deal.value = patch.value.unwrap_or(deal.value);
    if let Some(owner_id) = patch.owner_id
        && owner_id != deal.owner_id
    {
        refuse_foreign_owner(actor, owner_id)?;
        deal.owner_id = owner_id;
    }
    refuse_problems(&tx, &deal, Some(&before)).await?;
    if deal != before {
        deal.updated_at = app.now();
        store::deals::update(&tx, &deal).await?;
        let detail = serde_json::json!({"value": deal.value.to_string(), "owner": deal.owner_id});
        audit::record(app, &tx, actor, "deal.update", id, detail).await?;
    }
    tx.commit().await?;
    view(app, deal).await
}

async fn held(tx: &store::Tx, actor: &Actor, id: Id<id::Deal>) -> Result<Deal> {
    store::deals::find_for_update(tx, id, scope(actor)).await?.ok_or(AppError::NotFound("deal"))
}

/// Put a deal into a stage by hand, forward or back.
pub async fn move_to(app: &App, actor: &Actor, id: Id<id::Deal>, request: DealMove) -> Result<DealView> {
    actor.may(Permission::DealsWrite)?;
    let reason = checked_reason(&request.reason)?;
    let to = StageId(request.stage);
    let tx = app.store.begin().await?;
    let mut deal = held(&tx, actor, id).await?;
    let funnel = funnel_of(app, Some(deal.funnel_id))?;
    if deal::may_move(&funnel.doc, deal.status, &deal.stage, &to).map_err(refused)? {
        let change = serde_json::json!({"from": deal.stage.as_str(), "to": to.as_str()});
        enter(app, &tx, &funnel, &mut deal, to, &Step::by(app, actor, &reason)).await?;
        audit::record(app, &tx, actor, "deal.move", id, change).await?;
    }
    tx.commit().await?;
    after_commit(app).await?;
    view(app, deal).await
}

/// End a deal.
pub async fn end(app: &App, actor: &Actor, id: Id<id::Deal>, request: DealClose) -> Result<DealView> {
    actor.may(Permission::DealsWrite)?;
    let reason = checked_reason(&request.reason)?;
    let status = match request.outcome {
        DealOutcome::Won => DealStatus::Won,
        DealOutcome::Lost => DealStatus::Lost,
    };
    let tx = app.store.begin().await?;
    let mut deal = held(&tx, actor, id).await?;
    deal::may_become(deal.status, status).map_err(refused)?;
    let funnel = funnel_of(app, Some(deal.funnel_id))?;
    close(app, &tx, &funnel, &mut deal, status, &Step::by(app, actor, &reason)).await?;
    let detail = serde_json::json!({"outcome": status.as_str()});
    audit::record(app, &tx, actor, "deal.close", id, detail).await?;
    tx.commit().await?;
    after_commit(app).await?;
    view(app, deal).await
}

/// Open a deal again that has ended.
pub async fn open_again(app: &App, actor: &Actor, id: Id<id::Deal>) -> Result<DealView> {
    actor.may(Permission::DealsWrite)?;
    let tx = app.store.begin().await?;
    let mut deal = held(&tx, actor, id).await?;
    deal::may_become(deal.status, DealStatus::Open).map_err(refused)?;
    let funnel = funnel_of(app, Some(deal.funnel_id))?;
    deal::known_stage(&funnel.doc, &deal.stage).map_err(|_| {
        let detail = format!("the funnel no longer has the stage {} that this deal stood in", deal.stage);
        AppError::conflict("stage_gone", detail)
    })?;
    reopen(app, &tx, &funnel, &mut deal, &Step::by(app, actor, "")).await?;
    audit::record(app, &tx, actor, "deal.reopen", id, serde_json::Value::Null).await?;
    tx.commit().await?;
    after_commit(app).await?;
    view(app, deal).await
}
