//! Fewer people go on than was hoped for.

use super::{Report, Rule, Severity, Value, rate, text};
use crate::lint::facts::PEOPLE_MIN;

pub(super) static RULE: Rule = Rule {
    id: "step_below_target",
    severity: Severity::Warning,
    texts: [
        text(
            "{measured} go on from {stage}; the target is {target}.",
            "Each person lost here was paid for at all the steps before.",
            "Look at who stays behind and where, and try one change at a time.",
        ),
        text(
            "{measured} går videre fra {stage}; målet er {target}.",
            "Hver person som går tapt her, er betalt for i alle trinnene før.",
            "Se hvem som blir igjen og hvor, og prøv én endring om gangen.",
        ),
        text(
            "{measured} går vidare från {stage}; målet är {target}.",
            "Varje person som tappas här är betald för i alla steg före.",
            "Se vilka som stannar kvar och var, och prova en ändring i taget.",
        ),
        text(
            "{measured} går videre fra {stage}; målet er {target}.",
            "Hver person, der mistes her, er betalt for på alle trinene før.",
            "Se, hvem der bliver hængende og hvor, og prøv én ændring ad gangen.",
        ),
        text(
            "{measured} jatkaa vaiheesta {stage}; tavoite on {target}.",
            "Jokaisesta tässä menetetystä on maksettu kaikissa aiemmissa vaiheissa.",
            "Katso, ketkä jäävät ja mihin, ja kokeile yhtä muutosta kerrallaan.",
        ),
    ],
    find,
};

/// Cost per month: people in a month x (target - measured rate) x what somebody at the next stage brings.
fn find(report: &mut Report<'_>) {
    let Some(measured) = report.measured() else { return };
    for (index, stage) in report.doc.stages.iter().enumerate() {
        let target = stage.target.and_then(|target| target.converts);
        let (Some(target), Some(seen)) = (target, measured.stage(&stage.id)) else { continue };
        let Some(have) = seen.rate().filter(|_| seen.entered >= PEOPLE_MIN) else { continue };
        let gap = f64::from(target.basis_points) / 10_000.0 - have;
        if gap <= 0.0 {
            continue;
        }
        let lost = measured.per_month(seen.entered as f64) * gap;
        let cost = measured.cost_of_missing(report.doc, index + 1, lost);
        let values = [
            ("stage", report.stage_name(index)),
            ("measured", Value::Share(rate(have))),
            ("target", Value::Share(target)),
        ];
        report.found(format!("stages[{index}].target.converts"), values).cost_per_month = cost;
    }
}

#[cfg(test)]
mod tests {
    use super::super::testing::*;
    use super::*;

    #[test]
    fn a_gap_costs_what_the_lost_people_would_have_brought() {
        let (good, mut bad) = (doc(), doc());
        bad.stages[0].target.as_mut().unwrap().converts = Some("25%".parse().unwrap());
        let measured = measured();
        let facts = Facts { measured: Some(&measured), ..none() };
        let finding = holds(&RULE, (&good, &facts), (&bad, &facts), "stages[0].target.converts");
        // 1,000 people, 200 of them leads: 5 % of 1,000 are missing, and a lead brings 50 % x 20 % of 10,000.
        assert_eq!(finding.cost_per_month, Some(nok(50 * 100_000)));
        assert!(finding.text(&"nb".parse().unwrap()).what.starts_with("20\u{a0}% går videre fra Besøk"));
    }
}
