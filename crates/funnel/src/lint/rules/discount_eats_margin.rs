//! A discount that leaves next to nothing, or less.

use base::Money;

use super::{Report, Rule, Severity, Value, text};
use crate::document::{ApprovalRule, Gate, Patch, Rate, Role};

pub(super) static RULE: Rule = Rule {
    id: "discount_eats_margin",
    severity: Severity::Warning,
    texts: [
        text(
            "{discount} off {offer} leaves {left} of each sale.",
            "A sale that earns nothing costs time and teaches customers to wait for the next discount.",
            "Give at most {most} off, or ask a manager from there on.",
        ),
        text(
            "{discount} rabatt på {offer} gir bare {left} igjen per salg.",
            "Et salg som ikke tjener noe, koster tid og lærer kundene å vente på neste rabatt.",
            "Gi høyst {most} rabatt, eller la en leder godkjenne mer.",
        ),
        text(
            "{discount} rabatt på {offer} ger bara {left} kvar per försäljning.",
            "En försäljning som inte tjänar något kostar tid och lär kunderna att vänta på nästa rabatt.",
            "Ge högst {most} rabatt, eller låt en chef godkänna mer.",
        ),
        text(
            "{discount} rabat på {offer} giver kun {left} tilbage pr. salg.",
            "Et salg, der ikke tjener noget, koster tid og lærer kunderne at vente på næste rabat.",
            "Giv højst {most} rabat, eller lad en leder godkende mere.",
        ),
        text(
            "{discount} alennus tuotteesta {offer} jättää kaupasta vain {left}.",
            "Kauppa, joka ei tuota mitään, vie aikaa ja opettaa asiakkaat odottamaan seuraavaa alennusta.",
            "Anna enintään {most} alennusta tai pyydä siitä ylöspäin esimiehen hyväksyntä.",
        ),
    ],
    find,
};

/// What should be left of a price, in hundredths.
const MARGIN_MIN_PERCENT: i128 = 10;

/// Cost per month: sales in a month x what is missing to a tenth of the price. The greatest discount that leaves that
/// tenth is 1 - cost / price - 10 %.
fn find(report: &mut Report<'_>) {
    for offer in report.content().iter().flat_map(|content| &content.offers) {
        let (Some(price), Some(cost), Some(discount)) = (offer.price, offer.unit_cost, offer.discount) else {
            continue;
        };
        if price.currency != cost.currency || price.minor <= 0 {
            continue;
        }
        let (full, spent) = (i128::from(price.minor), i128::from(cost.minor));
        let left = full * (10_000 - i128::from(discount.basis_points)) / 10_000 - spent;
        let missing = full * MARGIN_MIN_PERCENT / 100 - left;
        if missing <= 0 {
            continue;
        }
        let most = (10_000 - spent * 10_000 / full - MARGIN_MIN_PERCENT * 100).clamp(0, 10_000);
        // Whole per cents: nobody negotiates in hundredths.
        let most = Rate { basis_points: u16::try_from(most / 100 * 100).unwrap_or(0) };
        let money = |minor: i128| Money::new(i64::try_from(minor).unwrap_or(i64::MAX), price.currency);
        let values = [
            ("offer", Value::Text(offer.id.clone())),
            ("discount", Value::Share(discount)),
            ("left", Value::Money(money(left))),
            ("most", Value::Share(most)),
        ];
        let lost = offer.sold_per_month.map(|sold| money(missing * i128::from(sold)));
        let fix = approval_above(report, most);
        let finding = report.found(format!("offers.{}", offer.id), values);
        (finding.cost_per_month, finding.fix) = (lost, fix);
    }
}

/// A manager approves discounts above that share before a deal is won.
fn approval_above(report: &Report<'_>, most: Rate) -> Option<Patch> {
    let stage = crate::gate::winning_stage(report.doc)?;
    let index = report.doc.stage_index(&stage.id)?;
    let when = serde_json::from_value(serde_json::json!({"field": "deal.discount", "above": most})).ok()?;
    let rule = ApprovalRule { when: Some(when), by: vec![Role::Manager], four_eyes: true, within: None };
    let mut gate: Gate = stage.gate.clone().unwrap_or_default();
    if gate.approvals.iter().any(|known| known.when == rule.when) {
        return None;
    }
    gate.approvals.push(rule);
    Some(Patch::add(format!("/stages/{index}/gate"), gate))
}

#[cfg(test)]
mod tests {
    use super::super::testing::*;
    use super::*;

    #[test]
    fn a_discount_leaves_something() {
        let (doc, good) = (doc(), content());
        let mut bad = good.clone();
        // Of 24,900 at 15,000 each, 35 % off leaves 1,185; a tenth would be 2,490.
        bad.offers[2].discount = Some("35%".parse().unwrap());
        bad.offers[2].sold_per_month = Some(10);
        let (good, bad) = (Facts { content: Some(&good), ..none() }, Facts { content: Some(&bad), ..none() });
        let finding = found(&RULE, &doc, &bad).remove(0);
        assert!(found(&RULE, &doc, &good).is_empty());
        assert_eq!((finding.path.as_str(), finding.cost_per_month), ("offers.braces", Some(nok(10 * 130_500))));
        assert_eq!(finding.values["most"], Value::Share("29%".parse().unwrap()));
        let fixed = finding.fix.unwrap().apply(&doc).unwrap();
        let gate = fixed.stages[3].gate.as_ref().unwrap();
        assert_eq!(gate.approvals.len(), 1);
        assert_eq!(crate::document::check(&fixed), []);
    }
}
