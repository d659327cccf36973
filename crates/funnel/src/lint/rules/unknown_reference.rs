//! Something names what is not there.

use super::{Report, Rule, Severity, Value, text};
use crate::document::{ContentKind, Patch};

pub(super) static RULE: Rule = Rule {
    id: "unknown_reference",
    severity: Severity::Error,
    texts: [
        text(
            "There is no {kind} called {name}.",
            "What is named and not there is silently left out: a page without its offer, a mail that is never sent.",
            "Correct the name, make what is missing, or take the reference away.",
        ),
        text(
            "Det finnes ingen {kind} som heter {name}.",
            "Det som nevnes uten å finnes, faller stille bort: en side uten tilbud, en e-post som aldri sendes.",
            "Rett navnet, lag det som mangler, eller fjern henvisningen.",
        ),
        text(
            "Det finns ingen {kind} som heter {name}.",
            "Det som nämns utan att finnas faller tyst bort: en sida utan erbjudande, ett mejl som aldrig skickas.",
            "Rätta namnet, skapa det som saknas eller ta bort hänvisningen.",
        ),
        text(
            "Der findes ingen {kind}, der hedder {name}.",
            "Det, der nævnes uden at findes, falder stille bort: en side uden tilbud, en mail, der aldrig sendes.",
            "Ret navnet, lav det, der mangler, eller fjern henvisningen.",
        ),
        text(
            "Kohdetta {name} ({kind}) ei ole.",
            "Nimetty mutta puuttuva jää hiljaa pois: sivu ilman tarjousta, sähköposti jota ei koskaan lähetetä.",
            "Korjaa nimi, luo puuttuva tai poista viittaus.",
        ),
    ],
    find,
};

struct Reference<'a> {
    path: String,
    kind: &'static str,
    name: &'a str,
    is_there: bool,
    fix: Option<Patch>,
}

fn find(report: &mut Report<'_>) {
    let mut references = inside(report);
    references.extend(to_content(report));
    for reference in references.into_iter().filter(|reference| !reference.is_there) {
        let values = [("kind", Value::Name(word(reference.kind))), ("name", Value::Text(reference.name.to_owned()))];
        report.found(reference.path, values).fix = reference.fix;
    }
}

/// References from one part of the document to another.
fn inside<'a>(report: &Report<'a>) -> Vec<Reference<'a>> {
    let doc = report.doc;
    let stage = |id: &crate::document::StageId| doc.stage(id).is_some();
    let channel = |id: &str| doc.channels.iter().any(|channel| channel.id == id);
    let persona = |id: &str| doc.personas.iter().any(|persona| persona.id == id);
    let mut found = Vec::new();
    let mut add = |path: String, pointer: String, kind: &'static str, name: &'a str, is_there: bool| {
        found.push(Reference { path, kind, name, is_there, fix: Some(Patch::remove(pointer)) });
    };
    for (at, one) in doc.stages.iter().enumerate() {
        if let Some(id) = &one.loops_to {
            add(format!("stages[{at}].loops_to"), format!("/stages/{at}/loops_to"), "stage", id.as_str(), stage(id));
        }
        for (place, tactic) in one.tactics.iter().enumerate().filter(|(_, tactic)| !tactic.channel.is_empty()) {
            let pointer = format!("/stages/{at}/tactics/{place}/channel");
            let id = &tactic.channel;
            add(format!("stages[{at}].tactics[{place}].channel"), pointer, "channel", id, channel(id));
        }
        for (place, content) in one.content.iter().enumerate() {
            for (nth, id) in content.personas.iter().enumerate() {
                let pointer = format!("/stages/{at}/content/{place}/personas/{nth}");
                add(format!("stages[{at}].content[{place}].personas[{nth}]"), pointer, "persona", id, persona(id));
            }
        }
        let touchpoints = one.journey.iter().flat_map(|journey| &journey.touchpoints).enumerate();
        for (place, point) in touchpoints.filter(|(_, point)| !point.channel.is_empty()) {
            let pointer = format!("/stages/{at}/journey/touchpoints/{place}/channel");
            let id = &point.channel;
            add(format!("stages[{at}].journey.touchpoints[{place}].channel"), pointer, "channel", id, channel(id));
        }
    }
    for (at, rung) in doc.ladder.iter().enumerate() {
        if let Some(id) = &rung.stage {
            add(format!("ladder[{at}].stage"), format!("/ladder/{at}/stage"), "stage", id.as_str(), stage(id));
        }
    }
    for (at, cluster) in doc.clusters.iter().enumerate() {
        for (nth, id) in cluster.stages.iter().enumerate() {
            let pointer = format!("/clusters/{at}/stages/{nth}");
            add(format!("clusters[{at}].stages[{nth}]"), pointer, "stage", id.as_str(), stage(id));
        }
        for (nth, id) in cluster.channels.iter().enumerate() {
            let pointer = format!("/clusters/{at}/channels/{nth}");
            add(format!("clusters[{at}].channels[{nth}]"), pointer, "channel", id, channel(id));
        }
        if !cluster.part_of.is_empty() {
            let is_there = doc.clusters.iter().any(|other| other.id == cluster.part_of);
            let pointer = format!("/clusters/{at}/part_of");
            add(format!("clusters[{at}].part_of"), pointer, "cluster", &cluster.part_of, is_there);
        }
    }
    found
}

/// References from the document to the content of the company, when that is known.
fn to_content<'a>(report: &Report<'a>) -> Vec<Reference<'a>> {
    let Some(known) = report.content() else { return Vec::new() };
    let has = |kind: ContentKind, id: &str| match kind {
        ContentKind::Page => Some(("page", known.pages.iter().any(|page| page.id == id))),
        ContentKind::Offer => Some(("offer", known.offers.iter().any(|offer| offer.id == id))),
        ContentKind::Message => Some(("message", known.messages.iter().any(|message| message.id == id))),
        ContentKind::Automation => Some(("automation", known.automations.iter().any(|one| one.id == id))),
        _ => None,
    };
    let mut found = Vec::new();
    for (at, stage) in report.doc.stages.iter().enumerate() {
        for (place, content) in stage.content.iter().enumerate().filter(|(_, content)| !content.id.is_empty()) {
            if let Some((kind, is_there)) = has(content.kind, &content.id) {
                let path = format!("stages[{at}].content[{place}].id");
                let fix = Some(Patch::remove(format!("/stages/{at}/content/{place}")));
                found.push(Reference { path, kind, name: &content.id, is_there, fix });
            }
        }
    }
    for (at, rung) in report.doc.ladder.iter().enumerate() {
        let is_there = known.offers.iter().any(|offer| offer.id == rung.offer)
            || known.pages.iter().any(|page| page.id == rung.offer);
        let (path, fix) = (format!("ladder[{at}].offer"), Some(Patch::remove(format!("/ladder/{at}"))));
        found.push(Reference { path, kind: "offer", name: &rung.offer, is_there, fix });
    }
    found
}

fn word(kind: &str) -> crate::localized::Localized {
    let words = match kind {
        "stage" => ["stage", "trinn", "steg", "trin", "vaihe"],
        "channel" => ["channel", "kanal", "kanal", "kanal", "kanava"],
        "persona" => ["persona", "persona", "persona", "persona", "persoona"],
        "cluster" => ["cluster", "gruppe", "grupp", "gruppe", "ryhmä"],
        "page" => ["page", "side", "sida", "side", "sivu"],
        "offer" => ["offer", "tilbud", "erbjudande", "tilbud", "tarjous"],
        "message" => ["message", "melding", "meddelande", "besked", "viesti"],
        _ => ["automation", "automatisering", "automatisering", "automatisering", "automaatio"],
    };
    let pairs: Vec<(&str, &str)> = ["en", "nb", "sv", "da", "fi"].into_iter().zip(words).collect();
    crate::localized::Localized::of(&pairs)
}

#[cfg(test)]
mod tests {
    use super::super::testing::*;
    use super::*;
    use crate::document::FunnelDoc;

    #[test]
    fn whatever_is_named_is_there() {
        let good = doc();
        type Break = fn(&mut FunnelDoc);
        let broken: [(&str, Break); 7] = [
            ("stages[4].loops_to", |d| d.stages[4].loops_to = Some("nirvana".into())),
            ("stages[0].tactics[0].channel", |d| d.stages[0].tactics[0].channel = "ads".to_owned()),
            ("stages[1].content[1].personas[0]", |d| d.stages[1].content[1].personas = vec!["ola".to_owned()]),
            ("ladder[2].stage", |d| d.ladder[2].stage = Some("nirvana".into())),
            ("clusters[0].stages[0]", |d| d.clusters[0].stages = vec!["nirvana".into()]),
            ("clusters[0].channels[0]", |d| d.clusters[0].channels = vec!["nirvana".to_owned()]),
            ("clusters[1].part_of", |d| d.clusters[1].part_of = "nirvana".to_owned()),
        ];
        for (path, break_it) in broken {
            let mut bad = good.clone();
            break_it(&mut bad);
            holds(&RULE, (&good, &none()), (&bad, &none()), path);
        }
        let content = content();
        let facts = Facts { content: Some(&content), ..none() };
        let mut bad = good.clone();
        bad.stages[1].content[0].id = "gratis".to_owned();
        holds(&RULE, (&good, &facts), (&bad, &facts), "stages[1].content[0].id");
        let mut rung = good.clone();
        rung.ladder[3].offer = "care".to_owned();
        holds(&RULE, (&good, &facts), (&rung, &facts), "ladder[3].offer");
    }
}
