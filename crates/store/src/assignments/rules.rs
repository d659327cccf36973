//! The rules, and whose turn it was.

use std::collections::HashMap;

use base::{Id, Timestamp, id};
use funnel::assignment::AssignmentRule;
use sea_orm::entity::prelude::*;
use sea_orm::sea_query::OnConflict;
use sea_orm::{ActiveValue::Set, QueryOrder, QuerySelect};

use crate::{Result, StoreError, error};

#[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "assignment_rules")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    pub position: i64,
    pub rule: Json,
    pub version: i64,
    pub created_at: i64,
    pub updated_at: i64,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}
impl ActiveModelBehavior for ActiveModel {}

mod turns {
    use sea_orm::entity::prelude::*;

    #[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
    #[sea_orm(table_name = "assignment_turns")]
    pub struct Model {
        #[sea_orm(primary_key, auto_increment = false)]
        pub rule_id: Uuid,
        #[sea_orm(primary_key, auto_increment = false)]
        pub user_id: Uuid,
        pub turn: i64,
    }

    #[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
    pub enum Relation {}
    impl ActiveModelBehavior for ActiveModel {}
}

/// A rule in its place.
#[derive(Debug, Clone, PartialEq)]
pub struct Rule {
    pub id: Id<id::AssignmentRule>,
    /// Rules are asked in this order.
    pub position: i64,
    pub rule: AssignmentRule,
    pub version: i64,
    pub created_at: Timestamp,
    pub updated_at: Timestamp,
}

impl TryFrom<Model> for Rule {
    type Error = StoreError;

    fn try_from(model: Model) -> Result<Self> {
        Ok(Self {
            id: Id::from_uuid(model.id),
            position: model.position,
            rule: error::from_json("assignment rule", model.rule)?,
            version: model.version,
            created_at: Timestamp::from_ms(model.created_at),
            updated_at: Timestamp::from_ms(model.updated_at),
        })
    }
}

fn row(rule: &Rule) -> Result<ActiveModel> {
    Ok(ActiveModel {
        id: Set(rule.id.uuid()),
        position: Set(rule.position),
        rule: Set(error::to_json("assignment rule", &rule.rule)?),
        version: Set(rule.version),
        created_at: Set(rule.created_at.ms()),
        updated_at: Set(rule.updated_at.ms()),
    })
}

/// Add a rule.
pub async fn insert(conn: &impl ConnectionTrait, rule: &Rule) -> Result<()> {
    Entity::insert(row(rule)?).exec_without_returning(conn).await?;
    Ok(())
}

/// Write every field of a rule over what is stored.
pub async fn update(conn: &impl ConnectionTrait, rule: &Rule) -> Result<()> {
    Entity::update(row(rule)?.reset_all()).exec(conn).await?;
    Ok(())
}

/// Remove a rule. What it gave to people stays theirs.
pub async fn delete(conn: &impl ConnectionTrait, id: Id<id::AssignmentRule>) -> Result<bool> {
    Ok(Entity::delete_by_id(id.uuid()).exec(conn).await?.rows_affected > 0)
}

/// All rules, in their order.
pub async fn all(conn: &impl ConnectionTrait) -> Result<Vec<Rule>> {
    let models = Entity::find().order_by_asc(Column::Position).order_by_asc(Column::Id).all(conn).await?;
    models.into_iter().map(Rule::try_from).collect()
}

/// All rules, in their order, held until the transaction ends: who chooses people takes turns, so that no turn is
/// given twice. They are held in one order, so that no two wait for each other.
pub async fn all_for_update(conn: &impl ConnectionTrait) -> Result<Vec<Rule>> {
    let models = Entity::find().order_by_asc(Column::Id).lock_exclusive().all(conn).await?;
    let mut rules = models.into_iter().map(Rule::try_from).collect::<Result<Vec<_>>>()?;
    rules.sort_by_key(|rule| (rule.position, rule.id));
    Ok(rules)
}

/// When each person was last given a deal by a rule.
pub async fn turns(conn: &impl ConnectionTrait, rule: Id<id::AssignmentRule>) -> Result<HashMap<Id<id::User>, u64>> {
    let models = turns::Entity::find().filter(turns::Column::RuleId.eq(rule.uuid())).all(conn).await?;
    let read = |model: turns::Model| (Id::from_uuid(model.user_id), u64::try_from(model.turn).unwrap_or(0));
    Ok(models.into_iter().map(read).collect())
}

/// A person has just been given a deal by a rule.
pub async fn take_turn(
    conn: &impl ConnectionTrait,
    rule: Id<id::AssignmentRule>,
    user: Id<id::User>,
    turn: u64,
) -> Result<()> {
    let row = turns::ActiveModel {
        rule_id: Set(rule.uuid()),
        user_id: Set(user.uuid()),
        turn: Set(i64::try_from(turn).unwrap_or(i64::MAX)),
    };
    let overwrite = OnConflict::columns([turns::Column::RuleId, turns::Column::UserId])
        .update_column(turns::Column::Turn)
        .to_owned();
    turns::Entity::insert(row).on_conflict(overwrite).exec_without_returning(conn).await?;
    Ok(())
}
