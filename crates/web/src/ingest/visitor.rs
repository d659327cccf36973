//! Who is at the other end: the address behind trusted proxies, robots, devices, and the daily number of a
//! visitor who gave no consent to cookies.

use std::{
    net::{IpAddr, SocketAddr},
    sync::{Arc, LazyLock, Mutex, PoisonError},
};

use aho_corasick::AhoCorasick;
use axum::{
    extract::ConnectInfo,
    http::{HeaderMap, request::Parts},
};
use base::{Random, Timestamp};
use sha2::{Digest, Sha256};

use super::limits::FORWARDED_MAX;

/// Words in the user agents of programs that are no people. In lower case.
const ROBOTS: &[&str] = &[
    "bot",
    "crawl",
    "spider",
    "slurp",
    "headless",
    "lighthouse",
    "pagespeed",
    "gtmetrix",
    "pingdom",
    "uptime",
    "monitor",
    "facebookexternalhit",
    "facebookcatalog",
    "whatsapp/",
    "preview",
    "embedly",
    "mediapartners",
    "feedfetcher",
    "phantomjs",
    "selenium",
    "puppeteer",
    "playwright",
    "curl/",
    "wget/",
    "python-requests",
    "python-urllib",
    "aiohttp",
    "go-http-client",
    "okhttp",
    "java/",
    "libwww",
    "httpclient",
    "scrapy",
    "axios/",
    "node-fetch",
    "postman",
    "dataprovider",
    "censys",
    "masscan",
    "zgrab",
];

/// Whether a user agent is that of a program. Such events are marked and kept: reports leave them out.
pub fn is_robot(user_agent: &str) -> bool {
    static FINDER: LazyLock<AhoCorasick> = LazyLock::new(|| {
        let built = AhoCorasick::builder().ascii_case_insensitive(true).build(ROBOTS);
        built.unwrap_or_else(|error| unreachable!("a few short words fit: {error}"))
    });
    // A telephone model that ends in "bot" is the one known false friend.
    FINDER.is_match(user_agent) && !user_agent.to_ascii_lowercase().contains("cubot")
}

/// `mobile`, `tablet` or `desktop`.
pub fn device(user_agent: &str) -> &'static str {
    let has = |word: &str| user_agent.contains(word);
    if has("iPad") || has("Tablet") || (has("Android") && !has("Mobile")) {
        "tablet"
    } else if has("Mobi") || has("iPhone") {
        "mobile"
    } else {
        "desktop"
    }
}

/// Proxies whose `X-Forwarded-For` is believed, as networks.
#[derive(Debug, Clone, Default)]
pub struct TrustedProxies(Vec<(IpAddr, u8)>);

/// A network that cannot be read.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{0} is not a network; write 10.0.0.0/8, 127.0.0.1 or fd00::/8")]
pub struct NetworkError(String);

impl TrustedProxies {
    /// From networks such as `10.0.0.0/8`, or single addresses.
    pub fn parse<'a>(networks: impl IntoIterator<Item = &'a str>) -> Result<Self, NetworkError> {
        let read = |text: &str| -> Option<(IpAddr, u8)> {
            let (address, bits) = text.split_once('/').map_or((text, None), |(address, bits)| (address, Some(bits)));
            let address: IpAddr = address.trim().parse().ok()?;
            let most = if address.is_ipv4() { 32 } else { 128 };
            let bits = bits.map_or(Some(most), |bits| bits.trim().parse().ok())?;
            (bits <= most).then_some((address, bits))
        };
        let networks = networks.into_iter().map(|text| read(text).ok_or_else(|| NetworkError(text.to_owned())));
        networks.collect::<Result<_, _>>().map(Self)
    }

    fn trusts(&self, address: IpAddr) -> bool {
        let first_bits = |address: IpAddr, bits: u8| match address {
            IpAddr::V4(v4) => u128::from(u32::from(v4)).checked_shr(32 - u32::from(bits)).unwrap_or(0),
            IpAddr::V6(v6) => u128::from(v6).checked_shr(128 - u32::from(bits)).unwrap_or(0),
        };
        let address = address.to_canonical();
        self.0.iter().any(|&(network, bits)| {
            network.is_ipv4() == address.is_ipv4() && first_bits(network, bits) == first_bits(address, bits)
        })
    }

    /// The address of the client: that of the connection, or, when it belongs to a trusted proxy, the last
    /// one in `X-Forwarded-For` that does not. Never stored.
    pub fn client(&self, headers: &HeaderMap, peer: Option<IpAddr>) -> Option<IpAddr> {
        let mut client = peer?.to_canonical();
        let forwarded = headers.get_all("x-forwarded-for");
        let entries: Vec<&str> =
            forwarded.iter().filter_map(|value| value.to_str().ok()).flat_map(|v| v.split(',')).collect();
        for entry in entries.into_iter().rev().take(FORWARDED_MAX) {
            if !self.trusts(client) {
                break;
            }
            let entry = entry.trim();
            let parsed = entry.parse::<IpAddr>().ok().or_else(|| entry.parse::<SocketAddr>().ok().map(|a| a.ip()));
            let Some(address) = parsed else { break };
            client = address.to_canonical();
        }
        Some(client)
    }
}

/// The secret of a day, without which the number of a visitor cannot be traced to an address.
///
/// Day 0 is 1970-01-01 in UTC. An implementation forgets the salts of days gone by; one that keeps today's
/// across a restart keeps today's visitors whole.
pub trait DailySalt: Send + Sync + 'static {
    /// The salt of a day; the same for every call on that day.
    fn salt(&self, day: i64) -> [u8; 16];
}

/// Salts that live in memory only.
pub struct MemorySalt {
    random: Arc<dyn Random>,
    today: Mutex<Option<(i64, [u8; 16])>>,
}

impl MemorySalt {
    /// Salts from this source of randomness.
    pub fn new(random: Arc<dyn Random>) -> Self {
        Self { random, today: Mutex::new(None) }
    }
}

impl DailySalt for MemorySalt {
    fn salt(&self, day: i64) -> [u8; 16] {
        let mut today = self.today.lock().unwrap_or_else(PoisonError::into_inner);
        match *today {
            Some((held, salt)) if held == day => salt,
            _ => {
                let mut salt = [0; 16];
                self.random.fill(&mut salt);
                *today = Some((day, salt));
                salt
            }
        }
    }
}

/// The number of a visitor for one day and one site: the same browser at the same address gets the same one
/// until midnight UTC, and another one tomorrow. Nothing is stored in the browser; neither the address nor the
/// user agent can be had back, because the salt is forgotten.
pub fn daily_id(salt: &dyn DailySalt, now: Timestamp, ip: Option<IpAddr>, user_agent: &str, site: &str) -> String {
    let day = now.ms().div_euclid(86_400_000);
    let mut hash = Sha256::new();
    hash.update(salt.salt(day));
    let ip = ip.map(|ip| ip.to_canonical().to_string()).unwrap_or_default();
    for part in [&ip, user_agent, site] {
        hash.update((part.len() as u64).to_le_bytes());
        hash.update(part.as_bytes());
    }
    format!("d{}", base::hex(&hash.finalize()[..16]))
}

/// The address that the connection came from, when the server tells it.
pub fn peer(parts: &Parts) -> Option<IpAddr> {
    parts.extensions.get::<ConnectInfo<SocketAddr>>().map(|info| info.0.ip())
}

#[cfg(test)]
mod tests {
    use base::SeededRandom;

    use super::*;

    #[test]
    fn robots_are_told_from_people() {
        for robot in [
            "Mozilla/5.0 (compatible; Googlebot/2.1; +http://www.google.com/bot.html)",
            "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 HeadlessChrome/120.0",
            "facebookexternalhit/1.1",
            "curl/8.1.2",
        ] {
            assert!(is_robot(robot), "{robot}");
        }
        for person in [
            "Mozilla/5.0 (iPhone; CPU iPhone OS 17_0 like Mac OS X) AppleWebKit/605.1.15 Version/17.0 Mobile/15E148 Safari/604.1",
            "Mozilla/5.0 (Linux; Android 11; CUBOT X30) AppleWebKit/537.36 Chrome/120.0 Mobile Safari/537.36",
            "",
        ] {
            assert!(!is_robot(person), "{person}");
        }
        assert_eq!(device("Mozilla/5.0 (iPad; CPU OS 17_0)"), "tablet");
        assert_eq!(device("Mozilla/5.0 (Linux; Android 14; Pixel 8) Mobile"), "mobile");
        assert_eq!(device("Mozilla/5.0 (X11; Linux x86_64)"), "desktop");
    }

    #[test]
    fn only_trusted_proxies_are_believed() {
        let proxies = TrustedProxies::parse(["10.0.0.0/8", "127.0.0.1"]).unwrap();
        let client = |peer: &str, forwarded: &str| {
            let mut headers = HeaderMap::new();
            headers.insert("x-forwarded-for", forwarded.parse().unwrap());
            proxies.client(&headers, peer.parse().ok()).unwrap().to_string()
        };
        assert_eq!(client("127.0.0.1", "6.6.6.6, 203.0.113.7"), "203.0.113.7");
        assert_eq!(client("127.0.0.1", "203.0.113.7, 10.1.2.3"), "203.0.113.7");
        assert_eq!(client("203.0.113.9", "1.2.3.4"), "203.0.113.9");
        assert_eq!(client("127.0.0.1", "nonsense"), "127.0.0.1");
        assert_eq!(client("::ffff:127.0.0.1", "2001:db8::1"), "2001:db8::1");
        assert!(TrustedProxies::parse(["10.0.0.0/40"]).is_err());
    }

    #[test]
    fn a_visitor_keeps_a_number_for_a_day() {
        let salt = MemorySalt::new(Arc::new(SeededRandom::new(1)));
        let id = |day: i64, ip: &str, agent: &str| {
            daily_id(&salt, Timestamp::from_ms(day * 86_400_000), ip.parse().ok(), agent, "klinikk.no")
        };
        let today = id(20_000, "203.0.113.7", "A");
        assert_eq!(today.len(), 33);
        assert_eq!(today, id(20_000, "203.0.113.7", "A"));
        assert_ne!(today, id(20_000, "203.0.113.8", "A"));
        assert_ne!(today, id(20_000, "203.0.113.7", "B"));
        assert_ne!(today, id(20_001, "203.0.113.7", "A"));
        // Yesterday's salt is gone: coming back to the day gives another number.
        assert_ne!(today, id(20_000, "203.0.113.7", "A"));
    }
}
