//! In which funnel and stage of ours a deal of a file stands.

use std::collections::BTreeMap;

use base::{Id, id};
use funnel::deal::DealStatus;
use funnel::document::{FunnelDoc, Stage, StageId};
use serde::Serialize;
use store::funnels::Funnel;
use utoipa::ToSchema;

use super::{
    DealDraft, Mapping,
    guess::names::{deal_end, plain},
};
use crate::{AppError, Result};

/// Most different names of stages that are shown of a file.
pub(super) const NAMES_SHOWN: usize = 100;

/// What a file calls a stage, and what that is with us.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
#[schema(as = StageName)]
pub struct StageName {
    /// As the file writes it: what `stage_names` of the mapping names.
    pub name: String,
    /// The funnel that its rows go into; none when no funnel is called as they say.
    #[schema(required)]
    pub funnel_id: Option<Id<id::Funnel>>,
    /// The stage of that funnel, or `won` or `lost`; none when it has none of that name.
    #[schema(required)]
    pub means: Option<String>,
    /// How many of the first rows.
    pub rows: u64,
}

/// The funnel of that title or id; the first one when the file names none.
pub(super) fn funnel_of<'a>(funnels: &'a [Funnel], name: &str) -> Result<&'a Funnel> {
    let wanted = plain(name);
    let is_named = |funnel: &&Funnel| {
        plain(&funnel.doc.id) == wanted || funnel.doc.title.texts().any(|title| plain(title) == wanted)
    };
    let found = match wanted.is_empty() {
        true => funnels.first(),
        // A file of one pipeline goes into the one funnel there is, whatever both are called.
        false => funnels.iter().find(is_named).or(funnels.first().filter(|_| funnels.len() == 1)),
    };
    found.ok_or_else(|| {
        let titles: Vec<&str> = funnels.iter().map(|funnel| funnel.doc.id.as_str()).collect();
        let message = format!("no funnel is called {name}; there are {}", titles.join(", "));
        AppError::invalid("pipeline", "unknown", message)
    })
}

/// What the name of a stage comes to.
enum Meaning<'a> {
    Stage(&'a Stage),
    Won,
    Lost,
}

/// `Closed won (Sales Pipeline)` without its pipeline.
fn label(name: &str) -> &str {
    name.split_once(" (").map_or(name, |(label, _)| label).trim()
}

fn meaning<'a>(doc: &'a FunnelDoc, mapping: &Mapping, name: &str) -> Option<Meaning<'a>> {
    let chosen = mapping.stage_names.get(name).or_else(|| mapping.stage_names.get(label(name)));
    let is_called = |wanted: &str| {
        let is_named =
            |stage: &&Stage| plain(stage.id.as_str()) == wanted || stage.name.texts().any(|name| plain(name) == wanted);
        doc.stages.iter().find(is_named)
    };
    // A stage may have brackets in its name.
    let of = |text: &str| {
        let wanted = plain(text);
        match deal_end(&wanted) {
            Some(true) => Some(Meaning::Won),
            Some(false) => Some(Meaning::Lost),
            None => is_called(&wanted).map(Meaning::Stage),
        }
    };
    match chosen {
        Some(chosen) => of(chosen),
        None => of(name).or_else(|| of(label(name))),
    }
}

/// Where a deal stands, and whether it has ended there.
pub(super) fn stage_of(funnel: &Funnel, mapping: &Mapping, draft: &DealDraft) -> Result<(StageId, DealStatus)> {
    let doc = &funnel.doc;
    let first = || doc.stages.iter().find(|stage| doc.opens_deal(stage)).or(doc.stages.first());
    let end = |status: DealStatus| match status {
        DealStatus::Won => funnel::gate::winning_stage(doc).or_else(first),
        _ => first(),
    };
    let is_said = !draft.stage.trim().is_empty();
    let found = match (meaning(doc, mapping, &draft.stage).filter(|_| is_said), draft.status) {
        (Some(Meaning::Stage(stage)), status) => Some((stage, status.unwrap_or(DealStatus::Open))),
        (Some(Meaning::Won), _) => end(DealStatus::Won).map(|stage| (stage, DealStatus::Won)),
        (Some(Meaning::Lost), _) => end(DealStatus::Lost).map(|stage| (stage, DealStatus::Lost)),
        (None, Some(status @ (DealStatus::Won | DealStatus::Lost))) if !is_said => {
            end(status).map(|stage| (stage, status))
        }
        (None, _) => None,
    };
    found.map(|(stage, status)| (stage.id.clone(), status)).ok_or_else(|| {
        let stages: Vec<&str> = doc.stages.iter().map(|stage| stage.id.as_str()).collect();
        let message = format!(
            "the funnel {} has no stage {}; it has {}. Say in the mapping which of them it is",
            doc.id,
            draft.stage,
            stages.join(", ")
        );
        AppError::invalid("stage", "unknown", message)
    })
}

/// What the stages of some deals are called, in the order in which they come, those that are not known first.
pub(super) fn names(funnels: &[Funnel], mapping: &Mapping, drafts: &[DealDraft]) -> Vec<StageName> {
    let mut places: BTreeMap<String, usize> = BTreeMap::new();
    let mut all: Vec<StageName> = Vec::new();
    for draft in drafts.iter().filter(|draft| !draft.stage.is_empty()) {
        if let Some(place) = places.get(&draft.stage) {
            all[*place].rows += 1;
            continue;
        }
        let funnel = funnel_of(funnels, &draft.pipeline).ok();
        let means =
            funnel.and_then(|funnel| meaning(&funnel.doc, mapping, &draft.stage)).map(|meaning| match meaning {
                Meaning::Stage(stage) => stage.id.0.clone(),
                Meaning::Won => "won".to_owned(),
                Meaning::Lost => "lost".to_owned(),
            });
        places.insert(draft.stage.clone(), all.len());
        all.push(StageName { name: draft.stage.clone(), funnel_id: funnel.map(|funnel| funnel.id), means, rows: 1 });
    }
    all.sort_by_key(|name| name.means.is_some());
    all.truncate(NAMES_SHOWN);
    all
}
