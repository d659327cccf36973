//! Offers, orders, the program's own pages, and the feeds, in every language.

use base::Money;
use funnel::form::validate;
use funnel::format::Language;
use funnel::page::ImageRef;

use super::super::*;
use super::html::{readable, tags};
use super::{brand, locale, site, time};

fn nok(minor: i64) -> Money {
    Money::new(minor, "NOK".parse().unwrap())
}

fn offer<'a>(site: Site<'a>, image: &'a ImageRef, features: &'a [String]) -> OfferView<'a> {
    OfferView {
        site: Site { path: "/o/whitening-kit", ..site },
        name: "Whitening kit for home use",
        summary: "Four shades whiter in fourteen days.",
        description: "<p>With trays made for <em>your</em> teeth.</p>",
        image,
        features,
        guarantee: Some(("Happy, or your money back", "No difference after two weeks, and you get it all back.")),
        price: nok(99_000),
        compare_at: Some(nok(149_000)),
        tax_rate_bp: 2500,
        is_tax_included: true,
        max_quantity: 4,
        deadline: Some(time("2027-01-31T22:59:00Z")),
        is_open: true,
        form: None,
        target: FormTarget { action: "/o/off_1", token: "kx2.abc" },
        state: None,
    }
}

#[test]
fn the_offer_page_reads_as_it_should() {
    let (brand, en) = (brand(), locale("en"));
    let image = ImageRef { src: "/kit.webp".into(), alt: "The kit".into(), width: Some(960), height: Some(760) };
    let features = ["Two trays".to_owned(), "Four tubes of gel".to_owned()];
    insta::assert_snapshot!("offer_en", readable(&render_offer(&offer(site(&brand, &en), &image, &features)).text));
}

#[test]
fn the_sum_follows_the_quantity_that_was_sent() {
    let (brand, nb) = (brand(), locale("nb"));
    let image = ImageRef::default();
    let values = [("quantity".to_owned(), "3".to_owned())];
    let state = FormState { form_id: "order", values: &values, errors: &[], is_stale: true, is_sent: false };
    let view = OfferView { state: Some(state), ..offer(site(&brand, &nb), &image, &[]) };
    let html = render_offer(&view).text;
    assert!(html.contains(">2\u{a0}970\u{a0}kr</b>"), "{html}");
    assert!(html.contains("data-pattern=\"0\u{a0}kr\"") && html.contains("<option value=\"3\" selected>"));
    assert!(html.contains("Av sikkerhetsgrunner må du trykke på knappen én gang til."));
    let closed = render_offer(&OfferView { is_open: false, ..view }).text;
    assert!(closed.contains("Tilbudet er avsluttet") && !closed.contains("<form"));
}

#[test]
fn an_order_form_validates_what_it_asks() {
    let en = locale("en");
    let form = order_form(&en, 4);
    assert_eq!(
        funnel::form::check(&form).into_iter().filter(|f| f.severity == funnel::page::Severity::Error).count(),
        0
    );
    let sent = |quantity: &str| {
        [
            ("name", "Kari"),
            ("email", "k@x.no"),
            ("address", "A 1"),
            ("postal_code", "0155"),
            ("city", "Oslo"),
            ("quantity", quantity),
        ]
        .map(|(name, value)| (name.to_owned(), value.to_owned()))
    };
    assert_eq!(validate(&form, &sent("2"), &en).unwrap().field("quantity"), Some("2"));
    for bad in ["0", "5", "-1", "1e9", ""] {
        assert!(validate(&form, &sent(bad), &en).is_err(), "{bad}");
    }
    assert!(order_form(&en, 1).fields.iter().all(|field| field.name != "quantity"));
}

#[test]
fn every_page_speaks_every_language() {
    let brand = brand();
    for language in Language::ALL {
        let locale = locale(language.code());
        let site = site(&brand, &locale);
        let message = MessageView { site, heading: "", text: "", link: None };
        let image = ImageRef::default();
        let lines = [OrderLineView { name: "Kit".to_owned(), quantity: 2, sum: nok(198_000) }];
        let order = OrderView {
            site,
            number: "1042",
            placed: time("2027-01-19T10:12:33Z"),
            due: Some(time("2027-02-02T10:12:33Z")),
            lines: &lines,
            net: nok(158_400),
            taxes: &[(2500, nok(39_600))],
            total: nok(198_000),
            email: "kari@example.no",
            buyer: "Kari Nordmann\nStorgata 1",
            pay_to: "1234 56 78901",
        };
        let unsubscribe = |is_done| UnsubscribeView { site, email: "a@b.no", action: "/u", token: "t", is_done };
        let expired = |is_renewed| ExpiredView { site, renew_action: Some("/d"), token: "t", is_renewed };
        for html in [
            render_offer(&offer(site, &image, &[])).text,
            render_order_confirmation(&order).text,
            render_thanks(&message).text,
            render_confirm(&ConfirmView { site, action: "/c/x" }).text,
            render_confirmed(&message).text,
            render_not_found(&message).text,
            render_form_error(&message).text,
            render_unsubscribe(&unsubscribe(false)).text,
            render_unsubscribe(&unsubscribe(true)).text,
            render_download_expired(&expired(false)).text,
            render_download_expired(&expired(true)).text,
        ] {
            let body = html.split_once("<body>").unwrap().1.split("<script").next().unwrap();
            assert!(!body.contains('{') && !body.contains('}'), "a value is missing in {language:?}: {body}");
            assert_eq!(tags(&html).iter().filter(|tag| tag.name == "h1").count(), 1);
            assert!(html.contains(&format!("<html lang=\"{}\">", language.code())));
        }
    }
}

#[test]
fn leaving_the_list_takes_a_button() {
    let (brand, fi) = (brand(), locale("fi"));
    let site = site(&brand, &fi);
    let view = UnsubscribeView { site, email: "a@b.fi", action: "/u/x", token: "t0k", is_done: false };
    let html = render_unsubscribe(&view).text;
    assert!(html.contains("<form method=\"post\" action=\"/u/x\">") && html.contains("value=\"t0k\""));
    assert!(html.contains("<meta name=\"robots\" content=\"noindex\">"));
    assert!(!render_unsubscribe(&UnsubscribeView { is_done: true, ..view }).text.contains("<form"));
}

#[test]
fn the_sitemap_names_every_language() {
    let entries = [SitemapEntry {
        path: "/gratis-sjekk?a=1&b=<2>".to_owned(),
        changed: time("2026-11-22T09:30:00Z"),
        alternates: vec![
            ("nb".to_owned(), "/gratis-sjekk".to_owned()),
            ("en".to_owned(), "https://x.example/en".to_owned()),
        ],
    }];
    insta::assert_snapshot!("sitemap", render_sitemap("https://smil.example/", &entries));
}

#[test]
fn robots_are_told_where_to_look() {
    let view = RobotsView { base_url: "https://smil.example", is_public: true, closed_paths: &["/app", "/api"] };
    assert_eq!(
        render_robots(&view),
        "User-agent: *\nDisallow: /app\nDisallow: /api\nAllow: /\n\nSitemap: https://smil.example/sitemap.xml\n"
    );
    assert_eq!(render_robots(&RobotsView { is_public: false, ..view }), "User-agent: *\nDisallow: /\n");
}
