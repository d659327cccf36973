//! The look of a company's public pages: a few tokens from which every colour and size follows, so that a
//! page looks designed before anybody touches a setting and stays readable whatever is chosen.

mod color;

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

pub use color::{Color, ColorError, contrast};

use crate::page::{ImageRef, Link};

/// WCAG 2.2 AA for running text.
pub const MIN_TEXT_CONTRAST: f64 = 4.5;
/// WCAG 2.2 AA for borders of fields and for large text.
pub const MIN_SHAPE_CONTRAST: f64 = 3.0;

/// Of black or white on the page itself: a mid-grey page would leave no room for a second shade of text.
const MIN_SURFACE_CONTRAST: f64 = 14.0;

/// A company's look, and what stands at the foot of its pages.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(default, deny_unknown_fields)]
pub struct Brand {
    /// The company's name as customers know it.
    pub name: String,
    /// Its logo; the name is written when there is none.
    pub logo: ImageRef,
    /// The one colour for what can be clicked. Darkened by itself until it can be read.
    pub accent: Color,
    /// The colour of the page. Moved by itself towards white or black until there is room for text on it.
    pub surface: Color,
    /// The colour of text. Darkened by itself until it can be read.
    pub ink: Color,
    /// The letters of headings.
    pub heading_font: Font,
    /// The letters of everything else.
    pub body_font: Font,
    /// How round corners are.
    pub radius: Radius,
    /// How much larger headings are than text.
    pub scale: TypeScale,
    /// What stands at the foot of each page.
    pub footer: Footer,
}

/// Letters that every device already has, so that nothing is loaded.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Font {
    /// The device's own sans serif.
    #[default]
    System,
    /// A warmer sans serif.
    Humanist,
    /// A geometric sans serif.
    Geometric,
    /// A classic book face.
    Oldstyle,
    /// A sober serif.
    Transitional,
}

/// How round corners are.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Radius {
    /// Square.
    None,
    /// A little.
    Small,
    /// Friendly.
    #[default]
    Medium,
    /// Buttons like pills.
    Large,
}

/// How much larger headings are than text.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum TypeScale {
    /// Restrained.
    Calm,
    /// In between.
    #[default]
    Balanced,
    /// Large.
    Bold,
}

/// What stands at the foot of each page. The law in most places asks for name, number and address.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize, ToSchema)]
#[serde(default, deny_unknown_fields)]
pub struct Footer {
    /// The registered name.
    pub legal_name: String,
    /// The registration number.
    pub org_number: String,
    /// Street, postal code and town, in one line.
    pub address: String,
    /// Where to write.
    pub email: String,
    /// Where to call.
    pub phone: String,
    /// Privacy, terms and others.
    pub links: Vec<Link>,
}

impl Default for Brand {
    fn default() -> Self {
        Self {
            name: String::new(),
            logo: ImageRef::default(),
            accent: Color::rgb(0x0f, 0x6e, 0x6e),
            surface: Color::rgb(0xff, 0xff, 0xff),
            ink: Color::rgb(0x14, 0x24, 0x2b),
            heading_font: Font::Oldstyle,
            body_font: Font::System,
            radius: Radius::Medium,
            scale: TypeScale::Balanced,
            footer: Footer::default(),
        }
    }
}

/// Every colour a page uses, each readable on what it lies on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Palette {
    /// Whether the page is dark, so that the browser's own controls are too.
    pub is_dark: bool,
    /// The page.
    pub surface: Color,
    /// Cards and fields on the page.
    pub raised: Color,
    /// A faint wash of the accent.
    pub tint: Color,
    /// The accent at its deepest, behind light text.
    pub deep: Color,
    /// Headings and text.
    pub ink: Color,
    /// Less important text; at least 4.5 on surface and tint.
    pub muted: Color,
    /// Thin lines that only decorate.
    pub line: Color,
    /// Borders of fields; at least 3 on surface.
    pub border: Color,
    /// Buttons; `on_accent` has at least 4.5 on it.
    pub accent: Color,
    /// Buttons under the pointer.
    pub accent_hover: Color,
    /// Text on buttons.
    pub on_accent: Color,
    /// Links and icons; at least 4.5 on surface and tint.
    pub link: Color,
    /// Text on deep.
    pub on_deep: Color,
    /// Less important text on deep; at least 4.5.
    pub muted_on_deep: Color,
    /// Harm: what must be mended; at least 4.5 on surface.
    pub danger: Color,
    /// The colour of stars.
    pub star: Color,
}

impl Brand {
    /// The colours that follow from the tokens.
    pub fn palette(&self) -> Palette {
        let white = Color::rgb(0xff, 0xff, 0xff);
        let black = Color::rgb(0, 0, 0);
        let is_dark = self.surface.luminance() < 0.18;
        let surface = self.surface.readable_under(if is_dark { white } else { black }, MIN_SURFACE_CONTRAST);
        let ink = self.ink.readable_on(surface, 7.0);
        let tint = surface.mix(self.accent, if is_dark { 0.1 } else { 0.07 });
        let accent = if is_dark { self.accent } else { self.accent.readable_on(surface, MIN_SHAPE_CONTRAST) };
        let on_accent = if contrast(accent, white) >= contrast(accent, black) { white } else { black };
        let accent = accent.readable_under(on_accent, MIN_TEXT_CONTRAST);
        let deep = self.accent.mix(black, 0.34).readable_under(white, 9.0);
        let link = accent.readable_on(surface, MIN_TEXT_CONTRAST).readable_on(tint, MIN_TEXT_CONTRAST);
        let muted = surface.mix(ink, 0.66).readable_on(surface, 5.5).readable_on(tint, MIN_TEXT_CONTRAST);
        let hover = accent.mix(if on_accent.luminance() > 0.5 { black } else { white }, 0.14);
        Palette {
            is_dark,
            surface,
            raised: if is_dark { surface.mix(white, 0.06) } else { surface.mix(white, 0.7) },
            tint,
            deep,
            ink,
            muted,
            line: surface.mix(ink, 0.12),
            border: surface
                .mix(ink, 0.45)
                .readable_on(surface, MIN_SHAPE_CONTRAST)
                .readable_on(tint, MIN_SHAPE_CONTRAST),
            accent,
            accent_hover: hover,
            on_accent,
            link,
            on_deep: white,
            muted_on_deep: deep.mix(white, 0.85).readable_on(deep, MIN_TEXT_CONTRAST),
            danger: Color::rgb(0xb4, 0x23, 0x18)
                .readable_on(surface, MIN_TEXT_CONTRAST)
                .readable_on(tint, MIN_TEXT_CONTRAST),
            star: Color::rgb(0xd9, 0x8a, 0x0b),
        }
    }
}

impl Font {
    /// The CSS value.
    pub fn stack(self) -> &'static str {
        match self {
            Self::System => {
                "-apple-system,BlinkMacSystemFont,'Segoe UI',Roboto,'Noto Sans','Helvetica Neue','Liberation Sans',Arial,sans-serif"
            }
            Self::Humanist => "Seravek,'Gill Sans Nova',Ubuntu,Calibri,'DejaVu Sans',source-sans-pro,sans-serif",
            Self::Geometric => "Avenir,Montserrat,Corbel,'URW Gothic',source-sans-pro,sans-serif",
            Self::Oldstyle => {
                "'Iowan Old Style','Palatino Linotype',Palatino,'URW Palladio L',P052,'Noto Serif',Georgia,serif"
            }
            Self::Transitional => "Charter,'Bitstream Charter','Sitka Text',Cambria,'Noto Serif',Georgia,serif",
        }
    }

    /// Whether headings in it need less weight than a sans serif's.
    pub fn is_serif(self) -> bool {
        matches!(self, Self::Oldstyle | Self::Transitional)
    }
}

impl Radius {
    /// Corners of cards and pictures, of buttons, and of fields, in pixels.
    pub fn px(self) -> (u16, u16, u16) {
        match self {
            Self::None => (0, 0, 0),
            Self::Small => (6, 4, 4),
            Self::Medium => (16, 10, 8),
            Self::Large => (24, 999, 12),
        }
    }
}

impl TypeScale {
    /// The ratio from one size of heading to the next.
    pub fn ratio(self) -> f32 {
        match self {
            Self::Calm => 1.2,
            Self::Balanced => 1.27,
            Self::Bold => 1.35,
        }
    }
}

#[cfg(test)]
mod tests;
