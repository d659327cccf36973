//! How the values of this crate look in OpenAPI: all of them are texts with a format, but for money.

use utoipa::openapi::{ObjectBuilder, RefOr, Schema, schema::Type};
use utoipa::{PartialSchema, ToSchema};

use crate::{Currency, Email, Id, Locale, Timestamp, id::Kind};

fn text(description: &str, example: String) -> RefOr<Schema> {
    ObjectBuilder::new().schema_type(Type::String).description(Some(description)).examples([example]).build().into()
}

// The derive macro asks this of the arguments of a generic type; the library has no public way to say it.
impl<K: Kind> utoipa::__dev::ComposeSchema for Id<K> {
    fn compose(_: Vec<RefOr<Schema>>) -> RefOr<Schema> {
        text("Id: a prefix and 26 characters", format!("{}_01jd3k5w0me9xr9q5y8t3v7n2p", K::PREFIX))
    }
}
impl<K: Kind> ToSchema for Id<K> {
    fn name() -> std::borrow::Cow<'static, str> {
        format!("Id_{}", K::PREFIX).into()
    }
}

macro_rules! text_schema {
    ($type:ty, $name:literal, $description:literal, $example:literal) => {
        impl PartialSchema for $type {
            fn schema() -> RefOr<Schema> {
                text($description, $example.to_owned())
            }
        }
        impl ToSchema for $type {
            fn name() -> std::borrow::Cow<'static, str> {
                $name.into()
            }
        }
    };
}

text_schema!(Timestamp, "Timestamp", "A point in time, RFC 3339", "2026-11-22T09:30:00.000Z");
text_schema!(Email, "Email", "An e-mail address in lower case", "kari@example.no");
text_schema!(Locale, "Locale", "A language, with or without region (BCP 47)", "nb");
text_schema!(Currency, "Currency", "ISO 4217 code", "NOK");
