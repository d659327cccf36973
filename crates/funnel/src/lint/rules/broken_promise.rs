//! A page promises what the offer does not keep.

use super::{Report, Rule, Severity, Value, text};
use crate::lint::facts::{Offer, Promise};

pub(super) static RULE: Rule = Rule {
    id: "broken_promise",
    severity: Severity::Warning,
    texts: [
        text(
            "{page} promises {promise}; {offer} does not keep it.",
            "People see the difference at the till, when they are most careful, and leave; some complain in public.",
            "Put the page or the offer right, so that both say the same.",
        ),
        text(
            "{page} lover {promise}; {offer} holder det ikke.",
            "Folk ser forskjellen i kassen, akkurat når de er mest på vakt, og går; noen klager offentlig.",
            "Rett siden eller tilbudet, så begge sier det samme.",
        ),
        text(
            "{page} lovar {promise}; {offer} håller det inte.",
            "Folk ser skillnaden i kassan, just när de är som försiktigast, och går; några klagar offentligt.",
            "Rätta sidan eller erbjudandet så att båda säger samma sak.",
        ),
        text(
            "{page} lover {promise}; {offer} holder det ikke.",
            "Folk ser forskellen ved kassen, netop når de er mest på vagt, og går; nogle klager offentligt.",
            "Ret siden eller tilbuddet, så begge siger det samme.",
        ),
        text(
            "Sivu {page} lupaa: {promise}; {offer} ei pidä lupausta.",
            "Ero näkyy kassalla, juuri kun ihminen on varovaisimmillaan, ja hän lähtee; osa valittaa julkisesti.",
            "Korjaa sivu tai tarjous niin, että molemmat sanovat samaa.",
        ),
    ],
    find,
};

fn find(report: &mut Report<'_>) {
    let Some(content) = report.content() else { return };
    for page in &content.pages {
        let Some(offer) = content.offers.iter().find(|offer| offer.id == page.offer) else { continue };
        for promise in page.promises.iter().filter(|promise| !is_kept(promise, offer)) {
            let promise = match promise {
                Promise::Price(price) => Value::Money(*price),
                Promise::Guarantee(time) => Value::Time(*time),
                Promise::FreeDelivery => Value::Name(free_delivery()),
            };
            let values = [
                ("page", Value::Text(page.id.clone())),
                ("offer", Value::Text(offer.id.clone())),
                ("promise", promise),
            ];
            report.found(format!("pages.{}", page.id), values);
        }
    }
}

fn is_kept(promise: &Promise, offer: &Offer) -> bool {
    match promise {
        Promise::Price(price) => offer.price.is_none_or(|real| real == *price),
        Promise::Guarantee(time) => offer.guarantee.is_some_and(|real| real.seconds >= time.seconds),
        Promise::FreeDelivery => offer.is_delivered_free,
    }
}

fn free_delivery() -> crate::localized::Localized {
    crate::localized::Localized::of(&[
        ("en", "free delivery"),
        ("nb", "fri frakt"),
        ("sv", "fri frakt"),
        ("da", "fri fragt"),
        ("fi", "ilmainen toimitus"),
    ])
}

#[cfg(test)]
mod tests {
    use super::super::testing::*;
    use super::*;

    #[test]
    fn what_a_page_says_the_offer_keeps() {
        let (doc, good) = (doc(), content());
        let days = |days: u32| Promise::Guarantee(crate::document::Duration::days(days));
        for (kept, broken) in [(Promise::Price(nok(2_490_000)), Promise::Price(nok(1_990_000))), (days(30), days(60))] {
            let with = |promise| {
                let mut content = good.clone();
                content.pages[1].promises = vec![promise];
                content
            };
            let (good, bad) = (with(kept), with(broken));
            let (good, bad) = (Facts { content: Some(&good), ..none() }, Facts { content: Some(&bad), ..none() });
            holds(&RULE, (&doc, &good), (&doc, &bad), "pages.braces");
        }
        let mut free = good.clone();
        free.pages[1].promises = vec![Promise::FreeDelivery];
        let finding = found(&RULE, &doc, &Facts { content: Some(&free), ..none() }).remove(0);
        assert!(finding.text(&"nb".parse().unwrap()).what.contains("fri frakt"));
    }
}
