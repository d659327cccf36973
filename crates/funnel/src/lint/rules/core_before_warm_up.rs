//! The core offer is pushed before anybody is warm.

use super::{Report, Rule, Severity, Value, text};
use crate::document::{Content, ContentKind, FunnelDoc, Patch, StageId};

pub(super) static RULE: Rule = Rule {
    id: "core_before_warm_up",
    severity: Severity::Warning,
    texts: [
        text(
            "{offer}, the core offer, is shown at {stage}, before anything has warmed people up.",
            "Strangers seldom buy the dearest thing first: most of them leave and do not come back.",
            "Give something useful first and offer the core product at a later stage.",
        ),
        text(
            "{offer}, kjernetilbudet, vises i {stage}, før noe har varmet folk opp.",
            "Fremmede kjøper sjelden det dyreste først: de fleste går og kommer ikke tilbake.",
            "Gi noe nyttig først, og tilby kjerneproduktet i et senere trinn.",
        ),
        text(
            "{offer}, kärnerbjudandet, visas i {stage}, innan något har värmt upp folk.",
            "Främlingar köper sällan det dyraste först: de flesta går och kommer inte tillbaka.",
            "Ge något användbart först och erbjud kärnprodukten i ett senare steg.",
        ),
        text(
            "{offer}, kernetilbuddet, vises i {stage}, før noget har varmet folk op.",
            "Fremmede køber sjældent det dyreste først: de fleste går og kommer ikke tilbage.",
            "Giv noget nyttigt først, og tilbyd kerneproduktet på et senere trin.",
        ),
        text(
            "Ydintarjous {offer} näytetään jo vaiheessa {stage}, ennen kuin mikään on lämmittänyt ihmisiä.",
            "Vieras ostaa harvoin kalleinta ensin: useimmat lähtevät eivätkä palaa.",
            "Anna ensin jotain hyödyllistä ja tarjoa ydintuotetta myöhemmässä vaiheessa.",
        ),
    ],
    find,
};

/// Warm is who has left an address, or met something else than an ad at an earlier stage.
fn find(report: &mut Report<'_>) {
    let doc = report.doc;
    let lead = doc.stages.iter().position(|stage| doc.opens_deal(stage));
    for (index, rung) in doc.ladder.iter().enumerate().filter(|(_, rung)| rung.rung == "core") {
        let winning = crate::gate::winning_stage(doc).and_then(|stage| doc.stage_index(&stage.id));
        let later = winning.filter(|at| *at > 1).map(|at| doc.stages[at - 1].id.clone());
        if let Some(at) = rung.stage.as_ref().and_then(|id| doc.stage_index(id))
            && is_cold(doc, at, lead)
        {
            let values = [("offer", Value::Text(rung.offer.clone())), ("stage", report.stage_name(at))];
            let fix = later.map(|stage: StageId| Patch::add(format!("/ladder/{index}/stage"), stage));
            report.found(format!("ladder[{index}].stage"), values).fix = fix;
        }
        for (at, stage) in doc.stages.iter().enumerate().filter(|(at, _)| is_cold(doc, *at, lead)) {
            let sells = |content: &Content| content.kind == ContentKind::Offer && content.id == rung.offer;
            for place in (0..stage.content.len()).filter(|place| sells(&stage.content[*place])) {
                let values = [("offer", Value::Text(rung.offer.clone())), ("stage", report.stage_name(at))];
                let fix = Patch::remove(format!("/stages/{at}/content/{place}"));
                report.found(format!("stages[{at}].content[{place}]"), values).fix = Some(fix);
            }
        }
        for automation in cold_series(report, &rung.offer, lead) {
            let values = [("offer", Value::Text(rung.offer.clone())), ("stage", Value::Text(automation.clone()))];
            report.found(format!("automations.{automation}"), values);
        }
    }
}

/// The series that begin at or before the stage where people first leave something, and sell the core offer in their
/// first message.
fn cold_series(report: &Report<'_>, core: &str, lead: Option<usize>) -> Vec<String> {
    let Some(known) = report.content() else { return Vec::new() };
    let stages = &report.doc.stages[..lead.map_or(1, |lead| lead + 1).min(report.doc.stages.len())];
    let begins = |id: &str| {
        let is_it = |content: &Content| content.kind == ContentKind::Automation && content.id == id;
        stages.iter().any(|stage| stage.content.iter().any(is_it))
    };
    let sells =
        |id: &str| known.messages.iter().any(|one| one.id == id && one.offers.iter().any(|offer| offer == core));
    let series = known.automations.iter().filter(|automation| automation.sends.len() > 1 && begins(&automation.id));
    let pushes = |automation: &&crate::lint::facts::Automation| {
        let first = automation.sends.iter().min_by_key(|(_, after)| after.seconds);
        first.is_some_and(|(message, _)| sells(message))
    };
    series.filter(pushes).map(|automation| automation.id.clone()).collect()
}

fn is_cold(doc: &FunnelDoc, at: usize, lead: Option<usize>) -> bool {
    let warms = |content: &Content| !matches!(content.kind, ContentKind::Offer | ContentKind::Ad);
    let is_warmed = doc.stages[..at].iter().any(|stage| stage.content.iter().any(warms) || !stage.tactics.is_empty());
    let has_met_gift = doc
        .ladder
        .iter()
        .any(|rung| rung.rung != "core" && rung.stage.as_ref().and_then(|id| doc.stage_index(id)) < Some(at));
    at == 0 || lead.is_some_and(|lead| at < lead) || !(is_warmed || has_met_gift)
}

#[cfg(test)]
mod tests {
    use super::super::testing::*;
    use super::*;

    #[test]
    fn the_core_offer_comes_after_something_else() {
        let good = doc();
        let mut bad = good.clone();
        bad.ladder[2].stage = Some("visit".into());
        holds(&RULE, (&good, &none()), (&bad, &none()), "ladder[2].stage");
        let mut shown = good.clone();
        let mut offer = good.stages[2].content[0].clone();
        (offer.kind, offer.id) = (ContentKind::Offer, "braces".to_owned());
        shown.stages[0].content.push(offer);
        holds(&RULE, (&good, &none()), (&shown, &none()), "stages[0].content[1]");
        let calm = content();
        let mut pushy = calm.clone();
        pushy.messages[0].offers = vec!["braces".to_owned()];
        let (calm, pushy) = (Facts { content: Some(&calm), ..none() }, Facts { content: Some(&pushy), ..none() });
        holds(&RULE, (&good, &calm), (&good, &pushy), "automations.warm-up");
    }
}
