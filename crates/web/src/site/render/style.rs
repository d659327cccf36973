//! The styles and scripts that go into a page: the brand's tokens and only the parts its blocks use.

use std::collections::BTreeSet;
use std::fmt::Write as _;
use std::sync::LazyLock;

use funnel::brand::{Brand, Font};

/// A part of the stylesheet. The order is the order of the cascade.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Part {
    Hero,
    Text,
    Image,
    Video,
    Benefits,
    Steps,
    Testimonials,
    Faq,
    Countdown,
    Guarantee,
    Form,
    Button,
    Small,
    Logos,
    Offer,
    System,
    Columns,
    Consent,
}

/// The parts a page uses.
pub(super) type Parts = BTreeSet<Part>;

impl Part {
    const ALL: [Self; 18] = [
        Self::Hero,
        Self::Text,
        Self::Image,
        Self::Video,
        Self::Benefits,
        Self::Steps,
        Self::Testimonials,
        Self::Faq,
        Self::Countdown,
        Self::Guarantee,
        Self::Form,
        Self::Button,
        Self::Small,
        Self::Logos,
        Self::Offer,
        Self::System,
        Self::Columns,
        Self::Consent,
    ];

    fn css(self) -> &'static str {
        match self {
            Self::Hero => include_str!("../../../templates/site/css/hero.css"),
            Self::Text => include_str!("../../../templates/site/css/text.css"),
            Self::Image => include_str!("../../../templates/site/css/image.css"),
            Self::Video => include_str!("../../../templates/site/css/video.css"),
            Self::Benefits => include_str!("../../../templates/site/css/benefits.css"),
            Self::Steps => include_str!("../../../templates/site/css/steps.css"),
            Self::Testimonials => include_str!("../../../templates/site/css/testimonials.css"),
            Self::Faq => include_str!("../../../templates/site/css/faq.css"),
            Self::Countdown => include_str!("../../../templates/site/css/countdown.css"),
            Self::Guarantee => include_str!("../../../templates/site/css/guarantee.css"),
            Self::Form => include_str!("../../../templates/site/css/form.css"),
            Self::Button => include_str!("../../../templates/site/css/button.css"),
            Self::Small => include_str!("../../../templates/site/css/small.css"),
            Self::Logos => include_str!("../../../templates/site/css/logos.css"),
            Self::Offer => include_str!("../../../templates/site/css/offer.css"),
            Self::System => include_str!("../../../templates/site/css/system.css"),
            Self::Columns => include_str!("../../../templates/site/css/columns.css"),
            Self::Consent => include_str!("../../../templates/site/css/consent.css"),
        }
    }

    fn js(self) -> &'static str {
        match self {
            Self::Form => include_str!("../../../templates/site/js/form.js"),
            Self::Video => include_str!("../../../templates/site/js/video.js"),
            Self::Countdown => include_str!("../../../templates/site/js/countdown.js"),
            Self::Consent => include_str!("../../../templates/site/js/consent.js"),
            Self::Offer => include_str!("../../../templates/site/js/total.js"),
            _ => "",
        }
    }
}

struct Pressed {
    base: String,
    css: Vec<String>,
    js: Vec<String>,
}

static PRESSED: LazyLock<Pressed> = LazyLock::new(|| Pressed {
    base: press_css(include_str!("../../../templates/site/css/base.css")),
    css: Part::ALL.iter().map(|part| press_css(part.css())).collect(),
    js: Part::ALL.iter().map(|part| press_js(part.js())).collect(),
});

/// Leave out what only people read in a stylesheet: indentation and line ends.
fn press_css(source: &str) -> String {
    source.lines().map(str::trim).collect()
}

/// Leave out what only people read in one of our own scripts: indentation, whole-line comments, and spaces beside
/// marks outside of quotes. Line ends stay: they can end a statement. A regular expression may hold neither a
/// quote nor a space.
pub(super) fn press_js(source: &str) -> String {
    let mut out = String::with_capacity(source.len());
    for line in source.lines().map(str::trim).filter(|line| !line.is_empty() && !line.starts_with("//")) {
        if !out.is_empty() {
            out.push('\n');
        }
        let mut quote = None;
        let mut letters = line.chars().peekable();
        while let Some(letter) = letters.next() {
            let is_beside_mark = out.ends_with(is_mark) || letters.peek().is_some_and(|next| is_mark(*next));
            if letter == ' ' && quote.is_none() && is_beside_mark {
                continue;
            }
            match quote {
                None if "\"'`".contains(letter) => quote = Some(letter),
                Some(open) if letter == open => quote = None,
                _ => {}
            }
            out.push(letter);
        }
    }
    out
}

fn is_mark(letter: char) -> bool {
    "=(){}[],;:?<>+-*/&|!\n".contains(letter)
}

/// The whole stylesheet of a page.
pub(super) fn css(brand: &Brand, parts: &Parts) -> String {
    let mut out = tokens(brand);
    out.push_str(&PRESSED.base);
    for part in parts {
        out.push_str(&PRESSED.css[*part as usize]);
    }
    out
}

/// The whole script of a page; empty when it needs none.
pub(super) fn js(parts: &Parts) -> String {
    let mut out = String::new();
    for part in parts {
        let source = &PRESSED.js[*part as usize];
        if !source.is_empty() {
            out.push_str(source);
            out.push('\n');
        }
    }
    out
}

/// The brand as custom properties. Every value is a checked type, so nothing can end the style early.
fn tokens(brand: &Brand) -> String {
    let palette = brand.palette();
    let mut out = format!(":root,.card{{color-scheme:{};", if palette.is_dark { "dark" } else { "light" });
    for (name, color) in [
        ("surface", palette.surface),
        ("raised", palette.raised),
        ("tint", palette.tint),
        ("deep", palette.deep),
        ("ink", palette.ink),
        ("muted", palette.muted),
        ("line", palette.line),
        ("border", palette.border),
        ("accent", palette.accent),
        ("hover", palette.accent_hover),
        ("on-accent", palette.on_accent),
        ("link", palette.link),
        ("on-deep", palette.on_deep),
        ("mdeep", palette.muted_on_deep),
        ("danger", palette.danger),
        ("star", palette.star),
    ] {
        let _ = write!(out, "--{name}:{color};");
    }
    let (card, button, field) = brand.radius.px();
    let signature = if card == 0 { 0 } else { card * 6 };
    let _ = write!(out, "--rc:{card}px;--rb:{button}px;--rf:{field}px;--rs:{signature}px;");
    let heading = |font: Font| if font.is_serif() { (400, "-.01em") } else { (680, "-.022em") };
    let (weight, tracking) = heading(brand.heading_font);
    let _ = write!(
        out,
        "--fh:{};--fb:{};--fw:{weight};--fl:{tracking};",
        brand.heading_font.stack(),
        brand.body_font.stack()
    );
    let ratio = brand.scale.ratio();
    let _ = write!(out, "--h2:{:.3}rem;--h1:{:.3}rem}}", 1.0625 * ratio.powi(4), 1.0625 * ratio.powf(5.3));
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn scripts_keep_their_strings_and_statements() {
        let source = "// why\n  const a = \"x = y\", b = c ? 1 : 2;\n\n  if (a) return b\n  else next(a, 'it, is')\n";
        assert_eq!(press_js(source), "const a=\"x = y\",b=c?1:2;\nif(a)return b\nelse next(a,'it, is')");
    }

    #[test]
    fn every_part_stands_at_its_own_place() {
        assert!(Part::ALL.iter().enumerate().all(|(at, part)| *part as usize == at));
        assert!(
            PRESSED.css.iter().all(|css| !css.contains('\n') && css.matches('{').count() == css.matches('}').count())
        );
    }
}
