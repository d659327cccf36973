//! Which addresses may stand on a page. Everything else (`javascript:`, `data:`, `//host`) is left out
//! when the page is rendered and named by `check` before.

/// The address, trimmed, when a link may lead there: http(s), mailto, tel, or relative to the own site.
pub fn safe_url(url: &str) -> Option<&str> {
    let url = url.trim();
    match scheme(url)? {
        Scheme::Relative => Some(url),
        Scheme::Named(scheme) => {
            ["http", "https", "mailto", "tel"].iter().any(|known| scheme.eq_ignore_ascii_case(known)).then_some(url)
        }
    }
}

/// The address, trimmed, when a picture or film may be loaded from there: http(s) or relative.
pub fn safe_image_url(url: &str) -> Option<&str> {
    let url = url.trim();
    match scheme(url)? {
        Scheme::Relative => (!url.starts_with(['#', '?'])).then_some(url),
        Scheme::Named(scheme) => {
            ["http", "https"].iter().any(|known| scheme.eq_ignore_ascii_case(known)).then_some(url)
        }
    }
}

/// Whether the address stays on the own site.
pub fn is_relative_url(url: &str) -> bool {
    matches!(scheme(url.trim()), Some(Scheme::Relative))
}

enum Scheme<'a> {
    Relative,
    Named(&'a str),
}

/// Read as strictly as no browser does: one that drops a tab or turns a backslash into a slash must find
/// none, so an address with a control character, a space or a backslash is no address. `//host` is refused
/// because it looks like a path and is not.
fn scheme(url: &str) -> Option<Scheme<'_>> {
    let has_trick = url.chars().any(|c| c.is_control() || c.is_whitespace() || c == '\\' || !is_plain(c));
    if url.is_empty() || has_trick || url.starts_with("//") {
        return None;
    }
    match url.find([':', '/', '?', '#']) {
        Some(at) if url[at..].starts_with(':') => Some(Scheme::Named(&url[..at])),
        _ => Some(Scheme::Relative),
    }
}

/// Invisible characters can make two addresses look alike.
fn is_plain(c: char) -> bool {
    !matches!(c, '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2060}'..='\u{2069}' | '\u{feff}')
}

/// Where a film comes from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum VideoSource {
    /// A YouTube film by its id.
    YouTube(String),
    /// A Vimeo film by its number, with the key of an unlisted one.
    Vimeo(String, Option<String>),
    /// A file of one's own.
    File(String),
}

impl VideoSource {
    /// The player's address in its privacy mode; a file is its own.
    pub fn player_url(&self) -> String {
        match self {
            Self::YouTube(id) => format!("https://www.youtube-nocookie.com/embed/{id}?autoplay=1&rel=0"),
            Self::Vimeo(id, None) => format!("https://player.vimeo.com/video/{id}?dnt=1&autoplay=1"),
            Self::Vimeo(id, Some(key)) => format!("https://player.vimeo.com/video/{id}?h={key}&dnt=1&autoplay=1"),
            Self::File(url) => url.clone(),
        }
    }
}

/// Recognise the addresses people copy: watch pages, short links, shorts, players, files.
pub fn video_source(url: &str) -> Option<VideoSource> {
    let url = safe_image_url(url)?;
    let path = url.split(['?', '#']).next().unwrap_or_default().to_ascii_lowercase();
    let is_file = [".mp4", ".webm", ".m4v"].iter().any(|ending| path.ends_with(ending));
    if is_relative_url(url) {
        return is_file.then(|| VideoSource::File(url.to_owned()));
    }
    let parsed = ::url::Url::parse(url).ok()?;
    let host = parsed.host_str()?.trim_start_matches("www.").trim_start_matches("m.");
    let segments: Vec<&str> = parsed.path_segments()?.filter(|segment| !segment.is_empty()).collect();
    let query = |name: &str| parsed.query_pairs().find(|(key, _)| key == name).map(|(_, value)| value.into_owned());
    match host {
        "youtube.com" | "youtube-nocookie.com" => {
            let id = match segments.as_slice() {
                ["watch"] => query("v")?,
                ["embed" | "shorts" | "live" | "v", id, ..] => (*id).to_owned(),
                _ => return None,
            };
            is_token(&id).then_some(VideoSource::YouTube(id))
        }
        "youtu.be" => segments.first().filter(|id| is_token(id)).map(|id| VideoSource::YouTube((*id).to_owned())),
        "vimeo.com" | "player.vimeo.com" => {
            let at = segments.iter().position(|part| part.len() >= 6 && part.chars().all(|c| c.is_ascii_digit()))?;
            let key = segments.get(at + 1).map(|key| (*key).to_owned()).or_else(|| query("h"));
            Some(VideoSource::Vimeo(segments[at].to_owned(), key.filter(|key| is_token(key))))
        }
        _ => is_file.then(|| VideoSource::File(url.to_owned())),
    }
}

fn is_token(text: &str) -> bool {
    (4..=40).contains(&text.len()) && text.chars().all(|c| c.is_ascii_alphanumeric() || c == '-' || c == '_')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_harmless_addresses_pass() {
        for good in
            ["https://a.no/x?y=1#z", "HTTP://a.no", "mailto:a@b.no", "tel:+4722334455", "/pris", "#form", "?a=b", "a/b"]
        {
            assert!(safe_url(good).is_some(), "{good}");
        }
        for bad in [
            "",
            "javascript:alert(1)",
            " javascript:alert(1)",
            "java\tscript:alert(1)",
            "JaVaScRiPt:alert(1)",
            "data:text/html,<script>",
            "vbscript:x",
            "//evil.example",
            "/\\evil.example",
            "\u{1}javascript:x",
            "https://a.no/ b",
            "\u{feff}/x",
            "file:///etc/passwd",
            "blob:x",
        ] {
            assert!(safe_url(bad).is_none(), "{bad:?}");
        }
        assert!(safe_image_url("mailto:a@b.no").is_none());
        assert!(safe_image_url("/files/a.webp").is_some());
    }

    #[test]
    fn films_are_recognised_by_the_addresses_people_copy() {
        let youtube = Some(VideoSource::YouTube("dQw4w9WgXcQ".to_owned()));
        for url in [
            "https://www.youtube.com/watch?v=dQw4w9WgXcQ&t=3s",
            "https://youtu.be/dQw4w9WgXcQ?si=x",
            "https://m.youtube.com/shorts/dQw4w9WgXcQ",
            "https://www.youtube-nocookie.com/embed/dQw4w9WgXcQ",
        ] {
            assert_eq!(video_source(url), youtube, "{url}");
        }
        assert_eq!(
            video_source("https://vimeo.com/123456789/abcdef0123"),
            Some(VideoSource::Vimeo("123456789".to_owned(), Some("abcdef0123".to_owned())))
        );
        assert_eq!(video_source("/files/tour.mp4"), Some(VideoSource::File("/files/tour.mp4".to_owned())));
        for bad in ["https://youtube.com/watch?v=\"><script>", "https://evil.example/x", "javascript:x.mp4", "/page"] {
            assert_eq!(video_source(bad), None, "{bad}");
        }
    }
}
