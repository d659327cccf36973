//! A stage that people enter and nobody leaves.

use super::{Report, Rule, Severity, Value, text};

pub(super) static RULE: Rule = Rule {
    id: "nobody_leaves",
    severity: Severity::Warning,
    texts: [
        text(
            "{count} came to {stage} and not one went on.",
            "Everything spent to bring people here is lost.",
            "Check that the event the next stage waits for is really sent, and that its gate can open.",
        ),
        text(
            "{count} kom til {stage}, og ikke én gikk videre.",
            "Alt som er brukt på å få folk hit, er tapt.",
            "Sjekk at hendelsen neste trinn venter på, faktisk blir sendt, og at porten kan åpnes.",
        ),
        text(
            "{count} kom till {stage} och inte en enda gick vidare.",
            "Allt som lagts på att få hit folk är förlorat.",
            "Kontrollera att händelsen som nästa steg väntar på verkligen skickas, och att grinden kan öppnas.",
        ),
        text(
            "{count} kom til {stage}, og ikke én gik videre.",
            "Alt, hvad der er brugt på at få folk hertil, er tabt.",
            "Tjek, at den hændelse, næste trin venter på, faktisk sendes, og at porten kan åbnes.",
        ),
        text(
            "{count} tuli vaiheeseen {stage}, eikä yksikään jatkanut.",
            "Kaikki, mitä ihmisten tuomiseen tänne on käytetty, menee hukkaan.",
            "Tarkista, että seuraavan vaiheen odottama tapahtuma todella lähetetään ja että portti voi aueta.",
        ),
    ],
    find,
};

/// Fewer may be chance.
const PEOPLE_MIN: u64 = 30;

/// Cost per month: people in a month x the target of the stage, when it has one, x what somebody at the next stage
/// brings.
fn find(report: &mut Report<'_>) {
    let Some(measured) = report.measured() else { return };
    let winning = crate::gate::winning_stage(report.doc).and_then(|stage| report.doc.stage_index(&stage.id));
    let last = winning.unwrap_or(report.doc.stages.len().saturating_sub(1));
    for (index, stage) in report.doc.stages.iter().enumerate().take(last) {
        let stuck = measured.stage(&stage.id).filter(|seen| seen.entered >= PEOPLE_MIN && seen.went_on == 0);
        let Some(stuck) = stuck else { continue };
        let target =
            stage.target.and_then(|target| target.converts).map(|rate| f64::from(rate.basis_points) / 10_000.0);
        let lost = target.map(|target| measured.per_month(stuck.entered as f64) * target);
        let cost = lost.and_then(|lost| measured.cost_of_missing(report.doc, index + 1, lost));
        let count = i64::try_from(stuck.entered).unwrap_or(i64::MAX);
        let values = [("stage", report.stage_name(index)), ("count", Value::Count(count))];
        report.found(format!("stages[{index}]"), values).cost_per_month = cost;
    }
}

#[cfg(test)]
mod tests {
    use super::super::testing::*;
    use super::*;

    #[test]
    fn a_full_stage_without_a_way_out_is_told() {
        let (doc, good) = (doc(), measured());
        let mut bad = good.clone();
        bad.stages[0].went_on = 0;
        let (good, bad) = (Facts { measured: Some(&good), ..none() }, Facts { measured: Some(&bad), ..none() });
        let finding = holds(&RULE, (&doc, &good), (&doc, &bad), "stages[0]");
        // 1,000 x the target of 10 % x 1,000.
        assert_eq!(finding.cost_per_month, Some(nok(100 * 100_000)));
    }
}
