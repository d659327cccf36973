//! Two funnels open a deal on the same event.

use super::{Report, Rule, Severity, Value, text};
use crate::document::{EntersOn, FunnelDoc, Stage, has};

pub(super) static RULE: Rule = Rule {
    id: "claimed_twice",
    severity: Severity::Error,
    texts: [
        text(
            "{stage} and the funnel {other} both open a deal on {event}.",
            "One person becomes two deals: two salespeople call, and every report counts them twice.",
            "Let each funnel wait for events of its own: name the page, form or offer under where.",
        ),
        text(
            "{stage} og trakten {other} åpner begge en avtale på {event}.",
            "Én person blir to avtaler: to selgere ringer, og hver rapport teller dobbelt.",
            "La hver trakt vente på sine egne hendelser: oppgi siden, skjemaet eller tilbudet under where.",
        ),
        text(
            "{stage} och tratten {other} öppnar båda en affär på {event}.",
            "En person blir två affärer: två säljare ringer, och varje rapport räknar dubbelt.",
            "Låt varje tratt vänta på egna händelser: ange sidan, formuläret eller erbjudandet under where.",
        ),
        text(
            "{stage} og tragten {other} åbner begge en handel på {event}.",
            "Én person bliver til to handler: to sælgere ringer, og hver rapport tæller dobbelt.",
            "Lad hver tragt vente på sine egne hændelser: angiv siden, formularen eller tilbuddet under where.",
        ),
        text(
            "{stage} ja suppilo {other} avaavat molemmat kaupan tapahtumasta {event}.",
            "Yhdestä ihmisestä tulee kaksi kauppaa: kaksi myyjää soittaa, ja jokainen raportti laskee kahdesti.",
            "Anna kummankin suppilon odottaa omia tapahtumiaan: nimeä sivu, lomake tai tarjous kohdassa where.",
        ),
    ],
    find,
};

fn find(report: &mut Report<'_>) {
    let (doc, others) = (report.doc, report.facts.others);
    for other in others.iter().filter(|other| other.id != doc.id) {
        for (index, stage) in opening(doc) {
            if opening(other).any(|(_, theirs)| overlap(&stage.enters_on, &theirs.enters_on)) {
                let values = [
                    ("stage", report.stage_name(index)),
                    ("other", Value::Text(other.id.clone())),
                    ("event", Value::Text(stage.enters_on.event.clone())),
                ];
                report.found(format!("stages[{index}].enters_on"), values);
            }
        }
    }
}

fn opening(doc: &FunnelDoc) -> impl Iterator<Item = (usize, &Stage)> {
    doc.stages.iter().enumerate().filter(|(_, stage)| doc.opens_deal(stage))
}

/// Whether one event could fit both: they differ only where both ask for a property and no value suits both.
fn overlap(one: &EntersOn, other: &EntersOn) -> bool {
    let mut both = one.conditions.iter().filter_map(|(name, wanted)| Some((wanted, other.conditions.get(name)?)));
    let list = |wanted: &serde_json::Value| wanted.as_array().cloned().unwrap_or_else(|| vec![wanted.clone()]);
    let suits =
        |(one, other): (&serde_json::Value, &serde_json::Value)| list(one).iter().any(|value| has(Some(value), other));
    one.event == other.event && both.all(suits)
}

#[cfg(test)]
mod tests {
    use super::super::testing::*;
    use super::*;

    #[test]
    fn each_funnel_waits_for_events_of_its_own() {
        let doc = doc();
        let mut other = FunnelDoc { id: "other".to_owned(), ..doc.clone() };
        let same = [other.clone()];
        other.stages[1].enters_on.conditions.insert("form".to_owned(), serde_json::json!(["call", "chat"]));
        let unlike = [other.clone(), doc.clone()];
        let mut narrow = doc.clone();
        narrow.stages[1].enters_on.conditions.insert("form".to_owned(), "check".into());
        let (same, unlike) = (Facts { others: &same, ..none() }, Facts { others: &unlike, ..none() });
        holds(&RULE, (&narrow, &unlike), (&doc, &same), "stages[1].enters_on");
        holds(&RULE, (&narrow, &unlike), (&doc, &unlike), "stages[1].enters_on");
        holds(&RULE, (&narrow, &unlike), (&narrow, &same), "stages[1].enters_on");
    }
}
