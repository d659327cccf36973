//! Sites that people come from, by host: search engines, social networks, mail read in a browser.

/// What kind of site it is; the name is the one that tagged links use.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Site {
    /// Answers questions.
    Search(&'static str),
    /// Where people meet.
    Social(&'static str),
    /// Where people read mail.
    Mail,
}

/// Whole hosts and what ends with a dot and them. Android names an app where a browser names a host.
const HOSTS: [(&str, Site); 42] = [
    ("mail.google.com", Site::Mail),
    ("com.google.android.gm", Site::Mail),
    ("outlook.live.com", Site::Mail),
    ("outlook.office.com", Site::Mail),
    ("outlook.office365.com", Site::Mail),
    ("mail.yahoo.com", Site::Mail),
    ("com.google.android.googlequicksearchbox", Site::Search("google")),
    ("bing.com", Site::Search("bing")),
    ("duckduckgo.com", Site::Search("duckduckgo")),
    ("ecosia.org", Site::Search("ecosia")),
    ("qwant.com", Site::Search("qwant")),
    ("baidu.com", Site::Search("baidu")),
    ("startpage.com", Site::Search("startpage")),
    ("search.brave.com", Site::Search("brave")),
    ("kvasir.no", Site::Search("kvasir")),
    ("eniro.se", Site::Search("eniro")),
    ("facebook.com", Site::Social("facebook")),
    ("fb.me", Site::Social("facebook")),
    ("messenger.com", Site::Social("facebook")),
    ("com.facebook.katana", Site::Social("facebook")),
    ("instagram.com", Site::Social("instagram")),
    ("com.instagram.android", Site::Social("instagram")),
    ("threads.net", Site::Social("threads")),
    ("threads.com", Site::Social("threads")),
    ("linkedin.com", Site::Social("linkedin")),
    ("lnkd.in", Site::Social("linkedin")),
    ("com.linkedin.android", Site::Social("linkedin")),
    ("twitter.com", Site::Social("x")),
    ("x.com", Site::Social("x")),
    ("t.co", Site::Social("x")),
    ("tiktok.com", Site::Social("tiktok")),
    ("pinterest.com", Site::Social("pinterest")),
    ("pin.it", Site::Social("pinterest")),
    ("reddit.com", Site::Social("reddit")),
    ("youtube.com", Site::Social("youtube")),
    ("youtu.be", Site::Social("youtube")),
    ("snapchat.com", Site::Social("snapchat")),
    ("bsky.app", Site::Social("bluesky")),
    ("mastodon.social", Site::Social("mastodon")),
    ("whatsapp.com", Site::Social("whatsapp")),
    ("t.me", Site::Social("telegram")),
    ("jodel.com", Site::Social("jodel")),
];

/// Sites with a host in many countries, by the label before the country: `google.no`, `google.co.uk`.
const BRANDS: [(&str, Site); 4] = [
    ("google", Site::Search("google")),
    ("yahoo", Site::Search("yahoo")),
    ("yandex", Site::Search("yandex")),
    ("pinterest", Site::Social("pinterest")),
];

/// What tagged links call the sites, besides their own names.
const ALIASES: [(&str, Site); 8] = [
    ("adwords", Site::Search("google")),
    ("microsoft", Site::Search("bing")),
    ("fb", Site::Social("facebook")),
    ("meta", Site::Social("facebook")),
    ("ig", Site::Social("instagram")),
    ("insta", Site::Social("instagram")),
    ("twitter", Site::Social("x")),
    ("gmail", Site::Mail),
];

/// The site that a `utm_source` in small letters names: by name, alias or host.
pub(super) fn named(source: &str) -> Option<Site> {
    if source.is_empty() {
        return None;
    }
    let by_alias = ALIASES.iter().find(|(alias, _)| *alias == source).map(|(_, site)| *site);
    let by_name = || {
        HOSTS.iter().chain(&BRANDS).map(|(_, site)| *site).find(|site| match site {
            Site::Search(name) | Site::Social(name) => *name == source,
            Site::Mail => false,
        })
    };
    by_alias.or_else(by_name).or_else(|| if source.contains('.') { of_host(source) } else { None })
}

/// The site of a host in small letters.
pub(super) fn of_host(host: &str) -> Option<Site> {
    let ends = |end: &str| host.strip_suffix(end).is_some_and(|rest| rest.is_empty() || rest.ends_with('.'));
    if let Some((_, site)) = HOSTS.iter().find(|(end, _)| ends(end)) {
        return Some(*site);
    }
    BRANDS.iter().find(|(brand, _)| is_brand(host, brand)).map(|(_, site)| *site)
}

/// Whether the label before the public suffix is the brand: `google.no`, `www.google.co.uk`, not
/// `google.example.com`. A suffix is a country, a `com`, or two letters to three before a country.
fn is_brand(host: &str, brand: &str) -> bool {
    let labels: Vec<&str> = host.split('.').collect();
    match labels.as_slice() {
        [.., name, top] if *name == brand => top.len() == 2 || *top == "com",
        [.., name, second, top] if *name == brand => (2..=3).contains(&second.len()) && top.len() == 2,
        _ => false,
    }
}

/// The host of an address, or of a text that is a host already; small letters, without port.
pub(super) fn host_of(address: &str) -> Option<String> {
    let address = address.trim();
    let rest = address.split_once("://").map_or(address, |(_, rest)| rest);
    let authority = rest.split(['/', '?', '#']).next()?;
    let host = authority.rsplit_once('@').map_or(authority, |(_, host)| host);
    let host = if host.starts_with('[') { host } else { host.split(':').next()? };
    let host = host.trim_end_matches('.').to_ascii_lowercase();
    (!host.is_empty()).then_some(host)
}

/// Whether two hosts are one site: `www.` does not count.
pub(super) fn is_same(one: &str, other: &str) -> bool {
    let bare = |host: &str| host.strip_prefix("www.").unwrap_or(host).to_owned();
    bare(one) == bare(other)
}
