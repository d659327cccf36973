//! Every text of a document that people read, with its place.

use super::{FunnelDoc, Stage};
use crate::localized::Localized;

/// The texts of a document in reading order, empty ones left out: the path of each and the text.
pub fn texts(doc: &FunnelDoc) -> Vec<(String, &Localized)> {
    let mut found: Vec<(String, &Localized)> =
        vec![("title".to_owned(), &doc.title), ("description".to_owned(), &doc.description)];
    for (index, stage) in doc.stages.iter().enumerate() {
        of_stage(&format!("stages[{index}]"), stage, &mut found);
    }
    found.extend(doc.channels.iter().enumerate().map(|(at, channel)| (format!("channels[{at}].name"), &channel.name)));
    found.extend(doc.clusters.iter().enumerate().map(|(at, cluster)| (format!("clusters[{at}].name"), &cluster.name)));
    for (index, persona) in doc.personas.iter().enumerate() {
        let path = format!("personas[{index}]");
        found.push((format!("{path}.name"), &persona.name));
        let lists = [
            ("psychography", &persona.psychography),
            ("pains", &persona.pains),
            ("goals", &persona.goals),
            ("buying", &persona.buying),
        ];
        for (field, list) in lists {
            found.extend(list.iter().enumerate().map(|(at, text)| (format!("{path}.{field}[{at}]"), text)));
        }
    }
    found.retain(|(_, text)| !text.is_empty());
    found
}

fn of_stage<'a>(path: &str, stage: &'a Stage, found: &mut Vec<(String, &'a Localized)>) {
    found.push((format!("{path}.name"), &stage.name));
    found.push((format!("{path}.purpose"), &stage.purpose));
    found.push((format!("{path}.reward"), &stage.reward));
    let tactics = stage.tactics.iter().enumerate();
    found.extend(tactics.map(|(at, tactic)| (format!("{path}.tactics[{at}].text"), &tactic.text)));
    let content = stage.content.iter().enumerate();
    found.extend(content.map(|(at, content)| (format!("{path}.content[{at}].title"), &content.title)));
    if let Some(gate) = &stage.gate {
        let requires = gate.requires.iter().enumerate();
        found.extend(requires.map(|(at, rule)| (format!("{path}.gate.requires[{at}].label"), &rule.label)));
    }
    let Some(journey) = &stage.journey else { return };
    let path = format!("{path}.journey");
    let touchpoints = journey.touchpoints.iter().enumerate();
    found.extend(touchpoints.map(|(at, point)| (format!("{path}.touchpoints[{at}].name"), &point.name)));
    for (field, list) in [("looks_for", &journey.looks_for), ("motivators", &journey.motivators)] {
        found.extend(list.iter().enumerate().map(|(at, text)| (format!("{path}.{field}[{at}]"), text)));
    }
    for (at, worry) in journey.worries.iter().enumerate() {
        found.push((format!("{path}.worries[{at}].text"), &worry.text));
        found.push((format!("{path}.worries[{at}].answer"), &worry.answer));
    }
}
