//! Adding a deal by hand, and changing what is known of it.

use std::sync::Arc;

use base::{Id, Locale, Money, id};
use funnel::deal::{self, DealStatus};
use funnel::document::StageId;
use funnel::field::Writing;
use serde::{Deserialize, Deserializer};
use serde_json::{Map, Value, json};
use store::contacts::Contact;
use store::deals::{Deal, Scope};
use store::funnels::Funnel;

use super::case::{self, Case, discount_bp, discount_percent};
use super::known::{Known, needed_since};
use super::moves::{checked_override, in_language, reactor_position, refused};
use super::pass::{self, ByHand};
use super::view::{DealView, Teller, view};
use super::{after_commit, funnel_of, scope, versions};
use crate::fields::{self, Entity};
use crate::{Actor, App, AppError, FieldProblem, Result, audit, permission::Permission, routing};

/// Fields of the company's own on one deal.
pub const FIELDS_MAX: usize = 100;
/// Longest JSON text of them together, bytes.
pub const FIELDS_BYTES_MAX: usize = 16 * 1024;
/// Longest name of one, bytes.
pub const FIELD_NAME_BYTES_MAX: usize = 64;
/// What gates know under these names the program keeps itself.
pub(crate) const KEPT_BY_PROGRAM: [&str; 6] = ["value", "currency", "discount", "title", "owner", "channel"];

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
    /// Fields of the company's own, by name.
    #[serde(default)]
    #[schema(value_type = Option<Object>)]
    pub fields: Option<Map<String, Value>>,
    /// In per cent.
    #[serde(default)]
    pub discount: Option<f64>,
    /// Why it may begin behind a gate that is shut, by somebody whose role may let it.
    #[serde(default)]
    pub override_reason: Option<String>,
    /// The language in which is said what is in the way; the company's when absent.
    #[serde(default)]
    #[schema(value_type = Option<String>)]
    pub locale: Option<Locale>,
}

impl NewDeal {
    /// A deal with somebody, of which nothing else is said.
    pub fn with(contact_id: Id<id::Contact>) -> Self {
        Self {
            contact_id,
            title: None,
            funnel_id: None,
            stage: None,
            value: None,
            owner_id: None,
            fields: None,
            discount: None,
            override_reason: None,
            locale: None,
        }
    }
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
    /// Fields of the company's own, merged into those there are; `null` removes one.
    #[schema(value_type = Option<Object>)]
    pub fields: Option<Map<String, Value>>,
    /// In per cent, 0 to 100 with at most two decimals; `null` for not known.
    #[serde(deserialize_with = "present")]
    #[schema(value_type = Option<f64>)]
    pub discount: Option<Option<f64>>,
}

/// Tells `null` from an absent field.
fn present<'de, D: Deserializer<'de>, T: Deserialize<'de>>(deserializer: D) -> Result<Option<Option<T>>, D::Error> {
    Option::deserialize(deserializer).map(Some)
}

/// Add a deal by hand.
pub async fn create(app: &App, actor: &Actor, request: NewDeal) -> Result<DealView> {
    actor.may(Permission::DealsWrite)?;
    let override_reason = checked_override(request.override_reason.as_deref())?;
    let funnel = funnel_of(app, request.funnel_id)?;
    let stage = first_stage(&funnel, request.stage)?;
    let owner_id = request.owner_id.or(actor.user_id());
    refuse_foreign_owner(actor, owner_id)?;
    let known = Known::read(app, request.contact_id, needed_since(&funnel.doc, app.now())).await?;
    let teller = Teller::load(app, actor, None).await?;
    let tx = app.store.begin().await?;
    let contact = store::contacts::find(&tx, request.contact_id).await?;
    let contact = contact.ok_or_else(|| AppError::invalid("contact_id", "unknown", "there is no such contact"))?;
    let title = request.title.map(|title| title.trim().to_owned()).filter(|title| !title.is_empty());
    let contact_name = teller.name(contact.clone());
    let mut deal = Deal {
        title: title.unwrap_or_else(|| short_title(&contact_name)),
        owner_id,
        ..blank(app, &funnel, &contact, stage, request.value.unwrap_or(Money::zero(funnel.doc.currency)))
    };
    let mut problems = Vec::new();
    note_fields(&tx, actor, &mut deal, request.fields, &mut problems).await?;
    note_discount(&mut deal, request.discount.map(Some), &mut problems);
    refuse_problems(&tx, &deal, None, problems).await?;
    let mut case = Case::in_funnel(app, &tx, Arc::new(funnel), deal, known).await?;
    let by = ByHand::now(actor, "", override_reason.as_deref());
    pass::begin(app, &tx, &mut case, &by).await.map_err(|error| in_language(error, request.locale))?;
    routing::begun(app, &tx, actor, &case.deal).await?;
    routed(app, &tx, &mut case).await?;
    tx.commit().await?;
    after_commit(app).await?;
    versions::remember(app, &case.deal).await?;
    Ok(DealView::of(&teller, case.deal, contact_name))
}

/// A deal of which nothing is known yet.
pub(super) fn blank(app: &App, funnel: &Funnel, contact: &Contact, stage: StageId, value: Money) -> Deal {
    Deal {
        id: app.new_id(),
        contact_id: contact.id,
        title: String::new(),
        funnel_id: funnel.id,
        stage,
        value,
        owner_id: None,
        status: DealStatus::Open,
        reason: String::new(),
        channel: contact.channel.clone(),
        order_id: None,
        stage_entered_at: app.now(),
        created_at: app.now(),
        updated_at: app.now(),
        closed_at: None,
        fields: Map::new(),
        discount_bp: None,
        funnel_version: funnel.version,
        opened_at: app.now(),
        moved_at: app.now(),
        moved_back_at: None,
        gate_due_at: None,
        held: None,
        gate_flag: None,
        approval_asked: None,
        answer_due_at: None,
    }
}

/// The stage that was asked for; else where the funnel opens deals; else its first.
pub(super) fn first_stage(funnel: &Funnel, asked: Option<String>) -> Result<StageId> {
    if let Some(asked) = asked {
        let stage = StageId(asked);
        deal::known_stage(&funnel.doc, &stage).map_err(refused)?;
        return Ok(stage);
    }
    let opens = funnel.doc.stages.iter().find(|stage| funnel.doc.opens_deal(stage));
    let stage = opens.or(funnel.doc.stages.first()).ok_or(AppError::NotFound("stage"))?;
    Ok(stage.id.clone())
}

pub(super) fn short_title(text: &str) -> String {
    text.chars().take(deal::TITLE_CHARS_MAX).collect()
}

/// Who works on the own deals only cannot hand one to others, or out of sight.
fn refuse_foreign_owner(actor: &Actor, owner_id: Option<Id<id::User>>) -> Result<()> {
    if scope(actor) == Scope::All || (owner_id.is_some() && owner_id == actor.user_id()) {
        return Ok(());
    }
    Err(AppError::Forbidden(Permission::DealsAll.as_str()))
}

/// Everything that is wrong with a deal; `before` is how it stood.
pub(super) async fn refuse_problems(
    tx: &store::Tx,
    deal: &Deal,
    before: Option<&Deal>,
    mut problems: Vec<FieldProblem>,
) -> Result<()> {
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

/// Write fields onto a deal, and note what is wrong with them. What a deal must have, and from when on, its gates say:
/// a field that is required cannot be emptied, and that is all.
pub(super) async fn note_fields(
    tx: &store::Tx,
    actor: &Actor,
    deal: &mut Deal,
    change: Option<Map<String, Value>>,
    problems: &mut Vec<FieldProblem>,
) -> Result<()> {
    let Some(mut change) = change else { return Ok(()) };
    change.retain(|name, value| match name_problem(name).filter(|_| !value.is_null()) {
        Some(message) => {
            problems.push(FieldProblem::new(format!("fields.{name:.80}"), "name", message));
            false
        }
        None => true,
    });
    match fields::checked(tx, actor, Entity::Deal, &deal.fields, &change, Writing::Change).await {
        Ok(after) => deal.fields = after,
        Err(AppError::Invalid(found)) => problems.extend(found),
        Err(error) => return Err(error),
    }
    if deal.fields.len() > FIELDS_MAX || json!(deal.fields).to_string().len() > FIELDS_BYTES_MAX {
        let message = format!("a deal has at most {FIELDS_MAX} fields of {FIELDS_BYTES_MAX} bytes together");
        problems.push(FieldProblem::new("fields", "too_long", message));
    }
    Ok(())
}

pub(super) fn note_discount(deal: &mut Deal, discount: Option<Option<f64>>, problems: &mut Vec<FieldProblem>) {
    if let Some(discount) = discount {
        match discount.map(|percent| discount_bp(percent).ok_or(())).transpose() {
            Ok(bp) => deal.discount_bp = bp,
            Err(()) => {
                let message = "write a discount of 0 to 100 per cent, with at most two decimals";
                problems.push(FieldProblem::new("discount", "range", message));
            }
        }
    }
}

fn name_problem(name: &str) -> Option<String> {
    if KEPT_BY_PROGRAM.contains(&name) {
        return Some(format!("{name} is kept by the program: change it under its own name"));
    }
    let is_letter = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '_' || c == '-';
    let is_name = (1..=FIELD_NAME_BYTES_MAX).contains(&name.len()) && name.chars().all(is_letter);
    (!is_name)
        .then(|| format!("call a field by small letters, digits, _ and -, at most {FIELD_NAME_BYTES_MAX} of them"))
}

/// Change what a deal is about, what it may bring and who works on it. It moves by itself if that was all it waited for.
pub async fn update(app: &App, actor: &Actor, id: Id<id::Deal>, patch: DealPatch) -> Result<DealView> {
    actor.may(Permission::DealsWrite)?;
    let known = case::known(app, actor, id).await?;
    let tx = app.store.begin().await?;
    let mut case = case::held(app, &tx, actor, id, known).await?;
    let before = case.deal.clone();
    let deal = &mut case.deal;
    let mut problems = Vec::new();
    if let Some(title) = patch.title {
        title.trim().clone_into(&mut deal.title);
    }
    deal.value = patch.value.unwrap_or(deal.value);
    note_fields(&tx, actor, deal, patch.fields, &mut problems).await?;
    note_discount(deal, patch.discount, &mut problems);
    if let Some(owner_id) = patch.owner_id
        && owner_id != deal.owner_id
    {
        refuse_foreign_owner(actor, owner_id)?;
        deal.owner_id = owner_id;
    }
    refuse_problems(&tx, deal, Some(&before), problems).await?;
    if *deal != before {
        deal.updated_at = app.now();
        if deal.owner_id != before.owner_id {
            deal.answer_due_at = None;
            routing::by_hand(app, &tx, actor, deal, before.owner_id).await?;
        }
        store::deals::update(&tx, deal).await?;
        audit::record(app, &tx, actor, "deal.update", id, changed(&before, deal)).await?;
        case.note_changed();
        let up_to = reactor_position(&tx).await?;
        pass::advance(app, &tx, &mut case, up_to, None).await?;
        routed(app, &tx, &mut case).await?;
    }
    tx.commit().await?;
    after_commit(app).await?;
    view(app, actor, case.deal).await
}

/// The rules are asked about what has just been opened or moved.
pub(super) async fn routed(app: &App, tx: &store::Tx, case: &mut Case) -> Result<()> {
    let given = routing::settle(app, tx).await?;
    if let Some(deal) = given.into_iter().find(|deal| deal.id == case.deal.id) {
        case.deal = deal;
        case.note_changed();
    }
    Ok(())
}

/// What was changed, before and after.
fn changed(before: &Deal, after: &Deal) -> Value {
    let mut changes = Map::new();
    let mut note = |name: String, old: Value, new: Value| {
        if old != new {
            changes.insert(name, json!({"before": old, "after": new}));
        }
    };
    note("title".to_owned(), json!(before.title), json!(after.title));
    note("value".to_owned(), json!(before.value.to_string()), json!(after.value.to_string()));
    note("owner".to_owned(), json!(before.owner_id), json!(after.owner_id));
    note(
        "discount".to_owned(),
        json!(discount_percent(before.discount_bp)),
        json!(discount_percent(after.discount_bp)),
    );
    let names: std::collections::BTreeSet<&String> = before.fields.keys().chain(after.fields.keys()).collect();
    for name in names {
        note(format!("fields.{name}"), json!(before.fields.get(name)), json!(after.fields.get(name)));
    }
    Value::Object(changes)
}
