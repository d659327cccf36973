//! Where a visit came from: campaign parameters and click ids out of an address, and the channel they mean.
//!
//! `utm_*`, `gad_source` and `mc_cid` say which campaign; from `gclid` on the ids say which person clicked:
//! those are kept only with consent to advertising. Without it their values are dropped, also inside the
//! addresses themselves; which network they belong to still tells the channel.

use std::borrow::Cow;

use funnel::channel::Channel;
use url::form_urlencoded;

use super::{
    limits::{CAMPAIGN_CHARS_MAX, QUERY_PAIRS_MAX},
    props::Known,
};

/// The part of an address between `?` and `#`.
fn query(url: &str) -> Option<&str> {
    let (_, rest) = url.split_once('?')?;
    Some(rest.split_once('#').map_or(rest, |(query, _)| query)).filter(|query| !query.is_empty())
}

/// The host of an absolute address, without port and user, in lower case; `None` for anything else.
pub fn host(url: &str) -> Option<Cow<'_, str>> {
    let (_, rest) = url.split_once("://")?;
    host_of_authority(rest.split(['/', '?', '#']).next()?)
}

/// The same of what a request names as its host.
pub fn host_of_authority(authority: &str) -> Option<Cow<'_, str>> {
    let host = authority.rsplit_once('@').map_or(authority, |(_, host)| host);
    let host = if host.starts_with('[') { host } else { host.split(':').next()? };
    if host.is_empty() {
        None
    } else if host.bytes().any(|byte| byte.is_ascii_uppercase()) {
        Some(Cow::Owned(host.to_ascii_lowercase()))
    } else {
        Some(Cow::Borrowed(host))
    }
}

/// The path of an absolute address or of one that starts with `/`.
pub fn path(url: &str) -> Option<&str> {
    let rest = match url.split_once("://") {
        Some((_, rest)) => &rest[rest.find(['/', '?', '#']).unwrap_or(rest.len())..],
        None if url.starts_with('/') => url,
        None => return None,
    };
    let path = rest.split(['?', '#']).next().unwrap_or_default();
    Some(if path.is_empty() { "/" } else { path })
}

/// Whether an address carries an id of a click.
pub(super) fn has_click_id(url: &str) -> bool {
    // Most texts are no addresses with parameters; this is asked of every text of every event.
    if !url.as_bytes().contains(&b'=') {
        return false;
    }
    url.split(['?', '&', '#', ';']).skip(1).take(QUERY_PAIRS_MAX).any(|pair| {
        let name = pair.split('=').next().unwrap_or_default();
        Known::of(name).is_some_and(Known::is_click_id)
    })
}

/// The address without ids of clicks.
pub(super) fn without_click_ids(url: &str) -> Cow<'_, str> {
    if !has_click_id(url) {
        return Cow::Borrowed(url);
    }
    let mut kept = String::with_capacity(url.len());
    let (address, fragment) = url.split_once('#').map_or((url, None), |(address, fragment)| (address, Some(fragment)));
    for (count, part) in address.split_inclusive(['?', '&', ';']).enumerate() {
        let name = part.split(['=', '&', ';', '?']).next().unwrap_or_default();
        if count == 0 || !Known::of(name).is_some_and(Known::is_click_id) {
            kept.push_str(part);
        }
    }
    while kept.ends_with(['?', '&', ';']) {
        kept.pop();
    }
    if let Some(fragment) = fragment.filter(|fragment| !has_click_id(&format!("?{fragment}"))) {
        kept.push('#');
        kept.push_str(fragment);
    }
    Cow::Owned(kept)
}

/// Campaign parameters and click ids, whoever told them.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Touch {
    found: Vec<(Known, String)>,
}

impl Touch {
    /// What the query of an address says.
    pub fn of_url(url: &str) -> Self {
        let mut touch = Self::default();
        if let Some(query) = query(url) {
            for (name, value) in form_urlencoded::parse(query.as_bytes()).take(QUERY_PAIRS_MAX) {
                if let Some(known) = Known::of(&name).filter(|known| known.is_touch()) {
                    touch.tell(known, &value);
                }
            }
        }
        touch
    }

    /// Add a fact unless it is known already; an empty one says nothing.
    pub(super) fn tell(&mut self, known: Known, value: &str) {
        let value = value.trim();
        if value.is_empty() || self.get(known).is_some() {
            return;
        }
        let end = value.char_indices().nth(CAMPAIGN_CHARS_MAX).map_or(value.len(), |(end, _)| end);
        self.found.push((known, value[..end].to_owned()));
    }

    /// One parameter.
    pub(super) fn get(&self, known: Known) -> Option<&str> {
        self.found.iter().find(|(name, _)| *name == known).map(|(_, value)| value.as_str())
    }

    /// Whether nothing is known.
    pub fn is_empty(&self) -> bool {
        self.found.is_empty()
    }

    /// What an event says of it, by the name of the property: click ids only with consent.
    pub fn facts(&self, has_consented: bool) -> impl Iterator<Item = (&'static str, &str)> {
        let is_kept = move |known: Known| has_consented || !known.is_click_id();
        self.iter().filter(move |(known, _)| is_kept(*known)).map(|(known, value)| (known.name(), value))
    }

    /// Every parameter with its name.
    pub(super) fn iter(&self) -> impl Iterator<Item = (Known, &str)> {
        self.found.iter().map(|(known, value)| (*known, value.as_str()))
    }

    /// The channel of an event: `None` when nothing says it, as on the second page of a visit, so that the
    /// first and last touch of a person are real touches. `is_view` tells that a page was opened: one opened
    /// from nowhere is `direct`.
    pub fn channel<'a>(
        &self,
        url: Option<&str>,
        referrer: Option<&str>,
        is_view: bool,
        channels: &'a [Channel],
    ) -> Option<&'a str> {
        let own = url.and_then(host);
        let from = referrer.and_then(host).filter(|from| !own.as_deref().is_some_and(|own| is_same_site(own, from)));
        if self.is_empty() && from.is_none() && !(is_view && own.is_some() && referrer.is_none_or(str::is_empty)) {
            return None;
        }
        let ids: Vec<&str> =
            self.iter().map(|(known, _)| known.name()).filter(|name| !name.starts_with("utm_")).collect();
        let touch = funnel::channel::Touch {
            utm_source: self.get(Known::UtmSource).unwrap_or_default(),
            utm_medium: self.get(Known::UtmMedium).unwrap_or_default(),
            utm_campaign: self.get(Known::UtmCampaign).unwrap_or_default(),
            click_ids: &ids,
            referrer: from.as_deref().unwrap_or_default(),
            own_host: own.as_deref().unwrap_or_default(),
            code: "",
        };
        Some(funnel::channel::classify(&touch, channels))
    }
}

fn is_same_site(own: &str, other: &str) -> bool {
    own.strip_prefix("www.").unwrap_or(own) == other.strip_prefix("www.").unwrap_or(other)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_are_taken_apart() {
        for (url, wanted_host, wanted_path) in [
            ("https://Shop.Example.no:8443/a/b?x=1#y", Some("shop.example.no"), Some("/a/b")),
            ("https://user:pw@example.no", Some("example.no"), Some("/")),
            ("http://[::1]:80/x", Some("[::1]:80"), Some("/x")),
            ("/a?b", None, Some("/a")),
            ("example.no/a", None, None),
            ("", None, None),
        ] {
            assert_eq!(host(url).as_deref(), wanted_host, "{url}");
            assert_eq!(path(url), wanted_path, "{url}");
        }
    }

    #[test]
    fn click_ids_leave_the_address_and_nothing_else_does() {
        for (url, wanted) in [
            ("https://a.no/?utm_source=g&gclid=abc&x=1#top", "https://a.no/?utm_source=g&x=1#top"),
            ("https://a.no/p?gclid=abc", "https://a.no/p"),
            ("https://a.no/p?GCLID=abc&x=1", "https://a.no/p?x=1"),
            ("https://a.no/p?x=1&fbclid=abc&msclkid=2", "https://a.no/p?x=1"),
            ("https://a.no/p?a=gclid&b=%3Fgclid", "https://a.no/p?a=gclid&b=%3Fgclid"),
            ("https://a.no/p#x&gclid=1", "https://a.no/p"),
            ("?gclid=1", ""),
        ] {
            assert_eq!(without_click_ids(url), wanted, "{url}");
        }
    }

    #[test]
    fn a_touch_gives_the_channel() {
        let page = "https://klinikk.no/bleking";
        for (query, referrer, is_view, wanted) in [
            ("?utm_source=google&utm_medium=cpc&gclid=x", Some("https://www.google.com/"), true, Some("google-ads")),
            ("?gclid=x", None, true, Some("google-ads")),
            ("?utm_source=newsletter&utm_medium=email", None, true, Some("email")),
            ("", Some("https://www.google.no/"), true, Some("organic")),
            ("", Some("https://l.facebook.com/x"), true, Some("social")),
            ("", Some("https://blogg.no/post"), true, Some("referral")),
            ("", None, true, Some("direct")),
            ("", Some(""), true, Some("direct")),
            // Inside a visit, and events that open no page, there is no new touch.
            ("", Some("https://www.klinikk.no/"), true, None),
            ("", None, false, None),
        ] {
            let url = format!("{page}{query}");
            let channel = Touch::of_url(&url).channel(Some(&url), referrer, is_view, &[]);
            assert_eq!(channel, wanted, "{query} {referrer:?}");
        }
    }

    #[test]
    fn the_names_are_those_that_the_funnel_knows() {
        let is = |name: &&str, click: bool| {
            Known::of(name).is_some_and(|known| known.is_touch() && known.is_click_id() == click)
        };
        assert!(funnel::channel::CLICK_IDS.iter().all(|name| is(name, true)));
        assert!(funnel::channel::CAMPAIGN_PARAMETERS.iter().all(|name| is(name, false)));
    }

    #[test]
    fn values_are_decoded_and_bounded() {
        let long = "x".repeat(500);
        let touch = Touch::of_url(&format!("https://a.no/?utm_campaign=V%C3%A5r+2026&utm_term={long}&utm_source="));
        assert_eq!(touch.get(Known::UtmCampaign), Some("Vår 2026"));
        assert_eq!(touch.get(Known::UtmTerm).map(str::len), Some(CAMPAIGN_CHARS_MAX));
        assert_eq!(touch.get(Known::UtmSource), None);
    }
}
