//! The page document: what an author writes in blocks, what the editor keeps, what the server renders.
//!
//! The JSON is the shape the Puck editor reads and writes, so that no translation can lose anything:
//! `{"root": {"props": {..}}, "content": [{"type": "Hero", "props": {"id": "..", ..}}, ..]}`. A block that
//! holds other blocks (a *slot*) holds them as the same array in a prop. Variants of an experiment stand
//! beside `content` under `variants`, as patches to the props of blocks.

mod blocks;
mod check;
mod meta;
mod patch;
mod url;

use serde::{Deserialize, Serialize};
use serde_json::Value;
use utoipa::ToSchema;

pub use blocks::{
    Align, Background, Benefit, Benefits, Block, Button, ButtonKind, Columns, ColumnsRatio, Countdown, Divider, Faq,
    FaqItem, FormBlock, Guarantee, Hero, HeroLayout, Icon, Image, ImageRef, ImageSize, Link, Logo, LogoRow, Point,
    Spacer, SpacerSize, Step, Steps, Testimonial, Testimonials, Text, TextWidth, Video,
};
pub use check::{Finding, Severity, check};
pub use meta::{Alternate, PageMeta, RESERVED_SEGMENTS, SlugError, check_slug, slugify};
pub use patch::{PatchError, Variant};
pub use url::{VideoSource, is_relative_url, safe_image_url, safe_url, video_source};

/// Bytes of one page document in JSON.
pub const MAX_DOCUMENT_BYTES: usize = 512 * 1024;
/// Blocks of one page, those in slots counted.
pub const MAX_BLOCKS: usize = 200;
/// How deep blocks may lie inside blocks: columns in a hero, a form in a column.
pub const MAX_DEPTH: usize = 3;
/// Items of one list inside a block: benefits, questions, logos.
pub const MAX_ITEMS: usize = 40;
/// Variants of one page version.
pub const MAX_VARIANTS: usize = 10;

/// A page in blocks.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize, ToSchema)]
#[serde(default)]
pub struct PageDoc {
    /// What concerns the page as a whole.
    pub root: Root,
    /// The blocks from top to bottom.
    pub content: Vec<Block>,
    /// The variants an experiment shows. Empty: every visitor sees the page as it stands. The page as it
    /// stands takes part only when one variant has no patches.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub variants: Vec<Variant>,
}

/// The editor's root component: only its props matter.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize, ToSchema)]
#[serde(default)]
pub struct Root {
    /// Title, description and the rest of what search engines and shared links show.
    pub props: PageMeta,
}

/// Why a JSON text is not a page document. Each finding names the place.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
#[error("the page cannot be read: {}", .0.iter().map(|f| format!("{}: {}", f.path, f.message)).collect::<Vec<_>>().join("; "))]
pub struct ReadError(pub Vec<Finding>);

impl PageDoc {
    /// Read a document and say for each block that cannot be read where it stands and why, all at once.
    pub fn from_value(value: &Value) -> Result<Self, ReadError> {
        let Some(object) = value.as_object() else {
            return Err(ReadError(vec![Finding::error("", "a page is an object with root and content")]));
        };
        let mut findings = Vec::new();
        let mut doc = Self::default();
        read(object.get("root"), "root", &mut doc.root, &mut findings);
        read(object.get("variants"), "variants", &mut doc.variants, &mut findings);
        match object.get("content") {
            None | Some(Value::Null) => {}
            Some(Value::Array(blocks)) if blocks.len() <= MAX_BLOCKS => {
                for (i, block) in blocks.iter().enumerate() {
                    match Block::deserialize(block) {
                        Ok(block) => doc.content.push(block),
                        Err(error) => findings.push(Finding::error(&format!("content[{i}]"), &error.to_string())),
                    }
                }
            }
            Some(Value::Array(_)) => {
                findings.push(Finding::error("content", &format!("a page has at most {MAX_BLOCKS} blocks")));
            }
            Some(_) => findings.push(Finding::error("content", "write a list of blocks")),
        }
        if findings.is_empty() { Ok(doc) } else { Err(ReadError(findings)) }
    }

    /// Read a document from text of at most [`MAX_DOCUMENT_BYTES`].
    pub fn from_json(text: &str) -> Result<Self, ReadError> {
        if text.len() > MAX_DOCUMENT_BYTES {
            let message = format!("the page has more than {} kB: split it in two", MAX_DOCUMENT_BYTES / 1024);
            return Err(ReadError(vec![Finding::error("", &message)]));
        }
        let value: Value = serde_json::from_str(text)
            .map_err(|error| ReadError(vec![Finding::error("", &format!("not JSON: {error}"))]))?;
        Self::from_value(&value)
    }

    /// Every block in reading order, those in slots after the block that holds them.
    pub fn blocks(&self) -> Vec<&Block> {
        fn walk<'a>(blocks: &'a [Block], into: &mut Vec<&'a Block>) {
            for block in blocks {
                into.push(block);
                for (_, slot) in block.slots() {
                    walk(slot, into);
                }
            }
        }
        let mut all = Vec::new();
        walk(&self.content, &mut all);
        all
    }

    /// The block with this id.
    pub fn block(&self, id: &str) -> Option<&Block> {
        self.blocks().into_iter().find(|block| block.id() == id)
    }

    /// The form block with this id: what a sent form names.
    pub fn form(&self, id: &str) -> Option<&FormBlock> {
        self.forms().into_iter().find(|form| form.id == id)
    }

    /// The forms on the page.
    pub fn forms(&self) -> Vec<&FormBlock> {
        let mut forms = Vec::new();
        for block in self.blocks() {
            if let Block::Form(form) = block {
                forms.push(form);
            }
        }
        forms
    }
}

fn read<T: for<'de> Deserialize<'de>>(value: Option<&Value>, path: &str, into: &mut T, findings: &mut Vec<Finding>) {
    let Some(value) = value.filter(|value| !value.is_null()) else { return };
    match T::deserialize(value) {
        Ok(read) => *into = read,
        Err(error) => findings.push(Finding::error(path, &error.to_string())),
    }
}

#[cfg(test)]
mod tests;
