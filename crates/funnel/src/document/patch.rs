//! Small changes to a document, as data: what a fix of a finding does when somebody presses it.

use serde::{Deserialize, Serialize};
use serde_json::Value;
use utoipa::ToSchema;

use super::FunnelDoc;

/// Changes that are made together. The paths are JSON Pointers, as in JSON Patch (RFC 6902), of which these are the
/// three operations that a fix needs.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize, ToSchema)]
#[schema(as = FunnelPatch)]
pub struct Patch {
    /// One after the other.
    pub changes: Vec<Change>,
}

/// One change.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
#[schema(as = FunnelPatchChange)]
#[serde(tag = "op", rename_all = "snake_case")]
pub enum Change {
    /// Put a value into a map (also in place of another), or into a list before a place; `-` is its end.
    Add {
        /// Where: `/stages/1/metrics`.
        path: String,
        /// What.
        #[schema(value_type = Value)]
        value: Value,
    },
    /// Put a value in the place of another.
    Replace {
        /// Where.
        path: String,
        /// What.
        #[schema(value_type = Value)]
        value: Value,
    },
    /// Take a value away.
    Remove {
        /// Where.
        path: String,
    },
}

/// Why a patch does not fit a document.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{path}: {message}")]
pub struct PatchError {
    /// The place.
    pub path: String,
    /// What is wrong there.
    pub message: String,
}

impl Patch {
    /// A patch of one added value.
    pub fn add(path: impl Into<String>, value: impl Serialize) -> Self {
        Self::default().and_add(path, value)
    }

    /// A patch of one removed value.
    pub fn remove(path: impl Into<String>) -> Self {
        Self { changes: vec![Change::Remove { path: path.into() }] }
    }

    /// The same and one more added value.
    pub fn and_add(mut self, path: impl Into<String>, value: impl Serialize) -> Self {
        // Parts of documents are texts, numbers, lists and maps with text keys: nothing that JSON cannot write.
        let value = serde_json::to_value(value).unwrap_or_default();
        self.changes.push(Change::Add { path: path.into(), value });
        self
    }

    /// The document after the changes.
    pub fn apply(&self, doc: &FunnelDoc) -> Result<FunnelDoc, PatchError> {
        let mut value = serde_json::to_value(doc).map_err(|error| fault("", &error.to_string()))?;
        for change in &self.changes {
            change.apply(&mut value)?;
        }
        serde_path_to_error::deserialize(value).map_err(|error| {
            let path = error.path().to_string();
            fault(&path, &error.into_inner().to_string())
        })
    }
}

fn fault(path: &str, message: &str) -> PatchError {
    PatchError { path: path.to_owned(), message: message.to_owned() }
}

impl Change {
    fn apply(&self, root: &mut Value) -> Result<(), PatchError> {
        let (Self::Add { path, .. } | Self::Replace { path, .. } | Self::Remove { path }) = self;
        let missing = || fault(path, "there is no such place");
        let (parent, name) = path.rsplit_once('/').ok_or_else(missing)?;
        let name = name.replace("~1", "/").replace("~0", "~");
        let parent = root.pointer_mut(parent).ok_or_else(missing)?;
        match (parent, self) {
            (Value::Object(map), Self::Add { value, .. }) => drop(map.insert(name, value.clone())),
            (Value::Object(map), Self::Replace { value, .. }) => {
                *map.get_mut(&name).ok_or_else(missing)? = value.clone();
            }
            (Value::Object(map), Self::Remove { .. }) => drop(map.remove(&name).ok_or_else(missing)?),
            (Value::Array(list), Self::Add { value, .. }) if name == "-" => list.push(value.clone()),
            (Value::Array(list), change) => {
                let place: usize = name.parse().map_err(|_| missing())?;
                let end = list.len() + usize::from(matches!(change, Self::Add { .. }));
                if place >= end {
                    return Err(missing());
                }
                match change {
                    Self::Add { value, .. } => list.insert(place, value.clone()),
                    Self::Replace { value, .. } => list[place] = value.clone(),
                    Self::Remove { .. } => drop(list.remove(place)),
                }
            }
            _ => return Err(missing()),
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::document::six_stage;

    #[test]
    fn a_patch_changes_what_it_names_and_nothing_else() {
        let doc = six_stage("main", "NOK".parse().unwrap(), "Europe/Oslo", vec!["en".parse().unwrap()]);
        let patch = Patch::add("/stages/1/owner", "marketing").and_add("/stages/-", &doc.stages[0]);
        let changed = patch.apply(&doc).unwrap();
        let mut wanted = doc.clone();
        wanted.stages[1].owner = "marketing".to_owned();
        wanted.stages.push(doc.stages[0].clone());
        assert_eq!(changed, wanted);
        assert_eq!(Patch::remove("/stages/6").apply(&changed).unwrap().stages.len(), 6);
        let replace =
            |path: &str, value: Value| Patch { changes: vec![Change::Replace { path: path.to_owned(), value }] };
        assert_eq!(replace("/stages/0/hue", 3.into()).apply(&doc).unwrap_err().message, "there is no such place");
        assert_eq!(replace("/title", "New".into()).apply(&doc).unwrap().title, "New".into());
        for path in ["/stages/6", "/nothing", "", "/stages/x", "/id/x"] {
            assert!(Patch::remove(path).apply(&doc).is_err(), "{path}");
        }
        assert_eq!(Patch::add("/stages/0/enter_on", 3).apply(&doc).unwrap_err().path, "stages[0].enter_on");
    }
}
