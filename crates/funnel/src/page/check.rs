//! What keeps a page from being published, and what would make it sell worse.

use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::{
    Block, ImageRef, Link, MAX_BLOCKS, MAX_DEPTH, MAX_ITEMS, MAX_VARIANTS, PageDoc, check_slug, safe_image_url,
    safe_url, video_source,
};
use crate::form;

/// Characters of a heading.
pub const MAX_HEADING_CHARS: usize = 200;
/// Characters of a label on a button.
pub const MAX_LABEL_CHARS: usize = 80;
/// Characters of a short text: a sentence or two.
pub const MAX_TEXT_CHARS: usize = 2_000;
/// Bytes of running text in HTML.
pub const MAX_HTML_BYTES: usize = 100_000;
/// Characters of an address.
pub const MAX_URL_CHARS: usize = 2_000;
/// Characters of an id.
pub const MAX_ID_CHARS: usize = 80;
/// What search results show of a title.
const SHOWN_TITLE_CHARS: usize = 65;
/// What search results show of a description.
const SHOWN_DESCRIPTION_CHARS: usize = 165;

/// How grave a finding is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Severity {
    /// Advice: the page can be published.
    Advice,
    /// The page cannot be published.
    Error,
}

/// Something to mend on a page.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, ToSchema)]
pub struct Finding {
    /// The place in the document: `content[2].props.items[0].question`.
    pub path: String,
    /// What is wrong and what to do.
    pub message: String,
    /// Error or advice.
    pub severity: Severity,
}

impl Finding {
    pub(crate) fn error(path: &str, message: &str) -> Self {
        Self { path: path.to_owned(), message: message.to_owned(), severity: Severity::Error }
    }

    fn advice(path: &str, message: &str) -> Self {
        Self { path: path.to_owned(), message: message.to_owned(), severity: Severity::Advice }
    }
}

/// Everything to mend on the page and its variants, in reading order. Without an error among them the page
/// can be published.
pub fn check(doc: &PageDoc) -> Vec<Finding> {
    let blocks = doc.blocks();
    let mut checker = Checker {
        targets: blocks.iter().map(|block| block.id().to_owned()).collect(),
        has_form: blocks.iter().any(|block| matches!(block, Block::Form(_))),
        ..Checker::default()
    };
    checker.meta(doc);
    if doc.content.is_empty() {
        checker.error("content", "the page is empty: add a block");
    }
    checker.blocks("content", &doc.content, 0);
    if checker.count > MAX_BLOCKS {
        checker.error("content", &format!("a page has at most {MAX_BLOCKS} blocks: split it in two"));
    }
    if checker.heroes > 1 {
        checker.advice("content", "more than one Hero: a page should make one promise");
    }
    checker.variants(doc);
    checker.findings
}

#[derive(Default)]
struct Checker {
    findings: Vec<Finding>,
    ids: BTreeSet<String>,
    /// Where a link within the page may lead.
    targets: BTreeSet<String>,
    has_form: bool,
    count: usize,
    heroes: usize,
}

impl Checker {
    fn error(&mut self, path: &str, message: &str) {
        self.findings.push(Finding::error(path, message));
    }

    fn advice(&mut self, path: &str, message: &str) {
        self.findings.push(Finding::advice(path, message));
    }

    fn text(&mut self, path: &str, text: &str, max_chars: usize) {
        if text.len() > max_chars && text.chars().count() > max_chars {
            self.error(path, &format!("at most {max_chars} characters; this has {}", text.chars().count()));
        }
    }

    fn required(&mut self, path: &str, text: &str, max_chars: usize, what: &str) {
        if text.trim().is_empty() {
            self.error(path, &format!("write {what}"));
        }
        self.text(path, text, max_chars);
    }

    fn url(&mut self, path: &str, url: &str) {
        self.text(path, url, MAX_URL_CHARS);
        if !url.trim().is_empty() && safe_url(url).is_none() {
            self.error(path, "an address begins with https://, mailto:, tel:, / or #");
        }
        if let Some(target) = url.trim().strip_prefix('#')
            && !self.targets.contains(target)
            && !(target == "form" && self.has_form)
        {
            self.advice(path, &format!("no block on this page has the id {target:?}: the link leads nowhere"));
        }
    }

    fn link(&mut self, path: &str, link: &Link, is_required: bool) {
        if link.label.is_empty() && link.url.is_empty() && !is_required {
            return;
        }
        self.required(&format!("{path}.label"), &link.label, MAX_LABEL_CHARS, "what the button says");
        if link.url.trim().is_empty() {
            self.error(&format!("{path}.url"), "write where the button leads, such as #form or /pris");
        }
        self.url(&format!("{path}.url"), &link.url);
    }

    fn image(&mut self, path: &str, image: &ImageRef) {
        self.text(&format!("{path}.alt"), &image.alt, MAX_HEADING_CHARS);
        self.text(&format!("{path}.src"), &image.src, MAX_URL_CHARS);
        if image.src.trim().is_empty() {
            return;
        }
        if safe_image_url(&image.src).is_none() {
            self.error(&format!("{path}.src"), "the address of a picture begins with https:// or /");
        }
        if image.alt.trim().is_empty() {
            self.advice(&format!("{path}.alt"), "say what the picture shows, for those who cannot see it");
        }
        if image.width.is_none() || image.height.is_none() {
            self.advice(
                &format!("{path}.width"),
                "give width and height, so that the page does not jump while loading",
            );
        }
    }

    fn items(&mut self, path: &str, count: usize, what: &str) {
        if count == 0 {
            self.error(path, &format!("add {what}"));
        } else if count > MAX_ITEMS {
            self.error(path, &format!("at most {MAX_ITEMS} entries; this has {count}"));
        }
    }

    fn meta(&mut self, doc: &PageDoc) {
        let meta = &doc.root.props;
        self.required(
            "root.props.title",
            &meta.title,
            MAX_HEADING_CHARS,
            "a title: the browser's tab and search results show it",
        );
        if meta.title.chars().count() > SHOWN_TITLE_CHARS {
            self.advice(
                "root.props.title",
                &format!("search results cut a title after about {SHOWN_TITLE_CHARS} characters"),
            );
        }
        self.text("root.props.description", &meta.description, MAX_TEXT_CHARS);
        let description_chars = meta.description.chars().count();
        if description_chars == 0 && !meta.noindex {
            self.advice("root.props.description", "write a description: search results and shared links show it");
        } else if description_chars > SHOWN_DESCRIPTION_CHARS {
            self.advice(
                "root.props.description",
                &format!("search results cut it after about {SHOWN_DESCRIPTION_CHARS} characters"),
            );
        }
        if let Err(error) = check_slug(&meta.slug) {
            self.error("root.props.slug", &error.to_string());
        }
        self.url("root.props.canonical", &meta.canonical);
        if !meta.og_image.is_empty() && safe_image_url(&meta.og_image).is_none() {
            self.error("root.props.og_image", "the address of a picture begins with https:// or /");
        }
        if meta.alternates.len() > MAX_ITEMS {
            self.error("root.props.alternates", &format!("at most {MAX_ITEMS} languages"));
        }
        for (i, alternate) in meta.alternates.iter().enumerate() {
            self.url(&format!("root.props.alternates[{i}].url"), &alternate.url);
            if alternate.locale == meta.locale {
                self.advice(&format!("root.props.alternates[{i}].locale"), "this is the page's own language");
            }
        }
    }

    fn blocks(&mut self, path: &str, blocks: &[Block], depth: usize) {
        if depth > MAX_DEPTH {
            self.error(path, &format!("blocks lie at most {MAX_DEPTH} deep in each other"));
            return;
        }
        for (i, block) in blocks.iter().enumerate() {
            let path = format!("{path}[{i}].props");
            self.count += 1;
            self.id(&path, block.id());
            self.block(&path, block);
            for (slot, inner) in block.slots() {
                self.blocks(&format!("{path}.{slot}"), inner, depth + 1);
            }
        }
    }

    fn id(&mut self, path: &str, id: &str) {
        let is_shaped = |c: char| c.is_ascii_alphanumeric() || c == '-' || c == '_';
        let path = format!("{path}.id");
        if id.is_empty() || id.len() > MAX_ID_CHARS || !id.chars().all(is_shaped) {
            self.error(&path, &format!("an id has 1 to {MAX_ID_CHARS} letters, digits, - or _"));
        } else if !self.ids.insert(id.to_owned()) {
            self.error(&path, &format!("{id:?} is the id of another block on this page"));
        }
    }

    fn block(&mut self, path: &str, block: &Block) {
        let at = |prop: &str| format!("{path}.{prop}");
        match block {
            Block::Hero(hero) => {
                self.heroes += 1;
                self.required(&at("heading"), &hero.heading, MAX_HEADING_CHARS, "the promise of the page");
                self.text(&at("eyebrow"), &hero.eyebrow, MAX_HEADING_CHARS);
                self.text(&at("text"), &hero.text, MAX_TEXT_CHARS);
                self.link(&at("primary"), &hero.primary, false);
                self.link(&at("secondary"), &hero.secondary, false);
                self.image(&at("image"), &hero.image);
                if hero.points.len() > MAX_ITEMS {
                    self.error(&at("points"), &format!("at most {MAX_ITEMS} entries"));
                }
                for (i, point) in hero.points.iter().enumerate() {
                    self.required(&at(&format!("points[{i}].text")), &point.text, MAX_HEADING_CHARS, "the proof");
                }
            }
            Block::Text(text) => {
                if text.html.trim().is_empty() {
                    self.error(&at("html"), "write the text");
                } else if text.html.len() > MAX_HTML_BYTES {
                    self.error(&at("html"), &format!("at most {} kB of text", MAX_HTML_BYTES / 1000));
                }
            }
            Block::Image(image) => {
                if image.image.src.trim().is_empty() {
                    self.error(&at("image.src"), "choose a picture");
                }
                self.image(&at("image"), &image.image);
                self.text(&at("caption"), &image.caption, MAX_TEXT_CHARS);
                self.url(&at("url"), &image.url);
            }
            Block::Video(video) => {
                self.text(&at("url"), &video.url, MAX_URL_CHARS);
                if video_source(&video.url).is_none() {
                    self.error(&at("url"), "write a YouTube or Vimeo address, or the path of an mp4 or webm file");
                }
                self.required(&at("title"), &video.title, MAX_HEADING_CHARS, "what the film is about");
                self.image(&at("poster"), &video.poster);
                self.text(&at("caption"), &video.caption, MAX_TEXT_CHARS);
            }
            Block::Form(block) => {
                self.text(&at("heading"), &block.heading, MAX_HEADING_CHARS);
                self.text(&at("text"), &block.text, MAX_TEXT_CHARS);
                self.text(&at("note"), &block.note, MAX_TEXT_CHARS);
                for finding in form::check(&block.form) {
                    self.findings.push(Finding { path: at(&format!("form.{}", finding.path)), ..finding });
                }
            }
            Block::Button(button) => {
                let link = Link { label: button.label.clone(), url: button.url.clone() };
                self.link(path, &link, true);
                self.text(&at("note"), &button.note, MAX_TEXT_CHARS);
            }
            Block::Countdown(countdown) => {
                self.required(&at("heading"), &countdown.heading, MAX_HEADING_CHARS, "what ends");
                self.text(&at("text"), &countdown.text, MAX_TEXT_CHARS);
                self.text(&at("expired_text"), &countdown.expired_text, MAX_TEXT_CHARS);
                if countdown.deadline.is_none() {
                    self.error(&at("deadline"), "write when it ends, such as 2026-11-30T23:59:00+01:00");
                }
                self.link(&at("button"), &countdown.button, false);
            }
            Block::Guarantee(guarantee) => {
                self.required(&at("heading"), &guarantee.heading, MAX_HEADING_CHARS, "the promise");
                self.required(&at("text"), &guarantee.text, MAX_TEXT_CHARS, "what exactly is promised");
                self.text(&at("signed_by"), &guarantee.signed_by, MAX_HEADING_CHARS);
            }
            Block::Columns(columns) => {
                if columns.left.is_empty() && columns.right.is_empty() {
                    self.error(path, "both columns are empty: drag blocks into them");
                }
            }
            Block::Spacer(_) | Block::Divider(_) => {}
            Block::Benefits(_) | Block::Steps(_) | Block::Testimonials(_) | Block::Faq(_) | Block::LogoRow(_) => {
                self.list_block(path, block);
            }
        }
    }

    /// The blocks that are a heading over a list.
    fn list_block(&mut self, path: &str, block: &Block) {
        let at = |prop: &str| format!("{path}.{prop}");
        match block {
            Block::Benefits(benefits) => {
                self.text(&at("heading"), &benefits.heading, MAX_HEADING_CHARS);
                self.text(&at("text"), &benefits.text, MAX_TEXT_CHARS);
                self.items(&at("items"), benefits.items.len(), "a reason");
                for (i, item) in benefits.items.iter().enumerate() {
                    self.required(&at(&format!("items[{i}].title")), &item.title, MAX_HEADING_CHARS, "the reason");
                    self.text(&at(&format!("items[{i}].text")), &item.text, MAX_TEXT_CHARS);
                }
            }
            Block::Steps(steps) => {
                self.text(&at("heading"), &steps.heading, MAX_HEADING_CHARS);
                self.text(&at("text"), &steps.text, MAX_TEXT_CHARS);
                self.items(&at("items"), steps.items.len(), "a step");
                for (i, item) in steps.items.iter().enumerate() {
                    self.required(&at(&format!("items[{i}].title")), &item.title, MAX_HEADING_CHARS, "the step");
                    self.text(&at(&format!("items[{i}].text")), &item.text, MAX_TEXT_CHARS);
                }
            }
            Block::Testimonials(voices) => {
                self.text(&at("heading"), &voices.heading, MAX_HEADING_CHARS);
                self.items(&at("items"), voices.items.len(), "what a customer said");
                for (i, item) in voices.items.iter().enumerate() {
                    let at = |prop: &str| format!("{path}.items[{i}].{prop}");
                    self.required(&at("quote"), &item.quote, MAX_TEXT_CHARS, "what was said");
                    self.required(&at("name"), &item.name, MAX_LABEL_CHARS, "who said it");
                    self.text(&at("role"), &item.role, MAX_LABEL_CHARS);
                    self.image(&at("image"), &item.image);
                    if item.rating > 5 {
                        self.error(&at("rating"), "stars go from 1 to 5; 0 shows none");
                    }
                }
            }
            Block::Faq(faq) => {
                self.text(&at("heading"), &faq.heading, MAX_HEADING_CHARS);
                self.items(&at("items"), faq.items.len(), "a question");
                for (i, item) in faq.items.iter().enumerate() {
                    let at = |prop: &str| format!("{path}.items[{i}].{prop}");
                    self.required(&at("question"), &item.question, MAX_HEADING_CHARS, "the question");
                    self.required(&at("answer"), &item.answer, MAX_TEXT_CHARS, "the answer");
                }
            }
            Block::LogoRow(row) => {
                self.text(&at("heading"), &row.heading, MAX_HEADING_CHARS);
                self.items(&at("logos"), row.logos.len(), "a logo");
                for (i, logo) in row.logos.iter().enumerate() {
                    let at = |prop: &str| format!("{path}.logos[{i}].{prop}");
                    self.required(&at("name"), &logo.name, MAX_LABEL_CHARS, "whose logo it is");
                    self.url(&at("url"), &logo.url);
                    let named = ImageRef { alt: logo.name.clone(), ..logo.image.clone() };
                    self.image(&at("image"), &named);
                }
            }
            _ => {}
        }
    }

    fn variants(&mut self, doc: &PageDoc) {
        if doc.variants.len() > MAX_VARIANTS {
            self.error("variants", &format!("at most {MAX_VARIANTS} variants"));
        }
        if !doc.variants.is_empty() && doc.variants.iter().all(|variant| variant.weight == 0) {
            self.error("variants", "every weight is 0: give at least one variant a share");
        }
        let mut seen = BTreeSet::new();
        let base: BTreeSet<Finding> = self.findings.iter().cloned().collect();
        for (i, variant) in doc.variants.iter().take(MAX_VARIANTS).enumerate() {
            let path = format!("variants[{i}]");
            let is_shaped = |c: char| c.is_ascii_alphanumeric() || c == '-' || c == '_';
            if variant.id.is_empty() || variant.id.len() > MAX_ID_CHARS || !variant.id.chars().all(is_shaped) {
                self.error(&format!("{path}.id"), "a variant's id has letters, digits, - or _");
            } else if !seen.insert(variant.id.as_str()) {
                self.error(&format!("{path}.id"), &format!("{:?} is the id of another variant", variant.id));
            }
            match doc.with_variant(variant) {
                Err(error) => self.error(&format!("{path}.patches"), &error.to_string()),
                Ok(patched) => {
                    // Only what the patches brought in: the rest has been said of the page itself.
                    for finding in check(&patched).into_iter().filter(|finding| !base.contains(finding)) {
                        self.findings.push(Finding { path: format!("{path}.{}", finding.path), ..finding });
                    }
                }
            }
        }
    }
}
