//! Contacts as lists, edits of many and files need them.

use base::{Email, Id, Timestamp, id};
use funnel::field::Writing;
use serde_json::{Map, Value, json};
use store::contacts::Contact;
use store::records::{Column, Holds, Place, Table};
use store::{ConnectionTrait, Tx};
use uuid::Uuid;

use super::{ContactChange, TEXT_CHARS_MAX, TRAITS_BYTES_MAX};
use crate::fields::{self, Entity, Fields, full_name};
use crate::records::{Record, checked_tags, line, put};
use crate::{AppError, FieldProblem, Result};

impl Record for Contact {
    const ENTITY: Entity = Entity::Contact;
    const TABLE: Table = Table::Contacts;
    const COLUMNS: &'static [(&'static str, Column)] = &[
        ("name", Column { place: Place::Name, holds: Holds::Text }),
        ("first_name", Column::of("first_name", Holds::Text)),
        ("last_name", Column::of("last_name", Holds::Text)),
        ("email", Column::of("email", Holds::Text)),
        ("is_email_verified", Column::of("is_email_verified", Holds::YesNo)),
        ("phone", Column::of("phone", Holds::Text)),
        ("company", Column::of("company", Holds::Text)),
        ("company_id", Column::of("company_id", Holds::Id)),
        ("owner_id", Column::of("owner_id", Holds::Id)),
        ("locale", Column::of("locale", Holds::Text)),
        ("channel", Column::of("channel", Holds::Text)),
        ("source", Column::of("source", Holds::Text)),
        ("tags", Column::of("tags", Holds::List)),
        ("created_at", Column::of("created_at", Holds::Moment)),
        ("updated_at", Column::of("updated_at", Holds::Moment)),
    ];
    const WORDS: &'static [&'static str] = &["first_name", "last_name", "email", "phone", "company"];
    type Change = ContactChange;

    fn uuid(&self) -> Uuid {
        self.id.uuid()
    }

    fn id_text(&self) -> String {
        self.id.to_string()
    }

    fn flat(&self) -> Map<String, Value> {
        let built_in = json!({
            "email": self.email, "first_name": self.first_name, "last_name": self.last_name, "phone": self.phone,
            "company": self.company, "company_id": self.company_id, "owner_id": self.owner_id, "locale": self.locale,
            "tags": self.tags,
        });
        let mut flat = built_in.as_object().cloned().unwrap_or_default();
        flat.extend(self.traits.iter().map(|(key, value)| (full_name(key), value.clone())));
        flat
    }

    fn shown(&self) -> Map<String, Value> {
        let mut shown = self.flat();
        let more = json!({
            "id": self.id, "name": self.display_name(), "is_email_verified": self.is_email_verified,
            "channel": self.channel, "source": self.source, "created_at": self.created_at, "updated_at": self.updated_at,
        });
        shown.extend(more.as_object().cloned().unwrap_or_default());
        shown
    }

    fn blank_hidden(&mut self, fields: &Fields) {
        super::blank_hidden(self, fields);
    }

    fn tags(&self) -> &[String] {
        &self.tags
    }

    fn set_tags(&mut self, tags: Vec<String>) {
        self.tags = tags;
    }

    fn touched(&mut self, now: Timestamp) {
        self.updated_at = now;
    }

    fn apply(&mut self, change: ContactChange, fields: &Fields, writing: Writing) -> Result<()> {
        let mut problems = Vec::new();
        if let Some(email) = change.email.as_deref() {
            match email.trim() {
                "" => self.email = None,
                text => match text.parse::<Email>() {
                    Ok(email) => self.email = Some(email),
                    Err(error) => problems.push(FieldProblem::new("email", "email", format!("{error}"))),
                },
            }
        }
        let texts = [
            ("first_name", &mut self.first_name, change.first_name),
            ("last_name", &mut self.last_name, change.last_name),
            ("phone", &mut self.phone, change.phone),
            ("company", &mut self.company, change.company),
        ];
        for (name, field, value) in texts {
            put(field, value.map(|value| line(name, &value, TEXT_CHARS_MAX)), &mut problems);
        }
        self.locale = change.locale.unwrap_or_else(|| self.locale.clone());
        self.company_id = change.company_id.unwrap_or(self.company_id);
        self.owner_id = change.owner_id.unwrap_or(self.owner_id);
        put(&mut self.tags, change.tags.map(|tags| checked_tags(&tags)), &mut problems);
        match fields.merged(&self.traits, &change.traits.unwrap_or_default(), writing) {
            Ok(traits) => self.traits = traits,
            Err(found) => problems.extend(found),
        }
        if json!(self.traits).to_string().len() > TRAITS_BYTES_MAX {
            let message = format!("the facts about a contact have at most {TRAITS_BYTES_MAX} bytes in all");
            problems.push(FieldProblem::new("traits", "too_long", message));
        }
        if problems.is_empty() { Ok(()) } else { Err(AppError::Invalid(problems)) }
    }

    async fn load(conn: &impl ConnectionTrait, ids: &[Uuid]) -> Result<Vec<Self>> {
        let ids: Vec<Id<id::Contact>> = ids.iter().copied().map(Id::from_uuid).collect();
        Ok(store::contacts::find_many(conn, &ids).await?)
    }

    async fn save(&self, tx: &Tx, before: &Self) -> Result<()> {
        let fields = Fields::load(tx, &crate::Actor::SYSTEM, Entity::Contact).await?;
        refuse_unknown_references(tx, self, before, &fields).await?;
        Ok(store::contacts::update(tx, self).await?)
    }

    async fn remove(tx: &Tx, id: Uuid) -> Result<()> {
        // Asked first: on PostgreSQL a refused statement would end the whole batch.
        if store::contacts::has_orders(tx, Id::from_uuid(id)).await? {
            return Err(AppError::conflict("has_orders", "the contact has orders, which the books must keep"));
        }
        super::remove(tx, Id::from_uuid(id)).await
    }
}

/// The company and the users that a contact newly names must be there.
pub(super) async fn refuse_unknown_references(
    tx: &Tx,
    contact: &Contact,
    before: &Contact,
    fields: &Fields,
) -> Result<()> {
    if let Some(company) = contact.company_id.filter(|_| contact.company_id != before.company_id)
        && store::companies::find(tx, company).await?.is_none()
    {
        return Err(AppError::invalid("company_id", "unknown", "there is no such company"));
    }
    if contact.owner_id.is_some() && contact.owner_id != before.owner_id {
        fields::refuse_unknown_user(tx, "owner_id", contact.owner_id).await?;
    }
    fields::refuse_unknown_users(tx, fields, &before.traits, &contact.traits).await
}
