//! What keeps the parts of a stage from running: lengths, ids, values that cannot be.

use std::collections::BTreeSet;

use super::check::{EVENT_CHARS_MAX, OWN_EVENTS, id, is_id, name};
use super::{
    ApprovalRule, Caps, Cluster, Content, EvidenceRule, FunnelDoc, Gate, Goal, Journey, Persona, Requirement, Stage,
    advice, error,
};
use crate::condition::{self, Condition};
use crate::localized::Localized;
use crate::page::{Finding, Severity};
use crate::score::Scoring;

/// Characters of a text such as a tactic or purpose.
pub const TEXT_CHARS_MAX: usize = 600;
/// Entries of one list: tactics, content, worries, requirements.
pub const ENTRIES_MAX: usize = 50;
/// Clusters of one funnel.
pub const CLUSTERS_MAX: usize = 50;
/// Characters of an owner, team, field or consent.
const WORD_CHARS_MAX: usize = 120;
/// The most times that an event may be asked for.
const TIMES_MAX: u32 = 100;
/// Where fields live.
pub const FIELD_SPACES: [&str; 3] = ["contact.", "company.", "deal."];

/// What is found, and where.
struct Parts<'a>(&'a mut Vec<Finding>);

pub(super) fn stage(path: &str, stage: &Stage, findings: &mut Vec<Finding>) {
    let mut parts = Parts(findings);
    parts.text(&format!("{path}.purpose"), &stage.purpose);
    parts.text(&format!("{path}.reward"), &stage.reward);
    parts.word(&format!("{path}.owner"), &stage.owner);
    parts.goals(&format!("{path}.goals"), &stage.goals);
    parts.entries(&format!("{path}.metrics"), stage.metrics.len());
    if stage.metrics.iter().collect::<BTreeSet<_>>().len() < stage.metrics.len() {
        parts.error(format!("{path}.metrics"), "each measure stands once");
    }
    parts.entries(&format!("{path}.tactics"), stage.tactics.len());
    for (index, tactic) in stage.tactics.iter().take(ENTRIES_MAX).enumerate() {
        parts.required(&format!("{path}.tactics[{index}].text"), &tactic.text, "what is done");
        parts.word(&format!("{path}.tactics[{index}].owner"), &tactic.owner);
    }
    parts.entries(&format!("{path}.content"), stage.content.len());
    for (index, content) in stage.content.iter().take(ENTRIES_MAX).enumerate() {
        parts.content(&format!("{path}.content[{index}]"), content);
    }
    if let Some(journey) = &stage.journey {
        parts.journey(&format!("{path}.journey"), journey);
    }
    if let Some(time) = stage.time
        && let (Some(min), Some(max)) = (time.min, time.max)
        && min.seconds > max.seconds
    {
        parts.error(format!("{path}.time"), "nobody could go on: min is longer than max");
    }
    if let Some(gate) = &stage.gate {
        parts.gate(&format!("{path}.gate"), gate);
    }
}

pub(super) fn whole(doc: &FunnelDoc, findings: &mut Vec<Finding>) {
    let mut parts = Parts(findings);
    parts.text("description", &doc.description);
    parts.word("template", &doc.template);
    parts.goals("goals", &doc.goals);
    if let Some(caps) = &doc.caps {
        parts.caps(caps);
    }
    if let Some(scoring) = &doc.scoring {
        parts.scoring(scoring);
    }
    if doc.clusters.len() > CLUSTERS_MAX {
        parts.error("clusters".to_owned(), &format!("a funnel has at most {CLUSTERS_MAX} clusters"));
    }
    for (index, cluster) in doc.clusters.iter().take(CLUSTERS_MAX).enumerate() {
        parts.cluster(&format!("clusters[{index}]"), cluster, &doc.clusters[..index]);
    }
    for (index, persona) in doc.personas.iter().take(super::PERSONAS_MAX).enumerate() {
        parts.persona(&format!("personas[{index}]"), persona, &doc.personas[..index]);
    }
}

impl Parts<'_> {
    fn error(&mut self, path: String, message: &str) {
        self.0.push(error(path, message));
    }

    fn text(&mut self, path: &str, text: &Localized) {
        if text.chars_max() > TEXT_CHARS_MAX {
            self.error(path.to_owned(), &format!("at most {TEXT_CHARS_MAX} characters"));
        }
    }

    fn required(&mut self, path: &str, text: &Localized, what: &str) {
        if text.is_empty() {
            self.error(path.to_owned(), &format!("write {what}"));
        }
        self.text(path, text);
    }

    fn texts(&mut self, path: &str, texts: &[Localized]) {
        self.entries(path, texts.len());
        for (index, text) in texts.iter().take(ENTRIES_MAX).enumerate() {
            self.required(&format!("{path}[{index}]"), text, "a text");
        }
    }

    fn word(&mut self, path: &str, word: &str) {
        if word.chars().count() > WORD_CHARS_MAX {
            self.error(path.to_owned(), &format!("at most {WORD_CHARS_MAX} characters"));
        }
    }

    fn entries(&mut self, path: &str, count: usize) {
        if count > ENTRIES_MAX {
            self.error(path.to_owned(), &format!("at most {ENTRIES_MAX} entries; this has {count}"));
        }
    }

    fn event(&mut self, path: &str, event: &str) {
        if event.trim().is_empty() || event.chars().count() > EVENT_CHARS_MAX {
            self.error(path.to_owned(), &format!("name the event in 1 to {EVENT_CHARS_MAX} characters"));
        }
    }

    fn goals(&mut self, path: &str, goals: &[Goal]) {
        self.entries(path, goals.len());
        for (index, goal) in goals.iter().take(ENTRIES_MAX).enumerate() {
            if !goal.value.fits(goal.metric.unit()) {
                let message = match goal.metric.unit() {
                    super::Unit::Share => "write a share such as \"25%\"",
                    super::Unit::Time => "write a time such as \"2 days\"",
                    super::Unit::Score => "write a whole number from -100 to 100",
                    super::Unit::Count | super::Unit::Money => "write a whole number of 0 or more",
                };
                self.error(format!("{path}[{index}].value"), message);
            }
            self.word(&format!("{path}[{index}].owner"), &goal.owner);
        }
    }

    fn content(&mut self, path: &str, content: &Content) {
        if content.id.is_empty() && content.title.is_empty() {
            self.error(format!("{path}.title"), "write what it is about, or which one it is under id");
        }
        self.word(&format!("{path}.id"), &content.id);
        self.text(&format!("{path}.title"), &content.title);
        self.word(&format!("{path}.owner"), &content.owner);
        self.entries(&format!("{path}.personas"), content.personas.len());
    }

    fn journey(&mut self, path: &str, journey: &Journey) {
        self.texts(&format!("{path}.looks_for"), &journey.looks_for);
        self.texts(&format!("{path}.motivators"), &journey.motivators);
        self.entries(&format!("{path}.touchpoints"), journey.touchpoints.len());
        for (index, touchpoint) in journey.touchpoints.iter().take(ENTRIES_MAX).enumerate() {
            self.required(&format!("{path}.touchpoints[{index}].name"), &touchpoint.name, "where it is");
        }
        self.entries(&format!("{path}.worries"), journey.worries.len());
        for (index, worry) in journey.worries.iter().take(ENTRIES_MAX).enumerate() {
            self.required(&format!("{path}.worries[{index}].text"), &worry.text, "what they fear");
            self.text(&format!("{path}.worries[{index}].answer"), &worry.answer);
        }
    }

    fn gate(&mut self, path: &str, gate: &Gate) {
        let counts = [
            ("requires", gate.requires.len()),
            ("evidence", gate.evidence.len()),
            ("consent", gate.consent.len()),
            ("approvals", gate.approvals.len()),
        ];
        for (field, count) in counts {
            self.entries(&format!("{path}.{field}"), count);
        }
        for (index, requirement) in gate.requires.iter().take(ENTRIES_MAX).enumerate() {
            self.requirement(&format!("{path}.requires[{index}]"), requirement);
        }
        for (index, evidence) in gate.evidence.iter().take(ENTRIES_MAX).enumerate() {
            self.evidence(&format!("{path}.evidence[{index}]"), evidence);
        }
        for (index, consent) in gate.consent.iter().take(ENTRIES_MAX).enumerate() {
            if consent.purpose.trim().is_empty() {
                self.error(format!("{path}.consent[{index}].purpose"), "name the consent");
            }
            self.word(&format!("{path}.consent[{index}].purpose"), &consent.purpose);
        }
        for (index, approval) in gate.approvals.iter().take(ENTRIES_MAX).enumerate() {
            self.approval(&format!("{path}.approvals[{index}]"), approval);
        }
    }

    fn field(&mut self, path: &str, field: &str) {
        let is_field = FIELD_SPACES.iter().any(|space| field.strip_prefix(space).is_some_and(|name| !name.is_empty()));
        if !is_field {
            let message =
                "a field begins with contact., company. or deal., such as contact.phone; consents stand under consent";
            self.error(path.to_owned(), message);
        }
        self.word(path, field);
    }

    fn requirement(&mut self, path: &str, requirement: &Requirement) {
        self.field(&format!("{path}.field"), &requirement.field);
        self.entries(&format!("{path}.one_of"), requirement.one_of.len());
    }

    fn evidence(&mut self, path: &str, evidence: &EvidenceRule) {
        self.event(&format!("{path}.event"), &evidence.event);
        if OWN_EVENTS.contains(&evidence.event.as_str()) {
            let message = format!("{} happens because a deal moves: choose another event", evidence.event);
            self.error(format!("{path}.event"), &message);
        }
        if !evidence.undone_by.is_empty() {
            self.event(&format!("{path}.undone_by"), &evidence.undone_by);
        }
        if !(1..=TIMES_MAX).contains(&evidence.times) {
            self.error(format!("{path}.times"), &format!("choose 1 to {TIMES_MAX}"));
        }
        self.entries(&format!("{path}.where"), evidence.conditions.len());
    }

    fn approval(&mut self, path: &str, approval: &ApprovalRule) {
        if let Some(when) = &approval.when {
            self.condition(&format!("{path}.when"), when);
            for event in when.events() {
                let message = format!("{event}: an approval hangs on fields of the deal, not on events");
                self.error(format!("{path}.when"), &message);
            }
        }
    }

    fn condition(&mut self, path: &str, condition: &Condition) {
        let (count, depth) = condition.size();
        if count > condition::CONDITIONS_MAX || depth > condition::DEPTH_MAX {
            let (count_max, depth_max) = (condition::CONDITIONS_MAX, condition::DEPTH_MAX);
            self.error(path.to_owned(), &format!("at most {count_max} conditions, {depth_max} deep in each other"));
        }
        if condition.is_of_segments() {
            self.error(
                path.to_owned(),
                "deal and segment belong into the rules of segments: ask for fields and events here",
            );
        }
        for field in condition.fields() {
            self.field(path, field);
        }
        for event in condition.events() {
            self.event(path, event);
        }
    }

    fn caps(&mut self, caps: &Caps) {
        let all = [("email", caps.email), ("sms", caps.sms), ("push", caps.push), ("all", caps.all)];
        for (field, cap) in all {
            if cap.is_some_and(|cap| cap.count == 0) {
                self.error(format!("caps.{field}"), "a cap of 0 would send nothing: leave the channel out instead");
            }
        }
    }

    fn scoring(&mut self, scoring: &Scoring) {
        let Scoring { recency, engagement, trust, warm_from, hot_from } = scoring;
        let sum = u32::from(recency.weight) + u32::from(engagement.weight) + u32::from(trust.weight);
        if sum != 100 {
            self.error(
                "scoring".to_owned(),
                &format!("the weights of recency, engagement and trust make 100; here {sum}"),
            );
        }
        if warm_from >= hot_from || *hot_from > 100 {
            self.error("scoring.hot_from".to_owned(), "choose a score above warm_from, at most 100");
        }
        for (part, full_at) in [("engagement", engagement.full_at), ("trust", trust.full_at)] {
            if full_at == 0 {
                self.error(format!("scoring.{part}.full_at"), "a part is full at 1 point or more");
            }
        }
        self.entries("scoring.recency.events", recency.events.len());
        self.entries("scoring.engagement.points", engagement.points.len());
        for (index, points) in engagement.points.iter().take(ENTRIES_MAX).enumerate() {
            self.event(&format!("scoring.engagement.points[{index}].did"), &points.did);
        }
        self.entries("scoring.trust.points", trust.points.len());
        for (index, points) in trust.points.iter().take(ENTRIES_MAX).enumerate() {
            self.condition(&format!("scoring.trust.points[{index}].when"), &points.when);
        }
    }

    fn cluster(&mut self, path: &str, cluster: &Cluster, earlier: &[Cluster]) {
        id(format!("{path}.id"), &cluster.id, self.0);
        name(format!("{path}.name"), &cluster.name, self.0);
        if earlier.iter().any(|other| other.id == cluster.id) {
            self.error(format!("{path}.id"), &format!("another cluster is called {} too", cluster.id));
        }
        self.word(&format!("{path}.owner"), &cluster.owner);
        self.word(&format!("{path}.team"), &cluster.team);
        self.goals(&format!("{path}.goals"), &cluster.goals);
        let lists = [cluster.stages.len(), cluster.channels.len(), cluster.content.len()];
        if lists.iter().sum::<usize>() == 0 && cluster.team.is_empty() {
            self.error(path.to_owned(), "name what belongs to it: stages, channels, content or a team");
        }
    }

    /// Personas were free text once, so what does not fit is advice and no error: the funnel ran with it. Rules and
    /// demography are new.
    fn persona(&mut self, path: &str, persona: &Persona, earlier: &[Persona]) {
        if !persona.id.is_empty() {
            if !is_id(&persona.id) {
                self.0.push(advice(format!("{path}.id"), "small letters a to z, digits and hyphens make an id"));
            }
            if earlier.iter().any(|other| other.id == persona.id) {
                let message =
                    format!("another persona is called {} too: a rule or content finds the first", persona.id);
                self.0.push(advice(format!("{path}.id"), message));
            }
        }
        for (field, value) in &persona.more {
            let why = Persona::misfit(field, value);
            let message = why.unwrap_or_else(|| "no such field: it is kept and nothing is done with it".to_owned());
            self.0.push(advice(format!("{path}.{field}"), message));
        }
        let lists = [
            ("psychography", &persona.psychography),
            ("pains", &persona.pains),
            ("goals", &persona.goals),
            ("buying", &persona.buying),
        ];
        let already = self.0.len();
        for (field, list) in lists {
            self.texts(&format!("{path}.{field}"), list);
        }
        self.0[already..].iter_mut().for_each(|finding| finding.severity = Severity::Advice);
        if let Some(rule) = &persona.rule {
            self.condition(&format!("{path}.rule"), rule);
        }
        let ages = persona.demography.as_ref().map(|demography| (demography.age_min, demography.age_max));
        if let Some((Some(min), Some(max))) = ages
            && min > max
        {
            self.error(format!("{path}.demography.age_min"), "the youngest is older than the oldest");
        }
    }
}
