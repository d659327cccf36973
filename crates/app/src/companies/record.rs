//! Companies as lists, edits of many and files need them.

use base::{Id, Timestamp, id};
use funnel::field::{Writing, normal_url};
use serde_json::{Map, Value, json};
use store::companies::Company;
use store::records::{Column, Holds, Table};
use store::{ConnectionTrait, Tx};
use url::Url;
use uuid::Uuid;

use super::{ADDRESS_CHARS_MAX, CompanyChange};
use crate::contacts::{TEXT_CHARS_MAX, TRAITS_BYTES_MAX};
use crate::fields::{self, Entity, Fields, full_name};
use crate::records::{Record, checked_tags, line, put};
use crate::{AppError, FieldProblem, Result};

impl Record for Company {
    const ENTITY: Entity = Entity::Company;
    const TABLE: Table = Table::Companies;
    const COLUMNS: &'static [(&'static str, Column)] = &[
        ("name", Column::of("name", Holds::Text)),
        ("domain", Column::of("domain", Holds::Text)),
        ("organisation_number", Column::of("organisation_number", Holds::Text)),
        ("phone", Column::of("phone", Holds::Text)),
        ("address", Column::of("address", Holds::Text)),
        ("owner_id", Column::of("owner_id", Holds::Id)),
        ("tags", Column::of("tags", Holds::List)),
        ("created_at", Column::of("created_at", Holds::Moment)),
        ("updated_at", Column::of("updated_at", Holds::Moment)),
    ];
    const WORDS: &'static [&'static str] = &["name", "domain", "organisation_number", "phone", "address"];
    type Change = CompanyChange;

    fn uuid(&self) -> Uuid {
        self.id.uuid()
    }

    fn id_text(&self) -> String {
        self.id.to_string()
    }

    fn flat(&self) -> Map<String, Value> {
        let built_in = json!({
            "name": self.name, "domain": self.domain, "organisation_number": self.organisation_number,
            "phone": self.phone, "address": self.address, "owner_id": self.owner_id, "tags": self.tags,
        });
        let mut flat = built_in.as_object().cloned().unwrap_or_default();
        flat.extend(self.fields.iter().map(|(key, value)| (full_name(key), value.clone())));
        flat
    }

    fn shown(&self) -> Map<String, Value> {
        let mut shown = self.flat();
        let more = json!({
            "id": self.id, "created_at": self.created_at, "updated_at": self.updated_at,
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

    fn apply(&mut self, change: CompanyChange, fields: &Fields, writing: Writing) -> Result<()> {
        let mut problems = Vec::new();
        let texts = [
            ("name", &mut self.name, change.name),
            ("organisation_number", &mut self.organisation_number, change.organisation_number),
            ("phone", &mut self.phone, change.phone),
        ];
        for (name, field, value) in texts {
            put(field, value.map(|value| line(name, &value, TEXT_CHARS_MAX)), &mut problems);
        }
        if self.name.is_empty() && problems.is_empty() {
            problems.push(FieldProblem::new("name", "required", "write a name"));
        }
        match change.domain.as_deref().map(domain) {
            Some(Some(domain)) => self.domain = domain,
            Some(None) => problems.push(FieldProblem::new("domain", "domain", "write a domain such as acme.no")),
            None => {}
        }
        if let Some(address) = change.address {
            let address = address.trim().replace("\r\n", "\n");
            let is_odd = |c: char| c.is_control() && c != '\n';
            if address.chars().count() > ADDRESS_CHARS_MAX || address.chars().any(is_odd) {
                let message = format!("write at most {ADDRESS_CHARS_MAX} characters");
                problems.push(FieldProblem::new("address", "length", message));
            } else {
                self.address = address;
            }
        }
        self.owner_id = change.owner_id.unwrap_or(self.owner_id);
        put(&mut self.tags, change.tags.map(|tags| checked_tags(&tags)), &mut problems);
        match fields.merged(&self.fields, &change.fields.unwrap_or_default(), writing) {
            Ok(values) => self.fields = values,
            Err(found) => problems.extend(found),
        }
        if json!(self.fields).to_string().len() > TRAITS_BYTES_MAX {
            let message = format!("the fields of a company have at most {TRAITS_BYTES_MAX} bytes in all");
            problems.push(FieldProblem::new("fields", "too_long", message));
        }
        if problems.is_empty() { Ok(()) } else { Err(AppError::Invalid(problems)) }
    }

    async fn load(conn: &impl ConnectionTrait, ids: &[Uuid]) -> Result<Vec<Self>> {
        let ids: Vec<Id<id::Company>> = ids.iter().copied().map(Id::from_uuid).collect();
        Ok(store::companies::find_many(conn, &ids).await?)
    }

    async fn save(&self, tx: &Tx, before: &Self) -> Result<()> {
        let fields = Fields::load(tx, &crate::Actor::SYSTEM, Entity::Company).await?;
        refuse_unknown_references(tx, self, before, &fields).await?;
        Ok(store::companies::update(tx, self).await?)
    }

    async fn remove(tx: &Tx, id: Uuid) -> Result<()> {
        match store::companies::delete(tx, Id::from_uuid(id)).await? {
            true => Ok(()),
            false => Err(AppError::NotFound("company")),
        }
    }
}

/// A domain as it stands in addresses: `https://www.Acme.no/about` is `acme.no`. Nothing for nothing.
fn domain(text: &str) -> Option<String> {
    if text.trim().is_empty() {
        return Some(String::new());
    }
    let url = Url::parse(&normal_url(text)?).ok()?;
    let host = url.host_str()?.to_lowercase();
    Some(host.strip_prefix("www.").unwrap_or(&host).to_owned())
}

/// The users that a company newly names must be there.
pub(super) async fn refuse_unknown_references(
    tx: &Tx,
    company: &Company,
    before: &Company,
    fields: &Fields,
) -> Result<()> {
    if company.owner_id.is_some() && company.owner_id != before.owner_id {
        fields::refuse_unknown_user(tx, "owner_id", company.owner_id).await?;
    }
    fields::refuse_unknown_users(tx, fields, &before.fields, &company.fields).await
}
