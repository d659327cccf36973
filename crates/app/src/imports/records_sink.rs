//! Where companies and deals of a file end up.
//!
//! Both are known again by their id in the program that the file comes from, so that a second file, or the same one
//! after a crash, adds nothing twice. A company is also known by its name. A deal is left alone once it is in.

use std::collections::{HashMap, HashSet};

use base::{Currency, Email, Id, Money, id};
use funnel::deal::DealStatus;
use funnel::document::StageId;
use funnel::field::Writing;
use serde_json::Map;
use store::Tx;
use store::companies::{Company, name_key};
use store::external_ids::{ExternalId, Namespace};
use store::funnels::Funnel;
use uuid::Uuid;

use super::{CompanyDraft, DealDraft, RowRefused, Shape, app_sink::AppSink, record::refused, run::Taken};
use crate::companies::CompanyChange;
use crate::deals::{self, Arriving};
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

/// Letters and digits in lower case, as names are compared.
fn plain(text: &str) -> String {
    text.to_lowercase().chars().filter(|c| c.is_alphanumeric()).collect()
}

/// Users and companies that rows name.
#[derive(Default)]
pub(super) struct Named {
    users: HashMap<String, Id<id::User>>,
    companies: HashMap<String, Uuid>,
}

impl Named {
    pub(super) async fn load(tx: &Tx, shape: Shape, wants_users: bool, companies: Vec<String>) -> Result<Self> {
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
async fn users(tx: &Tx) -> Result<HashMap<String, Id<id::User>>> {
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
fn refusal(line: u64, error: AppError) -> Result<RowRefused> {
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

impl AppSink<'_> {
    fn namespace(&self, entity: &'static str) -> Namespace<'static> {
        Namespace { system: system(self.mapping.shape), entity }
    }

    pub(super) async fn take_companies(&self, drafts: Vec<CompanyDraft>) -> Result<Taken> {
        let tx = self.app.store.begin().await?;
        let fields = Fields::load(&tx, &Actor::SYSTEM, Entity::Company).await?;
        let named = Named::load(&tx, self.mapping.shape, true, Vec::new()).await?;
        let external_ids: Vec<String> = drafts.iter().map(|draft| draft.external_id.clone()).collect();
        let mut known = store::external_ids::find(&tx, self.namespace("company"), &external_ids).await?;
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

    pub(super) async fn take_deals(&self, drafts: Vec<DealDraft>) -> Result<Taken> {
        let tx = self.app.store.begin().await?;
        let external_ids: Vec<String> = drafts.iter().map(|draft| draft.external_id.clone()).collect();
        let known = store::external_ids::find(&tx, self.namespace("deal"), &external_ids).await?;
        let people: Vec<String> = drafts.iter().flat_map(|draft| draft.contact_ids.iter().cloned()).collect();
        let mut people = store::external_ids::find(&tx, self.namespace("contact"), &people).await?;
        let emails: Vec<Email> = drafts.iter().filter_map(|draft| draft.email.parse().ok()).collect();
        for contact in store::imports::contacts_by_email(&tx, &emails).await? {
            people.extend(contact.email.map(|email| (email.to_string(), contact.id.uuid())));
        }
        let named = Named::load(&tx, self.mapping.shape, true, Vec::new()).await?;
        tx.commit().await?;
        let mut done: HashSet<String> = known.into_keys().collect();
        let mut taken = Taken::default();
        for draft in drafts {
            if !done.insert(draft.external_id.clone()) {
                taken.repeated += 1;
                continue;
            }
            match self.take_deal(&draft, &people, &named).await {
                Ok(()) => taken.added += 1,
                Err(error) => {
                    done.remove(&draft.external_id);
                    taken.refused.push((refusal(draft.line, error)?, draft.raw));
                }
            }
        }
        Ok(taken)
    }

    async fn take_deal(&self, draft: &DealDraft, people: &HashMap<String, Uuid>, named: &Named) -> Result<()> {
        let mut names = draft.contact_ids.iter().chain(std::iter::once(&draft.email));
        let contact = names.find_map(|name| people.get(name)).copied().ok_or_else(|| {
            let whom = draft.contact_ids.first().unwrap_or(&draft.email);
            let message = format!("no contact {whom} was brought in; import the contacts first");
            AppError::invalid("contact", "unknown", message)
        })?;
        let funnel = self.funnel(&draft.pipeline)?;
        let (stage, status) = self.stage(&funnel, draft)?;
        let value = amount(draft, funnel.doc.currency)?;
        let arriving = Arriving {
            contact_id: Id::from_uuid(contact),
            stage,
            status,
            title: draft.title.clone(),
            value,
            owner_id: named.owner(&draft.owner),
            reason: draft.reason.clone(),
            fields: draft.fields.clone(),
            created_at: draft.created_at,
            closed_at: draft.closed_at,
            source: self.source.clone(),
            funnel,
        };
        let (namespace, import) = (self.namespace("deal"), self.import.id);
        deals::bring_in(self.app, &Actor::SYSTEM, arriving, async |tx, id, made_at| {
            let external_id = draft.external_id.clone();
            let told = ExternalId { external_id, record_id: id.uuid(), made_at: Some(made_at) };
            Ok(store::external_ids::put(tx, namespace, import, &[told]).await?)
        })
        .await
    }

    /// The funnel of that title or id; the first one when the file names none.
    fn funnel(&self, name: &str) -> Result<Funnel> {
        let rules = self.app.running.rules();
        let wanted = plain(name);
        let is_named = |funnel: &&Funnel| {
            plain(&funnel.doc.id) == wanted || funnel.doc.title.texts().any(|title| plain(title) == wanted)
        };
        let found = match wanted.is_empty() {
            true => rules.funnels.first(),
            // A file of one pipeline goes into the one funnel there is, whatever both are called.
            false => rules.funnels.iter().find(is_named).or(rules.funnels.first().filter(|_| rules.funnels.len() == 1)),
        };
        found.cloned().ok_or_else(|| {
            let titles: Vec<&str> = rules.funnels.iter().map(|funnel| funnel.doc.id.as_str()).collect();
            let message = format!("no funnel is called {name}; there are {}", titles.join(", "));
            AppError::invalid("pipeline", "unknown", message)
        })
    }

    /// Where a deal stands, and whether it has ended there.
    fn stage(&self, funnel: &Funnel, draft: &DealDraft) -> Result<(StageId, DealStatus)> {
        let doc = &funnel.doc;
        // `Closed won (Sales Pipeline)`
        let label = draft.stage.split_once(" (").map_or(draft.stage.as_str(), |(label, _)| label).trim();
        let name = self.mapping.stage_names.get(&draft.stage).or_else(|| self.mapping.stage_names.get(label));
        let wanted = plain(name.map_or(label, String::as_str));
        let first = || doc.stages.iter().find(|stage| doc.opens_deal(stage)).or(doc.stages.first());
        let ends = match wanted.as_str() {
            "closedwon" | "won" | "vunnet" | "vunnen" | "vundet" | "voitettu" | "gewonnen" => {
                Some((funnel::gate::winning_stage(doc).or_else(first), DealStatus::Won))
            }
            "closedlost" | "lost" | "tapt" | "förlorad" | "tabt" | "hävitty" | "verloren" => {
                Some((first(), DealStatus::Lost))
            }
            _ => None,
        };
        let is_named = |stage: &&funnel::document::Stage| {
            plain(stage.id.as_str()) == wanted || stage.name.texts().any(|name| plain(name) == wanted)
        };
        let found = doc.stages.iter().find(is_named).map(|stage| (Some(stage), DealStatus::Open));
        match ends.or(found) {
            Some((Some(stage), status)) => Ok((stage.id.clone(), status)),
            _ => {
                let stages: Vec<&str> = doc.stages.iter().map(|stage| stage.id.as_str()).collect();
                let message = format!(
                    "the funnel {} has no stage {}; it has {}. Say in the mapping which of them it is",
                    doc.id,
                    draft.stage,
                    stages.join(", ")
                );
                Err(AppError::invalid("stage", "unknown", message))
            }
        }
    }
}

struct Took {
    id: Uuid,
    is_changed: bool,
}

fn amount(draft: &DealDraft, usual: Currency) -> Result<Money> {
    let currency = match draft.currency.trim() {
        "" => usual,
        code => code.to_uppercase().parse().map_err(|_| {
            AppError::invalid("currency", "unknown", format!("{code} is no currency; write a code such as NOK"))
        })?,
    };
    let Some(number) = &draft.amount else { return Ok(Money::zero(currency)) };
    let units = number.as_f64().unwrap_or(f64::NAN);
    let minor = (units * 10f64.powi(i32::try_from(currency.exponent()).unwrap_or(0))).round();
    if !(0.0..=9.0e15).contains(&minor) {
        return Err(AppError::invalid("amount", "range", "write an amount of 0 or more"));
    }
    #[expect(clippy::cast_possible_truncation, reason = "whole and within the range that was just looked at")]
    Ok(Money::new(minor as i64, currency))
}
