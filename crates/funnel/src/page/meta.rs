//! What concerns the page as a whole: how it is found, shared and addressed.

use base::Locale;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// What search engines and shared links show, and where the page lives.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(default, deny_unknown_fields)]
pub struct PageMeta {
    /// The title of the browser's tab and of the search result; best under 60 characters.
    pub title: String,
    /// The text of the search result; best under 160 characters.
    pub description: String,
    /// The picture of a shared link, best 1200 x 630 pixels.
    pub og_image: String,
    /// The address search engines should keep; empty means the page's own.
    pub canonical: String,
    /// Whether search engines are asked to leave the page out.
    pub noindex: bool,
    /// The language the page is written in.
    pub locale: Locale,
    /// The same page in other languages.
    pub alternates: Vec<Alternate>,
    /// Where the page lives, without the leading slash: `gratis-sjekk`. Empty is the front page.
    pub slug: String,
}

impl Default for PageMeta {
    fn default() -> Self {
        Self {
            title: String::new(),
            description: String::new(),
            og_image: String::new(),
            canonical: String::new(),
            noindex: false,
            locale: Locale::english(),
            alternates: Vec::new(),
            slug: String::new(),
        }
    }
}

/// The same page in another language.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Alternate {
    /// Its language.
    pub locale: Locale,
    /// Its address or own path.
    pub url: String,
}

/// First parts of a path that the program itself answers.
pub const RESERVED_SEGMENTS: [&str; 34] = [
    "admin",
    "api",
    "app",
    "array",
    "assets",
    "batch",
    "c",
    "capture",
    "confirm",
    "d",
    "decide",
    "docs",
    "download",
    "e",
    "engage",
    "f",
    "favicon.ico",
    "files",
    "flags",
    "health",
    "healthz",
    "i",
    "login",
    "metrics",
    "mp",
    "o",
    "openapi.json",
    "order",
    "robots.txt",
    "s",
    "sitemap.xml",
    "static",
    "u",
    "v1",
];

/// Bytes of a slug.
pub const MAX_SLUG_BYTES: usize = 120;
/// Parts of a slug.
pub const MAX_SLUG_SEGMENTS: usize = 4;

/// Why a text cannot be a page's address.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum SlugError {
    /// Longer than [`MAX_SLUG_BYTES`].
    #[error("an address has at most {MAX_SLUG_BYTES} characters")]
    TooLong,
    /// More than [`MAX_SLUG_SEGMENTS`].
    #[error("an address has at most {MAX_SLUG_SEGMENTS} parts between slashes")]
    TooDeep,
    /// Characters outside a to z, 0 to 9 and the hyphen, or misplaced ones.
    #[error("write small letters a to z, digits and single hyphens, such as {suggestion:?}")]
    Shape {
        /// The nearest text that would do.
        suggestion: String,
    },
    /// The program itself answers there.
    #[error("/{0} is used by the program itself: choose another address")]
    Reserved(String),
}

/// Check a page's address: parts of small letters, digits and single hyphens, joined by slashes; empty is
/// the front page.
pub fn check_slug(slug: &str) -> Result<(), SlugError> {
    if slug.is_empty() {
        return Ok(());
    }
    if slug.len() > MAX_SLUG_BYTES {
        return Err(SlugError::TooLong);
    }
    if slug.split('/').count() > MAX_SLUG_SEGMENTS {
        return Err(SlugError::TooDeep);
    }
    if !slug.split('/').all(is_segment) {
        return Err(SlugError::Shape { suggestion: slugify(slug) });
    }
    let first = slug.split('/').next().unwrap_or_default();
    if RESERVED_SEGMENTS.contains(&first) { Err(SlugError::Reserved(first.to_owned())) } else { Ok(()) }
}

fn is_segment(part: &str) -> bool {
    !part.is_empty()
        && !part.starts_with('-')
        && !part.ends_with('-')
        && !part.contains("--")
        && part.chars().all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-')
}

/// An address from a title: `Gratis sjekk på ettermiddagen` becomes `gratis-sjekk-pa-ettermiddagen`.
/// Slashes stay. Never reserved, at most [`MAX_SLUG_BYTES`]; empty when nothing can be kept.
pub fn slugify(title: &str) -> String {
    let mut slug = String::new();
    for c in title.chars().flat_map(char::to_lowercase) {
        match c {
            'a'..='z' | '0'..='9' => slug.push(c),
            'å' | 'ä' | 'à' | 'á' | 'â' => slug.push('a'),
            'æ' => slug.push_str("ae"),
            'ø' | 'ö' | 'ó' | 'ò' | 'ô' => slug.push('o'),
            'é' | 'è' | 'ê' | 'ë' => slug.push('e'),
            'ü' | 'ú' | 'ù' => slug.push('u'),
            'ß' => slug.push_str("ss"),
            '/' if slug.split('/').count() < MAX_SLUG_SEGMENTS => {
                trim_end(&mut slug);
                if !slug.is_empty() && !slug.ends_with('/') {
                    slug.push('/');
                }
            }
            '\'' | '’' => {}
            _ if slug.is_empty() || slug.ends_with(['-', '/']) => {}
            _ => slug.push('-'),
        }
        if slug.len() > MAX_SLUG_BYTES - 8 {
            break;
        }
    }
    trim_end(&mut slug);
    let slug = slug.trim_end_matches('/').to_owned();
    if check_slug(&slug).is_ok() { slug } else { format!("page-{slug}") }
}

fn trim_end(slug: &mut String) {
    while slug.ends_with('-') {
        slug.pop();
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn slugs_are_small_and_never_the_programs_own() {
        for good in ["", "gratis-sjekk", "en/free-check", "2026", "a1"] {
            assert_eq!(check_slug(good), Ok(()), "{good}");
        }
        for bad in ["/x", "x/", "Å", "a--b", "-a", "a b", "a.b", "../x", "api", "api/x", "robots.txt", "a/b/c/d/e"] {
            assert!(check_slug(bad).is_err(), "{bad}");
        }
        assert_eq!(slugify("Gratis sjekk på Øya!"), "gratis-sjekk-pa-oya");
        assert_eq!(slugify(" /En/ Free  check-/"), "en/free-check");
        assert_eq!(slugify("API"), "page-api");
        assert_eq!(
            check_slug("Gratis Sjekk").unwrap_err().to_string(),
            "write small letters a to z, digits and single hyphens, such as \"gratis-sjekk\""
        );
    }

    proptest! {
        #[test]
        fn whatever_is_slugified_is_a_slug(title in "\\PC{0,200}") {
            prop_assert_eq!(check_slug(&slugify(&title)), Ok(()));
        }
    }
}
