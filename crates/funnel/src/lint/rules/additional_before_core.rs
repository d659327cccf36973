//! Additional offers come before the main one.

use super::{Report, Rule, Severity, Value, text};
use crate::document::Patch;

pub(super) static RULE: Rule = Rule {
    id: "additional_before_core",
    severity: Severity::Warning,
    texts: [
        text(
            "{offer}, an additional offer, comes before the core offer.",
            "Extras without the main thing confuse: people decide about trifles and put off the decision that counts.",
            "Offer it together with the core offer or after it.",
        ),
        text(
            "{offer}, et tilleggstilbud, kommer før kjernetilbudet.",
            "Tillegg uten hovedsaken forvirrer: folk tar stilling til småting og utsetter valget som teller.",
            "Tilby det sammen med kjernetilbudet eller etterpå.",
        ),
        text(
            "{offer}, ett tilläggserbjudande, kommer före kärnerbjudandet.",
            "Tillägg utan huvudsaken förvirrar: folk tar ställning till småsaker och skjuter upp det viktiga beslutet.",
            "Erbjud det tillsammans med kärnerbjudandet eller efteråt.",
        ),
        text(
            "{offer}, et tillægstilbud, kommer før kernetilbuddet.",
            "Tillæg uden hovedsagen forvirrer: folk tager stilling til småting og udskyder det valg, der tæller.",
            "Tilbyd det sammen med kernetilbuddet eller bagefter.",
        ),
        text(
            "Lisätarjous {offer} tulee ennen ydintarjousta.",
            "Lisät ilman pääasiaa hämmentävät: ihmiset miettivät pikkuasioita ja lykkäävät tärkeintä päätöstä.",
            "Tarjoa se ydintarjouksen yhteydessä tai sen jälkeen.",
        ),
    ],
    find,
};

fn find(report: &mut Report<'_>) {
    let doc = report.doc;
    let at = |index: usize| doc.ladder[index].stage.as_ref().and_then(|id| doc.stage_index(id));
    let Some(core) = doc.ladder.iter().position(|rung| rung.rung == "core") else { return };
    for (index, rung) in doc.ladder.iter().enumerate().filter(|(_, rung)| rung.rung == "additional") {
        let is_earlier = matches!((at(index), at(core)), (Some(one), Some(other)) if one < other);
        if index < core || is_earlier {
            let fixed = match &doc.ladder[core].stage {
                Some(stage) => crate::document::Rung { stage: Some(stage.clone()), ..rung.clone() },
                None => rung.clone(),
            };
            // Behind the core offer, and not before its stage.
            let fix = Patch::remove(format!("/ladder/{index}")).and_add("/ladder/-", fixed);
            report.found(format!("ladder[{index}]"), [("offer", Value::Text(rung.offer.clone()))]).fix = Some(fix);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::testing::*;
    use super::*;

    #[test]
    fn extras_follow_the_main_thing() {
        let good = doc();
        let mut bad = good.clone();
        bad.ladder.swap(2, 3);
        holds(&RULE, (&good, &none()), (&bad, &none()), "ladder[2]");
        let mut early = good.clone();
        early.ladder[3].stage = Some("lead".into());
        holds(&RULE, (&good, &none()), (&early, &none()), "ladder[3]");
    }
}
