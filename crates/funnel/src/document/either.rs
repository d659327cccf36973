//! Parts of a document that have a short form: a text when there is no more to say, else a map.

use utoipa::PartialSchema;
use utoipa::openapi::{ArrayBuilder, OneOfBuilder, RefOr, Schema};

/// How a list of them looks to an editor: texts or objects of that form.
pub(super) fn list_of<T: PartialSchema>() -> RefOr<Schema> {
    let either = OneOfBuilder::new().item(String::schema()).item(T::schema()).build();
    ArrayBuilder::new().items(RefOr::T(Schema::OneOf(either))).build().into()
}

/// Reading and writing of a type that derives both under `#[serde(remote = "Self")]`, has `From<&str>`, and says by
/// `is_short` whether its text alone (`short`) says it all. Not an untagged enum: that would lose which field is wrong.
macro_rules! text_or_map {
    ($type:ident, $expecting:literal) => {
        impl serde::Serialize for $type {
            fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                if *self == Self::from(self.short()) {
                    return serializer.serialize_str(self.short());
                }
                Self::serialize(self, serializer)
            }
        }

        impl<'de> serde::Deserialize<'de> for $type {
            fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                struct Reader;
                impl<'de> serde::de::Visitor<'de> for Reader {
                    type Value = $type;

                    fn expecting(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                        f.write_str($expecting)
                    }

                    fn visit_str<E>(self, text: &str) -> Result<$type, E> {
                        Ok($type::from(text))
                    }

                    fn visit_map<A: serde::de::MapAccess<'de>>(self, map: A) -> Result<$type, A::Error> {
                        $type::deserialize(serde::de::value::MapAccessDeserializer::new(map))
                    }
                }
                deserializer.deserialize_any(Reader)
            }
        }
    };
}
pub(super) use text_or_map;
