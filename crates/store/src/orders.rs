//! Orders and their lines.

use base::{Id, Locale, Timestamp, id};
use funnel::order::{Amounts, Buyer, Line, Status, TaxTotal, Totals};
use sea_orm::entity::prelude::*;
use sea_orm::{ActiveValue::Set, Condition, QueryOrder, QuerySelect};

use crate::{Result, StoreError, dialect, error, page::Page};

#[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "orders")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    pub number: i64,
    pub contact_id: Uuid,
    pub status: String,
    pub currency: String,
    pub net_minor: i64,
    pub tax_minor: i64,
    pub total_minor: i64,
    pub taxes: Json,
    pub buyer: Json,
    pub locale: String,
    pub channel: String,
    pub invoice_number: Option<i64>,
    pub due_on: Option<String>,
    pub search: String,
    pub placed_at: i64,
    pub invoiced_at: Option<i64>,
    pub paid_at: Option<i64>,
    pub cancelled_at: Option<i64>,
    pub refunded_at: Option<i64>,
    pub updated_at: i64,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}
impl ActiveModelBehavior for ActiveModel {}

mod line {
    use sea_orm::entity::prelude::*;

    #[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
    #[sea_orm(table_name = "order_lines")]
    pub struct Model {
        #[sea_orm(primary_key, auto_increment = false)]
        pub order_id: Uuid,
        #[sea_orm(primary_key, auto_increment = false)]
        pub number: i64,
        pub offer_id: Option<Uuid>,
        pub description: String,
        pub quantity: i64,
        pub unit_price_minor: i64,
        pub includes_tax: bool,
        pub tax_rate_bp: i64,
        pub net_minor: i64,
        pub tax_minor: i64,
        pub total_minor: i64,
    }

    #[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
    pub enum Relation {}
    impl ActiveModelBehavior for ActiveModel {}
}

/// An order without its lines.
#[derive(Debug, Clone, PartialEq)]
pub struct Order {
    pub id: Id<id::Order>,
    /// From the series of orders, without gaps.
    pub number: i64,
    pub contact_id: Id<id::Contact>,
    pub status: Status,
    pub currency: base::Currency,
    pub amounts: Amounts,
    pub taxes: Vec<TaxTotal>,
    pub buyer: Buyer,
    /// The language of its lines and mails.
    pub locale: Locale,
    /// By which channel it came; empty when unknown.
    pub channel: String,
    /// From the series of invoices, without gaps.
    pub invoice_number: Option<i64>,
    /// Calendar date in the company's zone, `YYYY-MM-DD`.
    pub due_on: Option<String>,
    pub placed_at: Timestamp,
    pub invoiced_at: Option<Timestamp>,
    pub paid_at: Option<Timestamp>,
    pub cancelled_at: Option<Timestamp>,
    pub refunded_at: Option<Timestamp>,
    pub updated_at: Timestamp,
}

/// A line as it was ordered, with what it came to.
#[derive(Debug, Clone, PartialEq)]
pub struct OrderLine {
    /// What was ordered, while the offer is there.
    pub offer_id: Option<Id<id::Offer>>,
    pub line: Line,
    pub amounts: Amounts,
}

impl Order {
    fn search_text(&self) -> String {
        let invoice = self.invoice_number.map(|number| number.to_string()).unwrap_or_default();
        let Buyer { name, email, company, .. } = &self.buyer;
        format!("{} {invoice} {name} {email} {company}", self.number).to_lowercase()
    }
}

impl TryFrom<Model> for Order {
    type Error = StoreError;

    fn try_from(model: Model) -> Result<Self> {
        Ok(Self {
            id: Id::from_uuid(model.id),
            number: model.number,
            contact_id: Id::from_uuid(model.contact_id),
            status: error::parsed("order", &model.status)?,
            currency: error::parsed("order", &model.currency)?,
            amounts: Amounts { net_minor: model.net_minor, tax_minor: model.tax_minor, total_minor: model.total_minor },
            taxes: error::from_json("order", model.taxes)?,
            buyer: error::from_json("order", model.buyer)?,
            locale: error::parsed("order", &model.locale)?,
            channel: model.channel,
            invoice_number: model.invoice_number,
            due_on: model.due_on,
            placed_at: Timestamp::from_ms(model.placed_at),
            invoiced_at: model.invoiced_at.map(Timestamp::from_ms),
            paid_at: model.paid_at.map(Timestamp::from_ms),
            cancelled_at: model.cancelled_at.map(Timestamp::from_ms),
            refunded_at: model.refunded_at.map(Timestamp::from_ms),
            updated_at: Timestamp::from_ms(model.updated_at),
        })
    }
}

impl TryFrom<&Order> for ActiveModel {
    type Error = StoreError;

    fn try_from(order: &Order) -> Result<Self> {
        Ok(Self {
            id: Set(order.id.uuid()),
            number: Set(order.number),
            contact_id: Set(order.contact_id.uuid()),
            status: Set(order.status.as_str().to_owned()),
            currency: Set(order.currency.code().to_owned()),
            net_minor: Set(order.amounts.net_minor),
            tax_minor: Set(order.amounts.tax_minor),
            total_minor: Set(order.amounts.total_minor),
            taxes: Set(error::to_json("order", &order.taxes)?),
            buyer: Set(error::to_json("order", &order.buyer)?),
            locale: Set(order.locale.to_string()),
            channel: Set(order.channel.clone()),
            invoice_number: Set(order.invoice_number),
            due_on: Set(order.due_on.clone()),
            search: Set(order.search_text()),
            placed_at: Set(order.placed_at.ms()),
            invoiced_at: Set(order.invoiced_at.map(Timestamp::ms)),
            paid_at: Set(order.paid_at.map(Timestamp::ms)),
            cancelled_at: Set(order.cancelled_at.map(Timestamp::ms)),
            refunded_at: Set(order.refunded_at.map(Timestamp::ms)),
            updated_at: Set(order.updated_at.ms()),
        })
    }
}

/// Add an order with its lines: at least one.
pub async fn insert(
    conn: &impl ConnectionTrait,
    order: &Order,
    lines: &[(Option<Id<id::Offer>>, Line)],
    totals: &Totals,
) -> Result<()> {
    Entity::insert(ActiveModel::try_from(order)?).exec_without_returning(conn).await?;
    let rows =
        lines.iter().zip(&totals.lines).zip(1..).map(|(((offer_id, line), amounts), number)| line::ActiveModel {
            order_id: Set(order.id.uuid()),
            number: Set(number),
            offer_id: Set(offer_id.map(Id::uuid)),
            description: Set(line.description.clone()),
            quantity: Set(i64::from(line.quantity)),
            unit_price_minor: Set(line.unit_price_minor),
            includes_tax: Set(line.includes_tax),
            tax_rate_bp: Set(i64::from(line.tax_rate_bp)),
            net_minor: Set(amounts.net_minor),
            tax_minor: Set(amounts.tax_minor),
            total_minor: Set(amounts.total_minor),
        });
    line::Entity::insert_many(rows).exec_without_returning(conn).await?;
    Ok(())
}

/// Write every field of an order over what is stored. Lines never change.
pub async fn update(conn: &impl ConnectionTrait, order: &Order) -> Result<()> {
    Entity::update(ActiveModel::try_from(order)?.reset_all()).exec(conn).await?;
    Ok(())
}

/// The order of that id.
pub async fn find(conn: &impl ConnectionTrait, id: Id<id::Order>) -> Result<Option<Order>> {
    Entity::find_by_id(id.uuid()).one(conn).await?.map(Order::try_from).transpose()
}

/// The order of that id, held until the transaction ends.
pub async fn find_for_update(conn: &impl ConnectionTrait, id: Id<id::Order>) -> Result<Option<Order>> {
    Entity::find_by_id(id.uuid()).lock_exclusive().one(conn).await?.map(Order::try_from).transpose()
}

/// The lines of an order, in order.
pub async fn lines(conn: &impl ConnectionTrait, id: Id<id::Order>) -> Result<Vec<OrderLine>> {
    let models = line::Entity::find()
        .filter(line::Column::OrderId.eq(id.uuid()))
        .order_by_asc(line::Column::Number)
        .all(conn)
        .await?;
    models.into_iter().map(order_line).collect()
}

fn order_line(model: line::Model) -> Result<OrderLine> {
    let damaged = |_| StoreError::Damaged { what: "order line", detail: "a number is out of range".to_owned() };
    Ok(OrderLine {
        offer_id: model.offer_id.map(Id::from_uuid),
        line: Line {
            description: model.description,
            quantity: model.quantity.try_into().map_err(damaged)?,
            unit_price_minor: model.unit_price_minor,
            includes_tax: model.includes_tax,
            tax_rate_bp: model.tax_rate_bp.try_into().map_err(damaged)?,
        },
        amounts: Amounts { net_minor: model.net_minor, tax_minor: model.tax_minor, total_minor: model.total_minor },
    })
}

/// Which orders a list shows.
#[derive(Debug, Clone, Default)]
pub struct Filter {
    /// Part of a number, name, address or company.
    pub search: String,
    /// Search by whole numbers of orders and invoices alone: who may not see the rest must not find by it.
    pub numbers_only: bool,
    pub status: Option<Status>,
    pub contact_id: Option<Id<id::Contact>>,
}

/// Orders, newest first, after the one named by the cursor.
pub async fn list(
    conn: &impl ConnectionTrait,
    filter: &Filter,
    after: Option<Id<id::Order>>,
    limit: u64,
) -> Result<Page<Order>> {
    let mut query = filtered(filter).order_by_desc(Column::Id).limit(limit + 1);
    if let Some(after) = after {
        query = query.filter(Column::Id.lt(after.uuid()));
    }
    let rows = query.all(conn).await?.into_iter().map(Order::try_from).collect::<Result<Vec<_>>>()?;
    Ok(Page::cut(rows, limit, |order| order.id.to_string()))
}

/// How many orders a list shows in all.
pub async fn count(conn: &impl ConnectionTrait, filter: &Filter) -> Result<u64> {
    Ok(filtered(filter).count(conn).await?)
}

fn filtered(filter: &Filter) -> Select<Entity> {
    let mut query = match (filter.numbers_only, filter.search.trim()) {
        (false, words) => Entity::find().filter(dialect::has_words(Column::Search, words)),
        (true, "") => Entity::find(),
        (true, word) => match word.parse::<i64>() {
            Ok(number) => {
                let is_either = Condition::any().add(Column::Number.eq(number)).add(Column::InvoiceNumber.eq(number));
                Entity::find().filter(is_either)
            }
            // False in both databases: an id is never null.
            Err(_) => Entity::find().filter(Column::Id.is_null()),
        },
    };
    if let Some(status) = filter.status {
        query = query.filter(Column::Status.eq(status.as_str()));
    }
    if let Some(contact_id) = filter.contact_id {
        query = query.filter(Column::ContactId.eq(contact_id.uuid()));
    }
    query
}
