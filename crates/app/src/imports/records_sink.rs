//! Where companies of a file end up.
//!
//! They are known again by their id, here or in the program that the file comes from, so that a second file, or the same
//! one after a crash, adds nothing twice; also by their name.

use std::collections::HashMap;

use base::{Id, id};
use funnel::field::Writing;
use serde_json::Map;
use store::companies::{Company, name_key};
use store::external_ids::{ExternalId, Namespace};
use store::{ConnectionTrait, Tx};
use uuid::Uuid;

pub(super) use super::guess::names::plain;
use super::{CompanyDraft, RowRefused, Shape, app_sink::AppSink, record::refused, run::Taken};
use crate::companies::CompanyChange;
use crate::fields::{Entity, Fields};
use crate::records::Record as _;
use crate::{Actor, AppError, Result, companies};

/// The word for a program in the table of ids.
pub(super) fn system(shape: Shape) -> &'static str {
    match shape {
        Shape::Hubspot => "hubspot",
        Shape::Mailchimp => "mailchimp",
        Shape::Segment => "segment",
        Shape::Posthog => "posthog",
        Shape::Generic | Shape::Vcard => "file",
    }
}

/// The last word on each id: one statement must not write a row twice.
pub(super) fn once_each(ids: impl Iterator<Item = ExternalId>) -> Vec<ExternalId> {
    let last: HashMap<String, ExternalId> = ids.map(|id| (id.external_id.clone(), id)).collect();
    last.into_values().collect()
}

/// Users and companies that rows name.
#[derive(Default)]
pub(super) struct Named {
    users: HashMap<String, Id<id::User>>,
    companies: HashMap<String, Uuid>,
}

impl Named {
    pub(super) async fn load(
        tx: &impl ConnectionTrait,
        shape: Shape,
        wants_users: bool,
        companies: Vec<String>,
    ) -> Result<Self> {
        let mut named = Self::default();
        if wants_users {
            named.users = users(tx).await?;
        }
        if !companies.is_empty() {
            let namespace = Namespace { system: system(shape), entity: "company" };
            named.companies = store::external_ids::find(tx, namespace, &companies).await?;
        }
        Ok(named)
    }

    /// A user by their address or their name; none when nobody is called so.
    pub(super) fn owner(&self, text: &str) -> Option<Id<id::User>> {
        self.users.get(&plain(text)).copied()
    }

    /// The first of the companies that is known.
    pub(super) fn company(&self, external_ids: &[String]) -> Option<Id<id::Company>> {
        external_ids.iter().find_map(|id| self.companies.get(id)).copied().map(Id::from_uuid)
    }
}

/// Users by address and by name; a name that two have names nobody.
pub(super) async fn users(tx: &impl ConnectionTrait) -> Result<HashMap<String, Id<id::User>>> {
    let all = store::users::all(tx).await?;
    let mut names: HashMap<String, Option<Id<id::User>>> = HashMap::new();
    for user in &all {
        names.entry(plain(&user.name)).and_modify(|known| *known = None).or_insert(Some(user.id));
    }
    let mut users: HashMap<_, _> = names.into_iter().filter_map(|(name, id)| Some((name, id?))).collect();
    users.extend(all.iter().map(|user| (plain(user.email.as_str()), user.id)));
    Ok(users)
}

fn company_change(draft: &CompanyDraft, company: &Company, fields: &Fields, named: &Named) -> CompanyChange {
    let news = |known: &str, new: &str| (known.is_empty() && !new.is_empty()).then(|| new.to_owned());
    let tags = draft.tags.iter().filter(|tag| !company.tags.contains(tag));
    let tags: Vec<String> = company.tags.iter().chain(tags).cloned().collect();
    let values =
        draft.fields.iter().filter(|(key, _)| !company.fields.contains_key(*key) && fields.seen(key).is_some());
    CompanyChange {
        name: news(&company.name, &draft.name),
        domain: news(&company.domain, &draft.domain),
        organisation_number: news(&company.organisation_number, &draft.organisation_number),
        phone: news(&company.phone, &draft.phone),
        address: news(&company.address, &draft.address),
        owner_id: company.owner_id.is_none().then(|| named.owner(&draft.owner)).flatten().map(Some),
        tags: (tags != company.tags).then_some(tags),
        fields: Some(values.map(|(key, value)| (key.clone(), value.clone())).collect::<Map<_, _>>()),
    }
}

/// What a person may do something about is a refusal of the row; anything else fails the batch.
pub(super) fn refusal(line: u64, error: AppError) -> Result<RowRefused> {
    match error {
        AppError::Invalid(problems) => {
            let texts: Vec<String> =
                problems.iter().map(|problem| format!("{}: {}", problem.field, problem.message)).collect();
            Ok(refused(line, texts.join("; ")))
        }
        AppError::GateShut(_) => Ok(refused(line, error.to_string())),
        error => Err(error),
    }
}

/// Whose ids the records of a file have.
pub(super) fn namespace(shape: Shape, entity: &'static str) -> Namespace<'static> {
    Namespace { system: system(shape), entity }
}

impl AppSink<'_> {
    pub(super) fn namespace(&self, entity: &'static str) -> Namespace<'static> {
        namespace(self.mapping.shape, entity)
    }

    pub(super) async fn take_companies(&self, drafts: Vec<CompanyDraft>) -> Result<Taken> {
        let tx = self.app.store.begin().await?;
        let fields = Fields::load(&tx, &Actor::SYSTEM, Entity::Company).await?;
        let named = Named::load(&tx, self.mapping.shape, true, Vec::new()).await?;
        let external_ids: Vec<String> = drafts.iter().map(|draft| draft.external_id.clone()).collect();
        let mut known = store::external_ids::find(&tx, self.namespace("company"), &external_ids).await?;
        // Our own files name companies by our own ids.
        let ours: Vec<Id<id::Company>> = external_ids.iter().filter_map(|id| id.parse().ok()).collect();
        known.extend(
            store::companies::find_many(&tx, &ours).await?.into_iter().map(|one| (one.id.to_string(), one.id.uuid())),
        );
        let keys: Vec<String> = drafts.iter().map(|draft| name_key(&draft.name)).collect();
        let by_name = store::companies::of_name_keys(&tx, &keys).await?;
        // A name that several have is no name to go by.
        let mut by_name: HashMap<String, Uuid> = by_name
            .into_iter()
            .filter_map(|(key, ids)| if let [one] = ids[..] { Some((key, one.uuid())) } else { None })
            .collect();
        let mut taken = Taken::default();
        let mut told = Vec::new();
        for draft in drafts {
            let key = name_key(&draft.name);
            let found = known.get(&draft.external_id).filter(|_| !draft.external_id.is_empty());
            let found = found.or_else(|| by_name.get(&key)).copied();
            match self.take_company(&tx, &draft, found, &fields, &named).await {
                Ok(took) => {
                    taken.added += u64::from(found.is_none());
                    taken.changed += u64::from(found.is_some() && took.is_changed);
                    taken.repeated += u64::from(found.is_some() && !took.is_changed);
                    by_name.insert(key, took.id);
                    // One without an id is remembered by its own, so that it can be taken back.
                    let is_named = !draft.external_id.is_empty();
                    let own_id = || Id::<id::Company>::from_uuid(took.id).to_string();
                    let external_id = if is_named { draft.external_id } else { own_id() };
                    if (found.is_none() || is_named) && !known.contains_key(&external_id) {
                        let made_at = found.is_none().then_some(self.import.created_at);
                        told.push(ExternalId { external_id: external_id.clone(), record_id: took.id, made_at });
                    }
                    known.insert(external_id, took.id);
                }
                Err(error) => taken.refused.push((refusal(draft.line, error)?, draft.raw)),
            }
        }
        store::external_ids::put(&tx, self.namespace("company"), self.import.id, &once_each(told.into_iter())).await?;
        tx.commit().await?;
        Ok(taken)
    }

    async fn take_company(
        &self,
        tx: &Tx,
        draft: &CompanyDraft,
        found: Option<Uuid>,
        fields: &Fields,
        named: &Named,
    ) -> Result<Took> {
        let stored = match found {
            Some(id) => store::companies::find(tx, Id::from_uuid(id)).await?,
            None => None,
        };
        let mut company = stored.clone().unwrap_or_else(|| companies::blank(self.app));
        let change = company_change(draft, &company, fields, named);
        company.apply(change, fields, if stored.is_some() { Writing::Change } else { Writing::New })?;
        let is_changed = stored.as_ref() != Some(&company);
        match &stored {
            None => {
                (company.created_at, company.updated_at) = (self.import.created_at, self.import.created_at);
                store::companies::insert(tx, &company).await?;
            }
            Some(_) if is_changed => {
                company.updated_at = self.app.now();
                store::companies::update(tx, &company).await?;
            }
            Some(_) => {}
        }
        Ok(Took { id: company.id.uuid(), is_changed })
    }
}

struct Took {
    id: Uuid,
    is_changed: bool,
}
