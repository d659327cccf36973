//! The plain part, made from the HTML.

use std::{cell::RefCell, rc::Rc};

use html2text::{
    Error,
    render::{TaggedLine, TextDecorator},
};

/// Lines are not broken for width: every client folds them, and a broken link is a dead link.
const WIDTH: usize = 4000;
/// Stands for a paragraph's end while the text is laid out.
const BREAK: char = '\u{f8ff}';
/// The first of the letters that stand for links while the text is laid out, so that a long address
/// neither widens a column nor is broken. Of the last private plane, which no keyboard writes.
const LINK_FIRST: u32 = 0x10_0000;
const LINK_LAST: u32 = 0x10_fffd;

/// Text with links as `words: https://...` and nothing of the layout.
pub(super) fn from_html(html: &str) -> Result<String, Error> {
    let plain = Plain::default();
    let links = Rc::clone(&plain.links);
    let text = html2text::config::with_decorator(plain)
        .no_table_borders()
        .allow_width_overflow()
        .string_from_read(with_breaks(html).as_bytes(), WIDTH)?;
    Ok(tidy(&text, &links.borrow()))
}

/// The HTML with a break at the start of every cell that holds an MJML element (those have no font
/// size of their own), without letters that have a meaning here.
fn with_breaks(html: &str) -> String {
    let is_ours = |c: char| c == BREAK || (LINK_FIRST..=LINK_LAST).contains(&u32::from(c));
    let html: String = html.chars().filter(|&c| !is_ours(c)).collect();
    let mut out = String::with_capacity(html.len() + 1024);
    let mut rest = html.as_str();
    while let Some(start) = rest.find("<td ") {
        let Some(length) = rest[start..].find('>') else { break };
        let (cell, after) = rest.split_at(start + length + 1);
        out.push_str(cell);
        if cell[start..].contains("font-size:0px;") {
            out.push_str("<div>");
            out.push(BREAK);
            out.push_str("</div>");
        }
        rest = after;
    }
    out.push_str(rest);
    out
}

/// Links written out, at most one empty line in a row, no space at line ends, none at start and end.
fn tidy(text: &str, links: &[String]) -> String {
    let mut out = String::with_capacity(text.len());
    let mut is_after_gap = false;
    for line in text.lines() {
        let line = line.trim_matches([' ', '\t', '\u{a0}', BREAK]);
        if line.is_empty() {
            is_after_gap = true;
            continue;
        }
        if !out.is_empty() {
            out.push_str(if is_after_gap { "\n\n" } else { "\n" });
        }
        for c in line.chars().filter(|&c| c != BREAK) {
            let link = u32::from(c).checked_sub(LINK_FIRST).and_then(|index| links.get(index as usize));
            match link {
                Some(link) => out.push_str(link),
                None => out.push(c),
            }
        }
        is_after_gap = false;
    }
    out.push('\n');
    out
}

/// Words only; a link's address follows its words.
#[derive(Default)]
struct Plain {
    /// Shared with the decorators of inner blocks.
    links: Rc<RefCell<Vec<String>>>,
    open: Vec<String>,
}

impl TextDecorator for Plain {
    type Annotation = ();

    fn decorate_link_start(&mut self, url: &str) -> (String, ()) {
        self.open.push(url.to_owned());
        (String::new(), ())
    }

    fn decorate_link_end(&mut self) -> String {
        let Some(url) = self.open.pop() else { return String::new() };
        let mut links = self.links.borrow_mut();
        let letter = u32::try_from(links.len()).ok().and_then(|index| char::from_u32(LINK_FIRST + index));
        let Some(letter) = letter.filter(|&letter| u32::from(letter) <= LINK_LAST) else { return String::new() };
        // The words of a mail or telephone link are most often the address itself.
        if url.starts_with("mailto:") || url.starts_with("tel:") {
            return String::new();
        }
        links.push(url);
        format!(": {letter}")
    }

    fn decorate_em_start(&self) -> (String, ()) {
        (String::new(), ())
    }

    fn decorate_em_end(&self) -> String {
        String::new()
    }

    fn decorate_strong_start(&self) -> (String, ()) {
        (String::new(), ())
    }

    fn decorate_strong_end(&self) -> String {
        String::new()
    }

    fn decorate_strikeout_start(&self) -> (String, ()) {
        (String::new(), ())
    }

    fn decorate_strikeout_end(&self) -> String {
        String::new()
    }

    fn decorate_code_start(&self) -> (String, ()) {
        (String::new(), ())
    }

    fn decorate_code_end(&self) -> String {
        String::new()
    }

    fn decorate_preformat_first(&self) {}

    fn decorate_preformat_cont(&self) {}

    fn decorate_image(&mut self, _src: &str, title: &str) -> (String, ()) {
        (title.to_owned(), ())
    }

    fn header_prefix(&self, _level: usize) -> String {
        String::new()
    }

    fn quote_prefix(&self) -> String {
        "> ".to_owned()
    }

    fn unordered_item_prefix(&self) -> String {
        "- ".to_owned()
    }

    fn ordered_item_prefix(&self, i: i64) -> String {
        format!("{i}. ")
    }

    fn make_subblock_decorator(&self) -> Self {
        Self { links: Rc::clone(&self.links), open: Vec::new() }
    }

    fn finalise(&mut self, _links: Vec<String>) -> Vec<TaggedLine<()>> {
        Vec::new()
    }
}
