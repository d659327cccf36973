//! Deals as the API shows them: one, or a page of a list.

use std::collections::HashMap;
use std::sync::Arc;

use base::{Id, Locale, Money, Timestamp, id};
use funnel::deal::DealStatus;
use funnel::document::StageId;
use funnel::gate::{Block, Labels};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use store::contacts::Contact;
use store::deals::{Cursor, Deal, Filter, Sort, Sorted};
use store::page::Page;

use super::case::discount_percent;
use super::gates::{GateReasonView, told};
use super::{parse_owner, scope};
use crate::contacts::{self, page_limit};
use crate::fields::{Entity, Fields};
use crate::{Actor, App, AppError, Result, funnels::Rules, permission::Permission, search};

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
    /// Fields of the company's own, by name.
    #[schema(value_type = Object)]
    pub fields: Map<String, Value>,
    /// In per cent; unknown when empty.
    #[schema(required)]
    pub discount: Option<f64>,
    /// The version of the funnel that it follows.
    pub funnel_version: i64,
    /// What is in the way to the next stage, as of the last look; nothing when empty.
    #[schema(required)]
    pub held: Option<DealHeld>,
    /// What was shut when it was won all the same, because money came: somebody should look at it.
    pub won_past: Vec<GateReasonView>,
    /// Who is asked to approve what.
    #[schema(required)]
    pub approval_asked: Option<AskedApproval>,
    /// When whoever has it is late with the first answer; empty when they have answered or need not.
    #[schema(required)]
    pub answer_due_at: Option<Timestamp>,
}

/// What is in the way of a deal, in short.
#[derive(Debug, Clone, Serialize, utoipa::ToSchema)]
pub struct DealHeld {
    /// How many things.
    pub count: usize,
    /// The first of them, as a sentence.
    pub text: String,
}

/// Somebody asks for an approval.
#[derive(Debug, Clone, Serialize, utoipa::ToSchema)]
pub struct AskedApproval {
    /// The stage that the deal is to enter.
    pub stage: String,
    /// The id of a user or key.
    pub by: String,
    /// What they say.
    pub note: String,
    /// When.
    pub at: Timestamp,
}

/// What it takes to tell somebody of deals: the documents that they follow, what the reader may see, and their language.
pub(super) struct Teller {
    rules: Arc<Rules>,
    locale: Locale,
    of_deals: Fields,
    of_contacts: Fields,
    labels: Labels,
}

impl Teller {
    pub(super) async fn load(app: &App, actor: &Actor, locale: Option<Locale>) -> Result<Self> {
        let conn = app.store.reader();
        let of_deals = Fields::load(conn, actor, Entity::Deal).await?;
        let of_contacts = Fields::load(conn, actor, Entity::Contact).await?;
        Ok(Self {
            rules: app.running.rules(),
            locale: locale.unwrap_or_else(|| app.company().default_locale()),
            labels: of_deals.labels().chain(of_contacts.labels()).collect(),
            of_deals,
            of_contacts,
        })
    }

    /// What the reader may know a contact by.
    pub(super) fn name(&self, mut contact: Contact) -> String {
        contacts::blank_hidden(&mut contact, &self.of_contacts);
        contact.display_name()
    }

    /// Blocks that were written down, as sentences. What an older program wrote and this one cannot read is found anew
    /// within a day.
    fn told(&self, deal: &Deal, blocks: Option<&Value>) -> Vec<GateReasonView> {
        let blocks: Vec<Block> = blocks.and_then(|json| serde_json::from_value(json.clone()).ok()).unwrap_or_default();
        let followed = &self.rules.followed;
        let funnel = followed.get(deal.funnel_id, deal.funnel_version).or_else(|| followed.running(deal.funnel_id));
        funnel.map(|funnel| told(&blocks, funnel, &self.labels, &self.locale)).unwrap_or_default()
    }
}

impl DealView {
    pub(super) fn of(teller: &Teller, deal: Deal, contact_name: String) -> Self {
        let held = teller.told(&deal, deal.held.as_ref());
        let won_past = teller.told(&deal, deal.gate_flag.as_ref());
        let count = held.len();
        let asked = |asked: store::deals::ApprovalAsked| AskedApproval {
            stage: asked.stage.0,
            by: asked.by,
            note: asked.note,
            at: asked.at,
        };
        Self {
            held: held.into_iter().next().map(|first| DealHeld { count, text: first.text }),
            won_past,
            fields: teller.of_deals.seen_values(deal.fields),
            discount: discount_percent(deal.discount_bp),
            funnel_version: deal.funnel_version,
            approval_asked: deal.approval_asked.map(asked),
            answer_due_at: deal.answer_due_at,
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
    /// What was in the way and let pass, for the reason that is said.
    pub overridden: Vec<GateReasonView>,
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
    /// The language in which is said what is in the way; the company's when absent.
    #[param(value_type = Option<String>)]
    pub locale: Option<Locale>,
}

/// A page of deals.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub struct DealPage {
    /// The deals.
    pub items: Vec<DealView>,
    /// Pass as `cursor` for the rows that follow.
    #[schema(required)]
    pub next_cursor: Option<String>,
    /// How many deals the filter shows in all, counted up to 10,000.
    pub total: u64,
    /// False: there are more than `total`.
    pub is_total_exact: bool,
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

/// Which deals a query names, of those that the actor may see, and in which order.
pub(crate) fn asked_for(actor: &Actor, query: &DealQuery) -> Result<(Filter, Sort)> {
    let unknown_status = |message: &str| AppError::invalid("status", "unknown", message);
    let filter = Filter {
        funnel_id: query.funnel,
        stage: query.stage.clone().map(StageId),
        status: query.status.as_deref().map(str::parse).transpose().map_err(unknown_status)?,
        owner: query.owner.as_deref().map(|text| parse_owner(actor, text)).transpose()?,
        contact_id: query.contact,
        channel: query.channel.clone(),
        search: query.q.clone().unwrap_or_default(),
        ..Filter::all(scope(actor))
    };
    Ok((filter, query.sort.as_deref().map(parse_sort).transpose()?.unwrap_or_default()))
}

/// A page of deals.
pub async fn list(app: &App, actor: &Actor, query: DealQuery) -> Result<DealPage> {
    actor.may(Permission::DealsRead)?;
    let (mut filter, sort) = asked_for(actor, &query)?;
    let bad_cursor = |()| AppError::invalid("cursor", "cursor", "pass next_cursor as it was given");
    let after: Option<Cursor> = query.cursor.as_deref().map(str::parse).transpose().map_err(bad_cursor)?;
    let conn = app.store.reader();
    let limit = page_limit(query.limit)?;
    search::narrowed_deals(app, &mut filter).await?;
    let count = store::deals::count(conn, &filter).await?;
    let sorted = Sorted { by: sort, is_of_few: Some(count.is_exact) };
    let Page { items, next_cursor } = store::deals::list(conn, &filter, sorted, after, limit).await?;
    let items = views(app, &Teller::load(app, actor, query.locale).await?, items).await?;
    Ok(DealPage { items, next_cursor, total: count.rows, is_total_exact: count.is_exact })
}

/// The deals with the names of their contacts.
pub(super) async fn views(app: &App, teller: &Teller, deals: Vec<Deal>) -> Result<Vec<DealView>> {
    let mut ids: Vec<Id<id::Contact>> = deals.iter().map(|deal| deal.contact_id).collect();
    ids.sort_unstable();
    ids.dedup();
    let contacts = store::contacts::find_many(app.store.reader(), &ids).await?;
    let names: HashMap<Id<id::Contact>, String> =
        contacts.into_iter().map(|contact| (contact.id, teller.name(contact))).collect();
    let view = |deal: Deal| {
        let name = names.get(&deal.contact_id).cloned().unwrap_or_default();
        DealView::of(teller, deal, name)
    };
    Ok(deals.into_iter().map(view).collect())
}

/// One deal.
pub async fn get(app: &App, actor: &Actor, id: Id<id::Deal>, locale: Option<Locale>) -> Result<DealDetail> {
    actor.may(Permission::DealsRead)?;
    let conn = app.store.reader();
    let deal = store::deals::find(conn, id, scope(actor)).await?.ok_or(AppError::NotFound("deal"))?;
    let history = store::deals::history(conn, id, HISTORY_MAX).await?;
    let teller = Teller::load(app, actor, locale).await?;
    let change = |change: store::deals::Change| DealChange {
        overridden: teller.told(&deal, change.overridden.as_ref()),
        from_stage: change.from_stage.map(|stage| stage.0),
        stage: change.stage.0,
        status: change.status,
        actor: change.actor,
        reason: change.reason,
        at: change.at,
    };
    let history = history.into_iter().map(change).collect();
    let name = contact_name(app, &teller, &deal).await?;
    Ok(DealDetail { deal: DealView::of(&teller, deal, name), history })
}

async fn contact_name(app: &App, teller: &Teller, deal: &Deal) -> Result<String> {
    let contact = store::contacts::find(app.store.reader(), deal.contact_id).await?;
    Ok(contact.map(|contact| teller.name(contact)).unwrap_or_default())
}

/// A deal that was just changed.
pub(super) async fn view(app: &App, actor: &Actor, deal: Deal) -> Result<DealView> {
    let teller = Teller::load(app, actor, None).await?;
    let name = contact_name(app, &teller, &deal).await?;
    Ok(DealView::of(&teller, deal, name))
}
