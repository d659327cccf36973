//! Segments, and who is in them.

use std::collections::HashSet;

use base::{Id, Timestamp, id};
use sea_orm::entity::prelude::*;
use sea_orm::sea_query::OnConflict;
use sea_orm::{ActiveValue::Set, QueryOrder, QuerySelect};
use serde::{Serialize, de::DeserializeOwned};

use crate::{Result, error};

#[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "segments")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    pub name: String,
    pub description: String,
    pub rule: Option<Json>,
    pub version: i64,
    pub created_at: i64,
    pub updated_at: i64,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}
impl ActiveModelBehavior for ActiveModel {}

pub(crate) mod members {
    use sea_orm::entity::prelude::*;

    #[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
    #[sea_orm(table_name = "segment_members")]
    pub struct Model {
        #[sea_orm(primary_key, auto_increment = false)]
        pub segment_id: Uuid,
        #[sea_orm(primary_key, auto_increment = false)]
        pub contact_id: Uuid,
        pub entered_at: i64,
    }

    #[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
    pub enum Relation {}
    impl ActiveModelBehavior for ActiveModel {}
}

/// A segment; its rule is of the type that `app` reads.
#[derive(Debug, Clone, PartialEq)]
pub struct Segment<R> {
    pub id: Id<id::Segment>,
    pub name: String,
    pub description: String,
    /// None where somebody chose its people by hand.
    pub rule: Option<R>,
    pub version: i64,
    pub created_at: Timestamp,
    pub updated_at: Timestamp,
}

/// Somebody in a segment.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Member {
    pub segment_id: Id<id::Segment>,
    pub contact_id: Id<id::Contact>,
    pub entered_at: Timestamp,
}

/// Rows of one statement, each of three values.
const ROWS: usize = 5_000;
/// Ids of one statement.
const IDS: usize = 500;

fn read<R: DeserializeOwned>(model: Model) -> Result<Segment<R>> {
    Ok(Segment {
        id: Id::from_uuid(model.id),
        name: model.name,
        description: model.description,
        rule: model.rule.map(|rule| error::from_json("segment", rule)).transpose()?,
        version: model.version,
        created_at: Timestamp::from_ms(model.created_at),
        updated_at: Timestamp::from_ms(model.updated_at),
    })
}

fn row<R: Serialize>(segment: &Segment<R>) -> Result<ActiveModel> {
    Ok(ActiveModel {
        id: Set(segment.id.uuid()),
        name: Set(segment.name.clone()),
        description: Set(segment.description.clone()),
        rule: Set(segment.rule.as_ref().map(|rule| error::to_json("segment", rule)).transpose()?),
        version: Set(segment.version),
        created_at: Set(segment.created_at.ms()),
        updated_at: Set(segment.updated_at.ms()),
    })
}

/// Add a segment.
pub async fn insert<R: Serialize>(conn: &impl ConnectionTrait, segment: &Segment<R>) -> Result<()> {
    Entity::insert(row(segment)?).exec_without_returning(conn).await?;
    Ok(())
}

/// Write every field of a segment over what is stored.
pub async fn update<R: Serialize>(conn: &impl ConnectionTrait, segment: &Segment<R>) -> Result<()> {
    Entity::update(row(segment)?.reset_all()).exec(conn).await?;
    Ok(())
}

/// The segment of that id.
pub async fn find<R: DeserializeOwned>(conn: &impl ConnectionTrait, id: Id<id::Segment>) -> Result<Option<Segment<R>>> {
    Entity::find_by_id(id.uuid()).one(conn).await?.map(read).transpose()
}

/// The same, held until the end of the transaction.
pub async fn find_for_update<R: DeserializeOwned>(
    conn: &impl ConnectionTrait,
    id: Id<id::Segment>,
) -> Result<Option<Segment<R>>> {
    Entity::find_by_id(id.uuid()).lock_exclusive().one(conn).await?.map(read).transpose()
}

/// All segments, by name.
pub async fn all<R: DeserializeOwned>(conn: &impl ConnectionTrait) -> Result<Vec<Segment<R>>> {
    let models = Entity::find().order_by_asc(Column::Name).all(conn).await?;
    models.into_iter().map(read).collect()
}

/// How many there are.
pub async fn count(conn: &impl ConnectionTrait) -> Result<u64> {
    Ok(Entity::find().count(conn).await?)
}

/// The segment of a name.
pub async fn named(conn: &impl ConnectionTrait, name: &str) -> Result<Option<Id<id::Segment>>> {
    let found = Entity::find().filter(Column::Name.eq(name)).one(conn).await?;
    Ok(found.map(|model| Id::from_uuid(model.id)))
}

/// Remove a segment, and who is in it.
pub async fn delete(conn: &impl ConnectionTrait, id: Id<id::Segment>) -> Result<bool> {
    Ok(Entity::delete_by_id(id.uuid()).exec(conn).await?.rows_affected > 0)
}

/// How many people are in a segment.
pub async fn count_members(conn: &impl ConnectionTrait, segment: Id<id::Segment>) -> Result<u64> {
    Ok(members::Entity::find().filter(members::Column::SegmentId.eq(segment.uuid())).count(conn).await?)
}

/// Those in a segment behind one of them, by id.
pub async fn members_after(
    conn: &impl ConnectionTrait,
    segment: Id<id::Segment>,
    after: Uuid,
    limit: u64,
) -> Result<Vec<Uuid>> {
    let found = members::Entity::find()
        .filter(members::Column::SegmentId.eq(segment.uuid()))
        .filter(members::Column::ContactId.gt(after))
        .order_by_asc(members::Column::ContactId)
        .limit(limit)
        .all(conn)
        .await?;
    Ok(found.into_iter().map(|member| member.contact_id).collect())
}

/// Those of some contacts who are in a segment.
pub async fn inside(
    conn: &impl ConnectionTrait,
    segment: Id<id::Segment>,
    contacts: &[Id<id::Contact>],
) -> Result<HashSet<Uuid>> {
    let mut inside = HashSet::new();
    for ids in contacts.chunks(IDS) {
        let found = members::Entity::find()
            .filter(members::Column::SegmentId.eq(segment.uuid()))
            .filter(members::Column::ContactId.is_in(ids.iter().map(|id| id.uuid())))
            .all(conn)
            .await?;
        inside.extend(found.into_iter().map(|member| member.contact_id));
    }
    Ok(inside)
}

/// The segments that a contact is in.
pub async fn of_contact(conn: &impl ConnectionTrait, contact: Id<id::Contact>) -> Result<Vec<Member>> {
    let found = members::Entity::find().filter(members::Column::ContactId.eq(contact.uuid())).all(conn).await?;
    let member = |model: members::Model| Member {
        segment_id: Id::from_uuid(model.segment_id),
        contact_id: Id::from_uuid(model.contact_id),
        entered_at: Timestamp::from_ms(model.entered_at),
    };
    Ok(found.into_iter().map(member).collect())
}

/// The segments that somebody put a contact into by hand.
async fn chosen_of(conn: &impl ConnectionTrait, contact: Id<id::Contact>) -> Result<Vec<Uuid>> {
    let by_hand = Entity::find().select_only().column(Column::Id).filter(Column::Rule.is_null());
    let by_hand: HashSet<Uuid> = by_hand.into_tuple::<Uuid>().all(conn).await?.into_iter().collect();
    let stays = of_contact(conn, contact).await?.into_iter().map(|stay| stay.segment_id.uuid());
    Ok(stays.filter(|segment| by_hand.contains(segment)).collect())
}

/// What a merge did to segments whose people were chosen by hand.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Inherited {
    /// All that the merged contact was in.
    pub all: Vec<Uuid>,
    /// Those that the kept contact was not in before.
    pub new: Vec<Uuid>,
}

/// Put a contact into the segments that somebody chose for another one, who is about to be merged with it.
pub async fn inherit(
    conn: &impl ConnectionTrait,
    from: Id<id::Contact>,
    to: Id<id::Contact>,
    at: Timestamp,
) -> Result<Inherited> {
    let (all, known) = (chosen_of(conn, from).await?, chosen_of(conn, to).await?);
    let new: Vec<Uuid> = all.iter().filter(|segment| !known.contains(segment)).copied().collect();
    enter(conn, &members_of(to, &new, at)).await?;
    Ok(Inherited { all, new })
}

/// Take that back: the merged contact is there again.
pub async fn give_back(
    conn: &impl ConnectionTrait,
    inherited: &Inherited,
    from: Id<id::Contact>,
    to: Id<id::Contact>,
    at: Timestamp,
) -> Result<()> {
    let mut standing = Vec::new();
    for segment in &inherited.all {
        standing.extend(Entity::find_by_id(*segment).one(conn).await?.map(|segment| segment.id));
    }
    for segment in &inherited.new {
        leave(conn, Id::from_uuid(*segment), &[from.uuid()]).await?;
    }
    enter(conn, &members_of(to, &standing, at)).await
}

fn members_of(contact: Id<id::Contact>, segments: &[Uuid], at: Timestamp) -> Vec<Member> {
    let member = |segment: &Uuid| Member { segment_id: Id::from_uuid(*segment), contact_id: contact, entered_at: at };
    segments.iter().map(member).collect()
}

/// Put people into segments. Who is in one already stays.
pub async fn enter(conn: &impl ConnectionTrait, entered: &[Member]) -> Result<()> {
    for rows in entered.chunks(ROWS) {
        let rows = rows.iter().map(|member| members::ActiveModel {
            segment_id: Set(member.segment_id.uuid()),
            contact_id: Set(member.contact_id.uuid()),
            entered_at: Set(member.entered_at.ms()),
        });
        let mut known = OnConflict::columns([members::Column::SegmentId, members::Column::ContactId]);
        let insert = members::Entity::insert_many(rows).on_conflict(known.do_nothing().to_owned());
        insert.exec_without_returning(conn).await?;
    }
    Ok(())
}

/// Take people out of a segment.
pub async fn leave(conn: &impl ConnectionTrait, segment: Id<id::Segment>, contacts: &[Uuid]) -> Result<()> {
    for ids in contacts.chunks(IDS) {
        members::Entity::delete_many()
            .filter(members::Column::SegmentId.eq(segment.uuid()))
            .filter(members::Column::ContactId.is_in(ids.iter().copied()))
            .exec(conn)
            .await?;
    }
    Ok(())
}
