//! Placing an order from the page of an offer.

use base::{Id, Locale, id};
use events::PersonKey;
use funnel::offer::ORDER_QUANTITY_MAX;
use funnel::order::{self, Buyer, Status, Totals};
use serde::{Deserialize, Serialize};
use store::StoreError;
use store::offers::Offer;
use store::orders::Order;

use super::{CONFIRMATION_JOB, FIRST_ORDER_NUMBER, ORDER_SERIES, OrderDetail, detail, fact, write_invoice};
use crate::{
    App, AppError, FieldProblem, Result,
    consent::{self, Decision, Purpose},
    contacts::{self, Introduction},
    facts, jobs, secret,
};

/// Attempts when two orders introduce the same new address in the same moment.
const ATTEMPTS_MAX: usize = 3;
/// Consents given with one order.
pub const CONSENTS_MAX: usize = 8;
/// Characters of the words of a consent, of a channel and of an origin.
const WORDING_CHARS_MAX: usize = 2_000;
const CHANNEL_CHARS_MAX: usize = 60;
const ORIGIN_CHARS_MAX: usize = 500;
const IDEMPOTENCY_SCOPE: &str = "order";

/// An order as a visitor sends it.
#[derive(Debug, Clone)]
pub struct OfferOrder {
    /// The address of the offer.
    pub offer: String,
    /// How many.
    pub quantity: u32,
    /// Who buys.
    pub buyer: Buyer,
    /// The language of the page.
    pub locale: Locale,
    /// What the buyer agreed to.
    pub consents: Vec<GivenConsent>,
    /// Channel of the touch that brought them; empty when unknown.
    pub channel: String,
    /// Where it was sent from: the path of the page.
    pub origin: String,
    /// The browser it came from: an anonymous key.
    pub visitor: Option<PersonKey>,
    /// Names this sending: an order sent twice with the same token is placed once. The page's form carries one.
    pub form_token: Option<String>,
}

/// One box that the buyer ticked.
#[derive(Debug, Clone)]
pub struct GivenConsent {
    /// What for.
    pub purpose: Purpose,
    /// The exact words beside the box.
    pub wording: String,
}

/// An order that was placed.
#[derive(Debug, Clone)]
pub struct Placed {
    /// The order with its lines.
    pub order: OrderDetail,
    /// Whose it is.
    pub contact_id: Id<id::Contact>,
    /// Whether the contact was made by it.
    pub is_new_contact: bool,
    /// Whether it had been placed before, with the same token.
    pub is_repeat: bool,
}

/// What is kept of an order sent once, for the case that it is sent twice.
#[derive(Serialize, Deserialize)]
struct Sent {
    order: Id<id::Order>,
    contact: Id<id::Contact>,
}

/// Place an order by invoice: the contact, the order, its number, its invoice, what the log hears of it and the
/// confirmation to be mailed, all in one transaction.
///
/// A buyer whose address is known already is that contact; the browser joins it only when a link in the
/// confirmation is opened (see [`contacts::introduce`]).
pub async fn place(app: &App, request: OfferOrder) -> Result<Placed> {
    let request = OfferOrder { buyer: request.buyer.tidied(), ..request };
    let found = store::offers::find_by_slug(app.store.reader(), &request.offer).await?;
    let offer = found.filter(|offer| offer.is_published).ok_or(AppError::NotFound("offer"))?;
    let totals = checked(&offer, &request)?;
    let mut attempt = 1;
    let placed = loop {
        match try_place(app, &offer, &totals, &request).await {
            // Somebody else introduced the same address between our look and our insert: look again.
            Err(AppError::Store(StoreError::Taken(_))) if attempt < ATTEMPTS_MAX => attempt += 1,
            other => break other?,
        }
    };
    facts::relay(app).await?;
    app.bell.ring();
    Ok(placed)
}

/// Everything that is wrong with a request at once; else what it comes to.
fn checked(offer: &Offer, request: &OfferOrder) -> Result<Totals> {
    let mut problems: Vec<FieldProblem> = Vec::new();
    let mut add = |path: &str, code: &str, message: String| problems.push(FieldProblem::new(path, code, message));
    for problem in request.buyer.check() {
        add(&problem.path, "buyer", problem.message);
    }
    let address = &request.buyer.address;
    if offer.doc.look.asks_address && (address.street.is_empty() || address.city.is_empty()) {
        add("buyer.address", "required", "write your street and city".to_owned());
    }
    if !(1..=ORDER_QUANTITY_MAX).contains(&request.quantity) {
        add("quantity", "range", format!("order 1 to {ORDER_QUANTITY_MAX}"));
    }
    let is_long = |consent: &GivenConsent| consent.wording.chars().count() > WORDING_CHARS_MAX;
    if request.consents.len() > CONSENTS_MAX || request.consents.iter().any(is_long) {
        add("consents", "count", format!("at most {CONSENTS_MAX} of {WORDING_CHARS_MAX} characters"));
    }
    if !problems.is_empty() {
        return Err(AppError::Invalid(problems));
    }
    let line = offer.doc.line(request.quantity, &request.locale);
    order::totals(offer.doc.price.currency, &[line])
        .map_err(|error| AppError::invalid("quantity", "amounts", error.message))
}

async fn try_place(app: &App, offer: &Offer, totals: &Totals, request: &OfferOrder) -> Result<Placed> {
    let tx = app.store.begin().await?;
    if let Some(placed) = sent_before(app, &tx, request).await? {
        return Ok(placed);
    }
    let introduced = contacts::introduce(app, &tx, introduction(request)).await?;
    for consent in &request.consents {
        let decision = Decision {
            purpose: consent.purpose,
            is_given: true,
            wording: consent.wording.clone(),
            locale: request.locale.clone(),
            origin: short(&request.origin, ORIGIN_CHARS_MAX),
        };
        consent::record(app, &tx, &introduced.contact, decision).await?;
    }
    let mut order = new_order(app, introduced.contact.id, totals, request);
    // Numbers last: until the end of the transaction every other order waits for them.
    order.number = store::numbers::next(&tx, ORDER_SERIES, FIRST_ORDER_NUMBER).await?;
    write_invoice(app, &tx, &mut order).await?;
    let lines = [(Some(offer.id), offer.doc.line(request.quantity, &request.locale))];
    store::orders::insert(&tx, &order, &lines, totals).await?;
    let completed = fact(app, "Order Completed", &order)
        .with("offer", offer.doc.slug.as_str())
        .with("quantity", request.quantity)
        .with("locale", request.locale.as_str())
        .with("path", short(&request.origin, ORIGIN_CHARS_MAX));
    facts::record(app, &tx, completed).await?;
    jobs::enqueue(app, &tx, CONFIRMATION_JOB, serde_json::json!({ "order": order.id })).await?;
    if let Some(token) = &request.form_token {
        let sent = Sent { order: order.id, contact: order.contact_id };
        let sent = serde_json::to_string(&sent).map_err(|error| AppError::Internal(error.to_string()))?;
        store::idempotency::finish(&tx, IDEMPOTENCY_SCOPE, token, 200, &sent).await?;
    }
    let lines = store::orders::lines(&tx, order.id).await?;
    tx.commit().await?;
    Ok(Placed {
        contact_id: order.contact_id,
        order: detail(order.into(), lines),
        is_new_contact: introduced.is_new,
        is_repeat: false,
    })
}

/// The order that the same token has placed before. A new token is claimed in the transaction of its order:
/// an order that fails gives it back, and one sent at the same moment waits.
async fn sent_before(app: &App, tx: &store::Tx, request: &OfferOrder) -> Result<Option<Placed>> {
    let Some(token) = &request.form_token else { return Ok(None) };
    let hash = secret::hash(&format!("{} {} {}", request.offer, request.quantity, request.buyer.email));
    let Some(kept) = store::idempotency::claim(tx, IDEMPOTENCY_SCOPE, token, &hash, app.now()).await? else {
        return Ok(None);
    };
    if kept.request_hash != hash {
        let detail = "this page has sent another order already: load it again to order once more";
        return Err(AppError::conflict("already_sent", detail));
    }
    let damaged = |error: serde_json::Error| AppError::Internal(format!("a kept answer is damaged: {error}"));
    let sent: Sent = serde_json::from_str(&kept.response).map_err(damaged)?;
    let order = store::orders::find(tx, sent.order).await?.ok_or(AppError::NotFound("order"))?;
    let lines = store::orders::lines(tx, sent.order).await?;
    Ok(Some(Placed {
        order: detail(order.into(), lines),
        contact_id: sent.contact,
        is_new_contact: false,
        is_repeat: true,
    }))
}

fn introduction(request: &OfferOrder) -> Introduction {
    let (first_name, last_name) = funnel::order::first_and_last_name(&request.buyer.name);
    let some = |text: &str| (!text.is_empty()).then(|| text.to_owned());
    Introduction {
        email: request.buyer.email.clone(),
        first_name: some(&first_name),
        last_name: some(&last_name),
        phone: some(&request.buyer.phone),
        company: some(&request.buyer.company),
        locale: request.locale.clone(),
        channel: short(&request.channel, CHANNEL_CHARS_MAX),
        visitor: request.visitor.clone(),
        origin: short(&request.origin, ORIGIN_CHARS_MAX),
    }
}

fn new_order(app: &App, contact_id: Id<id::Contact>, totals: &Totals, request: &OfferOrder) -> Order {
    Order {
        id: app.new_id(),
        number: 0,
        contact_id,
        status: Status::Invoiced,
        currency: totals.currency,
        amounts: totals.amounts,
        taxes: totals.taxes.clone(),
        buyer: request.buyer.clone(),
        locale: request.locale.clone(),
        channel: short(&request.channel, CHANNEL_CHARS_MAX),
        invoice_number: None,
        due_on: None,
        placed_at: app.now(),
        invoiced_at: None,
        paid_at: None,
        cancelled_at: None,
        refunded_at: None,
        updated_at: app.now(),
    }
}

fn short(text: &str, chars_max: usize) -> String {
    text.chars().take(chars_max).collect()
}
