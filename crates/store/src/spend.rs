//! What channels cost, day by day.

use base::{Currency, Id, Money, Timestamp, id};
use sea_orm::entity::prelude::*;
use sea_orm::sea_query::{ExprTrait, Func, OnConflict};
use sea_orm::{ActiveValue::Set, Condition, FromQueryResult, QueryOrder, QuerySelect};

use crate::{Result, StoreError, error, page::Page};

#[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "spend")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    pub day: String,
    pub channel: String,
    pub campaign: String,
    pub currency: String,
    pub amount_minor: i64,
    pub note: String,
    pub created_at: i64,
    pub updated_at: i64,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}
impl ActiveModelBehavior for ActiveModel {}

/// What a channel cost on a day. Day, channel, campaign and currency name it.
#[derive(Debug, Clone, PartialEq)]
pub struct Spend {
    pub id: Id<id::Spend>,
    /// Calendar date in the company's zone, `YYYY-MM-DD`: as text it sorts as in time.
    pub day: String,
    pub channel: String,
    /// Empty when the amount is for the channel as a whole.
    pub campaign: String,
    pub amount: Money,
    pub note: String,
    pub created_at: Timestamp,
    pub updated_at: Timestamp,
}

impl TryFrom<Model> for Spend {
    type Error = StoreError;

    fn try_from(model: Model) -> Result<Self> {
        let currency: Currency = error::parsed("spend", &model.currency)?;
        Ok(Self {
            id: Id::from_uuid(model.id),
            day: model.day,
            channel: model.channel,
            campaign: model.campaign,
            amount: Money::new(model.amount_minor, currency),
            note: model.note,
            created_at: Timestamp::from_ms(model.created_at),
            updated_at: Timestamp::from_ms(model.updated_at),
        })
    }
}

impl From<&Spend> for ActiveModel {
    fn from(spend: &Spend) -> Self {
        Self {
            id: Set(spend.id.uuid()),
            day: Set(spend.day.clone()),
            channel: Set(spend.channel.clone()),
            campaign: Set(spend.campaign.clone()),
            currency: Set(spend.amount.currency.code().to_owned()),
            amount_minor: Set(spend.amount.minor),
            note: Set(spend.note.clone()),
            created_at: Set(spend.created_at.ms()),
            updated_at: Set(spend.updated_at.ms()),
        }
    }
}

/// Rows of one statement: nine values each, and SQLite takes 32,766 values.
const ROWS_AT_ONCE: usize = 1_000;

/// Set amounts, replacing what was set for the same day, channel, campaign and currency; a replaced row keeps its
/// id and the time it was made. No two rows may have the same of all four.
pub async fn set(conn: &impl ConnectionTrait, rows: &[Spend]) -> Result<()> {
    let overwrite = OnConflict::columns([Column::Day, Column::Channel, Column::Campaign, Column::Currency])
        .update_columns([Column::AmountMinor, Column::Note, Column::UpdatedAt])
        .to_owned();
    for rows in rows.chunks(ROWS_AT_ONCE) {
        let models = rows.iter().map(ActiveModel::from);
        Entity::insert_many(models).on_conflict(overwrite.clone()).exec_without_returning(conn).await?;
    }
    Ok(())
}

/// The row of that id.
pub async fn find(conn: &impl ConnectionTrait, id: Id<id::Spend>) -> Result<Option<Spend>> {
    Entity::find_by_id(id.uuid()).one(conn).await?.map(Spend::try_from).transpose()
}

/// Remove a row. Answers whether there was one.
pub async fn delete(conn: &impl ConnectionTrait, id: Id<id::Spend>) -> Result<bool> {
    Ok(Entity::delete_by_id(id.uuid()).exec(conn).await?.rows_affected > 0)
}

/// What a list or a sum takes in.
#[derive(Debug, Clone, Default)]
pub struct Filter {
    /// From this day on, inclusive.
    pub from: Option<String>,
    /// Up to this day, inclusive.
    pub to: Option<String>,
    pub channel: Option<String>,
}

/// Where a page of the list ended: its last row's day and id.
pub type Place = (String, Id<id::Spend>);

/// Rows, the newest day first, after a place.
pub async fn list(
    conn: &impl ConnectionTrait,
    filter: &Filter,
    after: Option<&Place>,
    limit: u64,
) -> Result<Page<Spend>> {
    let mut query = filtered(filter).order_by_desc(Column::Day).order_by_desc(Column::Id).limit(limit + 1);
    if let Some((day, id)) = after {
        let same_day = Condition::all().add(Column::Day.eq(day)).add(Column::Id.lt(id.uuid()));
        query = query.filter(Condition::any().add(Column::Day.lt(day)).add(same_day));
    }
    let rows = query.all(conn).await?.into_iter().map(Spend::try_from).collect::<Result<Vec<_>>>()?;
    Ok(Page::cut(rows, limit, |spend| format!("{}.{}", spend.day, spend.id)))
}

fn filtered(filter: &Filter) -> Select<Entity> {
    let mut query = Entity::find();
    if let Some(from) = &filter.from {
        query = query.filter(Column::Day.gte(from));
    }
    if let Some(to) = &filter.to {
        query = query.filter(Column::Day.lte(to));
    }
    if let Some(channel) = &filter.channel {
        query = query.filter(Column::Channel.eq(channel));
    }
    query
}

#[derive(FromQueryResult)]
struct SumRow {
    channel: String,
    currency: String,
    minor: i64,
}

/// The sum of each channel in each currency, by channel.
pub async fn sums(conn: &impl ConnectionTrait, filter: &Filter) -> Result<Vec<(String, Money)>> {
    // PostgreSQL sums big integers into a decimal; the amounts of one company fit.
    let sum = Func::sum(Column::AmountMinor.into_expr()).cast_as("BIGINT");
    let rows = filtered(filter)
        .select_only()
        .column(Column::Channel)
        .column(Column::Currency)
        .column_as(sum, "minor")
        .group_by(Column::Channel)
        .group_by(Column::Currency)
        .order_by_asc(Column::Channel)
        .order_by_asc(Column::Currency)
        .into_model::<SumRow>()
        .all(conn)
        .await?;
    rows.into_iter()
        .map(|row| Ok((row.channel, Money::new(row.minor, error::parsed("spend", &row.currency)?))))
        .collect()
}

/// How many rows there are.
pub async fn count(conn: &impl ConnectionTrait) -> Result<u64> {
    Ok(Entity::find().count(conn).await?)
}

#[cfg(test)]
mod tests {
    use base::{SeededRandom, Timestamp};

    use super::*;
    use crate::testing;

    fn row(day: &str, channel: &str, campaign: &str, minor: i64, currency: &str) -> Spend {
        let now = Timestamp::from_ms(1_000);
        // Ids in the order of the arguments would hide a list that sorts by them alone.
        let name = [day, channel, campaign, currency].join(" ");
        let seed = name.bytes().fold(7u64, |seed, byte| seed.wrapping_mul(31).wrapping_add(u64::from(byte)));
        Spend {
            id: Id::at(now, &SeededRandom::new(seed)),
            day: day.to_owned(),
            channel: channel.to_owned(),
            campaign: campaign.to_owned(),
            amount: Money::new(minor, currency.parse().unwrap()),
            note: String::new(),
            created_at: now,
            updated_at: now,
        }
    }

    #[tokio::test]
    async fn an_amount_set_again_replaces_the_former() {
        for test in testing::all().await {
            let tx = test.store.begin().await.unwrap();
            let first = row("2026-03-02", "google-ads", "", 100, "NOK");
            set(&tx, std::slice::from_ref(&first)).await.unwrap();
            let mut again =
                Spend { id: Id::from_uuid(Uuid::from_u128(7)), note: "invoice 4".to_owned(), ..first.clone() };
            again.amount.minor = 250;
            again.updated_at = Timestamp::from_ms(2_000);
            let other = row("2026-03-02", "google-ads", "", 9, "EUR");
            let campaign = row("2026-03-02", "google-ads", "spring", 5, "NOK");
            set(&tx, &[again.clone(), other.clone(), campaign]).await.unwrap();
            let kept = find(&tx, first.id).await.unwrap().unwrap();
            assert_eq!(kept, Spend { id: first.id, created_at: first.created_at, ..again }, "{}", test.name);
            assert_eq!(count(&tx).await.unwrap(), 3, "{}", test.name);
            assert!(delete(&tx, other.id).await.unwrap());
            assert!(!delete(&tx, other.id).await.unwrap());
        }
    }

    #[tokio::test]
    async fn lists_and_sums_take_in_the_same_rows() {
        for test in testing::all().await {
            let tx = test.store.begin().await.unwrap();
            let days = ["2026-02-28", "2026-03-01", "2026-03-02", "2026-03-03"];
            let mut rows: Vec<Spend> = days.iter().map(|day| row(day, "google-ads", "", 100, "NOK")).collect();
            rows.extend(days.iter().map(|day| row(day, "instagram", "smile", 7, "NOK")));
            rows.push(row("2026-03-02", "instagram", "", 3, "EUR"));
            set(&tx, &rows).await.unwrap();
            let march =
                Filter { from: Some("2026-03-01".to_owned()), to: Some("2026-03-02".to_owned()), channel: None };
            let mut found = Vec::new();
            let mut after: Option<Place> = None;
            loop {
                let page = list(&tx, &march, after.as_ref(), 2).await.unwrap();
                found.extend(page.items);
                let Some(cursor) = page.next_cursor else { break };
                let (day, id) = cursor.split_once('.').unwrap();
                after = Some((day.to_owned(), id.parse().unwrap()));
            }
            let mut wanted: Vec<Spend> =
                rows.iter().filter(|row| ("2026-03-01".."2026-03-03").contains(&row.day.as_str())).cloned().collect();
            wanted.sort_by(|a, b| (&b.day, b.id).cmp(&(&a.day, a.id)));
            assert_eq!(found, wanted, "{}", test.name);

            let nok = |minor| Money::new(minor, "NOK".parse().unwrap());
            let eur = Money::new(3, "EUR".parse().unwrap());
            let all = |channel: &str, money| (channel.to_owned(), money);
            assert_eq!(
                sums(&tx, &march).await.unwrap(),
                [all("google-ads", nok(200)), all("instagram", eur), all("instagram", nok(14))],
                "{}",
                test.name
            );
            let one = Filter { channel: Some("instagram".to_owned()), ..Filter::default() };
            assert_eq!(sums(&tx, &one).await.unwrap(), [all("instagram", eur), all("instagram", nok(28))]);
        }
    }
}
