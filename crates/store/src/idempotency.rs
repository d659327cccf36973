//! Answers kept so that a request sent twice is carried out once.
//!
//! Two ways to claim a key. [`claim`] inside the transaction of the work: whoever comes second waits for the first,
//! and a failure gives the key back by itself. [`lease`] in a transaction of its own before work that opens its own:
//! it ends with [`finish_lease`] or [`release_lease`], or by itself when its time is over.

use base::Timestamp;
use sea_orm::entity::prelude::*;
use sea_orm::{
    ActiveValue::Set,
    sea_query::{Expr, OnConflict},
};

use crate::Result;

#[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "idempotency")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub scope: String,
    #[sea_orm(primary_key, auto_increment = false)]
    pub key: String,
    pub request_hash: Vec<u8>,
    pub status: i64,
    pub response: String,
    pub created_at: i64,
    pub lease_token: i64,
    pub lease_until: i64,
    pub headers: String,
    pub is_answer_kept: bool,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}
impl ActiveModelBehavior for ActiveModel {}

/// The kept answer.
#[derive(Debug, Clone, PartialEq)]
pub struct Kept {
    /// SHA-256 of method, path and body: the same key with another request is a mistake of the caller.
    pub request_hash: Vec<u8>,
    /// HTTP status; 0 while the first request is still being carried out.
    pub status: u16,
    /// JSON list of names and values; empty where the answer is not one of HTTP.
    pub headers: String,
    /// The body, as text.
    pub response: String,
    /// False: carried out with that status, and headers and body are empty.
    pub is_answer_kept: bool,
}

impl From<Model> for Kept {
    fn from(model: Model) -> Self {
        Self {
            request_hash: model.request_hash,
            status: u16::try_from(model.status).unwrap_or(0),
            headers: model.headers,
            response: model.response,
            is_answer_kept: model.is_answer_kept,
        }
    }
}

/// Whose work a key is, and for how long nobody else may begin it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Lease {
    /// Whose key: the same key of another is another key.
    pub scope: String,
    pub key: String,
    /// Random: a lease that was taken over can no longer be finished.
    pub token: i64,
    /// When the key is free again if nobody says how the work ended.
    pub until: Timestamp,
}

/// Claim a key. `None`: it is ours to carry out; else what was claimed or answered before.
pub async fn claim(
    conn: &impl ConnectionTrait,
    scope: &str,
    key: &str,
    request_hash: &[u8],
    now: Timestamp,
) -> Result<Option<Kept>> {
    let lease = Lease { scope: scope.to_owned(), key: key.to_owned(), token: 0, until: now };
    if insert(conn, &lease, request_hash, now).await? {
        return Ok(None);
    }
    let found = Entity::find_by_id((scope.to_owned(), key.to_owned())).one(conn).await?;
    Ok(found.map(Kept::from))
}

/// Whether there was no row for the key.
async fn insert(conn: &impl ConnectionTrait, lease: &Lease, request_hash: &[u8], now: Timestamp) -> Result<bool> {
    let row = ActiveModel {
        scope: Set(lease.scope.clone()),
        key: Set(lease.key.clone()),
        request_hash: Set(request_hash.to_vec()),
        status: Set(0),
        response: Set(String::new()),
        created_at: Set(now.ms()),
        lease_token: Set(lease.token),
        lease_until: Set(lease.until.ms()),
        headers: Set("[]".to_owned()),
        is_answer_kept: Set(true),
    };
    let keep = OnConflict::columns([Column::Scope, Column::Key]).do_nothing().to_owned();
    Ok(Entity::insert(row).on_conflict(keep).exec_without_returning(conn).await? > 0)
}

/// Take a key for a while. `None`: it is ours to carry out; else what was leased or answered before, with a status
/// of 0 while it is being carried out. What was claimed before `forgotten_before` is as if it had never been.
pub async fn lease(
    conn: &impl ConnectionTrait,
    lease: &Lease,
    request_hash: &[u8],
    now: Timestamp,
    forgotten_before: Timestamp,
) -> Result<Option<Kept>> {
    of(&lease.scope, &lease.key).filter(Column::CreatedAt.lt(forgotten_before.ms())).exec(conn).await?;
    if insert(conn, lease, request_hash, now).await? {
        return Ok(None);
    }
    // One whose worker died: only the same request may take its place. The conditions stand in the statement
    // itself, so that of two who try at once one wins.
    let taken_over = Entity::update_many()
        .col_expr(Column::LeaseToken, Expr::value(lease.token))
        .col_expr(Column::LeaseUntil, Expr::value(lease.until.ms()))
        .filter(Column::Scope.eq(&lease.scope))
        .filter(Column::Key.eq(&lease.key))
        .filter(Column::RequestHash.eq(request_hash.to_vec()))
        .filter(Column::Status.eq(0))
        .filter(Column::LeaseUntil.lte(now.ms()))
        .exec(conn)
        .await?;
    if taken_over.rows_affected > 0 {
        return Ok(None);
    }
    let found = Entity::find_by_id((lease.scope.clone(), lease.key.clone())).one(conn).await?;
    // Given back this very moment: whoever asks again finds it free.
    let in_progress = || Kept {
        request_hash: request_hash.to_vec(),
        status: 0,
        headers: "[]".to_owned(),
        response: String::new(),
        is_answer_kept: true,
    };
    Ok(Some(found.map_or_else(in_progress, Kept::from)))
}

fn of(scope: &str, key: &str) -> sea_orm::DeleteMany<Entity> {
    Entity::delete_many().filter(Column::Scope.eq(scope)).filter(Column::Key.eq(key))
}

/// What to keep of an answer.
#[derive(Debug, Clone, Copy)]
pub struct Answer<'a> {
    /// HTTP status.
    pub status: u16,
    /// JSON list of names and values, and the body; `None`: they are not kept.
    pub content: Option<(&'a str, &'a str)>,
}

/// Keep the answer to a leased key. False: the lease was over and somebody else took the key.
pub async fn finish_lease(conn: &impl ConnectionTrait, lease: &Lease, answer: Answer<'_>) -> Result<bool> {
    let (headers, body) = answer.content.unwrap_or(("[]", ""));
    let finished = Entity::update_many()
        .col_expr(Column::Status, Expr::value(i64::from(answer.status)))
        .col_expr(Column::Headers, Expr::value(headers))
        .col_expr(Column::Response, Expr::value(body))
        .col_expr(Column::IsAnswerKept, Expr::value(answer.content.is_some()))
        .filter(Column::Scope.eq(&lease.scope))
        .filter(Column::Key.eq(&lease.key))
        .filter(Column::LeaseToken.eq(lease.token))
        .filter(Column::Status.eq(0))
        .exec(conn)
        .await?;
    Ok(finished.rows_affected > 0)
}

/// Give a leased key back: nothing was carried out. Nothing happens when somebody else took it meanwhile.
pub async fn release_lease(conn: &impl ConnectionTrait, lease: &Lease) -> Result<()> {
    let ours = of(&lease.scope, &lease.key).filter(Column::LeaseToken.eq(lease.token)).filter(Column::Status.eq(0));
    ours.exec(conn).await?;
    Ok(())
}

/// Keep the answer to a claimed key.
pub async fn finish(conn: &impl ConnectionTrait, scope: &str, key: &str, status: u16, response: &str) -> Result<()> {
    Entity::update_many()
        .col_expr(Column::Status, Expr::value(i64::from(status)))
        .col_expr(Column::Response, Expr::value(response))
        .filter(Column::Scope.eq(scope))
        .filter(Column::Key.eq(key))
        .exec(conn)
        .await?;
    Ok(())
}

/// Give a claimed key back: nothing was carried out.
pub async fn release(conn: &impl ConnectionTrait, scope: &str, key: &str) -> Result<()> {
    Entity::delete_by_id((scope.to_owned(), key.to_owned())).exec(conn).await?;
    Ok(())
}

/// Forget answers older than `before`.
pub async fn delete_before(conn: &impl ConnectionTrait, before: Timestamp) -> Result<u64> {
    Ok(Entity::delete_many().filter(Column::CreatedAt.lt(before.ms())).exec(conn).await?.rows_affected)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing;

    const NOW: Timestamp = Timestamp::from_ms(1_000_000);
    const NEVER: Timestamp = Timestamp::from_ms(0);
    const LEASE_MS: i64 = 60_000;

    fn a_lease(token: i64, now: Timestamp) -> Lease {
        Lease { scope: "key_1".to_owned(), key: "k".to_owned(), token, until: now.plus_ms(LEASE_MS) }
    }

    async fn ask(store: &crate::Store, lease: &Lease, hash: &[u8], now: Timestamp) -> Option<Kept> {
        let tx = store.begin().await.unwrap();
        let kept = super::lease(&tx, lease, hash, now, NEVER).await.unwrap();
        tx.commit().await.unwrap();
        kept
    }

    #[tokio::test]
    async fn a_lease_is_taken_once_finished_once_and_answered_after() {
        for test in testing::all().await {
            let (store, mine, other) = (&test.store, a_lease(1, NOW), a_lease(2, NOW));
            assert_eq!(ask(store, &mine, b"a", NOW).await, None, "{}", test.name);
            assert_eq!(ask(store, &other, b"a", NOW).await.unwrap().status, 0);
            let of_another = Lease { scope: "key_2".to_owned(), ..other.clone() };
            assert_eq!(ask(store, &of_another, b"a", NOW).await, None, "another's key is another key");
            let conn = store.reader();
            let answer = Answer { status: 201, content: Some((r#"[["a","b"]]"#, "æ")) };
            assert!(!finish_lease(conn, &other, answer).await.unwrap());
            assert!(finish_lease(conn, &mine, answer).await.unwrap());
            release_lease(conn, &mine).await.unwrap();
            let kept = ask(store, &other, b"b", NOW.plus_ms(LEASE_MS * 2)).await.unwrap();
            assert_eq!((kept.status, kept.headers.as_str(), kept.response.as_str()), (201, r#"[["a","b"]]"#, "æ"));
            assert_eq!((kept.request_hash.as_slice(), kept.is_answer_kept), (b"a".as_slice(), true));
        }
    }

    #[tokio::test]
    async fn a_lease_that_is_over_goes_to_the_same_request_only() {
        for test in testing::all().await {
            let store = &test.store;
            assert_eq!(ask(store, &a_lease(1, NOW), b"a", NOW).await, None);
            let later = NOW.plus_ms(LEASE_MS);
            let just_before = NOW.plus_ms(LEASE_MS - 1);
            assert!(ask(store, &a_lease(2, just_before), b"a", just_before).await.is_some(), "{}", test.name);
            assert_eq!(ask(store, &a_lease(3, later), b"other", later).await.unwrap().request_hash, b"a");
            assert_eq!(ask(store, &a_lease(4, later), b"a", later).await, None);
            let conn = store.reader();
            let answer = Answer { status: 200, content: None };
            assert!(!finish_lease(conn, &a_lease(1, NOW), answer).await.unwrap(), "the first comes too late");
            release_lease(conn, &a_lease(1, NOW)).await.unwrap();
            assert!(finish_lease(conn, &a_lease(4, later), answer).await.unwrap());
            let kept = ask(store, &a_lease(5, later), b"a", later).await.unwrap();
            assert_eq!((kept.status, kept.is_answer_kept), (200, false));
        }
    }

    #[tokio::test]
    async fn what_is_old_or_given_back_is_free_again() {
        for test in testing::all().await {
            let store = &test.store;
            assert_eq!(ask(store, &a_lease(1, NOW), b"a", NOW).await, None);
            release_lease(store.reader(), &a_lease(1, NOW)).await.unwrap();
            assert_eq!(ask(store, &a_lease(2, NOW), b"b", NOW).await, None, "{}", test.name);
            finish_lease(store.reader(), &a_lease(2, NOW), Answer { status: 200, content: None }).await.unwrap();
            let tx = store.begin().await.unwrap();
            let day_after = NOW.plus_ms(1);
            let leased = super::lease(&tx, &a_lease(3, day_after), b"c", day_after, day_after).await.unwrap();
            tx.commit().await.unwrap();
            assert_eq!(leased, None);
        }
    }

    #[tokio::test]
    async fn of_many_at_once_one_is_given_the_key() {
        for test in testing::all().await {
            let asked = (0..8).map(|token| {
                let store = test.store.clone();
                tokio::spawn(async move { ask(&store, &a_lease(token, NOW), b"a", NOW).await.is_none() })
            });
            let mut given = 0;
            for one in asked.collect::<Vec<_>>() {
                given += usize::from(one.await.unwrap());
            }
            assert_eq!(given, 1, "{}", test.name);
        }
    }
}
