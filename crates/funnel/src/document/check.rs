//! What keeps a funnel from running, and what would make it worse.

use std::collections::BTreeSet;

use base::Locale;
use serde_json::Value;

use super::{
    DealEffect, FunnelDoc, HUES, ID_BYTES_MAX, LOCALES_MAX, NAME_CHARS_MAX, PERSONAS_MAX, RUNGS_MAX, STAGES_MAX,
    STAGES_MIN, Stage, advice, error, parts,
};
use crate::channel::{CHANNELS_MAX, Channel};
use crate::lint;
use crate::localized::Localized;
use crate::page::Finding;

/// Characters of an event's name.
pub(super) const EVENT_CHARS_MAX: usize = 200;
/// Conditions of one stage, and values of one condition.
const CONDITIONS_MAX: usize = 10;
/// The highest occurrence that a stage may ask for: each event costs a look back that far.
const OCCURRENCE_MAX: u32 = 100;
/// Characters of a tag or code.
const TAG_CHARS_MAX: usize = 120;
/// What moving a deal itself makes happen: a stage that entered on it would move the deal because it moved.
pub const OWN_EVENTS: [&str; 4] = ["Stage Entered", "Deal Created", "Deal Won", "Deal Lost"];

/// Everything to mend in a document, in reading order. Without an error among them it can be published.
pub fn check(doc: &FunnelDoc) -> Vec<Finding> {
    let mut findings = faults(doc);
    for finding in lint::errors(doc) {
        let text = finding.text(&Locale::english());
        findings.push(error(finding.path, format!("{} {}", text.what, text.mend)));
    }
    findings
}

/// What is wrong with the shape of a document: ids, names, limits. What sells worse is told by [`lint::check`].
pub fn faults(doc: &FunnelDoc) -> Vec<Finding> {
    let mut findings = Vec::new();
    head(doc, &mut findings);
    stages(doc, &mut findings);
    channels(&doc.channels, &mut findings);
    ladder(doc, &mut findings);
    if doc.personas.len() > PERSONAS_MAX {
        findings.push(error("personas", format!("a funnel has at most {PERSONAS_MAX} personas")));
    }
    parts::whole(doc, &mut findings);
    findings
}

/// Whether a text can be an id.
pub(super) fn is_id(text: &str) -> bool {
    (1..=ID_BYTES_MAX).contains(&text.len())
        && !text.starts_with('-')
        && !text.ends_with('-')
        && text.bytes().all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-')
}

pub(super) fn id(path: String, text: &str, findings: &mut Vec<Finding>) {
    if !is_id(text) {
        let message = format!("write an id of 1 to {ID_BYTES_MAX} small letters a to z, digits and hyphens");
        findings.push(error(path, message));
    }
}

pub(super) fn name(path: String, name: &Localized, findings: &mut Vec<Finding>) {
    if name.chars_max() > NAME_CHARS_MAX {
        findings.push(error(path, format!("a name has at most {NAME_CHARS_MAX} characters")));
    }
}

fn head(doc: &FunnelDoc, findings: &mut Vec<Finding>) {
    id("id".to_owned(), &doc.id, findings);
    if doc.title.is_empty() {
        findings.push(error("title", "write what people call the funnel"));
    }
    name("title".to_owned(), &doc.title, findings);
    if jiff::tz::TimeZone::get(&doc.timezone).is_err() {
        findings.push(error("timezone", "choose a time zone such as Europe/Oslo"));
    }
    if doc.locales.is_empty() || doc.locales.len() > LOCALES_MAX {
        findings.push(error("locales", format!("choose 1 to {LOCALES_MAX} languages")));
    }
    if doc.locales.iter().collect::<BTreeSet<_>>().len() < doc.locales.len() {
        findings.push(error("locales", "each language stands once"));
    }
}

fn stages(doc: &FunnelDoc, findings: &mut Vec<Finding>) {
    if !(STAGES_MIN..=STAGES_MAX).contains(&doc.stages.len()) {
        findings.push(error("stages", format!("a funnel has {STAGES_MIN} to {STAGES_MAX} stages")));
    }
    for (index, stage) in doc.stages.iter().take(STAGES_MAX).enumerate() {
        let path = |field: &str| format!("stages[{index}].{field}");
        id(path("id"), stage.id.as_str(), findings);
        name(path("name"), &stage.name, findings);
        enters_on(&path("enters_on"), stage, findings);
        parts::stage(&format!("stages[{index}]"), stage, findings);
        if stage.hue.is_some_and(|hue| hue >= HUES) {
            findings.push(error(path("hue"), format!("choose a hue from 0 to {}", HUES - 1)));
        }
        let earlier = &doc.stages[..index];
        if earlier.iter().any(|other| other.id == stage.id) {
            findings.push(error(path("id"), format!("another stage is called {} too", stage.id)));
        }
        if let Some(other) = earlier.iter().find(|other| other.enters_on == stage.enters_on) {
            let message = format!("{} enters on the same event: nobody would ever stand there", other.id);
            findings.push(error(path("enters_on"), message));
        }
    }
    deals(doc, findings);
}

fn enters_on(path: &str, stage: &Stage, findings: &mut Vec<Finding>) {
    let rule = &stage.enters_on;
    let chars = rule.event.chars().count();
    if rule.event.trim().is_empty() || chars > EVENT_CHARS_MAX {
        findings.push(error(path, format!("name the event in 1 to {EVENT_CHARS_MAX} characters")));
    }
    if OWN_EVENTS.contains(&rule.event.as_str()) {
        let message = format!("{} happens because a deal moves and cannot move it: choose another event", rule.event);
        findings.push(error(path, message));
    }
    if !(1..=OCCURRENCE_MAX).contains(&rule.occurrence) {
        findings.push(error(format!("{path}.occurrence"), format!("choose 1 to {OCCURRENCE_MAX}")));
    }
    if rule.occurrence > 1 && !rule.conditions.is_empty() {
        let message = "occurrence counts all events of the name: a stage has either where or occurrence";
        findings.push(error(format!("{path}.occurrence"), message));
    }
    if rule.conditions.len() > CONDITIONS_MAX {
        findings.push(error(format!("{path}.where"), format!("at most {CONDITIONS_MAX} properties")));
    }
    for (property, wanted) in &rule.conditions {
        let is_one =
            |value: &Value| matches!(value, Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_));
        let fits = match wanted {
            Value::Array(list) => (1..=CONDITIONS_MAX).contains(&list.len()) && list.iter().all(is_one),
            one => is_one(one),
        };
        if !fits {
            let message = format!("write a value, or a list of 1 to {CONDITIONS_MAX} values");
            findings.push(error(format!("{path}.where.{property}"), message));
        }
    }
}

fn deals(doc: &FunnelDoc, findings: &mut Vec<Finding>) {
    if doc.stages.is_empty() {
        return;
    }
    let opening = doc.stages.iter().position(|stage| doc.opens_deal(stage));
    if opening.is_none() {
        let message = "no stage opens a deal: mark one with `deal: opens`, or deals are only made by hand";
        findings.push(advice("stages", message));
    }
    let winning = doc.stages.iter().position(|stage| stage.deal == Some(DealEffect::Wins));
    if let (Some(opening), Some(winning)) = (opening, winning)
        && winning < opening
    {
        let message = "a deal is won here before it is opened";
        findings.push(error(format!("stages[{winning}].deal"), message));
    }
}

fn channels(channels: &[Channel], findings: &mut Vec<Finding>) {
    if channels.len() > CHANNELS_MAX {
        findings.push(error("channels", format!("a funnel has at most {CHANNELS_MAX} channels")));
    }
    for (index, channel) in channels.iter().take(CHANNELS_MAX).enumerate() {
        let path = |field: &str| format!("channels[{index}].{field}");
        id(path("id"), &channel.id, findings);
        name(path("name"), &channel.name, findings);
        let texts = [&channel.utm.source, &channel.utm.medium, &channel.utm.campaign, &channel.code];
        if texts.iter().any(|text| text.chars().count() > TAG_CHARS_MAX) {
            findings.push(error(path("utm"), format!("tags and codes have at most {TAG_CHARS_MAX} characters")));
        }
        let earlier = &channels[..index];
        if earlier.iter().any(|other| other.id == channel.id) {
            findings.push(error(path("id"), format!("another channel is called {} too", channel.id)));
        }
        if !channel.utm.is_empty() && earlier.iter().any(|other| other.utm == channel.utm) {
            findings.push(error(path("utm"), "another channel has the same tags"));
        }
        let is_same = |other: &Channel| other.code.eq_ignore_ascii_case(&channel.code);
        if !channel.code.is_empty() && earlier.iter().any(is_same) {
            findings.push(error(path("code"), "another channel has the same code"));
        }
    }
}

fn ladder(doc: &FunnelDoc, findings: &mut Vec<Finding>) {
    if doc.ladder.len() > RUNGS_MAX {
        findings.push(error("ladder", format!("a ladder has at most {RUNGS_MAX} rungs")));
    }
    for (index, rung) in doc.ladder.iter().take(RUNGS_MAX).enumerate() {
        id(format!("ladder[{index}].rung"), &rung.rung, findings);
        id(format!("ladder[{index}].offer"), &rung.offer, findings);
        if doc.ladder[..index].iter().any(|other| other.offer == rung.offer) {
            findings.push(error(format!("ladder[{index}].offer"), "this offer stands on the ladder already"));
        }
    }
}
