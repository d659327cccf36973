//! People are asked for something and get nothing for it.

use super::{Report, Rule, Severity, text};
use crate::document::ContentKind;

pub(super) static RULE: Rule = Rule {
    id: "no_reward",
    severity: Severity::Warning,
    texts: [
        text(
            "People get nothing for what they do at {stage}.",
            "An address or an appointment is a price, too; without something in return few are willing to pay it.",
            "Give something for it: a guide, a discount, a free check, and say so beside the form.",
        ),
        text(
            "Folk får ingenting for det de gjør i {stage}.",
            "En adresse eller en avtale er også en pris; uten noe tilbake vil få betale den.",
            "Gi noe for det: en guide, en rabatt, en gratis sjekk, og si det ved skjemaet.",
        ),
        text(
            "Folk får ingenting för det de gör i {stage}.",
            "En adress eller ett möte är också ett pris; utan något tillbaka vill få betala det.",
            "Ge något för det: en guide, en rabatt, en gratis kontroll, och säg det vid formuläret.",
        ),
        text(
            "Folk får ingenting for det, de gør i {stage}.",
            "En adresse eller en aftale er også en pris; uden noget til gengæld vil få betale den.",
            "Giv noget for det: en guide, en rabat, et gratis tjek, og sig det ved formularen.",
        ),
        text(
            "Ihmiset eivät saa mitään siitä, mitä he tekevät vaiheessa {stage}.",
            "Osoite tai tapaaminen on sekin hinta; ilman vastinetta harva suostuu maksamaan sen.",
            "Anna jotain vastineeksi: opas, alennus tai ilmainen tarkistus, ja kerro siitä lomakkeen vieressä.",
        ),
    ],
    find,
};

/// At the stage that opens a deal: there people first give something.
fn find(report: &mut Report<'_>) {
    let doc = report.doc;
    let Some(lead) = doc.stages.iter().position(|stage| doc.opens_deal(stage)) else { return };
    let is_gift = |kind: ContentKind| kind == ContentKind::Magnet;
    let has_gift = doc.stages[..=lead].iter().any(|stage| stage.content.iter().any(|content| is_gift(content.kind)))
        || doc.ladder.iter().any(|rung| rung.rung == "lead-magnet");
    if doc.stages[lead].reward.is_empty() && !has_gift {
        let name = report.stage_name(lead);
        report.found(format!("stages[{lead}].reward"), [("stage", name)]);
    }
    for page in report.content().iter().flat_map(|content| &content.pages) {
        if page.forms.iter().any(|form| form.asks_consent && !form.gives_something) && !has_gift {
            let name = super::Value::Text(page.id.clone());
            report.found(format!("pages.{}", page.id), [("stage", name)]);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::testing::*;
    use super::*;

    #[test]
    fn who_asks_gives() {
        let (good, mut bad) = (doc(), doc());
        bad.stages[1].reward = Default::default();
        bad.ladder.remove(0);
        holds(&RULE, (&good, &none()), (&bad, &none()), "stages[1].reward");
    }
}
