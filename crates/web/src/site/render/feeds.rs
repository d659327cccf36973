//! What search engines ask for: sitemap.xml and robots.txt.

use base::Timestamp;

use super::markup::escape;

/// Entries of one sitemap (sitemaps.org allows 50,000).
pub const MAX_SITEMAP_ENTRIES: usize = 50_000;

/// One public page. Pages with `noindex` are left out by the caller.
#[derive(Debug, Clone)]
pub struct SitemapEntry {
    /// Its path, with a slash at the front.
    pub path: String,
    /// When it was last published.
    pub changed: Timestamp,
    /// The same page in other languages: language code, and path or address. The page itself among them.
    pub alternates: Vec<(String, String)>,
}

/// The sitemap of a site.
pub fn render_sitemap(base_url: &str, entries: &[SitemapEntry]) -> String {
    let base = base_url.trim_end_matches('/');
    let address = |path: &str| {
        if path.starts_with("http://") || path.starts_with("https://") {
            escape(path)
        } else {
            escape(&format!("{base}/{}", path.trim_start_matches('/')))
        }
    };
    let mut out = String::from(
        "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<urlset xmlns=\"http://www.sitemaps.org/schemas/sitemap/0.9\" \
         xmlns:xhtml=\"http://www.w3.org/1999/xhtml\">\n",
    );
    for entry in entries.iter().take(MAX_SITEMAP_ENTRIES) {
        out.push_str(&format!("<url><loc>{}</loc><lastmod>{}</lastmod>", address(&entry.path), entry.changed));
        for (language, path) in &entry.alternates {
            out.push_str(&format!(
                "<xhtml:link rel=\"alternate\" hreflang=\"{}\" href=\"{}\"/>",
                escape(language),
                address(path)
            ));
        }
        out.push_str("</url>\n");
    }
    out.push_str("</urlset>\n");
    out
}

/// What robots.txt says.
#[derive(Debug, Clone, Copy)]
pub struct RobotsView<'a> {
    /// Where the site lives, without a slash at the end.
    pub base_url: &'a str,
    /// Whether search engines may look at all: false on a test system.
    pub is_public: bool,
    /// Paths nobody should look at, such as the admin interface.
    pub closed_paths: &'a [&'a str],
}

/// robots.txt of a site.
pub fn render_robots(view: &RobotsView<'_>) -> String {
    if !view.is_public {
        return "User-agent: *\nDisallow: /\n".to_owned();
    }
    let mut out = String::from("User-agent: *\n");
    for path in view.closed_paths {
        out.push_str(&format!("Disallow: {}\n", path.replace(['\r', '\n'], "")));
    }
    out.push_str(&format!("Allow: /\n\nSitemap: {}/sitemap.xml\n", view.base_url.trim_end_matches('/')));
    out
}
