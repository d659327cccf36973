//! The frame of every page: head, header, footer.

use askama::Template;
use base::Locale;
use funnel::brand::Footer;
use funnel::format::Language;
use funnel::page::{Block, Icon, Link, PageDoc, is_relative_url, safe_image_url, safe_url};
use serde_json::json;

use super::icons::icon;
use super::markup::{self, Loading, escape};
use super::policy;
use super::style::{self, Part, Parts};
use super::texts::Texts;
use super::view::{PageView, Site};

/// A whole document.
pub(super) struct Document<'a> {
    pub(super) site: &'a Site<'a>,
    pub(super) head: Head,
    pub(super) parts: Parts,
    pub(super) body: &'a str,
    /// Where its forms lead after they were taken.
    pub(super) redirects: Vec<&'a str>,
}

/// A document and what a browser may do with it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Html {
    /// The document.
    pub text: String,
    /// Its Content-Security-Policy.
    pub policy: String,
}

/// Takes calls of the snippet until it is there.
const QUEUE_JS: &str = "window.suppilo=window.suppilo||function(){(suppilo.q=suppilo.q||[]).push(arguments)}";

/// What search engines, shared links and the browser's frame are told.
#[derive(Default)]
pub(super) struct Head {
    title: String,
    description: String,
    is_hidden: bool,
    canonical: String,
    alternates: Vec<(String, String)>,
    /// Language code, its own name and address, for the switch in the header.
    languages: Vec<(String, &'static str, String)>,
    og_locale: String,
    image: String,
    theme_color: String,
    icon: String,
    json_ld: String,
    /// The header continues what lies behind the hero.
    top: &'static str,
}

#[derive(Template)]
#[template(path = "site/layout.html")]
struct Layout<'a> {
    lang: &'a str,
    site: &'a Site<'a>,
    head: &'a Head,
    t: &'static Texts,
    css: String,
    js: String,
    queue_js: &'static str,
    home: Option<String>,
    logo: String,
    languages: &'a [(String, &'static str, String)],
    phone: &'a str,
    phone_digits: String,
    phone_icon: String,
    body: &'a str,
    footer: &'a Footer,
    owner: &'a str,
    email: Option<&'a str>,
    links: Vec<Link>,
    asks_consent: bool,
}

/// Templates write into memory, and nothing they call can fail.
pub(super) fn draw(template: &impl Template) -> String {
    template.render().expect("a template without fallible parts renders")
}

impl Document<'_> {
    pub(super) fn render(mut self) -> Html {
        let site = self.site;
        let asks_consent = site.tracking.is_some_and(|tracking| tracking.asks_consent);
        if asks_consent {
            self.parts.insert(Part::Consent);
        }
        let footer = &site.brand.footer;
        let logo = match markup::image(&site.brand.logo, Loading::Eager, "") {
            image if image.is_empty() => escape(&site.brand.name),
            image => image,
        };
        let (css, js) = (style::css(site.brand, &self.parts), style::js(&self.parts));
        let policy = policy::of(&css, &[QUEUE_JS, &js], &self.redirects);
        let is_safe = |link: &&Link| !link.label.trim().is_empty() && safe_url(&link.url).is_some();
        let text = draw(&Layout {
            lang: site.locale.as_str(),
            site,
            head: &self.head,
            t: Texts::of(site.locale),
            css,
            js,
            queue_js: QUEUE_JS,
            home: (site.path != "/" && self.head.is_home_linked()).then(|| "/".to_owned()),
            logo,
            languages: &self.head.languages,
            phone: footer.phone.trim(),
            phone_digits: footer.phone.chars().filter(|c| c.is_ascii_digit() || *c == '+').collect(),
            phone_icon: icon(Icon::Phone),
            body: self.body,
            footer,
            owner: if footer.legal_name.is_empty() { &site.brand.name } else { &footer.legal_name },
            email: Some(footer.email.trim())
                .filter(|email| safe_url(&format!("mailto:{email}")).is_some_and(|_| !email.is_empty())),
            links: footer.links.iter().filter(is_safe).cloned().collect(),
            asks_consent,
        });
        Html { text, policy }
    }
}

impl Head {
    /// Of a page of the program itself, which search engines leave out.
    pub(super) fn of_system(site: &Site<'_>, title: &str) -> Self {
        let named =
            if site.brand.name.is_empty() { title.to_owned() } else { format!("{title} | {}", site.brand.name) };
        Self { title: named, is_hidden: true, ..Self::common(site) }
    }

    /// Of a page that search engines may show.
    pub(super) fn of_public(site: &Site<'_>, title: &str, description: &str, image: &str) -> Self {
        Self {
            title: if site.brand.name.is_empty() { title.to_owned() } else { format!("{title} | {}", site.brand.name) },
            description: description.to_owned(),
            image: safe_image_url(image).map(|url| absolute(site, url)).unwrap_or_default(),
            ..Self::common(site)
        }
    }

    /// Of a page of blocks.
    pub(super) fn of_page(view: &PageView<'_>) -> Self {
        let (site, meta) = (&view.site, &view.doc.root.props);
        let mut head = Self::common(site);
        head.title = if meta.title.trim().is_empty() { site.brand.name.clone() } else { meta.title.clone() };
        head.description.clone_from(&meta.description);
        head.is_hidden = meta.noindex;
        if let Some(canonical) = safe_image_url(&meta.canonical) {
            head.canonical = absolute(site, canonical);
        }
        head.image = safe_image_url(&meta.og_image).map(|url| absolute(site, url)).unwrap_or_default();
        for alternate in &meta.alternates {
            let Some(url) = safe_image_url(&alternate.url) else { continue };
            head.alternates.push((alternate.locale.to_string(), absolute(site, url)));
            let name = Language::of(&alternate.locale).own_name();
            head.languages.push((alternate.locale.to_string(), name, url.to_owned()));
        }
        if !head.alternates.is_empty() {
            head.alternates.insert(0, (meta.locale.to_string(), own_address(site, site.path)));
        }
        head.top = match view.doc.content.first() {
            Some(Block::Hero(hero)) => super::blocks::background(hero.background),
            _ => "plain",
        };
        head.json_ld = json_ld(site, view.doc, &head);
        head
    }

    fn common(site: &Site<'_>) -> Self {
        let palette = site.brand.palette();
        Self {
            canonical: own_address(site, site.path),
            og_locale: og_locale(site.locale),
            theme_color: palette.surface.to_string(),
            icon: favicon(site),
            ..Self::default()
        }
    }

    /// A landing page has one way out. Only the program's own pages lead home.
    fn is_home_linked(&self) -> bool {
        self.json_ld.is_empty()
    }
}

/// An own path with the site's address in front.
fn absolute(site: &Site<'_>, url: &str) -> String {
    if is_relative_url(url) { own_address(site, url) } else { url.to_owned() }
}

/// A path behind the site's own address, whatever the path holds: a request may ask for anything.
fn own_address(site: &Site<'_>, path: &str) -> String {
    format!("{}/{}", site.base_url.trim_end_matches('/'), path.trim_start_matches('/'))
}

/// The form Open Graph wants.
fn og_locale(locale: &Locale) -> String {
    match locale.as_str() {
        "en" => "en_GB".to_owned(),
        "nb" | "no" => "nb_NO".to_owned(),
        "sv" => "sv_SE".to_owned(),
        "da" => "da_DK".to_owned(),
        "fi" => "fi_FI".to_owned(),
        other => other.replace('-', "_"),
    }
}

/// The first letter of the name on the accent colour, drawn inside the page so that nothing is asked for.
fn favicon(site: &Site<'_>) -> String {
    let palette = site.brand.palette();
    let letter: String =
        site.brand.name.chars().find(|c| c.is_alphanumeric()).into_iter().flat_map(char::to_uppercase).collect();
    let svg = format!(
        "<svg xmlns='http://www.w3.org/2000/svg' viewBox='0 0 32 32'><rect width='32' height='32' rx='9' fill='{}'/>\
         <text x='16' y='22.5' text-anchor='middle' font-family='Georgia,serif' font-size='19' fill='{}'>{}</text></svg>",
        palette.accent,
        palette.on_accent,
        escape(&letter)
    );
    let encoded = percent_encoding::utf8_percent_encode(&svg, percent_encoding::NON_ALPHANUMERIC);
    format!("data:image/svg+xml,{encoded}")
}

/// Schema.org data of the page, its questions and the company.
fn json_ld(site: &Site<'_>, doc: &PageDoc, head: &Head) -> String {
    let brand = site.brand;
    let mut graph = vec![json!({
        "@type": "WebPage",
        "@id": head.canonical,
        "url": head.canonical,
        "name": head.title,
        "description": head.description,
        "inLanguage": site.locale.as_str(),
    })];
    if !brand.name.is_empty() {
        let mut company = json!({"@type": "Organization", "name": brand.name, "url": site.base_url});
        let logo = safe_image_url(&brand.logo.src).map(|url| absolute(site, url)).unwrap_or_default();
        for (key, value) in [
            ("legalName", &brand.footer.legal_name),
            ("email", &brand.footer.email),
            ("telephone", &brand.footer.phone),
            ("address", &brand.footer.address),
            ("logo", &logo),
        ] {
            if !value.is_empty() {
                company[key] = json!(value);
            }
        }
        graph.push(company);
    }
    let mut questions = Vec::new();
    for block in doc.blocks() {
        if let Block::Faq(faq) = block {
            questions.extend(faq.items.iter().map(|item| {
                let answer = json!({"@type": "Answer", "text": item.answer});
                json!({"@type": "Question", "name": item.question, "acceptedAnswer": answer})
            }));
        }
    }
    if !questions.is_empty() {
        graph.push(json!({"@type": "FAQPage", "mainEntity": questions}));
    }
    script_json(&json!({"@context": "https://schema.org", "@graph": graph}))
}

/// JSON that cannot end the script element it stands in.
fn script_json(value: &serde_json::Value) -> String {
    value.to_string().replace('<', "\\u003c").replace('>', "\\u003e").replace('&', "\\u0026")
}
