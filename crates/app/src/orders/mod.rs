//! Orders: placing one from an offer's page, and what becomes of it.

mod place;
#[cfg(test)]
mod tests;

use base::{Email, Id, Locale, Money, Timestamp, id};
use events::PersonKey;
use funnel::order::{Address, Buyer, Status, TaxTotal};
use serde::{Deserialize, Serialize};
use store::orders::{Filter, Order, OrderLine};
use store::page::Page;

use crate::{
    Actor, App, AppError, Result, audit,
    contacts::{self, page_cursor, page_limit},
    deals,
    facts::{self, Fact},
    fields::{Entity, Fields},
    links::{self, Link},
    offers::major_units,
    permission::Permission,
};

pub use place::{GivenConsent, OfferOrder, Placed, place};

/// The first order of a company; later ones count on from it.
pub const FIRST_ORDER_NUMBER: i64 = 1001;
/// The first invoice.
pub const FIRST_INVOICE_NUMBER: i64 = 10001;
/// Days from the invoice to its due date.
pub const PAYMENT_DAYS: i32 = 14;
/// The job that mails the buyer; its payload is `{"order": "ord_…"}`.
pub const CONFIRMATION_JOB: &str = "order_confirmation";

const ORDER_SERIES: &str = "orders";
const INVOICE_SERIES: &str = "invoices";

/// An order as the API lists it.
#[derive(Debug, Clone, Serialize, utoipa::ToSchema)]
pub struct OrderView {
    /// Its id.
    pub id: Id<id::Order>,
    /// From a series without gaps.
    pub number: i64,
    /// Where it stands.
    pub status: Status,
    /// Whose it is.
    pub contact_id: Id<id::Contact>,
    /// The buyer as the invoice says it.
    pub buyer: BuyerView,
    /// Before tax.
    pub net: Money,
    /// The tax.
    pub tax: Money,
    /// What is to be paid.
    pub total: Money,
    /// Net, tax and total by tax rate, in minor units.
    pub taxes: Vec<TaxTotal>,
    /// The language of its lines and mails.
    pub locale: Locale,
    /// By which channel it came; empty when unknown.
    pub channel: String,
    /// From a series of its own without gaps.
    #[schema(required)]
    pub invoice_number: Option<i64>,
    /// Calendar date, `YYYY-MM-DD`.
    #[schema(required)]
    pub due_on: Option<String>,
    pub placed_at: Timestamp,
    #[schema(required)]
    pub invoiced_at: Option<Timestamp>,
    #[schema(required)]
    pub paid_at: Option<Timestamp>,
    #[schema(required)]
    pub cancelled_at: Option<Timestamp>,
    #[schema(required)]
    pub refunded_at: Option<Timestamp>,
}

impl From<Order> for OrderView {
    fn from(order: Order) -> Self {
        let money = |minor| Money::new(minor, order.currency);
        Self {
            id: order.id,
            number: order.number,
            status: order.status,
            contact_id: order.contact_id,
            net: money(order.amounts.net_minor),
            tax: money(order.amounts.tax_minor),
            total: money(order.amounts.total_minor),
            buyer: order.buyer.into(),
            taxes: order.taxes,
            locale: order.locale,
            channel: order.channel,
            invoice_number: order.invoice_number,
            due_on: order.due_on,
            placed_at: order.placed_at,
            invoiced_at: order.invoiced_at,
            paid_at: order.paid_at,
            cancelled_at: order.cancelled_at,
            refunded_at: order.refunded_at,
        }
    }
}

impl OrderView {
    /// As somebody sees it who may see those fields of contacts.
    fn of(order: Order, fields: &Fields) -> Self {
        let mut view = Self::from(order);
        let buyer = &mut view.buyer;
        buyer.email = buyer.email.take().filter(|_| !fields.is_hidden("email"));
        let texts = [
            ("name", &mut buyer.name),
            ("phone", &mut buyer.phone),
            ("company", &mut buyer.company),
            ("company", &mut buyer.org_number),
            ("channel", &mut view.channel),
        ];
        texts.into_iter().filter(|(name, _)| fields.is_hidden(name)).for_each(|(_, text)| text.clear());
        // Where somebody lives tells who they are.
        if fields.is_hidden("name") {
            buyer.address = Address::default();
        }
        view
    }
}

/// The buyer as the invoice says it, as far as your role sees it.
#[derive(Debug, Clone, Serialize, utoipa::ToSchema)]
pub struct BuyerView {
    /// First and last name.
    pub name: String,
    /// None when addresses are hidden from your role.
    #[schema(required)]
    pub email: Option<Email>,
    pub phone: String,
    /// The company that buys; empty for a private person.
    pub company: String,
    /// The company's number in its register.
    pub org_number: String,
    pub address: Address,
}

impl From<Buyer> for BuyerView {
    fn from(Buyer { name, email, phone, company, org_number, address }: Buyer) -> Self {
        Self { name, email: Some(email), phone, company, org_number, address }
    }
}

/// A line of an order.
#[derive(Debug, Clone, Serialize, utoipa::ToSchema)]
pub struct OrderLineView {
    /// What was ordered, while the offer is there.
    #[schema(required)]
    pub offer_id: Option<Id<id::Offer>>,
    /// What it is, in the buyer's language.
    pub description: String,
    /// How many.
    pub quantity: u32,
    /// The price of one.
    pub unit_price: Money,
    /// Whether the price contains the tax.
    pub includes_tax: bool,
    /// Hundredths of a percent.
    pub tax_rate_bp: u16,
    /// Before tax.
    pub net: Money,
    /// The tax.
    pub tax: Money,
    /// Both.
    pub total: Money,
}

/// An order with its lines.
#[derive(Debug, Clone, Serialize, utoipa::ToSchema)]
pub struct OrderDetail {
    /// The order.
    #[serde(flatten)]
    pub order: OrderView,
    /// What was ordered.
    pub lines: Vec<OrderLineView>,
}

/// Which orders a list shows.
#[derive(Debug, Clone, Default, Deserialize, utoipa::IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields, default)]
pub struct OrderQuery {
    /// Part of a number, name, address or company.
    pub q: Option<String>,
    /// `placed`, `invoiced`, `paid`, `cancelled` or `refunded`.
    #[param(value_type = Option<Status>)]
    pub status: Option<String>,
    /// A contact, `ctc_…`.
    pub contact: Option<Id<id::Contact>>,
    /// `next_cursor` of the page before.
    pub cursor: Option<String>,
    /// Rows on a page: 1 to 500, 50 when absent.
    pub limit: Option<u64>,
}

/// A page of orders, newest first.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub struct OrderPage {
    /// The orders.
    pub items: Vec<OrderView>,
    /// Pass as `cursor` for the rows that follow.
    #[schema(required)]
    pub next_cursor: Option<String>,
    /// How many orders the filter shows in all.
    pub total: u64,
}

/// A page of orders.
pub async fn list(app: &App, actor: &Actor, query: OrderQuery) -> Result<OrderPage> {
    actor.may(Permission::OrdersRead)?;
    let status = query.status.as_deref().map(parse_status).transpose()?;
    let conn = app.store.reader();
    let fields = Fields::load(conn, actor, Entity::Contact).await?;
    let numbers_only = ["name", "email", "company"].iter().any(|name| fields.is_hidden(name));
    let search = query.q.unwrap_or_default();
    let filter = Filter { search, numbers_only, status, contact_id: query.contact };
    let after = page_cursor(query.cursor.as_deref())?;
    let Page { items, next_cursor } = store::orders::list(conn, &filter, after, page_limit(query.limit)?).await?;
    let total = store::orders::count(conn, &filter).await?;
    Ok(OrderPage { items: items.into_iter().map(|order| OrderView::of(order, &fields)).collect(), next_cursor, total })
}

fn parse_status(text: &str) -> Result<Status> {
    text.parse().map_err(|message: &str| AppError::invalid("status", "unknown", message))
}

/// One order with its lines.
pub async fn get(app: &App, actor: &Actor, id: Id<id::Order>) -> Result<OrderDetail> {
    actor.may(Permission::OrdersRead)?;
    let conn = app.store.reader();
    let order = store::orders::find(conn, id).await?.ok_or(AppError::NotFound("order"))?;
    let fields = Fields::load(conn, actor, Entity::Contact).await?;
    Ok(detail(OrderView::of(order, &fields), store::orders::lines(conn, id).await?))
}

/// An order with its lines, for the program itself: the confirmation that goes to the buyer.
pub async fn load(app: &App, id: Id<id::Order>) -> Result<OrderDetail> {
    get(app, &Actor::SYSTEM, id).await
}

/// The order behind the link in its confirmation.
///
/// Opening it shows that the mailbox is theirs, so the browser joins the contact; a program that opens every link in
/// a mail is shown the order too and proves nothing.
pub async fn open_by_link(app: &App, signed: &str, visitor: &PersonKey, is_robot: bool) -> Result<OrderDetail> {
    let (id, contact_id) = links::open::<id::Order>(app, Link::Order, signed)?;
    let order = load(app, id).await?;
    let tx = app.store.begin().await?;
    let contact = store::contacts::find(&tx, contact_id).await?;
    // The confirmation went to the buyer's address, which may no longer be the contact's.
    let is_theirs = contact.is_some_and(|contact| contact.email == order.order.buyer.email);
    if is_theirs && !is_robot {
        contacts::verify_email(app, &tx, contact_id, Some(visitor)).await?;
        tx.commit().await?;
        facts::relay(app).await?;
        app.bell.ring();
    }
    Ok(order)
}

fn detail(order: OrderView, lines: Vec<OrderLine>) -> OrderDetail {
    let money = |minor| Money::new(minor, order.total.currency);
    let view = |line: OrderLine| OrderLineView {
        offer_id: line.offer_id,
        description: line.line.description,
        quantity: line.line.quantity,
        unit_price: money(line.line.unit_price_minor),
        includes_tax: line.line.includes_tax,
        tax_rate_bp: line.line.tax_rate_bp,
        net: money(line.amounts.net_minor),
        tax: money(line.amounts.tax_minor),
        total: money(line.amounts.total_minor),
    };
    let lines = lines.into_iter().map(view).collect();
    OrderDetail { order, lines }
}

/// Let an order become something else. Cancelling one opens the deals again that it had won.
pub async fn set_status(app: &App, actor: &Actor, id: Id<id::Order>, to: Status) -> Result<OrderDetail> {
    actor.may(Permission::OrdersWrite)?;
    let tx = app.store.begin().await?;
    let mut order = store::orders::find_for_update(&tx, id).await?.ok_or(AppError::NotFound("order"))?;
    let from = order.status;
    order.status = from.become_(to).map_err(|error| AppError::conflict("order_status", error.to_string()))?;
    order.updated_at = app.now();
    let name = match to {
        Status::Placed => "Order Placed",
        Status::Invoiced => {
            write_invoice(app, &tx, &mut order).await?;
            "Order Invoiced"
        }
        Status::Paid => {
            order.paid_at = Some(app.now());
            "Order Paid"
        }
        Status::Cancelled => {
            order.cancelled_at = Some(app.now());
            deals::reopen_cancelled(app, &tx, actor, &order).await?;
            "Order Cancelled"
        }
        Status::Refunded => {
            order.refunded_at = Some(app.now());
            "Order Refunded"
        }
    };
    store::orders::update(&tx, &order).await?;
    facts::record(app, &tx, fact(app, name, &order)).await?;
    let change = serde_json::json!({"from": from.as_str(), "to": to.as_str()});
    audit::record(app, &tx, actor, "order.status", id, change).await?;
    let lines = store::orders::lines(&tx, id).await?;
    let fields = Fields::load(&tx, actor, Entity::Contact).await?;
    tx.commit().await?;
    facts::relay(app).await?;
    app.bell.ring();
    Ok(detail(OrderView::of(order, &fields), lines))
}

/// Give an order its invoice number and due date.
async fn write_invoice(app: &App, tx: &store::Tx, order: &mut Order) -> Result<()> {
    let today = app.now().to_jiff().to_zoned(app.company().zone()).date();
    let due_on = today.checked_add(jiff::Span::new().days(PAYMENT_DAYS));
    order.due_on = Some(due_on.unwrap_or(today).to_string());
    order.invoiced_at = Some(app.now());
    order.invoice_number = Some(store::numbers::next(tx, INVOICE_SERIES, FIRST_INVOICE_NUMBER).await?);
    Ok(())
}

/// A fact about an order: `order`, `order_number`, `value` and `tax` in major units, `currency`, `channel`.
fn fact(app: &App, name: &str, order: &Order) -> Fact {
    let money = |minor| major_units(Money::new(minor, order.currency));
    Fact::new(name, app.now(), &PersonKey::contact(&order.contact_id))
        .with("order", order.id.to_string())
        .with("order_number", order.number)
        .with("value", money(order.amounts.total_minor))
        .with("tax", money(order.amounts.tax_minor))
        .with("currency", order.currency.code())
        .with("channel", order.channel.as_str())
}
