//! A price far from what others ask.

use base::Money;

use super::{Report, Rule, Severity, Value, text};

pub(super) static RULE: Rule = Rule {
    id: "price_off_market",
    severity: Severity::Warning,
    texts: [
        text(
            "{offer} costs {price}; others ask {low} to {high}.",
            "Too dear sends people to the neighbour, too cheap makes them doubt the quality and gives away margin.",
            "Bring the price nearer, or say plainly what makes the difference worth it.",
        ),
        text(
            "{offer} koster {price}; andre tar {low} til {high}.",
            "For dyrt sender folk til naboen, for billig får dem til å tvile på kvaliteten og gir bort margin.",
            "Flytt prisen nærmere, eller si tydelig hva som er verdt forskjellen.",
        ),
        text(
            "{offer} kostar {price}; andra tar {low} till {high}.",
            "För dyrt skickar folk till grannen, för billigt får dem att tvivla på kvaliteten och ger bort marginal.",
            "Flytta priset närmare, eller säg tydligt vad som är värt skillnaden.",
        ),
        text(
            "{offer} koster {price}; andre tager {low} til {high}.",
            "For dyrt sender folk til naboen, for billigt får dem til at tvivle på kvaliteten og giver avance væk.",
            "Flyt prisen nærmere, eller sig tydeligt, hvad der er forskellen værd.",
        ),
        text(
            "{offer} maksaa {price}; muut pyytävät {low}–{high}.",
            "Liian kallis ajaa naapurille, liian halpa saa epäilemään laatua ja syö katteen.",
            "Siirrä hintaa lähemmäs tai kerro selvästi, mikä tekee erosta sen arvoisen.",
        ),
    ],
    find,
};

/// A fifth outside what others ask, in hundredths.
const SLACK_PERCENT: i128 = 20;

fn find(report: &mut Report<'_>) {
    for offer in report.content().iter().flat_map(|content| &content.offers) {
        let (Some(price), Some((low, high))) = (offer.price, offer.market) else { continue };
        if price.currency != low.currency || price.currency != high.currency || price.minor == 0 {
            continue;
        }
        let times = |money: Money, percent: i128| i128::from(money.minor) * percent;
        let is_cheap = times(price, 100) < times(low, 100 - SLACK_PERCENT);
        let is_dear = times(price, 100) > times(high, 100 + SLACK_PERCENT);
        if is_cheap || is_dear {
            let values = [
                ("offer", Value::Text(offer.id.clone())),
                ("price", Value::Money(price)),
                ("low", Value::Money(low)),
                ("high", Value::Money(high)),
            ];
            report.found(format!("offers.{}", offer.id), values);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::testing::*;
    use super::*;

    #[test]
    fn a_price_lies_near_those_of_others() {
        let (doc, good) = (doc(), content());
        for price in [15_900, 36_100] {
            let mut bad = good.clone();
            bad.offers[2].price = Some(nok(price * 100));
            bad.offers[2].market = Some((nok(2_000_000), nok(3_000_000)));
            let (good, bad) = (Facts { content: Some(&good), ..none() }, Facts { content: Some(&bad), ..none() });
            holds(&RULE, (&doc, &good), (&doc, &bad), "offers.braces");
        }
    }
}
