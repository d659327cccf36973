//! Where deals of a file end up.
//!
//! A deal is known again by its id, here or in the program that the file comes from, so that a second file, or the same
//! one after a crash, adds nothing twice. Once it is in it is left alone, unless the mapping says that the file goes for
//! it: then it is changed and moved as by hand, and gates hold.

use std::collections::HashMap;

use base::{Currency, Email, Id, Money, id};
use funnel::deal::DealStatus;
use store::ConnectionTrait;
use store::deals::Scope;
use store::external_ids::ExternalId;
use store::funnels::Funnel;
use uuid::Uuid;

use super::{
    DealDraft, KnownDeals, Mapping,
    app_sink::AppSink,
    own::minor_units,
    records_sink::{Named, namespace, refusal},
    run::Taken,
    stages::{funnel_of, stage_of},
};
use crate::deals::{self, Arriving, DealClose, DealMove, DealOutcome, DealPatch};
use crate::{Actor, App, AppError, Result};

/// What the rows of a batch name.
pub(super) struct Known {
    deals: HashMap<String, Uuid>,
    people: HashMap<String, Uuid>,
    named: Named,
    funnels: Vec<Funnel>,
}

/// What a row says of a deal, its names understood.
pub(super) struct Understood {
    known: Option<Id<id::Deal>>,
    contact_id: Id<id::Contact>,
    funnel: Funnel,
    stage: funnel::document::StageId,
    status: DealStatus,
    value: Option<Money>,
}

impl Known {
    pub(super) async fn load(
        app: &App,
        conn: &impl ConnectionTrait,
        mapping: &Mapping,
        drafts: &[DealDraft],
    ) -> Result<Self> {
        let external_ids: Vec<String> = drafts.iter().map(|draft| draft.external_id.clone()).collect();
        let mut deals = store::external_ids::find(conn, namespace(mapping.shape, "deal"), &external_ids).await?;
        // Our own files name deals and contacts by our own ids.
        let ours: Vec<Id<id::Deal>> = external_ids.iter().filter_map(|id| id.parse().ok()).collect();
        let found = store::deals::find_many(conn, &ours).await?;
        deals.extend(found.into_iter().map(|deal| (deal.id.to_string(), deal.id.uuid())));
        let ids: Vec<String> = drafts.iter().flat_map(|draft| draft.contact_ids.iter().cloned()).collect();
        let mut people = store::external_ids::find(conn, namespace(mapping.shape, "contact"), &ids).await?;
        let ours: Vec<Id<id::Contact>> = ids.iter().filter_map(|id| id.parse().ok()).collect();
        let found = store::contacts::find_many(conn, &ours).await?;
        people.extend(found.into_iter().map(|contact| (contact.id.to_string(), contact.id.uuid())));
        let emails: Vec<Email> = drafts.iter().filter_map(|draft| draft.email.parse().ok()).collect();
        for contact in store::imports::contacts_by_email(conn, &emails).await? {
            people.extend(contact.email.map(|email| (email.to_string(), contact.id.uuid())));
        }
        let named = Named::load(conn, mapping.shape, true, Vec::new()).await?;
        Ok(Self { deals, people, named, funnels: app.running.rules().funnels.clone() })
    }

    /// The names of a row, or what nobody is called.
    pub(super) fn understood(&self, mapping: &Mapping, draft: &DealDraft) -> Result<Understood> {
        let known = self.deals.get(&draft.external_id).copied().map(Id::from_uuid);
        let mut names = draft.contact_ids.iter().chain(std::iter::once(&draft.email));
        let contact = names.find_map(|name| self.people.get(name)).copied().ok_or_else(|| {
            let whom = draft.contact_ids.first().unwrap_or(&draft.email);
            let message = format!("no contact {whom} was brought in; import the contacts first");
            AppError::invalid("contact", "unknown", message)
        })?;
        let funnel = funnel_of(&self.funnels, &draft.pipeline)?.clone();
        let (stage, status) = stage_of(&funnel, mapping, draft)?;
        let value = amount(draft, funnel.doc.currency)?;
        Ok(Understood { known, contact_id: Id::from_uuid(contact), funnel, stage, status, value })
    }

    /// Whether a deal of that name is there.
    pub(super) fn has(&self, draft: &DealDraft) -> bool {
        self.deals.contains_key(&draft.external_id)
    }
}

impl AppSink<'_> {
    pub(super) async fn take_deals(&self, drafts: Vec<DealDraft>) -> Result<Taken> {
        let mut known = Known::load(self.app, self.app.store.reader(), self.mapping, &drafts).await?;
        let mut taken = Taken::default();
        for draft in drafts {
            if known.has(&draft) && self.mapping.known_deals == KnownDeals::Leave {
                taken.repeated += 1;
                continue;
            }
            match self.take_deal(&draft, &known).await {
                Ok(took) => {
                    taken.added += u64::from(took.is_new);
                    taken.changed += u64::from(!took.is_new && took.is_changed);
                    taken.repeated += u64::from(!took.is_new && !took.is_changed);
                    known.deals.insert(draft.external_id, took.id.uuid());
                }
                Err(error) => taken.refused.push((refusal(draft.line, error)?, draft.raw)),
            }
        }
        Ok(taken)
    }

    async fn take_deal(&self, draft: &DealDraft, known: &Known) -> Result<Took> {
        let understood = known.understood(self.mapping, draft)?;
        if let Some(id) = understood.known {
            let is_changed = change(self.app, id, draft, &understood, &known.named).await?;
            return Ok(Took { id, is_new: false, is_changed });
        }
        let Understood { contact_id, funnel, stage, status, value, .. } = understood;
        let arriving = Arriving {
            contact_id,
            stage,
            status,
            title: draft.title.clone(),
            value: value.unwrap_or(Money::zero(funnel.doc.currency)),
            owner_id: known.named.owner(&draft.owner),
            reason: draft.reason.clone(),
            discount: draft.discount,
            fields: draft.fields.clone(),
            created_at: draft.created_at,
            closed_at: draft.closed_at,
            source: self.source.clone(),
            funnel,
        };
        let (namespace, import) = (self.namespace("deal"), self.import.id);
        let mut made = None;
        deals::bring_in(self.app, &Actor::SYSTEM, arriving, async |tx, id, made_at| {
            made = Some(id);
            let external_id = draft.external_id.clone();
            let told = ExternalId { external_id, record_id: id.uuid(), made_at: Some(made_at) };
            Ok(store::external_ids::put(tx, namespace, import, &[told]).await?)
        })
        .await?;
        let id = made.ok_or_else(|| AppError::Internal("a deal came in without an id".to_owned()))?;
        Ok(Took { id, is_new: true, is_changed: true })
    }
}

struct Took {
    id: Id<id::Deal>,
    is_new: bool,
    is_changed: bool,
}

/// Let what a row says go for a deal that is there; what it leaves empty stays. Its fields come first, since gates look
/// at them: a row whose deal may not move is refused with the reason, and what it says of the fields counts all the same.
async fn change(app: &App, id: Id<id::Deal>, draft: &DealDraft, row: &Understood, named: &Named) -> Result<bool> {
    let actor = &Actor::SYSTEM;
    let find = async || {
        let found = store::deals::find(app.store.reader(), id, Scope::All).await?;
        found.ok_or(AppError::NotFound("deal"))
    };
    let before = find().await?;
    if before.contact_id != row.contact_id || before.funnel_id != row.funnel.id {
        let message = "the deal is with somebody else, or in another funnel; a file cannot change that";
        return Err(AppError::invalid("deal", "fixed", message));
    }
    if before.status != DealStatus::Open && before.status != row.status {
        let message = "the deal has ended; open it again before a file moves it";
        return Err(AppError::invalid("status", "ended", message));
    }
    let patch = DealPatch {
        title: Some(draft.title.clone()).filter(|title| !title.is_empty()),
        value: row.value,
        owner_id: named.owner(&draft.owner).map(Some),
        fields: Some(draft.fields.clone()).filter(|fields| !fields.is_empty()),
        discount: draft.discount.map(Some),
    };
    deals::update(app, actor, id, patch).await?;
    let now = find().await?;
    if now.status == DealStatus::Open {
        // Who wins or loses does so where they stand.
        if now.stage != row.stage && row.status == DealStatus::Open {
            let to = DealMove {
                stage: row.stage.0.clone(),
                reason: draft.reason.clone(),
                override_reason: None,
                locale: None,
            };
            deals::move_to(app, actor, id, to).await?;
        }
        let outcome = match row.status {
            DealStatus::Open => None,
            DealStatus::Won => Some(DealOutcome::Won),
            DealStatus::Lost => Some(DealOutcome::Lost),
        };
        if let Some(outcome) = outcome {
            let close = DealClose { outcome, reason: draft.reason.clone(), override_reason: None, locale: None };
            deals::end(app, actor, id, close).await?;
        }
    }
    let after = find().await?;
    Ok(after.updated_at != before.updated_at || after != before)
}

/// What the row says that a deal may bring; nothing when it does not say.
fn amount(draft: &DealDraft, usual: Currency) -> Result<Option<Money>> {
    let currency = match draft.currency.trim() {
        "" => usual,
        code => code.to_uppercase().parse().map_err(|_| {
            AppError::invalid("currency", "unknown", format!("{code} is no currency; write a code such as NOK"))
        })?,
    };
    let Some(number) = &draft.amount else { return Ok(None) };
    let minor = minor_units(number, currency).filter(|minor| *minor >= 0);
    let minor = minor.ok_or_else(|| AppError::invalid("amount", "range", "write an amount of 0 or more"))?;
    Ok(Some(Money::new(minor, currency)))
}
