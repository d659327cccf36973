//! Mailboxes that mail is fetched from: how far each was read, and how it went.

use base::Timestamp;
use sea_orm::ActiveValue::Set;
use sea_orm::entity::prelude::*;
use sea_orm::sea_query::{Expr, ExprTrait, OnConflict};

use crate::Result;

#[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "inboxes")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub address: String,
    pub uid_validity: Option<i64>,
    pub last_uid: i64,
    pub since: Option<i64>,
    pub fetched_at: Option<i64>,
    pub fault_kind: Option<String>,
    pub fault: Option<String>,
    pub failures: i64,
    pub next_at: i64,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}
impl ActiveModelBehavior for ActiveModel {}

/// A mailbox.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Inbox {
    /// By user, server and folder.
    pub address: String,
    /// How far it was read; none before the first look.
    pub place: Option<Place>,
    /// When it was last looked into without a fault.
    pub fetched_at: Option<Timestamp>,
    /// What was wrong the last time, its kind and its words.
    pub fault: Option<(String, String)>,
    /// Looks in a row that failed.
    pub failures: u32,
    /// When it is looked into again.
    pub next_at: Timestamp,
}

/// How far a folder was read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Place {
    /// Under which numbers.
    pub uid_validity: u32,
    /// The number of the mail that was read last.
    pub last_uid: u32,
    /// Mail that arrived before is not asked for.
    pub since: Option<Timestamp>,
}

impl From<Model> for Inbox {
    fn from(model: Model) -> Self {
        let number = |value: i64| u32::try_from(value).unwrap_or_default();
        Self {
            place: model.uid_validity.map(|uid_validity| Place {
                uid_validity: number(uid_validity),
                last_uid: number(model.last_uid),
                since: model.since.map(Timestamp::from_ms),
            }),
            fetched_at: model.fetched_at.map(Timestamp::from_ms),
            fault: model.fault_kind.map(|kind| (kind, model.fault.unwrap_or_default())),
            failures: number(model.failures),
            next_at: Timestamp::from_ms(model.next_at),
            address: model.address,
        }
    }
}

/// That of an address, if it was ever looked into.
pub async fn find(conn: &impl ConnectionTrait, address: &str) -> Result<Option<Inbox>> {
    Ok(Entity::find_by_id(address.to_owned()).one(conn).await?.map(Inbox::from))
}

/// Take a mailbox that is due, for a while. `None`: it is not due, or somebody else has it.
pub async fn claim(
    conn: &impl ConnectionTrait,
    address: &str,
    now: Timestamp,
    until: Timestamp,
) -> Result<Option<Inbox>> {
    let new = ActiveModel {
        address: Set(address.to_owned()),
        last_uid: Set(0),
        failures: Set(0),
        next_at: Set(0),
        ..Default::default()
    };
    let known = OnConflict::column(Column::Address).do_nothing().to_owned();
    Entity::insert(new).on_conflict(known).exec_without_returning(conn).await?;
    let taken = Entity::update_many()
        .col_expr(Column::NextAt, Expr::value(until.ms()))
        .filter(Column::Address.eq(address))
        .filter(Column::NextAt.lte(now.ms()))
        .exec(conn)
        .await?;
    if taken.rows_affected == 0 { Ok(None) } else { find(conn, address).await }
}

/// Say how far a mailbox was read, and keep it for a while longer.
pub async fn advance(conn: &impl ConnectionTrait, address: &str, place: Place, until: Timestamp) -> Result<()> {
    Entity::update_many()
        .col_expr(Column::UidValidity, Expr::value(i64::from(place.uid_validity)))
        .col_expr(Column::LastUid, Expr::value(i64::from(place.last_uid)))
        .col_expr(Column::Since, Expr::value(place.since.map(Timestamp::ms)))
        .col_expr(Column::NextAt, Expr::value(until.ms()))
        .filter(Column::Address.eq(address))
        .exec(conn)
        .await?;
    Ok(())
}

/// A look went well; the next is due at a time.
pub async fn done(conn: &impl ConnectionTrait, address: &str, now: Timestamp, next_at: Timestamp) -> Result<()> {
    Entity::update_many()
        .col_expr(Column::FetchedAt, Expr::value(now.ms()))
        .col_expr(Column::FaultKind, Expr::value(None::<String>))
        .col_expr(Column::Fault, Expr::value(None::<String>))
        .col_expr(Column::Failures, Expr::value(0_i64))
        .col_expr(Column::NextAt, Expr::value(next_at.ms()))
        .filter(Column::Address.eq(address))
        .exec(conn)
        .await?;
    Ok(())
}

/// A look failed, for a reason of a kind; the next is due at a time.
pub async fn failed(
    conn: &impl ConnectionTrait,
    address: &str,
    (kind, words): (&str, &str),
    next_at: Timestamp,
) -> Result<()> {
    Entity::update_many()
        .col_expr(Column::FaultKind, Expr::value(kind))
        .col_expr(Column::Fault, Expr::value(words))
        .col_expr(Column::Failures, Expr::col(Column::Failures).add(1_i64))
        .col_expr(Column::NextAt, Expr::value(next_at.ms()))
        .filter(Column::Address.eq(address))
        .exec(conn)
        .await?;
    Ok(())
}

/// A mailbox is due at a time, whenever it was.
pub async fn due(conn: &impl ConnectionTrait, address: &str, at: Timestamp) -> Result<()> {
    Entity::update_many()
        .col_expr(Column::NextAt, Expr::value(at.ms()))
        .filter(Column::Address.eq(address))
        .exec(conn)
        .await?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing;

    const ADDRESS: &str = "kari@imap.example.com/INBOX";

    #[tokio::test]
    async fn a_mailbox_is_read_by_one_at_a_time() {
        for test in testing::all().await {
            let at = Timestamp::from_ms;
            let conn = test.store.begin().await.unwrap();
            assert!(find(&conn, ADDRESS).await.unwrap().is_none());
            let claimed = claim(&conn, ADDRESS, at(1000), at(5000)).await.unwrap().unwrap();
            assert_eq!((claimed.place, claimed.next_at), (None, at(5000)));
            assert!(claim(&conn, ADDRESS, at(4999), at(9000)).await.unwrap().is_none(), "somebody has it");
            let place = Place { uid_validity: u32::MAX, last_uid: 7, since: None };
            advance(&conn, ADDRESS, place, at(6000)).await.unwrap();
            assert!(claim(&conn, ADDRESS, at(5500), at(9000)).await.unwrap().is_none(), "for a while longer");
            failed(&conn, ADDRESS, ("login", "no"), at(6000)).await.unwrap();
            failed(&conn, ADDRESS, ("login", "no"), at(6000)).await.unwrap();
            let claimed = claim(&conn, ADDRESS, at(6000), at(9000)).await.unwrap().unwrap();
            assert_eq!((claimed.place, claimed.failures), (Some(place), 2));
            assert_eq!(claimed.fault, Some(("login".to_owned(), "no".to_owned())));
            done(&conn, ADDRESS, at(6500), at(7000)).await.unwrap();
            let now = find(&conn, ADDRESS).await.unwrap().unwrap();
            assert_eq!((now.fault, now.failures, now.fetched_at), (None, 0, Some(at(6500))));
            due(&conn, ADDRESS, at(0)).await.unwrap();
            assert!(claim(&conn, ADDRESS, at(6600), at(9000)).await.unwrap().is_some());
        }
    }
}
