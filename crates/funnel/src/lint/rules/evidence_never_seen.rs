//! Something waits for an event that has never happened.

use super::{Report, Rule, Severity, Value, text};

pub(super) static RULE: Rule = Rule {
    id: "evidence_never_seen",
    severity: Severity::Warning,
    texts: [
        text(
            "{stage} waits for the event {event}, which has never been seen.",
            "A misspelt event or one that nobody sends keeps every deal out, and nobody notices but the customers.",
            "Correct the name, or let the page, form or system send the event.",
        ),
        text(
            "{stage} venter på hendelsen {event}, som aldri er sett.",
            "En feilskrevet hendelse, eller en ingen sender, holder alle ute, og bare kundene merker det.",
            "Rett navnet, eller la siden, skjemaet eller systemet sende hendelsen.",
        ),
        text(
            "{stage} väntar på händelsen {event}, som aldrig har setts.",
            "En felstavad händelse, eller en som ingen skickar, stänger ute alla, och bara kunderna märker det.",
            "Rätta namnet, eller låt sidan, formuläret eller systemet skicka händelsen.",
        ),
        text(
            "{stage} venter på hændelsen {event}, som aldrig er set.",
            "En fejlstavet hændelse, eller en ingen sender, holder alle ude, og kun kunderne mærker det.",
            "Ret navnet, eller lad siden, formularen eller systemet sende hændelsen.",
        ),
        text(
            "{stage} odottaa tapahtumaa {event}, jota ei ole koskaan nähty.",
            "Väärin kirjoitettu tai lähettämättä jäävä tapahtuma pitää kaikki ulkona, ja vain asiakkaat huomaavat sen.",
            "Korjaa nimi tai anna sivun, lomakkeen tai järjestelmän lähettää tapahtuma.",
        ),
    ],
    find,
};

fn find(report: &mut Report<'_>) {
    let Some(seen) = report.content().map(|content| &content.events_seen).filter(|seen| !seen.is_empty()) else {
        return;
    };
    for (index, stage) in report.doc.stages.iter().enumerate() {
        let mut waits = vec![(format!("stages[{index}].enters_on"), &stage.enters_on.event)];
        let evidence = stage.gate.iter().flat_map(|gate| &gate.evidence).enumerate();
        waits.extend(evidence.map(|(at, rule)| (format!("stages[{index}].gate.evidence[{at}]"), &rule.event)));
        for (path, event) in waits.into_iter().filter(|(_, event)| !seen.contains(event)) {
            let values = [("stage", report.stage_name(index)), ("event", Value::Text(event.clone()))];
            report.found(path, values);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::testing::*;
    use super::*;

    #[test]
    fn what_is_waited_for_happens() {
        let (good, mut bad, content) = (doc(), doc(), content());
        bad.stages[3].gate.as_mut().unwrap().evidence[0].event = "Depositt Paid".to_owned();
        let facts = Facts { content: Some(&content), ..none() };
        holds(&RULE, (&good, &facts), (&bad, &facts), "stages[3].gate.evidence[0]");
    }
}
