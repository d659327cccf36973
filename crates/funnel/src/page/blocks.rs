//! The blocks a page is built from. Every prop has a default, so that a block fresh from the editor's
//! list is already valid to save; [`super::check`] says what it still lacks before it is published.

use base::Timestamp;
use serde::{Deserialize, Deserializer, Serialize};
use utoipa::ToSchema;

use crate::form::FormDef;

/// One block, in the editor's shape: `{"type": "Hero", "props": {"id": "Hero-1", ..}}`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(tag = "type", content = "props")]
pub enum Block {
    /// The first thing a visitor sees.
    Hero(Hero),
    /// Running text.
    Text(Text),
    /// A picture.
    Image(Image),
    /// A film that loads nothing before it is asked for.
    Video(Video),
    /// Reasons, each with an icon.
    Benefits(Benefits),
    /// What to expect, in numbered steps.
    Steps(Steps),
    /// What customers say.
    Testimonials(Testimonials),
    /// Questions and answers that unfold.
    Faq(Faq),
    /// Time left until a fixed moment.
    Countdown(Countdown),
    /// A promise that takes the risk from the buyer.
    Guarantee(Guarantee),
    /// A form.
    Form(FormBlock),
    /// One call to action.
    Button(Button),
    /// Two columns of blocks.
    Columns(Columns),
    /// Empty space.
    Spacer(Spacer),
    /// A thin line.
    Divider(Divider),
    /// Logos of partners, press or certificates.
    LogoRow(LogoRow),
}

/// What lies behind a block.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Background {
    /// The page's own surface.
    #[default]
    Plain,
    /// A faint wash of the accent colour.
    Tint,
    /// The accent colour at its deepest, with light text.
    Deep,
}

/// Where text stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Align {
    /// At the start of the line.
    #[default]
    Start,
    /// In the middle.
    Center,
}

/// A label with an address. Shown only when both are there.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize, ToSchema)]
#[serde(default, deny_unknown_fields)]
pub struct Link {
    /// What is written on it.
    pub label: String,
    /// http(s), mailto, tel, an own path or `#` and a block's id.
    pub url: String,
}

/// A picture by address, with what a browser needs to reserve its place.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize, ToSchema)]
#[serde(default, deny_unknown_fields)]
pub struct ImageRef {
    /// http(s) or an own path; empty means no picture.
    pub src: String,
    /// What the picture shows, for those who cannot see it; empty for a picture that only decorates.
    pub alt: String,
    /// Width in pixels.
    #[serde(deserialize_with = "number_or_nothing")]
    pub width: Option<u32>,
    /// Height in pixels.
    #[serde(deserialize_with = "number_or_nothing")]
    pub height: Option<u32>,
}

/// The icons drawn into the page itself.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Icon {
    #[default]
    Check,
    Clock,
    Calendar,
    Shield,
    Heart,
    Star,
    Phone,
    Mail,
    Pin,
    Gift,
    People,
    Chart,
    Leaf,
    Spark,
    Lock,
    Wallet,
    Chat,
    Tooth,
    Smile,
    Truck,
}

/// How the first screen is laid out.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum HeroLayout {
    /// Text beside a picture or a block.
    #[default]
    Split,
    /// Text in the middle, the picture below it.
    Center,
}

/// One line with a tick.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize, ToSchema)]
#[serde(default, deny_unknown_fields)]
pub struct Point {
    /// A few words.
    pub text: String,
}

/// The first thing a visitor sees: one promise and one thing to do.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize, ToSchema)]
#[serde(default, deny_unknown_fields)]
pub struct Hero {
    /// The block's id, unique on the page.
    pub id: String,
    /// A few words above the heading: for whom this is.
    pub eyebrow: String,
    /// The promise.
    pub heading: String,
    /// What backs the promise, in a sentence or two.
    pub text: String,
    /// Short proofs with ticks.
    pub points: Vec<Point>,
    /// The one thing to do.
    pub primary: Link,
    /// What to do instead.
    pub secondary: Link,
    /// The picture beside or below.
    pub image: ImageRef,
    /// Split or centred.
    pub layout: HeroLayout,
    /// What lies behind.
    pub background: Background,
    /// Blocks beside the text in place of the picture, most often a form.
    #[schema(no_recursion)]
    pub aside: Vec<Block>,
}

/// How wide running text runs.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum TextWidth {
    /// About 65 characters a line.
    #[default]
    Narrow,
    /// As wide as the page.
    Wide,
}

/// Running text. The HTML is cleaned when it is rendered: paragraphs, headings from the second level,
/// lists, quotes, links, bold, italic; everything else is left out.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize, ToSchema)]
#[serde(default, deny_unknown_fields)]
pub struct Text {
    /// The block's id, unique on the page.
    pub id: String,
    /// What the editor's rich-text field writes.
    pub html: String,
    /// Start or centre.
    pub align: Align,
    /// Narrow or wide.
    pub width: TextWidth,
    /// What lies behind.
    pub background: Background,
}

/// How large a picture is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum ImageSize {
    /// As wide as running text.
    Narrow,
    /// As wide as the page's column.
    #[default]
    Wide,
    /// From edge to edge.
    Full,
}

/// A picture with a caption.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize, ToSchema)]
#[serde(default, deny_unknown_fields)]
pub struct Image {
    /// The block's id, unique on the page.
    pub id: String,
    /// The picture.
    pub image: ImageRef,
    /// What stands below it.
    pub caption: String,
    /// Where a click on it leads.
    pub url: String,
    /// How large it is.
    pub size: ImageSize,
}

/// A film: an uploaded file or one at YouTube or Vimeo, of which nothing is loaded before a click.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize, ToSchema)]
#[serde(default, deny_unknown_fields)]
pub struct Video {
    /// The block's id, unique on the page.
    pub id: String,
    /// A YouTube or Vimeo address, or an own path to an mp4 or webm file.
    pub url: String,
    /// What the film is about; named by the play button.
    pub title: String,
    /// The still picture; without one the title stands on the accent colour.
    pub poster: ImageRef,
    /// What stands below it.
    pub caption: String,
    /// What lies behind.
    pub background: Background,
}

/// Reasons, each with an icon.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize, ToSchema)]
#[serde(default, deny_unknown_fields)]
pub struct Benefits {
    /// The block's id, unique on the page.
    pub id: String,
    /// What they have in common.
    pub heading: String,
    /// A sentence below the heading.
    pub text: String,
    /// The reasons.
    pub items: Vec<Benefit>,
    /// What lies behind.
    pub background: Background,
}

/// One reason.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize, ToSchema)]
#[serde(default, deny_unknown_fields)]
pub struct Benefit {
    /// The icon.
    pub icon: Icon,
    /// A few words.
    pub title: String,
    /// A sentence or two.
    pub text: String,
}

/// What to expect, in numbered steps.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize, ToSchema)]
#[serde(default, deny_unknown_fields)]
pub struct Steps {
    /// The block's id, unique on the page.
    pub id: String,
    /// What the steps lead to.
    pub heading: String,
    /// A sentence below the heading.
    pub text: String,
    /// The steps in order.
    pub items: Vec<Step>,
    /// What lies behind.
    pub background: Background,
}

/// One step.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize, ToSchema)]
#[schema(as = StepsBlockItem)]
#[serde(default, deny_unknown_fields)]
pub struct Step {
    /// A few words.
    pub title: String,
    /// A sentence or two.
    pub text: String,
}

/// What customers say.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize, ToSchema)]
#[serde(default, deny_unknown_fields)]
pub struct Testimonials {
    /// The block's id, unique on the page.
    pub id: String,
    /// What stands above them.
    pub heading: String,
    /// The voices.
    pub items: Vec<Testimonial>,
    /// What lies behind.
    pub background: Background,
}

/// One voice.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize, ToSchema)]
#[serde(default, deny_unknown_fields)]
pub struct Testimonial {
    /// What was said.
    pub quote: String,
    /// Who said it.
    pub name: String,
    /// Who that is: a place, a profession, a company.
    pub role: String,
    /// A portrait; without one the initials are shown.
    pub image: ImageRef,
    /// Stars from 1 to 5; 0 shows none.
    pub rating: u8,
}

/// Questions and answers that unfold; search engines get them as data too.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize, ToSchema)]
#[serde(default, deny_unknown_fields)]
pub struct Faq {
    /// The block's id, unique on the page.
    pub id: String,
    /// What stands above them.
    pub heading: String,
    /// The questions.
    pub items: Vec<FaqItem>,
    /// What lies behind.
    pub background: Background,
}

/// One question.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize, ToSchema)]
#[serde(default, deny_unknown_fields)]
pub struct FaqItem {
    /// As the visitor would ask it.
    pub question: String,
    /// Plain text; an empty line begins a new paragraph.
    pub answer: String,
}

/// Time left until a fixed moment.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize, ToSchema)]
#[serde(default, deny_unknown_fields)]
pub struct Countdown {
    /// The block's id, unique on the page.
    pub id: String,
    /// What ends.
    pub heading: String,
    /// A sentence about it.
    pub text: String,
    /// When it ends.
    #[serde(deserialize_with = "time_or_nothing")]
    pub deadline: Option<Timestamp>,
    /// What is said afterwards; empty leaves the block out.
    pub expired_text: String,
    /// What to do before then.
    pub button: Link,
    /// What lies behind.
    pub background: Background,
}

/// A promise that takes the risk from the buyer.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(default, deny_unknown_fields)]
pub struct Guarantee {
    /// The block's id, unique on the page.
    pub id: String,
    /// The promise in a few words.
    pub heading: String,
    /// What exactly is promised, for how long, and what to do to use it.
    pub text: String,
    /// Who stands behind it.
    pub signed_by: String,
    /// The icon on the seal.
    pub icon: Icon,
    /// What lies behind.
    pub background: Background,
}

impl Default for Guarantee {
    fn default() -> Self {
        Self {
            id: String::new(),
            heading: String::new(),
            text: String::new(),
            signed_by: String::new(),
            icon: Icon::Shield,
            background: Background::Plain,
        }
    }
}

/// A form with what stands around it.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize, ToSchema)]
#[serde(default, deny_unknown_fields)]
pub struct FormBlock {
    /// The block's id, unique on the page; a sent form names it.
    pub id: String,
    /// What the visitor gets by sending it.
    pub heading: String,
    /// A sentence about it.
    pub text: String,
    /// The form itself.
    pub form: FormDef,
    /// Small print below the button.
    pub note: String,
    /// What lies behind.
    pub background: Background,
}

/// How much a button asks for attention.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum ButtonKind {
    /// Filled with the accent colour.
    #[default]
    Primary,
    /// An outline.
    Secondary,
}

/// One call to action.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize, ToSchema)]
#[serde(default, deny_unknown_fields)]
pub struct Button {
    /// The block's id, unique on the page.
    pub id: String,
    /// What it says.
    pub label: String,
    /// Where it leads.
    pub url: String,
    /// Filled or outlined.
    pub kind: ButtonKind,
    /// Where it stands.
    pub align: Align,
    /// Small words below it.
    pub note: String,
}

/// How the width is shared.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum ColumnsRatio {
    /// Equal halves.
    #[default]
    Half,
    /// The left one larger.
    WideLeft,
    /// The right one larger.
    WideRight,
}

/// Two columns of blocks; below each other on a phone.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize, ToSchema)]
#[serde(default, deny_unknown_fields)]
pub struct Columns {
    /// The block's id, unique on the page.
    pub id: String,
    /// How the width is shared.
    pub ratio: ColumnsRatio,
    /// What lies behind.
    pub background: Background,
    /// Blocks of the left column.
    #[schema(no_recursion)]
    pub left: Vec<Block>,
    /// Blocks of the right column.
    #[schema(no_recursion)]
    pub right: Vec<Block>,
}

/// How much space.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum SpacerSize {
    /// 24 px.
    Small,
    /// 48 px.
    #[default]
    Medium,
    /// 96 px.
    Large,
}

/// Empty space.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize, ToSchema)]
#[serde(default, deny_unknown_fields)]
pub struct Spacer {
    /// The block's id, unique on the page.
    pub id: String,
    /// How much.
    pub size: SpacerSize,
}

/// A thin line.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize, ToSchema)]
#[serde(default, deny_unknown_fields)]
pub struct Divider {
    /// The block's id, unique on the page.
    pub id: String,
}

/// Logos of partners, press or certificates.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize, ToSchema)]
#[serde(default, deny_unknown_fields)]
pub struct LogoRow {
    /// The block's id, unique on the page.
    pub id: String,
    /// A few words above them.
    pub heading: String,
    /// The logos; one without a picture is written as its name.
    pub logos: Vec<Logo>,
}

/// One logo.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize, ToSchema)]
#[serde(default, deny_unknown_fields)]
pub struct Logo {
    /// Whose it is.
    pub name: String,
    /// The picture.
    pub image: ImageRef,
    /// Where a click leads.
    pub url: String,
}

impl Block {
    /// The name the editor knows the block by.
    pub fn type_name(&self) -> &'static str {
        match self {
            Self::Hero(_) => "Hero",
            Self::Text(_) => "Text",
            Self::Image(_) => "Image",
            Self::Video(_) => "Video",
            Self::Benefits(_) => "Benefits",
            Self::Steps(_) => "Steps",
            Self::Testimonials(_) => "Testimonials",
            Self::Faq(_) => "Faq",
            Self::Countdown(_) => "Countdown",
            Self::Guarantee(_) => "Guarantee",
            Self::Form(_) => "Form",
            Self::Button(_) => "Button",
            Self::Columns(_) => "Columns",
            Self::Spacer(_) => "Spacer",
            Self::Divider(_) => "Divider",
            Self::LogoRow(_) => "LogoRow",
        }
    }

    /// The block's id, unique on the page.
    pub fn id(&self) -> &str {
        match self {
            Self::Hero(block) => &block.id,
            Self::Text(block) => &block.id,
            Self::Image(block) => &block.id,
            Self::Video(block) => &block.id,
            Self::Benefits(block) => &block.id,
            Self::Steps(block) => &block.id,
            Self::Testimonials(block) => &block.id,
            Self::Faq(block) => &block.id,
            Self::Countdown(block) => &block.id,
            Self::Guarantee(block) => &block.id,
            Self::Form(block) => &block.id,
            Self::Button(block) => &block.id,
            Self::Columns(block) => &block.id,
            Self::Spacer(block) => &block.id,
            Self::Divider(block) => &block.id,
            Self::LogoRow(block) => &block.id,
        }
    }

    /// The blocks inside, by the name of the prop that holds them.
    pub fn slots(&self) -> Vec<(&'static str, &[Block])> {
        match self {
            Self::Hero(hero) => vec![("aside", hero.aside.as_slice())],
            Self::Columns(columns) => vec![("left", columns.left.as_slice()), ("right", columns.right.as_slice())],
            _ => Vec::new(),
        }
    }

    pub(super) fn slots_mut(&mut self) -> Vec<&mut Vec<Block>> {
        match self {
            Self::Hero(hero) => vec![&mut hero.aside],
            Self::Columns(columns) => vec![&mut columns.left, &mut columns.right],
            _ => Vec::new(),
        }
    }
}

/// An emptied number field of the editor is an empty text.
fn number_or_nothing<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<u32>, D::Error> {
    #[derive(Deserialize)]
    #[serde(untagged)]
    enum Written {
        Number(u32),
        Text(String),
        Nothing(()),
    }
    match Written::deserialize(deserializer) {
        Ok(Written::Number(number)) => Ok(Some(number)),
        Ok(Written::Nothing(())) => Ok(None),
        Ok(Written::Text(text)) if text.trim().is_empty() => Ok(None),
        Ok(Written::Text(_)) | Err(_) => Err(serde::de::Error::custom("write a whole number of pixels, or nothing")),
    }
}

/// An emptied date field of the editor is an empty text.
fn time_or_nothing<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<Timestamp>, D::Error> {
    let text = Option::<String>::deserialize(deserializer)?.unwrap_or_default();
    match text.trim() {
        "" => Ok(None),
        time => time.parse().map(Some).map_err(serde::de::Error::custom),
    }
}
