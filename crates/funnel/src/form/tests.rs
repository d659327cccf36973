use base::{Locale, Timestamp};
use proptest::prelude::*;

use super::*;

fn form() -> FormDef {
    serde_json::from_value(serde_json::json!({
        "fields": [
            {"name": "first_name", "type": "text", "label": "First name", "required": true, "max_length": 20},
            {"name": "email", "type": "email", "label": "E-mail", "required": true},
            {"name": "phone", "type": "phone", "label": "Phone"},
            {"name": "when", "type": "select", "label": "When?", "options": [{"label": "Morning"}, {"label": "Evening", "value": "pm"}]},
            {"name": "first_visit", "type": "checkbox", "label": "It is my first visit"},
            {"name": "message", "type": "textarea", "label": "Anything else?"},
            {"name": "campaign", "type": "hidden", "value": "autumn"},
        ],
        "consents": [
            {"name": "news", "purpose": "marketing", "text": "Send me tips twice a month."},
            {"name": "health", "purpose": "special_data", "text": "You may keep what I write about my teeth.", "required": true},
        ],
    }))
    .unwrap()
}

fn sent(pairs: &[(&str, &str)]) -> Vec<(String, String)> {
    pairs.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect()
}

fn good() -> Vec<(String, String)> {
    sent(&[
        ("first_name", " Kari "),
        ("email", "Kari@Example.no"),
        ("phone", "+47 22 33 44 55"),
        ("when", "pm"),
        ("message", "One\r\ntwo\u{7}"),
        ("campaign", "spoofed"),
        ("consent_health", "yes"),
        ("unknown", "x"),
    ])
}

fn locale(text: &str) -> Locale {
    text.parse().unwrap()
}

#[test]
fn a_good_form_becomes_a_submission() {
    assert_eq!(check(&form()), []);
    let submission = validate(&form(), &good(), &locale("nb")).unwrap();
    assert_eq!(submission.email.as_str(), "kari@example.no");
    assert_eq!(submission.field("first_name"), Some("Kari"));
    assert_eq!(submission.field("message"), Some("One\ntwo"));
    assert_eq!(submission.field("campaign"), Some("autumn"), "a hidden value is the page's, not the visitor's");
    assert_eq!(submission.field("unknown"), None);
    assert!(!submission.has_consent(ConsentPurpose::Marketing), "silence is no consent");
    assert!(submission.has_consent(ConsentPurpose::SpecialData));
    assert_eq!(submission.consents[0].text, "Send me tips twice a month.");
}

#[test]
fn every_mistake_is_told_at_once_and_kindly() {
    let bad = sent(&[
        ("first_name", "x".repeat(21).as_str()),
        ("email", "kari@"),
        ("phone", "call me"),
        ("when", "midnight"),
    ]);
    let errors = validate(&form(), &bad, &locale("nb")).unwrap_err();
    let seen: Vec<_> = errors.iter().map(|error| (error.field.as_str(), error.code)).collect();
    assert_eq!(
        seen,
        [
            ("first_name", ErrorCode::TooLong),
            ("email", ErrorCode::EmailShape),
            ("phone", ErrorCode::PhoneShape),
            ("when", ErrorCode::NotAChoice),
            ("consent_health", ErrorCode::ConsentRequired),
        ]
    );
    assert_eq!(errors[0].message, "Dette ble litt for langt. Bruk høyst 20 tegn.");
    let nothing = validate(&form(), &[], &locale("fi")).unwrap_err();
    assert_eq!(nothing[1].message, "Kirjoita sähköpostiosoitteesi, jotta voimme vastata sinulle.");
}

#[test]
fn a_form_without_an_address_is_an_error_and_no_panic() {
    let form = FormDef { fields: Vec::new(), ..FormDef::default() };
    assert_eq!(validate(&form, &[], &locale("en")).unwrap_err()[0].code, ErrorCode::EmailRequired);
    assert!(check(&form).iter().any(|finding| finding.message.contains("add an e-mail field")));
}

#[test]
fn mistakes_in_the_form_itself_are_found() {
    let mut bad = form();
    bad.fields[0].name = "First name".to_owned();
    bad.fields[3].options.clear();
    bad.fields[4].name = "homepage".to_owned();
    bad.consents[0].required = true;
    bad.consents[1].text.clear();
    bad.redirect_url = "javascript:alert(1)".to_owned();
    let paths: Vec<_> = check(&bad).into_iter().map(|finding| finding.path).collect();
    assert_eq!(
        paths,
        [
            "fields[0].name",
            "fields[3].options",
            "fields[4].name",
            "consents[0].required",
            "consents[1].text",
            "redirect_url"
        ]
    );
}

/// Stands in for HMAC: what matters here is what is signed and compared.
fn sign(key: u8) -> impl Fn(&[u8]) -> [u8; 32] {
    move |message| {
        let mut mac = [key; 32];
        let hash = xxhash_rust::xxh3::xxh3_128_with_seed(message, u64::from(key));
        mac[..16].copy_from_slice(&hash.to_le_bytes());
        mac
    }
}

#[test]
fn a_token_is_good_for_its_form_and_its_day() {
    let shown: Timestamp = "2026-11-22T09:30:00Z".parse().unwrap();
    let token = issue_token("pag_1", shown, sign(7));
    assert_eq!(check_token("pag_1", &token, shown.plus_ms(5_000), sign(7)), Ok(5_000));
    assert_eq!(check_token("pag_1", &token, shown.plus_ms(1_999), sign(7)), Err(TokenError::TooYoung));
    assert_eq!(check_token("pag_1", &token, shown.plus_ms(TOKEN_MAX_AGE_MS + 1), sign(7)), Err(TokenError::TooOld));
    assert_eq!(check_token("pag_2", &token, shown.plus_ms(5_000), sign(7)), Err(TokenError::Forged));
    assert_eq!(check_token("pag_1", &token, shown.plus_ms(5_000), sign(8)), Err(TokenError::Forged));
    for bad in ["", ".", "x", "zz.", "+1.00", "-5.00", "99999999999999999999.aa"] {
        assert!(check_token("pag_1", bad, shown, sign(7)).is_err(), "{bad}");
    }
}

#[test]
fn robots_are_told_from_people() {
    let shown: Timestamp = "2026-11-22T09:30:00Z".parse().unwrap();
    let token = issue_token("pag_1", shown, sign(7));
    let with = |pairs: &[(&str, &str)]| {
        let mut all = sent(&[("_form", "book"), ("_token", &token)]);
        all.extend(sent(pairs));
        all
    };
    let judged = |pairs: &[(String, String)], age_ms| judge("pag_1", pairs, shown.plus_ms(age_ms), sign(7));
    assert_eq!(judged(&with(&[("homepage", "")]), 9_000), Verdict::Person);
    assert!(matches!(judged(&with(&[("homepage", "http://spam")]), 9_000), Verdict::Robot(_)));
    assert_eq!(judged(&with(&[]), 100), Verdict::AskAgain(TokenError::TooYoung));
    assert_eq!(judged(&with(&[]), TOKEN_MAX_AGE_MS * 2), Verdict::AskAgain(TokenError::TooOld));
    assert!(matches!(judged(&sent(&[("email", "a@b.no")]), 9_000), Verdict::Robot(_)));
}

proptest! {
    #[test]
    fn no_input_breaks_validation(
        names in prop::collection::vec("(first_name|email|phone|when|message|consent_news|\\PC{0,8})", 0..20),
        value in "\\PC{0,600}",
    ) {
        let pairs: Vec<_> = names.into_iter().map(|name| (name, value.clone())).collect();
        match validate(&form(), &pairs, &locale("sv")) {
            Ok(submission) => prop_assert!(submission.fields.iter().all(|(_, text)| !text.contains('\r'))),
            Err(errors) => {
                let has_placeholder = errors.iter().any(|error| error.message.contains('{'));
                prop_assert!(!errors.is_empty() && !has_placeholder);
            }
        }
    }

    #[test]
    fn no_token_but_ours_is_accepted(token in "[0-9a-z.]{0,60}") {
        let now: Timestamp = "2026-11-22T09:30:00Z".parse().unwrap();
        prop_assert!(check_token("pag_1", &token, now, sign(7)).is_err());
    }
}
