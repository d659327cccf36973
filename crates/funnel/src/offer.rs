//! What is offered at a price, and how its page looks.

use base::{Locale, Money};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::document::Rate;
use crate::localized::Localized;
use crate::order::{Line, TAX_RATE_BP_MAX, UNIT_PRICE_MINOR_MAX};
use crate::page::{Finding, Severity, safe_image_url};

/// Characters of a name, heading or button.
pub const NAME_CHARS_MAX: usize = 120;
/// Characters of a description, guarantee or the terms.
pub const TEXT_CHARS_MAX: usize = 5_000;
/// Key features of one offer.
pub const FEATURES_MAX: usize = 30;
/// Bytes of an offer's address.
pub const SLUG_BYTES_MAX: usize = 80;
/// The most that one order page sells of an offer at once.
pub const ORDER_QUANTITY_MAX: u32 = 1_000;

/// An offer.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct OfferDoc {
    /// The last part of its address: small letters, digits, hyphens.
    pub slug: String,
    /// What it is called.
    pub name: Localized,
    /// What it is.
    #[serde(default)]
    #[schema(default = json!(""))]
    pub description: Localized,
    /// What speaks for it, one sentence each.
    #[serde(default)]
    #[schema(default = json!([]))]
    pub features: Vec<Localized>,
    /// What the buyer is promised when it does not keep its word.
    #[serde(default)]
    #[schema(default = json!(""))]
    pub guarantee: Localized,
    /// The price of one.
    pub price: Money,
    /// Hundredths of a percent: 2500 is 25 %.
    #[serde(default)]
    #[schema(default = json!(0))]
    pub tax_rate_bp: u16,
    /// Whether the price contains the tax.
    #[serde(default = "yes")]
    #[schema(default = json!(true))]
    pub includes_tax: bool,
    /// The rung of the ladder it stands on: `lead-magnet`, `tripwire`, `core`, `additional`; empty for none.
    #[serde(default)]
    #[schema(default = json!(""))]
    pub rung: String,
    /// How its page looks.
    #[serde(default)]
    #[schema(default = json!({}))]
    pub look: OfferLook,
    /// What one costs the company, for the check of prices and discounts. Never shown to visitors.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub unit_cost: Option<Money>,
    /// The greatest discount that is given: `10%`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub discount_max: Option<Rate>,
    /// What others ask for the like.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub market: Option<Market>,
}

/// What others ask for the like.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[schema(as = OfferMarket)]
#[serde(deny_unknown_fields)]
pub struct Market {
    /// The cheapest.
    pub low: Money,
    /// The dearest.
    pub high: Money,
}

fn yes() -> bool {
    true
}

/// How the page of an offer looks. Empty texts are filled by the page itself.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize, ToSchema)]
#[serde(default, deny_unknown_fields)]
pub struct OfferLook {
    /// The heading in place of the name.
    pub headline: Localized,
    /// A picture: its address.
    pub image: String,
    /// What the picture shows, for those who do not see it.
    pub image_alt: Localized,
    /// What the order button says.
    pub button: Localized,
    /// Terms that the buyer orders under.
    pub terms: Localized,
    /// The heading once the order is placed.
    pub thanks_heading: Localized,
    /// The text below it.
    pub thanks_text: Localized,
    /// Whether buyers choose how many.
    pub asks_quantity: bool,
    /// Whether buyers can name a company and its number.
    pub asks_company: bool,
    /// Whether buyers must write their postal address.
    pub asks_address: bool,
}

impl OfferDoc {
    /// The line of an order for some of it, in the buyer's language.
    pub fn line(&self, quantity: u32, locale: &Locale) -> Line {
        Line {
            description: self.name.get(locale).trim().to_owned(),
            quantity,
            unit_price_minor: self.price.minor,
            includes_tax: self.includes_tax,
            tax_rate_bp: self.tax_rate_bp,
        }
    }
}

fn error(path: &str, message: impl Into<String>) -> Finding {
    Finding { path: path.to_owned(), message: message.into(), severity: Severity::Error }
}

/// Everything to mend in an offer. Empty: it can be saved.
pub fn check(offer: &OfferDoc) -> Vec<Finding> {
    let mut findings = Vec::new();
    let is_slug = (1..=SLUG_BYTES_MAX).contains(&offer.slug.len())
        && !offer.slug.starts_with('-')
        && !offer.slug.ends_with('-')
        && offer.slug.bytes().all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-');
    if !is_slug {
        findings.push(error("slug", "write small letters a to z, digits and hyphens, such as whitening-kit"));
    }
    if offer.name.is_empty() {
        findings.push(error("name", "write what the offer is called"));
    }
    if !(0..=UNIT_PRICE_MINOR_MAX).contains(&offer.price.minor) {
        findings.push(error("price.minor", "write a price of 0 or more, in minor units"));
    }
    if offer.unit_cost.is_some_and(|cost| !(0..=UNIT_PRICE_MINOR_MAX).contains(&cost.minor)) {
        findings.push(error("unit_cost.minor", "write a cost of 0 or more, in minor units"));
    }
    if offer.market.is_some_and(|market| market.low.minor < 0 || market.high.minor < market.low.minor) {
        findings.push(error("market.high.minor", "the dearest price of others is not below the cheapest"));
    }
    if offer.tax_rate_bp > TAX_RATE_BP_MAX {
        findings.push(error("tax_rate_bp", "a tax rate is at most 10000 (100 %)"));
    }
    if offer.rung.chars().count() > NAME_CHARS_MAX {
        findings.push(error("rung", format!("at most {NAME_CHARS_MAX} characters")));
    }
    if offer.features.len() > FEATURES_MAX {
        findings.push(error("features", format!("an offer has at most {FEATURES_MAX} features")));
    }
    if !offer.look.image.is_empty() && safe_image_url(&offer.look.image).is_none() {
        findings.push(error("look.image", "choose an uploaded picture or write an https address"));
    }
    lengths(offer, &mut findings);
    findings
}

fn lengths(offer: &OfferDoc, findings: &mut Vec<Finding>) {
    let look = &offer.look;
    let short = [
        ("name", &offer.name),
        ("look.headline", &look.headline),
        ("look.image_alt", &look.image_alt),
        ("look.button", &look.button),
        ("look.thanks_heading", &look.thanks_heading),
    ];
    let long = [
        ("description", &offer.description),
        ("guarantee", &offer.guarantee),
        ("look.terms", &look.terms),
        ("look.thanks_text", &look.thanks_text),
    ];
    let bounded = short.map(|part| (part, NAME_CHARS_MAX)).into_iter();
    for ((path, text), chars_max) in bounded.chain(long.map(|part| (part, TEXT_CHARS_MAX))) {
        if text.chars_max() > chars_max {
            findings.push(error(path, format!("at most {chars_max} characters")));
        }
    }
    for (index, feature) in offer.features.iter().take(FEATURES_MAX).enumerate() {
        if feature.is_empty() || feature.chars_max() > NAME_CHARS_MAX * 2 {
            let message = format!("write 1 to {} characters", NAME_CHARS_MAX * 2);
            findings.push(error(&format!("features[{index}]"), message));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn kit() -> OfferDoc {
        serde_json::from_str(
            r#"{"slug": "whitening-kit", "name": {"en": "Whitening kit", "nb": "Blekesett"},
                "price": {"minor": 99000, "currency": "NOK"}, "tax_rate_bp": 2500}"#,
        )
        .unwrap()
    }

    #[test]
    fn an_offer_becomes_a_line_in_the_buyers_language() {
        let line = kit().line(2, &"nb".parse().unwrap());
        assert_eq!((line.description.as_str(), line.quantity, line.includes_tax), ("Blekesett", 2, true));
        assert_eq!(check(&kit()), []);
    }

    #[test]
    fn what_is_wrong_is_named() {
        type Break = fn(&mut OfferDoc);
        let nok = |minor: i64| Money::new(minor, "NOK".parse().unwrap());
        assert_eq!(check(&OfferDoc { market: Some(Market { low: nok(1), high: nok(1) }), ..kit() }), []);
        let broken: [(&str, Break); 10] = [
            ("unit_cost.minor", |o| o.unit_cost = Some(Money { minor: -1, ..o.price })),
            ("market.high.minor", |o| o.market = Some(Market { low: o.price, high: Money { minor: 0, ..o.price } })),
            ("slug", |o| o.slug = "Whitening kit".to_owned()),
            ("name", |o| o.name = Localized::of(&[("nb", " ")])),
            ("price.minor", |o| o.price.minor = -1),
            ("tax_rate_bp", |o| o.tax_rate_bp = 10_001),
            ("features", |o| o.features = vec!["x".into(); 31]),
            ("features[0]", |o| o.features = vec!["".into()]),
            ("look.image", |o| o.look.image = "javascript:alert(1)".to_owned()),
            ("look.terms", |o| o.look.terms = "x".repeat(5_001).as_str().into()),
        ];
        for (path, break_it) in broken {
            let mut offer = kit();
            break_it(&mut offer);
            let paths: Vec<String> = check(&offer).into_iter().map(|finding| finding.path).collect();
            assert_eq!(paths, [path]);
        }
    }
}
