//! A stage that nobody can leave.

use super::{Report, Rule, Severity, gate_never_opens, text};
use crate::document::{AfterMax, Stage};

pub(super) static RULE: Rule = Rule {
    id: "dead_end",
    severity: Severity::Error,
    texts: [
        text(
            "Nobody can leave {stage}.",
            "Whoever comes here is lost, with everything that was spent to bring them.",
            "Open the gate behind it, or let a manager override it.",
        ),
        text(
            "Ingen kan komme videre fra {stage}.",
            "Den som kommer hit, er tapt, med alt som ble brukt på å få dem hit.",
            "Åpne porten etter det, eller la en leder overstyre den.",
        ),
        text(
            "Ingen kan lämna {stage}.",
            "Den som kommer hit är förlorad, med allt som lagts på att få hit dem.",
            "Öppna grinden efter det, eller låt en chef gå förbi den.",
        ),
        text(
            "Ingen kan komme videre fra {stage}.",
            "Den, der kommer hertil, er tabt, med alt, hvad der blev brugt på at få dem hertil.",
            "Åbn porten efter det, eller lad en leder tilsidesætte den.",
        ),
        text(
            "Kukaan ei pääse pois vaiheesta {stage}.",
            "Tänne tullut on menetetty, samoin kaikki, mitä hänen tuomiseensa käytettiin.",
            "Avaa sen takana oleva portti tai anna esimiehen ohittaa se.",
        ),
    ],
    find,
};

/// Every way on leads through the next gate, so one that never opens and that nobody may override ends it. So does a
/// longest time that ends before the shortest one.
fn find(report: &mut Report<'_>) {
    let doc = report.doc;
    for (index, pair) in doc.stages.windows(2).enumerate() {
        let is_shut = |stage: &Stage| {
            stage
                .gate
                .as_ref()
                .is_some_and(|gate| gate.overriding.is_none() && !gate_never_opens::impossible(gate).is_empty())
        };
        let has_no_time = pair[0].time.is_some_and(|time| {
            time.after_max == AfterMax::Block
                && matches!((time.min, time.max), (Some(min), Some(max)) if min.seconds > max.seconds)
        });
        if is_shut(&pair[1]) || has_no_time {
            let name = report.stage_name(index);
            report.found(format!("stages[{index}]"), [("stage", name)]);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::testing::*;
    use super::*;
    use crate::document::{Duration, TimeLimit};

    #[test]
    fn every_stage_can_be_left() {
        let (good, mut bad) = (doc(), doc());
        bad.stages[3].gate.as_mut().unwrap().evidence[0].undone_by = "Deposit Paid".to_owned();
        holds(&RULE, (&good, &none()), (&bad, &none()), "stages[2]");
        let mut open = bad.clone();
        open.stages[3].gate.as_mut().unwrap().overriding = Some(Default::default());
        holds(&RULE, (&open, &none()), (&bad, &none()), "stages[2]");
        let mut late = good.clone();
        let (min, max) = (Some(Duration::days(3)), Some(Duration::days(2)));
        late.stages[0].time = Some(TimeLimit { min, max, after_max: AfterMax::Block });
        holds(&RULE, (&good, &none()), (&late, &none()), "stages[0]");
    }
}
