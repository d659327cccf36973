//! The tripwire costs more than a tenth of the core offer.

use base::Money;

use super::{Report, Rule, Severity, Value, text};

pub(super) static RULE: Rule = Rule {
    id: "tripwire_too_dear",
    severity: Severity::Warning,
    texts: [
        text(
            "{offer}, the tripwire, costs {price}; a tenth of the core offer is {most}.",
            "A tripwire turns strangers into customers because nobody has to think twice; at this price they do.",
            "Make it cheaper, or choose a smaller product.",
        ),
        text(
            "{offer}, inngangstilbudet, koster {price}; en tidel av kjernetilbudet er {most}.",
            "Et inngangstilbud gjør fremmede til kunder fordi ingen må tenke seg om; til denne prisen gjør de det.",
            "Gjør det billigere, eller velg et mindre produkt.",
        ),
        text(
            "{offer}, instegserbjudandet, kostar {price}; en tiondel av kärnerbjudandet är {most}.",
            "Ett instegserbjudande gör främlingar till kunder för att ingen behöver tveka; här gör de det.",
            "Gör det billigare, eller välj en mindre produkt.",
        ),
        text(
            "{offer}, indgangstilbuddet, koster {price}; en tiendedel af kernetilbuddet er {most}.",
            "Et indgangstilbud gør fremmede til kunder, fordi ingen behøver tænke sig om; til den pris gør de det.",
            "Gør det billigere, eller vælg et mindre produkt.",
        ),
        text(
            "Sisäänheittotuote {offer} maksaa {price}; kymmenesosa ydintarjouksesta on {most}.",
            "Sisäänheittotuote tekee vieraista asiakkaita, koska sitä ei tarvitse harkita; tähän hintaan pitää.",
            "Laske hintaa tai valitse pienempi tuote.",
        ),
    ],
    find,
};

fn find(report: &mut Report<'_>) {
    let Some(content) = report.content() else { return };
    let price = |rung: &crate::document::Rung| content.offers.iter().find(|offer| offer.id == rung.offer)?.price;
    let of = |name: &'static str| report.doc.ladder.iter().enumerate().filter(move |(_, rung)| rung.rung == name);
    // Against the cheapest core offer: whoever takes that one compares with it.
    let Some(core) = of("core").filter_map(|(_, rung)| price(rung)).min_by_key(|price| price.minor) else { return };
    let mut told = Vec::new();
    for (index, rung) in of("tripwire") {
        let Some(asked) = price(rung).filter(|asked| asked.currency == core.currency) else { continue };
        if i128::from(asked.minor) * 10 > i128::from(core.minor) {
            told.push((index, rung.offer.clone(), asked));
        }
    }
    for (index, offer, asked) in told {
        let most = Money::new(core.minor / 10, core.currency);
        let values = [("offer", Value::Text(offer)), ("price", Value::Money(asked)), ("most", Value::Money(most))];
        report.found(format!("ladder[{index}]"), values);
    }
}

#[cfg(test)]
mod tests {
    use super::super::testing::*;
    use super::*;

    #[test]
    fn a_tripwire_costs_at_most_a_tenth() {
        let (doc, mut good) = (doc(), content());
        good.offers[1].price = Some(nok(249_000));
        let mut bad = good.clone();
        bad.offers[1].price = Some(nok(249_001));
        let (good, bad) = (Facts { content: Some(&good), ..none() }, Facts { content: Some(&bad), ..none() });
        holds(&RULE, (&doc, &good), (&doc, &bad), "ladder[1]");
    }
}
