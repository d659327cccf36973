//! Who visits, as far as a request tells without asking anything of the browser.

use axum::extract::FromRequestParts;
use axum::http::{HeaderMap, HeaderValue, Uri, header, request::Parts};
use base::{Locale, Timestamp};
use events::PersonKey;
use std::convert::Infallible;
use std::net::IpAddr;
use std::sync::Arc;

use super::Public;
use crate::ingest::{daily_id, device, host_of_authority, is_robot, peer};

/// The cookie of visitors who said yes to it, set by the snippet.
const COOKIE: &str = "sup_id";
/// Longest id taken from it.
const COOKIE_CHARS_MAX: usize = 64;
/// Languages of a reader that are looked at.
const LANGUAGES_MAX: usize = 10;

/// A visitor.
#[derive(Debug, Clone)]
pub(super) struct Visitor {
    /// The id in the cookie, or that of the day.
    pub id: String,
    /// Whether the visitor said yes to the cookie.
    pub has_consented: bool,
    pub now: Timestamp,
    pub is_robot: bool,
    pub device: &'static str,
    uri: Uri,
    host: Option<HeaderValue>,
    referrer: Option<HeaderValue>,
    accept_language: Option<HeaderValue>,
}

impl Visitor {
    /// Who asks.
    pub fn of(parts: &Parts, peer: Option<IpAddr>, public: &Public) -> Self {
        let now = public.app.now();
        let header = |name| parts.headers.get(name).cloned();
        let (host, user_agent) = (header(header::HOST), header(header::USER_AGENT));
        let user_agent = text(user_agent.as_ref());
        let cookie = consented_id(&parts.headers);
        let has_consented = cookie.is_some();
        let id = cookie.unwrap_or_else(|| {
            let ip = public.proxies.client(&parts.headers, peer);
            let site = host_of_authority(text(host.as_ref())).unwrap_or_default();
            daily_id(&*public.salt, now, ip, user_agent, &site)
        });
        Self {
            id,
            has_consented,
            now,
            is_robot: is_robot(user_agent),
            device: device(user_agent),
            uri: parts.uri.clone(),
            host,
            referrer: header(header::REFERER),
            accept_language: header(header::ACCEPT_LANGUAGE),
        }
    }

    /// The visitor in the log.
    pub fn key(&self) -> PersonKey {
        // The id is one of the cookie's letters or of our own hash.
        PersonKey::anonymous(&self.id).unwrap_or_else(|_| unreachable!("ids of visitors are letters and digits"))
    }

    /// Path of the request.
    pub fn path(&self) -> &str {
        self.uri.path()
    }

    /// The whole address.
    pub fn url(&self) -> String {
        let path_and_query = self.uri.path_and_query().map_or("/", |part| part.as_str());
        format!("http://{}{path_and_query}", text(self.host.as_ref()))
    }

    /// The address that led here.
    pub fn referrer(&self) -> &str {
        text(self.referrer.as_ref())
    }

    /// What the reader wishes to read, best first.
    pub fn languages(&self) -> Vec<Locale> {
        languages(text(self.accept_language.as_ref()))
    }
}

fn text(value: Option<&HeaderValue>) -> &str {
    value.and_then(|value| value.to_str().ok()).unwrap_or_default()
}

impl FromRequestParts<Arc<Public>> for Visitor {
    type Rejection = Infallible;

    async fn from_request_parts(parts: &mut Parts, public: &Arc<Public>) -> Result<Self, Infallible> {
        Ok(Self::of(parts, peer(parts), public))
    }
}

fn consented_id(headers: &HeaderMap) -> Option<String> {
    let all = headers.get_all(header::COOKIE).iter().filter_map(|value| value.to_str().ok());
    all.flat_map(cookie::Cookie::split_parse)
        .filter_map(Result::ok)
        .find(|cookie| cookie.name() == COOKIE)
        .map(|cookie| cookie.value().to_owned())
        .filter(|id| {
            !id.is_empty() && id.len() <= COOKIE_CHARS_MAX && id.chars().all(|c| c.is_ascii_alphanumeric() || c == '_')
        })
}

/// `nb-NO,nb;q=0.9,en;q=0.8` in the order of the wishes.
fn languages(header: &str) -> Vec<Locale> {
    let mut wishes: Vec<(f32, Locale)> = header
        .split(',')
        .take(LANGUAGES_MAX)
        .filter_map(|part| {
            let (tag, quality) = part.split_once(";q=").unwrap_or((part, "1"));
            Some((quality.trim().parse().ok()?, tag.trim().parse().ok()?))
        })
        .filter(|(quality, _)| *quality > 0.0)
        .collect();
    wishes.sort_by(|a, b| b.0.total_cmp(&a.0));
    wishes.into_iter().map(|(_, locale)| locale).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn languages_come_in_the_order_of_the_wishes() {
        let names = |header: &str| languages(header).iter().map(Locale::to_string).collect::<Vec<_>>();
        assert_eq!(names("en;q=0.8, nb-NO ,nb;q=0.9, *;q=0.1, de;q=0"), ["nb-NO", "nb", "en"]);
        assert!(names("").is_empty() && names("<script>").is_empty());
    }
}
