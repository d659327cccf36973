//! How the values of this crate look in OpenAPI: all of them are texts with a format, but for money.

use utoipa::openapi::{KnownFormat, ObjectBuilder, RefOr, Schema, SchemaFormat, schema::Type};
use utoipa::{PartialSchema, ToSchema};

use crate::{Currency, Email, Id, Locale, Timestamp, id::Kind};

fn text(description: &str, example: String) -> ObjectBuilder {
    ObjectBuilder::new().schema_type(Type::String).description(Some(description)).examples([example])
}

// The derive macro asks this of the arguments of a generic type; the library has no public way to say it.
impl<K: Kind> utoipa::__dev::ComposeSchema for Id<K> {
    fn compose(_: Vec<RefOr<Schema>>) -> RefOr<Schema> {
        text("Id: a prefix and 26 characters", format!("{}_01jd3k5w0me9xr9q5y8t3v7n2p", K::PREFIX))
            .pattern(Some(format!("^{}_[0-7][0-9a-hjkmnp-tv-z]{{25}}$", K::PREFIX)))
            .build()
            .into()
    }
}
impl<K: Kind> ToSchema for Id<K> {
    fn name() -> std::borrow::Cow<'static, str> {
        format!("Id_{}", K::PREFIX).into()
    }
}

macro_rules! text_schema {
    ($type:ty, $name:literal, $description:literal, $example:literal, $more:expr) => {
        impl PartialSchema for $type {
            fn schema() -> RefOr<Schema> {
                let more: fn(ObjectBuilder) -> ObjectBuilder = $more;
                more(text($description, $example.to_owned())).build().into()
            }
        }
        impl ToSchema for $type {
            fn name() -> std::borrow::Cow<'static, str> {
                $name.into()
            }
        }
    };
}

fn format(name: KnownFormat) -> Option<SchemaFormat> {
    Some(SchemaFormat::KnownFormat(name))
}

text_schema!(Timestamp, "Timestamp", "A point in time, RFC 3339", "2026-11-22T09:30:00.000Z", |text| text
    .format(format(KnownFormat::DateTime)));
text_schema!(Email, "Email", "An e-mail address in lower case", "kari@example.no", |text| text
    .format(format(KnownFormat::Email)));
text_schema!(Locale, "Locale", "A language, with or without region (BCP 47)", "nb", |text| text
    .pattern(Some("^[a-z]{2,3}(-[A-Z]{2})?$")));
text_schema!(Currency, "Currency", "ISO 4217 code", "NOK", |text| text.pattern(Some("^[A-Z]{3}$")));
