//! Variants: what an experiment changes in the props of single blocks.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use utoipa::ToSchema;

use super::{Block, PageDoc};

/// One side of an experiment.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Variant {
    /// Written into every event the visitor causes: `control`, `question`.
    pub id: String,
    /// Its share of the visitors, against the sum of all weights.
    #[serde(default = "one")]
    pub weight: u32,
    /// For a block's id, the props to put in place of its own. A prop is replaced whole.
    #[serde(default)]
    #[schema(value_type = Object)]
    pub patches: BTreeMap<String, Map<String, Value>>,
}

fn one() -> u32 {
    1
}

/// Why a variant cannot be applied.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum PatchError {
    /// No block has this id.
    #[error("no block on the page has the id {0:?}")]
    UnknownBlock(String),
    /// The block with the changed props is no block.
    #[error("{block}: {reason}")]
    Props {
        /// The block's id.
        block: String,
        /// What is wrong with the props.
        reason: String,
    },
}

impl PageDoc {
    /// The page as this variant shows it, without any variants of its own. The caller does this once when a
    /// page is published, not for each visitor.
    pub fn with_variant(&self, variant: &Variant) -> Result<PageDoc, PatchError> {
        let mut doc = self.clone();
        doc.variants.clear();
        for (id, props) in &variant.patches {
            let block = find(&mut doc.content, id).ok_or_else(|| PatchError::UnknownBlock(id.clone()))?;
            *block = patched(block, props).map_err(|reason| PatchError::Props { block: id.clone(), reason })?;
        }
        Ok(doc)
    }

    /// Which variant this visitor sees; the same one each time. `None` when the page has none.
    pub fn choose_variant(&self, experiment_salt: &str, visitor_id: &str) -> Option<&Variant> {
        let weights: Vec<u32> = self.variants.iter().map(|variant| variant.weight).collect();
        crate::variant::choose(experiment_salt, visitor_id, &weights).and_then(|at| self.variants.get(at))
    }
}

fn find<'a>(blocks: &'a mut [Block], id: &str) -> Option<&'a mut Block> {
    for block in blocks {
        if block.id() == id {
            return Some(block);
        }
        for slot in block.slots_mut() {
            if let Some(found) = find(slot, id) {
                return Some(found);
            }
        }
    }
    None
}

fn patched(block: &Block, props: &Map<String, Value>) -> Result<Block, String> {
    let mut value = serde_json::to_value(block).map_err(|error| error.to_string())?;
    let own = value.get_mut("props").and_then(Value::as_object_mut).ok_or("a block has props")?;
    for (name, prop) in props {
        if name == "id" {
            return Err("the id of a block stays the same in every variant".to_owned());
        }
        own.insert(name.clone(), prop.clone());
    }
    Block::deserialize(value).map_err(|error| error.to_string())
}
