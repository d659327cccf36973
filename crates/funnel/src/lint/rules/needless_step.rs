//! A step at which nobody decides anything, and that takes time.

use super::{Report, Rule, Severity, Value, rate, text};
use crate::document::{Duration, Patch};
use crate::lint::facts::PEOPLE_MIN;

pub(super) static RULE: Rule = Rule {
    id: "needless_step",
    severity: Severity::Advice,
    texts: [
        text(
            "{rate} go on from {stage} anyway, and it takes {time}.",
            "A step hardly anybody drops out of decides nothing, but everybody waits there and some lose interest.",
            "Join it with the next one, or let it run by itself.",
        ),
        text(
            "{rate} går uansett videre fra {stage}, og det tar {time}.",
            "Et trinn nesten ingen faller fra i, avgjør ingenting, men alle venter der, og noen mister interessen.",
            "Slå det sammen med neste trinn, eller la det gå av seg selv.",
        ),
        text(
            "{rate} går ändå vidare från {stage}, och det tar {time}.",
            "Ett steg som nästan ingen faller från avgör ingenting, men alla väntar där och några tappar intresset.",
            "Slå ihop det med nästa steg, eller låt det ske av sig självt.",
        ),
        text(
            "{rate} går alligevel videre fra {stage}, og det tager {time}.",
            "Et trin, næsten ingen falder fra på, afgør ingenting, men alle venter der, og nogle mister interessen.",
            "Slå det sammen med næste trin, eller lad det ske af sig selv.",
        ),
        text(
            "{rate} jatkaa vaiheesta {stage} joka tapauksessa, ja siihen kuluu {time}.",
            "Vaihe, josta lähes kukaan ei putoa, ei ratkaise mitään, mutta kaikki odottavat siinä ja osa kyllästyy.",
            "Yhdistä se seuraavaan vaiheeseen tai anna sen hoitua itsestään.",
        ),
    ],
    find,
};

/// The share that goes on, from which a step decides nothing.
const RATE_MIN: f64 = 0.95;
/// From when it slows people down.
const TIME_MIN: Duration = Duration::days(1);

/// Cost per month: people in a month who drop out there x what somebody at the next stage brings. A stage with a gate
/// is kept: there something is made sure of.
fn find(report: &mut Report<'_>) {
    let Some(measured) = report.measured() else { return };
    let doc = report.doc;
    let inner = 1..doc.stages.len().saturating_sub(1);
    for (index, stage) in doc.stages.iter().enumerate().filter(|(index, _)| inner.contains(index)) {
        let Some(seen) = measured.stage(&stage.id).filter(|seen| seen.entered >= PEOPLE_MIN) else { continue };
        let (Some(have), Some(time)) = (seen.rate(), seen.median_time) else { continue };
        let is_marked = stage.deal.is_some() || doc.opens_deal(stage) || stage.gate.is_some();
        if have < RATE_MIN || time.seconds < TIME_MIN.seconds || is_marked {
            continue;
        }
        let lost = measured.per_month((seen.entered - seen.went_on.min(seen.entered)) as f64);
        let cost = measured.cost_of_missing(doc, index + 1, lost);
        let values =
            [("stage", report.stage_name(index)), ("rate", Value::Share(rate(have))), ("time", Value::Time(time))];
        let is_named = is_named_elsewhere(report, index);
        let finding = report.found(format!("stages[{index}]"), values);
        finding.cost_per_month = cost;
        finding.fix = (!is_named).then(|| Patch::remove(format!("/stages/{index}")));
    }
}

/// Taking away a stage that other parts name would leave them pointing nowhere.
fn is_named_elsewhere(report: &Report<'_>, index: usize) -> bool {
    let (doc, id) = (report.doc, &report.doc.stages[index].id);
    doc.ladder.iter().any(|rung| rung.stage.as_ref() == Some(id))
        || doc.clusters.iter().any(|cluster| cluster.stages.contains(id))
        || doc.stages.iter().any(|stage| stage.loops_to.as_ref() == Some(id))
}

#[cfg(test)]
mod tests {
    use super::super::testing::*;
    use super::*;

    #[test]
    fn a_slow_step_that_everybody_passes_is_told() {
        let (mut doc, good) = (doc(), measured());
        doc.stages[2].gate = None;
        let mut bad = good.clone();
        (bad.stages[2].entered, bad.stages[2].went_on) = (200, 194);
        bad.stages[2].median_time = Some(Duration::days(3));
        let (good, bad) = (Facts { measured: Some(&good), ..none() }, Facts { measured: Some(&bad), ..none() });
        let finding = found(&RULE, &doc, &bad).remove(0);
        assert!(found(&RULE, &doc, &good).is_empty());
        // 6 people who would have bought for 10,000 each.
        assert_eq!(finding.cost_per_month, Some(nok(6 * 1_000_000)));
        assert_eq!(finding.fix, None, "a rung of the ladder names this stage");
        doc.ladder[2].stage = None;
        let fix = found(&RULE, &doc, &bad).remove(0).fix.unwrap();
        assert_eq!(fix.apply(&doc).unwrap().stages.len(), 4);
    }
}
