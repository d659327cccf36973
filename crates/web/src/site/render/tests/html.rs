//! A reader of HTML tags for the tests, as strict about quotes as a browser is.

#[derive(Debug, Clone, PartialEq)]
pub(super) struct Tag {
    pub name: String,
    pub attributes: Vec<(String, String)>,
    /// The raw text of a script, style or title.
    pub text: String,
}

impl Tag {
    pub fn get(&self, name: &str) -> Option<&str> {
        self.attributes.iter().find(|(key, _)| key == name).map(|(_, value)| value.as_str())
    }
}

/// Every opening tag, in order. Text of scripts, styles, titles and textareas is taken raw up to its end.
pub(super) fn tags(html: &str) -> Vec<Tag> {
    let mut tags = Vec::new();
    let mut rest = html;
    while let Some(at) = rest.find('<') {
        rest = &rest[at + 1..];
        if rest.starts_with("!--") {
            rest = rest.split_once("-->").map_or("", |(_, after)| after);
            continue;
        }
        if !rest.starts_with(|c: char| c.is_ascii_alphabetic()) {
            continue;
        }
        let end = rest.find(|c: char| c.is_whitespace() || c == '>' || c == '/').unwrap_or(rest.len());
        let name = rest[..end].to_ascii_lowercase();
        rest = &rest[end..];
        let attributes = attributes(&mut rest);
        let mut text = String::new();
        if ["script", "style", "title", "textarea"].contains(&name.as_str()) {
            let close = format!("</{name}");
            let lower = rest.to_ascii_lowercase();
            let end = lower.find(&close).unwrap_or(rest.len());
            text = rest[..end].to_owned();
            rest = &rest[end..];
        }
        tags.push(Tag { name, attributes, text });
    }
    tags
}

fn attributes(rest: &mut &str) -> Vec<(String, String)> {
    let mut all = Vec::new();
    loop {
        *rest = rest.trim_start_matches(|c: char| c.is_whitespace() || c == '/');
        if rest.is_empty() {
            return all;
        }
        if let Some(after) = rest.strip_prefix('>') {
            *rest = after;
            return all;
        }
        let end = rest.find(|c: char| c.is_whitespace() || "=>/".contains(c)).unwrap_or(rest.len());
        let name = rest[..end.max(1)].to_ascii_lowercase();
        *rest = &rest[end.max(1)..];
        let value = match rest.strip_prefix('=') {
            None => String::new(),
            Some(after) => {
                let quote = after.chars().next().filter(|c| "\"'".contains(*c));
                let body = if quote.is_some() { &after[1..] } else { after };
                let is_end = |c: char| quote.map_or(c.is_whitespace() || c == '>', |quote| c == quote);
                let end = body.find(is_end).unwrap_or(body.len());
                *rest = body[end..].strip_prefix(|c: char| quote == Some(c)).unwrap_or(&body[end..]);
                unescape(&body[..end])
            }
        };
        all.push((name, value));
    }
}

pub(super) fn unescape(text: &str) -> String {
    text.replace("&lt;", "<")
        .replace("&gt;", ">")
        .replace("&quot;", "\"")
        .replace("&#39;", "'")
        .replace("&#60;", "<")
        .replace("&#62;", ">")
        .replace("&#34;", "\"")
        .replace("&#38;", "&")
        .replace("&amp;", "&")
}

/// Without styles and scripts, one tag a line: what a snapshot should show.
pub(super) fn readable(html: &str) -> String {
    let mut out = String::new();
    let mut rest = html;
    while let Some(at) = rest.find(['\u{0}', '<']) {
        let skipped = ["style", "script"].into_iter().find(|name| {
            rest[at + 1..].starts_with(name) && !rest[at..].starts_with("<script type=\"application/ld+json\"")
        });
        let Some(name) = skipped else {
            out.push_str(&rest[..=at]);
            rest = &rest[at + 1..];
            continue;
        };
        out.push_str(&rest[..at]);
        let close = format!("</{name}>");
        let end = rest[at..].find(&close).map_or(rest.len(), |end| at + end + close.len());
        out.push_str(&format!("<{name} …>"));
        rest = &rest[end..];
    }
    out.push_str(rest);
    let lines = out.replace("><", ">\n<");
    lines.lines().map(str::trim_end).filter(|line| !line.is_empty()).collect::<Vec<_>>().join("\n")
}
