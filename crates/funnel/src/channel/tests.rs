use super::*;

fn channel(id: &str, source: &str, medium: &str, code: &str) -> Channel {
    Channel {
        id: id.to_owned(),
        name: Default::default(),
        kind: ChannelKind::Paid,
        targeted: true,
        touchpoint: Touchpoint::Online,
        utm: Utm { source: source.to_owned(), medium: medium.to_owned(), campaign: String::new() },
        code: code.to_owned(),
    }
}

/// source, medium, click ids, referrer -> channel
type Case = (&'static str, &'static str, &'static [&'static str], &'static str, &'static str);

#[test]
fn general_rules() {
    let cases: &[Case] = &[
        ("", "", &[], "", "direct"),
        ("google", "cpc", &["gclid"], "https://www.google.com/", "google-ads"),
        ("", "", &["gclid"], "", "google-ads"),
        ("", "", &["GCLID"], "", "google-ads"),
        ("", "", &["wbraid"], "", "google-ads"),
        ("", "", &["gad_source"], "", "google-ads"),
        ("Google", "PPC", &[], "", "google-ads"),
        ("adwords", "paid", &[], "", "google-ads"),
        ("", "", &["msclkid"], "https://www.bing.com/", "microsoft-ads"),
        ("bing", "cpc", &[], "", "microsoft-ads"),
        ("facebook", "paid", &[], "", "meta-ads"),
        ("fb", "paid_social", &["fbclid"], "", "meta-ads"),
        ("instagram", "cpm", &[], "", "meta-ads"),
        ("ig", "paid-story", &[], "", "meta-ads"),
        ("linkedin", "sponsored", &["li_fat_id"], "", "linkedin-ads"),
        ("linkedin", "cpc", &[], "", "linkedin-ads"),
        ("", "", &["ttclid"], "", "tiktok-ads"),
        ("reddit", "display", &[], "", "reddit-ads"),
        ("dagbladet", "banner", &[], "", "paid"),
        ("newsletter", "", &[], "", "email"),
        ("april", "email", &[], "", "email"),
        ("april", "Newsletter", &[], "", "email"),
        ("", "", &["mc_cid"], "", "email"),
        ("", "", &["_kx"], "", "email"),
        ("", "", &[], "https://mail.google.com/mail/u/0/", "email"),
        ("", "", &[], "android-app://com.google.android.gm/", "email"),
        ("recall", "sms", &[], "", "sms"),
        ("", "", &["irclid"], "", "affiliate"),
        ("shop-window", "qr", &[], "", "offline"),
        ("facebook", "", &[], "", "social"),
        ("", "social", &[], "", "social"),
        ("", "", &["fbclid"], "", "social"),
        ("", "", &["fbclid"], "https://l.facebook.com/l.php", "social"),
        ("", "", &[], "https://t.co/abc", "social"),
        ("", "", &[], "https://lnkd.in/abc", "social"),
        ("", "", &[], "https://m.youtube.com/", "social"),
        ("", "", &[], "https://www.google.no/", "organic"),
        ("", "", &[], "https://www.google.co.uk/search?q=x", "organic"),
        ("", "", &[], "www.bing.com", "organic"),
        ("", "", &[], "https://search.brave.com/", "organic"),
        ("google", "", &[], "", "organic"),
        ("google", "organic", &[], "", "organic"),
        ("", "", &[], "https://google.example.com/", "referral"),
        ("", "", &[], "https://not-facebook.com/", "referral"),
        ("", "", &[], "https://blog.example.org/post?x=1", "referral"),
        ("", "referral", &[], "", "referral"),
        ("", "", &[], "https://www.clinic.no/prices", "direct"),
        ("", "", &[], "https://CLINIC.no:443/", "direct"),
        ("spring", "", &[], "", "campaign"),
        ("", "whatever", &[], "", "campaign"),
        ("spring", "", &[], "https://blog.example.org/", "referral"),
    ];
    for (source, medium, click_ids, referrer, wanted) in cases {
        let touch = Touch {
            utm_source: source,
            utm_medium: medium,
            click_ids,
            referrer,
            own_host: "clinic.no",
            ..Touch::default()
        };
        assert_eq!(classify(&touch, &[]), *wanted, "{source} / {medium} / {click_ids:?} / {referrer}");
    }
}

#[test]
fn the_companys_own_channels_come_first() {
    let channels = [
        channel("search", "google", "cpc", ""),
        channel("google-all", "google", "", ""),
        channel("newsletter", "", "", ""),
        channel("bus-stop", "", "", "SMIL24"),
    ];
    let of = |touch: Touch<'_>| classify(&touch, &channels).to_owned();
    let tagged = |utm_source, utm_medium| Touch { utm_source, utm_medium, ..Touch::default() };
    assert_eq!(of(tagged("google", "CPC")), "search");
    assert_eq!(of(tagged("google", "organic")), "google-all");
    assert_eq!(of(tagged("Newsletter", "email")), "newsletter");
    assert_eq!(of(tagged("bus-stop", "")), "campaign", "a channel with a code is reached by the code");
    assert_eq!(of(Touch { code: " smil24", ..tagged("google", "cpc") }), "bus-stop");
    assert_eq!(of(Touch { code: "smil25", ..Touch::default() }), "direct");
    // What an ad network leaves out is understood.
    assert_eq!(of(Touch { click_ids: &["gclid"], ..Touch::default() }), "search");
    assert_eq!(of(Touch { click_ids: &["msclkid"], ..Touch::default() }), "microsoft-ads");
}

#[test]
fn click_ids_are_personal_and_campaigns_are_not() {
    assert!(CLICK_IDS.iter().all(|id| is_personal(id)) && is_personal("GCLID"));
    assert!(!CAMPAIGN_PARAMETERS.iter().any(|name| is_personal(name)));
}
