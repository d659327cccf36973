//! Colours: mixed as the eye sees them (Oklab), and moved until text on them can be read.

use std::{fmt, str::FromStr};

use serde::{Deserialize, Deserializer, Serialize, Serializer};
use utoipa::openapi::{ObjectBuilder, RefOr, Schema, schema::Type};

/// An opaque colour of the screen.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct Color {
    r: u8,
    g: u8,
    b: u8,
}

/// Why a text is not a colour.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("not a colour: write it as #0f6e6e")]
pub struct ColorError;

/// WCAG's contrast between two colours, from 1 to 21.
pub fn contrast(a: Color, b: Color) -> f64 {
    let (a, b) = (a.luminance(), b.luminance());
    (a.max(b) + 0.05) / (a.min(b) + 0.05)
}

const BLACK: Color = Color::rgb(0, 0, 0);
const WHITE: Color = Color::rgb(255, 255, 255);
/// Steps on the way to black or white; the last is black or white itself.
const STEPS: u32 = 50;

impl Color {
    /// From its parts.
    pub const fn rgb(r: u8, g: u8, b: u8) -> Self {
        Self { r, g, b }
    }

    /// WCAG's relative luminance, from 0 to 1.
    pub fn luminance(self) -> f64 {
        0.2126 * linear(self.r) + 0.7152 * linear(self.g) + 0.0722 * linear(self.b)
    }

    /// A share of `other` mixed in, in Oklab.
    pub fn mix(self, other: Color, share: f64) -> Self {
        let (a, b) = (self.oklab(), other.oklab());
        Self::from_oklab([0, 1, 2].map(|i| a[i] + (b[i] - a[i]) * share))
    }

    /// This colour, or the nearest towards black or white that has the contrast on `ground`; black or white
    /// when none has.
    pub fn readable_on(self, ground: Color, min_contrast: f64) -> Self {
        let goal = if contrast(ground, WHITE) > contrast(ground, BLACK) { WHITE } else { BLACK };
        self.toward(goal, |color| contrast(color, ground) >= min_contrast)
    }

    /// This colour as a ground, moved away from `text` until that can be read on it.
    pub fn readable_under(self, text: Color, min_contrast: f64) -> Self {
        let goal = if text.luminance() > 0.18 { BLACK } else { WHITE };
        self.toward(goal, |color| contrast(color, text) >= min_contrast)
    }

    fn toward(self, goal: Color, is_enough: impl Fn(Color) -> bool) -> Self {
        (0..=STEPS)
            .map(|step| if step == STEPS { goal } else { self.mix(goal, f64::from(step) / f64::from(STEPS)) })
            .find(|&color| is_enough(color))
            .unwrap_or(goal)
    }

    /// Björn Ottosson, "A perceptual color space for image processing" (2020).
    fn oklab(self) -> [f64; 3] {
        let [r, g, b] = [linear(self.r), linear(self.g), linear(self.b)];
        let l = (0.412_221_470_8 * r + 0.536_332_536_3 * g + 0.051_445_992_9 * b).cbrt();
        let m = (0.211_903_498_2 * r + 0.680_699_545_1 * g + 0.107_396_956_6 * b).cbrt();
        let s = (0.088_302_461_9 * r + 0.281_718_837_6 * g + 0.629_978_700_5 * b).cbrt();
        [
            0.210_454_255_3 * l + 0.793_617_785_0 * m - 0.004_072_046_8 * s,
            1.977_998_495_1 * l - 2.428_592_205_0 * m + 0.450_593_709_9 * s,
            0.025_904_037_1 * l + 0.782_771_766_2 * m - 0.808_675_766_0 * s,
        ]
    }

    fn from_oklab([lightness, a, b]: [f64; 3]) -> Self {
        let l = (lightness + 0.396_337_777_4 * a + 0.215_803_757_3 * b).powi(3);
        let m = (lightness - 0.105_561_345_8 * a - 0.063_854_172_8 * b).powi(3);
        let s = (lightness - 0.089_484_177_5 * a - 1.291_485_548_0 * b).powi(3);
        Self {
            r: encoded(4.076_741_662_1 * l - 3.307_711_591_3 * m + 0.230_969_929_2 * s),
            g: encoded(-1.268_438_004_6 * l + 2.609_757_401_1 * m - 0.341_319_396_5 * s),
            b: encoded(-0.004_196_086_3 * l - 0.703_418_614_7 * m + 1.707_614_701_0 * s),
        }
    }
}

fn linear(byte: u8) -> f64 {
    let value = f64::from(byte) / 255.0;
    if value <= 0.040_45 { value / 12.92 } else { ((value + 0.055) / 1.055).powf(2.4) }
}

fn encoded(value: f64) -> u8 {
    let value = value.clamp(0.0, 1.0);
    let gamma = if value <= 0.003_130_8 { value * 12.92 } else { 1.055 * value.powf(1.0 / 2.4) - 0.055 };
    (gamma * 255.0).round() as u8
}

impl FromStr for Color {
    type Err = ColorError;

    fn from_str(text: &str) -> Result<Self, ColorError> {
        let digits = text.trim().strip_prefix('#').ok_or(ColorError)?;
        if !digits.chars().all(|c| c.is_ascii_hexdigit()) {
            return Err(ColorError);
        }
        let long = match digits.len() {
            3 => digits.chars().flat_map(|c| [c, c]).collect(),
            6 => digits.to_owned(),
            _ => return Err(ColorError),
        };
        let byte = |at: usize| u8::from_str_radix(&long[at..at + 2], 16).map_err(|_| ColorError);
        Ok(Self { r: byte(0)?, g: byte(2)?, b: byte(4)? })
    }
}

impl fmt::Display for Color {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "#{:02x}{:02x}{:02x}", self.r, self.g, self.b)
    }
}

impl fmt::Debug for Color {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl Serialize for Color {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Color {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        String::deserialize(deserializer)?.parse().map_err(serde::de::Error::custom)
    }
}

impl utoipa::PartialSchema for Color {
    fn schema() -> RefOr<Schema> {
        ObjectBuilder::new()
            .schema_type(Type::String)
            .description(Some("A colour as #rrggbb"))
            .examples(["#0f6e6e"])
            .build()
            .into()
    }
}

impl utoipa::ToSchema for Color {
    fn name() -> std::borrow::Cow<'static, str> {
        "Color".into()
    }
}
