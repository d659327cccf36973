//! Two contacts made one, and parted again.
//!
//! Contacts go in and out as whole rows, so that a merge loses no column that comes with a later version.

use std::collections::BTreeMap;

use base::{Id, Timestamp, id};
use sea_orm::entity::prelude::*;
use sea_orm::{ActiveValue::Set, FromQueryResult, IntoActiveModel, QueryOrder, QuerySelect, Statement};
use serde::{Deserialize, Serialize};

use crate::{Result, contacts, duplicates, error};

#[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "merges")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    pub kept_id: Uuid,
    pub merged_id: Uuid,
    pub merged_name: String,
    pub record: Json,
    pub merged_by: String,
    pub merged_at: i64,
    pub undone_by: String,
    pub undone_at: Option<i64>,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}
impl ActiveModelBehavior for ActiveModel {}

/// A contact as its table holds it.
pub type Row = serde_json::Map<String, serde_json::Value>;

/// All that it takes to part two contacts again.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Record {
    pub kept_before: Row,
    pub kept_after: Row,
    pub merged: Row,
    /// By table, the rows that hung on the merged contact.
    pub moved: BTreeMap<String, Vec<Uuid>>,
    /// What was said about the merged contact being somebody else.
    pub pairs: Vec<duplicates::Pair>,
}

/// A merge.
#[derive(Debug, Clone, PartialEq)]
pub struct Merge {
    pub id: Id<id::Merge>,
    pub kept_id: Id<id::Contact>,
    pub merged_id: Id<id::Contact>,
    /// What the merged contact was called.
    pub merged_name: String,
    pub record: Record,
    /// A name of the audit log.
    pub merged_by: String,
    pub merged_at: Timestamp,
    pub undone_by: String,
    pub undone_at: Option<Timestamp>,
}

/// Everything that hangs on a contact: tables with an id of their own, and the column that names the contact. A test
/// compares this with what the schema references.
pub const REFERENCES: [(&str, &str); 8] = [
    ("activities", "contact_id"),
    ("consents", "contact_id"),
    ("deals", "contact_id"),
    ("merges", "kept_id"),
    ("messages", "contact_id"),
    ("notifications", "contact_id"),
    ("orders", "contact_id"),
    ("submissions", "contact_id"),
];

/// Tables that name contacts and are handled apart.
pub const APART: [&str; 2] = ["duplicates", "segment_members"];
/// Rows moved with one statement.
const CHUNK: usize = 500;

impl TryFrom<Model> for Merge {
    type Error = crate::StoreError;

    fn try_from(model: Model) -> Result<Self> {
        Ok(Self {
            id: Id::from_uuid(model.id),
            kept_id: Id::from_uuid(model.kept_id),
            merged_id: Id::from_uuid(model.merged_id),
            merged_name: model.merged_name,
            record: error::from_json("merge", model.record)?,
            merged_by: model.merged_by,
            merged_at: Timestamp::from_ms(model.merged_at),
            undone_by: model.undone_by,
            undone_at: model.undone_at.map(Timestamp::from_ms),
        })
    }
}

/// A contact as it lies in its table, held until the end of the transaction.
pub async fn row(conn: &impl ConnectionTrait, id: Id<id::Contact>) -> Result<Option<Row>> {
    let model = contacts::Entity::find_by_id(id.uuid()).lock_exclusive().one(conn).await?;
    model.map(|model| error::from_json("contact", error::to_json("contact", &model)?)).transpose()
}

/// A contact out of a row.
pub fn contact(row: &Row) -> Result<contacts::Contact> {
    model(row)?.try_into()
}

fn model(row: &Row) -> Result<contacts::Model> {
    error::from_json("contact", serde_json::Value::Object(row.clone()))
}

/// Write a contact over its row as it is.
pub async fn write_row(conn: &impl ConnectionTrait, row: &Row) -> Result<()> {
    contacts::Entity::update(model(row)?.into_active_model().reset_all()).exec(conn).await?;
    Ok(())
}

/// Put a row back that was removed.
pub async fn insert_row(conn: &impl ConnectionTrait, row: &Row) -> Result<()> {
    let row = model(row)?.into_active_model().reset_all();
    contacts::Entity::insert(row).exec_without_returning(conn).await?;
    Ok(())
}

#[derive(FromQueryResult)]
struct OnlyId {
    id: Uuid,
}

/// Hang everything of one contact on another. Answers what was moved.
pub async fn move_all(
    conn: &impl ConnectionTrait,
    from: Id<id::Contact>,
    to: Id<id::Contact>,
) -> Result<BTreeMap<String, Vec<Uuid>>> {
    let backend = conn.get_database_backend();
    let mut moved = BTreeMap::new();
    for (table, column) in REFERENCES {
        let sql = format!("SELECT id FROM {table} WHERE {column} = $1 ORDER BY id");
        let select = Statement::from_sql_and_values(backend, sql, [from.uuid().into()]);
        let ids: Vec<Uuid> = OnlyId::find_by_statement(select).all(conn).await?.into_iter().map(|row| row.id).collect();
        move_rows(conn, (table, column), &ids, from, to).await?;
        if !ids.is_empty() {
            moved.insert(table.to_owned(), ids);
        }
    }
    Ok(moved)
}

/// Hang rows on the contact that they came from, where they still hang on the other.
pub async fn move_back(
    conn: &impl ConnectionTrait,
    moved: &BTreeMap<String, Vec<Uuid>>,
    from: Id<id::Contact>,
    to: Id<id::Contact>,
) -> Result<()> {
    for reference in REFERENCES {
        let ids = moved.get(reference.0).map(Vec::as_slice).unwrap_or_default();
        move_rows(conn, reference, ids, from, to).await?;
    }
    Ok(())
}

async fn move_rows(
    conn: &impl ConnectionTrait,
    (table, column): (&str, &str),
    ids: &[Uuid],
    from: Id<id::Contact>,
    to: Id<id::Contact>,
) -> Result<()> {
    for chunk in ids.chunks(CHUNK) {
        let places: Vec<String> = (3..chunk.len() + 3).map(|place| format!("${place}")).collect();
        let places = places.join(", ");
        let sql = format!("UPDATE {table} SET {column} = $1 WHERE {column} = $2 AND id IN ({places})");
        let mut values: Vec<Value> = vec![to.uuid().into(), from.uuid().into()];
        values.extend(chunk.iter().map(|id| Value::from(*id)));
        conn.execute_raw(Statement::from_sql_and_values(conn.get_database_backend(), sql, values)).await?;
    }
    Ok(())
}

/// Write a merge down.
pub async fn insert(conn: &impl ConnectionTrait, merge: &Merge) -> Result<()> {
    let row = ActiveModel {
        id: Set(merge.id.uuid()),
        kept_id: Set(merge.kept_id.uuid()),
        merged_id: Set(merge.merged_id.uuid()),
        merged_name: Set(merge.merged_name.clone()),
        record: Set(error::to_json("merge", &merge.record)?),
        merged_by: Set(merge.merged_by.clone()),
        merged_at: Set(merge.merged_at.ms()),
        undone_by: Set(merge.undone_by.clone()),
        undone_at: Set(merge.undone_at.map(Timestamp::ms)),
    };
    Entity::insert(row).exec_without_returning(conn).await?;
    Ok(())
}

/// The merge of that id, held until the end of the transaction.
pub async fn find_for_update(conn: &impl ConnectionTrait, id: Id<id::Merge>) -> Result<Option<Merge>> {
    Entity::find_by_id(id.uuid()).lock_exclusive().one(conn).await?.map(Merge::try_from).transpose()
}

/// Merges since a moment, newest first, of one contact or of all.
pub async fn list(
    conn: &impl ConnectionTrait,
    kept: Option<Id<id::Contact>>,
    since: Timestamp,
    limit: u64,
) -> Result<Vec<Merge>> {
    let mut query = Entity::find().filter(Column::MergedAt.gte(since.ms())).order_by_desc(Column::Id).limit(limit);
    if let Some(kept) = kept {
        query = query.filter(Column::KeptId.eq(kept.uuid()));
    }
    query.all(conn).await?.into_iter().map(Merge::try_from).collect()
}

/// Note that a merge was undone; what it took to undo it is no longer kept.
pub async fn set_undone(conn: &impl ConnectionTrait, id: Id<id::Merge>, by: &str, at: Timestamp) -> Result<()> {
    let row = ActiveModel {
        id: Set(id.uuid()),
        undone_by: Set(by.to_owned()),
        undone_at: Set(Some(at.ms())),
        ..Default::default()
    };
    Entity::update(row).exec(conn).await?;
    Ok(())
}

/// Forget merges that can no longer be undone: they hold what a contact was.
pub async fn delete_before(conn: &impl ConnectionTrait, before: Timestamp) -> Result<u64> {
    Ok(Entity::delete_many().filter(Column::MergedAt.lt(before.ms())).exec(conn).await?.rows_affected)
}

/// Take back the entries of the consent ledger that a merge has made.
pub async fn delete_consents(conn: &impl ConnectionTrait, merge: Id<id::Merge>) -> Result<()> {
    use contacts::consent;
    consent::Entity::delete_many().filter(consent::Column::Origin.eq(merge.to_string())).exec(conn).await?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use sea_orm::DbBackend;

    use super::*;
    use crate::testing;

    /// A table that comes later and names contacts would lose its rows in a merge, if nothing said so.
    #[tokio::test]
    async fn every_table_that_names_contacts_is_known() {
        let test = testing::sqlite().await;
        let ask = async |sql: String| {
            let statement = Statement::from_string(DbBackend::Sqlite, sql);
            test.store.reader().query_all_raw(statement).await.unwrap()
        };
        let mut found = Vec::new();
        for table in ask("SELECT name FROM sqlite_master WHERE type = 'table' ORDER BY name".to_owned()).await {
            let table: String = table.try_get("", "name").unwrap();
            for key in ask(format!("SELECT * FROM pragma_foreign_key_list('{table}')")).await {
                let (parent, column): (String, String) =
                    (key.try_get("", "table").unwrap(), key.try_get("", "from").unwrap());
                if parent == "contacts" && !APART.contains(&table.as_str()) {
                    found.push((table.clone(), column));
                }
            }
        }
        let known: Vec<(String, String)> = REFERENCES.map(|(table, column)| (table.into(), column.into())).to_vec();
        assert_eq!(found, known, "add the table to REFERENCES, or to APART and say what a merge does with it");
    }
}
