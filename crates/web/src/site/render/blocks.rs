//! The blocks of a page as HTML, each through its own template.

use std::cell::Cell;

use askama::Template;
use funnel::format;
use funnel::page::{
    Align, Background, Benefit, Benefits, Block, Button, ButtonKind, Columns, ColumnsRatio, Countdown, Faq, Guarantee,
    Hero, HeroLayout, Icon, Image, ImageSize, Link, LogoRow, Spacer, SpacerSize, Steps, Testimonial, Testimonials,
    Text, TextWidth, Video, VideoSource, safe_image_url, video_source,
};

use super::document::draw;
use super::form;
use super::icons::icon;
use super::markup::{self, Loading, clean, escape, fill, paragraphs};
use super::style::{Part, Parts};
use super::texts::Texts;
use super::view::PageView;

/// Deeper blocks than `check` lets through are left out rather than followed.
const MAX_DEPTH: usize = funnel::page::MAX_DEPTH;

/// Renders the blocks of one page.
pub(super) struct Blocks<'a> {
    view: &'a PageView<'a>,
    t: &'static Texts,
    /// The first picture is fetched at once, the others when they come near.
    has_seen_image: Cell<bool>,
    /// One first-level heading a page.
    has_h1: Cell<bool>,
}

impl<'a> Blocks<'a> {
    pub(super) fn new(view: &'a PageView<'a>) -> Self {
        let t = Texts::of(view.site.locale);
        Self { view, t, has_seen_image: Cell::new(false), has_h1: Cell::new(false) }
    }

    /// The styles and scripts the blocks need.
    pub(super) fn parts(&self) -> Parts {
        let mut parts = Parts::new();
        for block in self.view.doc.blocks() {
            let part = match block {
                Block::Hero(_) => Part::Hero,
                Block::Text(_) => Part::Text,
                Block::Image(_) => Part::Image,
                Block::Video(_) => Part::Video,
                Block::Benefits(_) => Part::Benefits,
                Block::Steps(_) => Part::Steps,
                Block::Testimonials(_) => Part::Testimonials,
                Block::Faq(_) => Part::Faq,
                Block::Countdown(_) => Part::Countdown,
                Block::Guarantee(_) => Part::Guarantee,
                Block::Form(_) => Part::Form,
                Block::Button(_) => Part::Button,
                Block::Columns(_) => Part::Columns,
                Block::Spacer(_) | Block::Divider(_) => Part::Small,
                Block::LogoRow(_) => Part::Logos,
            };
            parts.insert(part);
            if matches!(block, Block::Hero(hero) if !hero.aside.is_empty()) {
                parts.insert(Part::Columns);
            }
        }
        parts
    }

    /// The page's blocks. A page without a hero gets its title as a heading that only screen readers meet.
    pub(super) fn render(&self, blocks: &[Block]) -> String {
        let has_hero =
            self.view.doc.blocks().iter().any(|b| matches!(b, Block::Hero(hero) if !hero.heading.is_empty()));
        let mut out = String::with_capacity(16 * 1024);
        if !has_hero {
            out.push_str(&format!("<h1 class=\"v\">{}</h1>", escape(&self.view.doc.root.props.title)));
        }
        out.push_str(&self.all(blocks, 0));
        out
    }

    fn all(&self, blocks: &[Block], depth: usize) -> String {
        if depth > MAX_DEPTH {
            return String::new();
        }
        blocks.iter().map(|block| self.one(block, depth)).collect()
    }

    fn one(&self, block: &Block, depth: usize) -> String {
        match block {
            Block::Hero(hero) => self.hero(hero, depth),
            Block::Text(text) => self.text(text),
            Block::Image(image) => self.image(image),
            Block::Video(video) => self.video(video),
            Block::Benefits(benefits) => self.benefits(benefits),
            Block::Steps(steps) => self.steps(steps),
            Block::Testimonials(voices) => self.testimonials(voices),
            Block::Faq(faq) => self.faq(faq),
            Block::Countdown(countdown) => self.countdown(countdown),
            Block::Guarantee(guarantee) => self.guarantee(guarantee),
            Block::Form(block) => form::block(self.view, block),
            Block::Button(button) => self.button(button),
            Block::Columns(columns) => self.columns(columns, depth),
            Block::Spacer(spacer) => self.spacer(spacer),
            Block::Divider(divider) => format!("<hr class=\"w\" id=\"{}\">", escape(&divider.id)),
            Block::LogoRow(row) => self.logo_row(row),
        }
    }

    fn link<'b>(&self, link: &'b Link) -> Option<(&'b str, String)> {
        markup::link(self.view.doc, link)
    }

    fn picture(&self, image: &funnel::page::ImageRef) -> String {
        let is_first = !self.has_seen_image.get();
        let html = markup::image(image, if is_first { Loading::Eager } else { Loading::Lazy }, "");
        if !html.is_empty() {
            self.has_seen_image.set(true);
        }
        html
    }

    fn hero(&self, b: &Hero, depth: usize) -> String {
        let visual = if b.aside.is_empty() { self.picture(&b.image) } else { self.all(&b.aside, depth + 1) };
        let h = if self.has_h1.replace(true) { "h2" } else { "h1" };
        draw(&HeroHtml {
            b,
            bg: background(b.background),
            is_center: b.layout == HeroLayout::Center,
            has_visual: !visual.is_empty(),
            h,
            text: paragraphs(&b.text),
            primary: self.link(&b.primary),
            secondary: self.link(&b.secondary),
            tick: icon(Icon::Check),
            visual,
        })
    }

    fn text(&self, b: &Text) -> String {
        let class = match (b.align, b.width) {
            (Align::Start, TextWidth::Narrow) => "",
            (Align::Start, TextWidth::Wide) => " wide",
            (Align::Center, TextWidth::Narrow) => " ac",
            (Align::Center, TextWidth::Wide) => " wide ac",
        };
        draw(&TextHtml { b, bg: background(b.background), class, html: clean(&b.html) })
    }

    fn image(&self, b: &Image) -> String {
        let img = self.picture(&b.image);
        if img.is_empty() {
            return String::new();
        }
        let size = match b.size {
            ImageSize::Narrow => "narrow",
            ImageSize::Wide => "wide",
            ImageSize::Full => "full",
        };
        draw(&ImageHtml { b, img, size, href: markup::href(self.view.doc, &b.url) })
    }

    fn video(&self, b: &Video) -> String {
        let Some(source) = video_source(&b.url) else { return String::new() };
        let host = match source {
            VideoSource::YouTube(_) => "YouTube",
            VideoSource::Vimeo(..) => "Vimeo",
            VideoSource::File(_) => "",
        };
        draw(&VideoHtml {
            b,
            t: self.t,
            bg: background(b.background),
            is_file: matches!(source, VideoSource::File(_)),
            url: source.player_url(),
            poster_url: safe_image_url(&b.poster.src).unwrap_or_default(),
            poster: self.picture(&b.poster),
            host: if host.is_empty() { String::new() } else { fill(self.t.plays_from, "host", host) },
        })
    }

    fn benefits(&self, b: &Benefits) -> String {
        let items = b.items.iter().map(|item| (icon(item.icon), item)).collect();
        draw(&BenefitsHtml { b, bg: background(b.background), head: section_head(&b.heading, &b.text), items })
    }

    fn steps(&self, b: &Steps) -> String {
        draw(&StepsHtml { b, bg: background(b.background), head: section_head(&b.heading, &b.text) })
    }

    fn testimonials(&self, b: &Testimonials) -> String {
        let voice = |item| Voice { item, stars: self.stars(item), portrait: portrait(item) };
        let voices = b.items.iter().map(voice).collect();
        draw(&TestimonialsHtml { b, bg: background(b.background), head: section_head(&b.heading, ""), voices })
    }

    fn stars(&self, item: &Testimonial) -> String {
        let stars = item.rating.min(5);
        if stars == 0 {
            return String::new();
        }
        let label = fill(self.t.rating, "stars", &stars.to_string());
        format!("<p class=\"stars s{stars}\" role=\"img\" aria-label=\"{}\"></p>", escape(&label))
    }

    fn faq(&self, b: &Faq) -> String {
        let items = b.items.iter().map(|item| (item.question.as_str(), paragraphs(&item.answer))).collect();
        draw(&FaqHtml { b, bg: background(b.background), items })
    }

    fn countdown(&self, b: &Countdown) -> String {
        let Some(deadline) = b.deadline else { return String::new() };
        let site = &self.view.site;
        let left_s = (deadline.ms() - site.now.ms()) / 1000;
        let is_over = left_s <= 0;
        if is_over && b.expired_text.is_empty() {
            return String::new();
        }
        let left_s = left_s.max(0);
        let values = [
            (left_s / 86_400).to_string(),
            format!("{:02}", left_s / 3600 % 24),
            format!("{:02}", left_s / 60 % 60),
            format!("{:02}", left_s % 60),
        ];
        draw(&CountdownHtml {
            b,
            t: self.t,
            bg: background(b.background),
            is_over,
            rfc3339: deadline.to_string(),
            when: format::date_time(deadline, site.time_zone, site.locale),
            end_ms: deadline.ms(),
            cells: values.into_iter().zip(self.t.units).collect(),
            button: self.link(&b.button),
        })
    }

    fn guarantee(&self, b: &Guarantee) -> String {
        draw(&GuaranteeHtml { b, bg: background(b.background), icon: icon(b.icon), text: paragraphs(&b.text) })
    }

    fn button(&self, b: &Button) -> String {
        let link = (!b.label.trim().is_empty())
            .then(|| markup::href(self.view.doc, &b.url).map(|href| (b.label.as_str(), href)))
            .flatten();
        draw(&ButtonHtml {
            b,
            link,
            is_centered: b.align == Align::Center,
            is_outlined: b.kind == ButtonKind::Secondary,
        })
    }

    fn columns(&self, b: &Columns, depth: usize) -> String {
        let ratio = match b.ratio {
            ColumnsRatio::Half => "",
            ColumnsRatio::WideLeft => " wl",
            ColumnsRatio::WideRight => " wr",
        };
        let (left, right) = (self.all(&b.left, depth + 1), self.all(&b.right, depth + 1));
        draw(&ColumnsHtml { b, bg: background(b.background), ratio, left, right })
    }

    fn spacer(&self, b: &Spacer) -> String {
        let class = match b.size {
            SpacerSize::Small => " s",
            SpacerSize::Medium => "",
            SpacerSize::Large => " l",
        };
        format!("<div class=\"sp{class}\" id=\"{}\"></div>", escape(&b.id))
    }

    fn logo_row(&self, b: &LogoRow) -> String {
        let mark = |logo: &funnel::page::Logo| {
            let named = funnel::page::ImageRef { alt: logo.name.clone(), ..logo.image.clone() };
            match markup::image(&named, Loading::Lazy, "") {
                image if image.is_empty() => escape(&logo.name),
                image => image,
            }
        };
        let logos = b.logos.iter().map(|logo| (mark(logo), markup::href(self.view.doc, &logo.url))).collect();
        draw(&LogoRowHtml { b, logos })
    }
}

/// The class of what lies behind a block.
pub(super) fn background(background: Background) -> &'static str {
    match background {
        Background::Plain => "plain",
        Background::Tint => "tint",
        Background::Deep => "deep",
    }
}

fn section_head(heading: &str, text: &str) -> String {
    draw(&SectionHead { heading, text })
}

/// A face, or the first letters of the name.
fn portrait(item: &Testimonial) -> String {
    let image = markup::image(&item.image, Loading::Lazy, "av");
    if !image.is_empty() {
        return image;
    }
    let initials: String = item.name.split_whitespace().filter_map(|word| word.chars().next()).take(2).collect();
    format!("<span class=\"av\" aria-hidden=\"true\">{}</span>", escape(&initials))
}

type ResolvedLink<'a> = Option<(&'a str, String)>;

struct Voice<'a> {
    item: &'a Testimonial,
    stars: String,
    portrait: String,
}

#[derive(Template)]
#[template(path = "site/blocks/section_head.html")]
struct SectionHead<'a> {
    heading: &'a str,
    text: &'a str,
}

#[derive(Template)]
#[template(path = "site/blocks/hero.html")]
struct HeroHtml<'a> {
    b: &'a Hero,
    bg: &'static str,
    is_center: bool,
    has_visual: bool,
    h: &'static str,
    text: String,
    primary: ResolvedLink<'a>,
    secondary: ResolvedLink<'a>,
    tick: String,
    visual: String,
}

#[derive(Template)]
#[template(path = "site/blocks/text.html")]
struct TextHtml<'a> {
    b: &'a Text,
    bg: &'static str,
    class: &'static str,
    html: String,
}

#[derive(Template)]
#[template(path = "site/blocks/image.html")]
struct ImageHtml<'a> {
    b: &'a Image,
    img: String,
    size: &'static str,
    href: Option<String>,
}

#[derive(Template)]
#[template(path = "site/blocks/video.html")]
struct VideoHtml<'a> {
    b: &'a Video,
    t: &'static Texts,
    bg: &'static str,
    is_file: bool,
    url: String,
    poster_url: &'a str,
    poster: String,
    host: String,
}

#[derive(Template)]
#[template(path = "site/blocks/benefits.html")]
struct BenefitsHtml<'a> {
    b: &'a Benefits,
    bg: &'static str,
    head: String,
    items: Vec<(String, &'a Benefit)>,
}

#[derive(Template)]
#[template(path = "site/blocks/steps.html")]
struct StepsHtml<'a> {
    b: &'a Steps,
    bg: &'static str,
    head: String,
}

#[derive(Template)]
#[template(path = "site/blocks/testimonials.html")]
struct TestimonialsHtml<'a> {
    b: &'a Testimonials,
    bg: &'static str,
    head: String,
    voices: Vec<Voice<'a>>,
}

#[derive(Template)]
#[template(path = "site/blocks/faq.html")]
struct FaqHtml<'a> {
    b: &'a Faq,
    bg: &'static str,
    items: Vec<(&'a str, String)>,
}

#[derive(Template)]
#[template(path = "site/blocks/countdown.html")]
struct CountdownHtml<'a> {
    b: &'a Countdown,
    t: &'static Texts,
    bg: &'static str,
    is_over: bool,
    rfc3339: String,
    when: String,
    end_ms: i64,
    cells: Vec<(String, &'static str)>,
    button: ResolvedLink<'a>,
}

#[derive(Template)]
#[template(path = "site/blocks/guarantee.html")]
struct GuaranteeHtml<'a> {
    b: &'a Guarantee,
    bg: &'static str,
    icon: String,
    text: String,
}

#[derive(Template)]
#[template(path = "site/blocks/button.html")]
struct ButtonHtml<'a> {
    b: &'a Button,
    link: ResolvedLink<'a>,
    is_centered: bool,
    is_outlined: bool,
}

#[derive(Template)]
#[template(path = "site/blocks/columns.html")]
struct ColumnsHtml<'a> {
    b: &'a Columns,
    bg: &'static str,
    ratio: &'static str,
    left: String,
    right: String,
}

#[derive(Template)]
#[template(path = "site/blocks/logo_row.html")]
struct LogoRowHtml<'a> {
    b: &'a LogoRow,
    logos: Vec<(String, Option<String>)>,
}
