//! Which channel a touch belongs to.

/// Hosts of search engines, by the label before the public suffix.
const SEARCH: &[&str] =
    &["google", "bing", "duckduckgo", "yahoo", "ecosia", "qwant", "yandex", "baidu", "startpage", "brave"];
/// Hosts of social networks, likewise.
const SOCIAL: &[&str] = &[
    "facebook",
    "instagram",
    "linkedin",
    "twitter",
    "x",
    "t",
    "tiktok",
    "pinterest",
    "reddit",
    "youtube",
    "snapchat",
    "threads",
    "bsky",
    "lnkd",
];

/// The channel of a touch: its `utm_source` and `utm_medium` in lower case, the names of the campaign
/// parameters and click ids it carries, and the host it came from when that is not our own.
pub(super) fn classify(source: &str, medium: &str, names: &[&str], referring_host: Option<&str>) -> &'static str {
    let has = |wanted: &[&str]| names.iter().any(|name| wanted.contains(name));
    let is_paid = ["cpc", "ppc", "paid", "ads", "display", "cpm", "banner", "retargeting"]
        .iter()
        .any(|word| medium.split(['-', '_', ' ']).any(|part| part == *word))
        || medium.starts_with("paid");
    let named = |list: &[&str]| list.contains(&source.split('.').next().unwrap_or_default());
    if has(&["gclid", "gbraid", "wbraid", "gclsrc", "dclid", "gad_source"]) || (is_paid && source.contains("google")) {
        return "google-ads";
    }
    if has(&["msclkid"]) || (is_paid && source.contains("bing")) {
        return "microsoft-ads";
    }
    if is_paid && ["facebook", "instagram", "meta", "fb", "ig"].contains(&source) {
        return "meta-ads";
    }
    if is_paid && named(SOCIAL) {
        return "paid-social";
    }
    if is_paid {
        return "paid-other";
    }
    if ["email", "e-mail", "newsletter"].contains(&medium) || source == "newsletter" || has(&["mc_cid", "_kx"]) {
        return "newsletter";
    }
    match medium {
        "sms" => return "sms",
        "affiliate" | "partner" => return "partner",
        "social" | "social-network" | "social-media" | "sm" => return "social",
        "organic" => return "organic",
        "referral" => return "referral",
        _ => {}
    }
    let host_is = |list: &[&str]| referring_host.is_some_and(|host| host.split('.').any(|label| list.contains(&label)));
    if named(SOCIAL)
        || host_is(SOCIAL)
        || has(&["fbclid", "twclid", "li_fat_id", "igshid", "ttclid", "rdt_cid", "epik", "sccid"])
    {
        return "social";
    }
    if host_is(SEARCH) {
        return "organic";
    }
    if referring_host.is_some() || !source.is_empty() {
        return "referral";
    }
    if names.is_empty() { "direct" } else { "campaign" }
}
