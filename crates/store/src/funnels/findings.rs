//! What the nightly check last found in the funnels that run: enough to tell what is new, and what it costs.

use base::{Id, Money, Timestamp, id};
use sea_orm::ActiveValue::Set;
use sea_orm::entity::prelude::*;

use crate::{Result, StoreError, error};

#[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "funnel_findings")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub funnel_id: Uuid,
    #[sea_orm(primary_key, auto_increment = false)]
    pub rule: String,
    #[sea_orm(primary_key, auto_increment = false)]
    pub path: String,
    pub severity: String,
    pub cost_minor: Option<i64>,
    pub cost_currency: Option<String>,
    pub first_found_at: i64,
    pub found_at: i64,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}
impl ActiveModelBehavior for ActiveModel {}

/// Something that was found.
#[derive(Debug, Clone, PartialEq)]
pub struct Found {
    pub funnel_id: Id<id::Funnel>,
    /// The id of the rule and the place: together they say that it is the same as last night.
    pub rule: String,
    pub path: String,
    /// `error`, `warning` or `advice`.
    pub severity: String,
    pub cost_per_month: Option<Money>,
    pub first_found_at: Timestamp,
    pub found_at: Timestamp,
}

impl TryFrom<Model> for Found {
    type Error = StoreError;

    fn try_from(model: Model) -> Result<Self> {
        let cost = match (model.cost_minor, model.cost_currency) {
            (Some(minor), Some(code)) => Some(Money::new(minor, error::parsed("funnel finding", &code)?)),
            _ => None,
        };
        Ok(Self {
            funnel_id: Id::from_uuid(model.funnel_id),
            rule: model.rule,
            path: model.path,
            severity: model.severity,
            cost_per_month: cost,
            first_found_at: Timestamp::from_ms(model.first_found_at),
            found_at: Timestamp::from_ms(model.found_at),
        })
    }
}

/// Rows of one insert: databases bound the number of values of a statement.
const ROWS_MAX: usize = 500;

/// Put what was found in a funnel in the place of what was found before.
pub async fn replace(conn: &impl ConnectionTrait, id: Id<id::Funnel>, found: &[Found]) -> Result<()> {
    Entity::delete_many().filter(Column::FunnelId.eq(id.uuid())).exec(conn).await?;
    let row = |one: &Found| ActiveModel {
        funnel_id: Set(id.uuid()),
        rule: Set(one.rule.clone()),
        path: Set(one.path.clone()),
        severity: Set(one.severity.clone()),
        cost_minor: Set(one.cost_per_month.map(|cost| cost.minor)),
        cost_currency: Set(one.cost_per_month.map(|cost| cost.currency.code().to_owned())),
        first_found_at: Set(one.first_found_at.ms()),
        found_at: Set(one.found_at.ms()),
    };
    for rows in found.chunks(ROWS_MAX) {
        Entity::insert_many(rows.iter().map(row)).exec_without_returning(conn).await?;
    }
    Ok(())
}

/// What was last found in all funnels.
pub async fn all(conn: &impl ConnectionTrait) -> Result<Vec<Found>> {
    Entity::find().all(conn).await?.into_iter().map(Found::try_from).collect()
}
