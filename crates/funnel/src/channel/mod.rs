//! Where a visit came from: the campaign parameters and click ids that are looked at, and the channel that
//! they, the referrer and the company's own channels mean.

mod hosts;

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use hosts::Site;

/// Parameters of an address that name a campaign.
pub const CAMPAIGN_PARAMETERS: [&str; 7] =
    ["utm_source", "utm_medium", "utm_campaign", "utm_content", "utm_term", "gad_source", "mc_cid"];
/// Parameters of an address that name one click of one person: personal data, kept only with consent.
pub const CLICK_IDS: [&str; 17] = [
    "gclid",
    "gclsrc",
    "dclid",
    "gbraid",
    "wbraid",
    "fbclid",
    "msclkid",
    "twclid",
    "li_fat_id",
    "igshid",
    "ttclid",
    "rdt_cid",
    "epik",
    "qclid",
    "sccid",
    "irclid",
    "_kx",
];
/// Channels of one funnel.
pub const CHANNELS_MAX: usize = 100;

/// Whether a parameter may be kept only with consent.
pub fn is_personal(parameter: &str) -> bool {
    CLICK_IDS.iter().any(|id| id.eq_ignore_ascii_case(parameter))
}

/// Who pays for a channel's attention.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum ChannelKind {
    /// Bought: ads, posters.
    Paid,
    /// The company's own: newsletter, site, shop window.
    Owned,
    /// Given by others: recommendations, press.
    Earned,
}

/// A way by which people come.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Channel {
    /// What events and reports call it: small letters, digits, hyphens.
    pub id: String,
    /// What people call it; the id when empty.
    #[serde(default, skip_serializing_if = "crate::localized::Localized::is_empty")]
    pub name: crate::localized::Localized,
    /// Who pays for the attention.
    pub kind: ChannelKind,
    /// Whether it reaches chosen people rather than whoever passes by.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub targeted: bool,
    /// Whether people meet it on the web or outside it.
    #[serde(default, skip_serializing_if = "Touchpoint::is_online")]
    pub touchpoint: Touchpoint,
    /// The tags of the links that belong to it. Without tags and code, `utm_source` equal to the id does.
    #[serde(default, skip_serializing_if = "Utm::is_empty")]
    pub utm: Utm,
    /// What people type in who come from a poster or a leaflet.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub code: String,
}

/// Where people meet a channel.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Touchpoint {
    /// On the web.
    #[default]
    Online,
    /// Outside it.
    Offline,
}

impl Touchpoint {
    pub(crate) fn is_online(&self) -> bool {
        *self == Self::Online
    }
}

/// The tags of a link. An empty one fits every link; letter case does not count.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Utm {
    /// `utm_source`.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub source: String,
    /// `utm_medium`.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub medium: String,
    /// `utm_campaign`.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub campaign: String,
}

impl Utm {
    /// Whether no tag is named.
    pub fn is_empty(&self) -> bool {
        *self == Self::default()
    }
}

/// What is known of how somebody came. Texts are empty when unknown.
#[derive(Debug, Clone, Copy, Default)]
pub struct Touch<'a> {
    /// `utm_source`.
    pub utm_source: &'a str,
    /// `utm_medium`.
    pub utm_medium: &'a str,
    /// `utm_campaign`.
    pub utm_campaign: &'a str,
    /// The names of the click ids that were there, and of `gad_source` and `mc_cid`. Their values play no part.
    pub click_ids: &'a [&'a str],
    /// The address that the visitor came from, or its host.
    pub referrer: &'a str,
    /// Our own host: coming from it is not coming from outside.
    pub own_host: &'a str,
    /// A code that the visitor typed in.
    pub code: &'a str,
}

/// The channel of a touch: the company's own channels first, the one that names the most of the tags before
/// the others; then the general rules, whose answers are the ids `google-ads`, `microsoft-ads`, `meta-ads`,
/// `linkedin-ads`, `tiktok-ads`, `x-ads`, `reddit-ads`, `snapchat-ads`, `pinterest-ads`, `quora-ads`, `paid`,
/// `email`, `sms`, `push`, `affiliate`, `offline`, `social`, `organic`, `referral`, `campaign` (a tagged link
/// that no rule knows) and `direct`.
pub fn classify<'a>(touch: &Touch<'_>, channels: &'a [Channel]) -> &'a str {
    let touch = with_implied_tags(*touch);
    own_channel(&touch, channels).unwrap_or_else(|| general_channel(&touch))
}

/// Ad networks that tag by themselves leave out what a hand-made link says: a click on a Google ad comes with
/// `gclid` alone. It must still find the company's channel for `google / cpc`.
fn with_implied_tags(touch: Touch<'_>) -> Touch<'_> {
    if !touch.utm_source.is_empty() {
        return touch;
    }
    let source = if has(&touch, &GOOGLE_ADS) {
        "google"
    } else if has(&touch, &["msclkid"]) {
        "bing"
    } else {
        return touch;
    };
    Touch {
        utm_source: source,
        utm_medium: if touch.utm_medium.is_empty() { "cpc" } else { touch.utm_medium },
        ..touch
    }
}

const GOOGLE_ADS: [&str; 6] = ["gclid", "gclsrc", "dclid", "gbraid", "wbraid", "gad_source"];

fn has(touch: &Touch<'_>, ids: &[&str]) -> bool {
    touch.click_ids.iter().any(|id| ids.iter().any(|wanted| wanted.eq_ignore_ascii_case(id)))
}

fn own_channel<'a>(touch: &Touch<'_>, channels: &'a [Channel]) -> Option<&'a str> {
    let mut best: Option<(usize, &Channel)> = None;
    for channel in channels {
        let fit = fit(touch, channel);
        if fit > best.map_or(0, |(fit, _)| fit) {
            best = Some((fit, channel));
        }
    }
    best.map(|(_, channel)| channel.id.as_str())
}

/// How well a channel fits: 0 not at all, else the number of things that it names. A code beats every tag:
/// somebody typed it.
fn fit(touch: &Touch<'_>, channel: &Channel) -> usize {
    let same = |one: &str, other: &str| one.trim().eq_ignore_ascii_case(other.trim());
    if !channel.code.is_empty() && same(&channel.code, touch.code) {
        return 4;
    }
    if channel.utm.is_empty() {
        return usize::from(channel.code.is_empty() && same(&channel.id, touch.utm_source));
    }
    let pairs = [
        (&channel.utm.source, touch.utm_source),
        (&channel.utm.medium, touch.utm_medium),
        (&channel.utm.campaign, touch.utm_campaign),
    ];
    let named = pairs.iter().filter(|(wanted, _)| !wanted.is_empty());
    if named.clone().all(|(wanted, given)| same(wanted, given)) { named.count() } else { 0 }
}

fn general_channel(touch: &Touch<'_>) -> &'static str {
    let medium = touch.utm_medium.trim().to_ascii_lowercase();
    let source = touch.utm_source.trim().to_ascii_lowercase();
    by_click_id(touch)
        .or_else(|| is_paid(&medium).then(|| paid(&source)))
        .or_else(|| by_medium(&medium))
        .or_else(|| by_mail_tool(touch, &source))
        .or_else(|| by_site(hosts::named(&source)))
        .or_else(|| by_referrer(touch))
        .unwrap_or_else(|| {
            if has(touch, &["fbclid", "igshid"]) {
                "social"
            } else if source.is_empty() && medium.is_empty() && touch.utm_campaign.is_empty() {
                "direct"
            } else {
                "campaign"
            }
        })
}

/// Ids that only an ad's click carries. `fbclid` and `igshid` are put on every outgoing link and say nothing
/// of money.
fn by_click_id(touch: &Touch<'_>) -> Option<&'static str> {
    const NETWORKS: [(&[&str], &str); 9] = [
        (&GOOGLE_ADS, "google-ads"),
        (&["msclkid"], "microsoft-ads"),
        (&["li_fat_id"], "linkedin-ads"),
        (&["ttclid"], "tiktok-ads"),
        (&["twclid"], "x-ads"),
        (&["rdt_cid"], "reddit-ads"),
        (&["sccid"], "snapchat-ads"),
        (&["epik"], "pinterest-ads"),
        (&["qclid"], "quora-ads"),
    ];
    NETWORKS.iter().find(|(ids, _)| has(touch, ids)).map(|(_, channel)| *channel)
}

fn is_paid(medium: &str) -> bool {
    const WORDS: [&str; 12] =
        ["cpc", "ppc", "cpm", "cpv", "cpa", "ads", "ad", "paid", "display", "banner", "retargeting", "remarketing"];
    medium.split(['-', '_', ' ']).any(|part| WORDS.contains(&part)) || medium.starts_with("paid")
}

fn paid(source: &str) -> &'static str {
    match hosts::named(source) {
        Some(Site::Search("google")) => "google-ads",
        Some(Site::Search("bing")) => "microsoft-ads",
        Some(Site::Social("facebook" | "instagram" | "threads")) => "meta-ads",
        Some(Site::Social("linkedin")) => "linkedin-ads",
        Some(Site::Social("tiktok")) => "tiktok-ads",
        Some(Site::Social("x")) => "x-ads",
        Some(Site::Social("reddit")) => "reddit-ads",
        Some(Site::Social("snapchat")) => "snapchat-ads",
        Some(Site::Social("pinterest")) => "pinterest-ads",
        Some(Site::Social("youtube")) => "google-ads",
        _ => "paid",
    }
}

fn by_medium(medium: &str) -> Option<&'static str> {
    Some(match medium {
        "email" | "e-mail" | "mail" | "newsletter" => "email",
        "sms" | "text" => "sms",
        "push" | "web-push" | "web_push" => "push",
        "affiliate" | "affiliates" | "partner" => "affiliate",
        "social" | "social-network" | "social_network" | "social-media" | "social_media" | "sm" => "social",
        "organic" => "organic",
        "referral" => "referral",
        "offline" | "print" | "qr" | "flyer" | "poster" => "offline",
        _ => return None,
    })
}

fn by_mail_tool(touch: &Touch<'_>, source: &str) -> Option<&'static str> {
    if source == "newsletter" || has(touch, &["mc_cid", "_kx"]) {
        return Some("email");
    }
    has(touch, &["irclid"]).then_some("affiliate")
}

fn by_site(site: Option<Site>) -> Option<&'static str> {
    Some(match site? {
        Site::Search(_) => "organic",
        Site::Social(_) => "social",
        Site::Mail => "email",
    })
}

fn by_referrer(touch: &Touch<'_>) -> Option<&'static str> {
    let host = hosts::host_of(touch.referrer)?;
    if hosts::host_of(touch.own_host).is_some_and(|own| hosts::is_same(&own, &host)) {
        return None;
    }
    by_site(hosts::of_host(&host)).or(Some("referral"))
}

#[cfg(test)]
mod tests;
