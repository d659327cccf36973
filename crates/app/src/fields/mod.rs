//! Fields: which there are, what may stand in them, and who may see and change them.
//!
//! A role can be kept from a field, a built-in one or one of the company's own. That holds here, for every way to a
//! value: what is hidden is not shown, cannot be filtered, sorted or searched by, and goes into no file; what is fixed
//! is shown and cannot be changed. Owner and admin see everything.

mod design;
#[cfg(test)]
pub(crate) mod tests;

use base::{Id, id};
use funnel::field::{self, Definition, FieldKind, Others, Writing};
use funnel::localized::Localized;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use store::ConnectionTrait;
use store::fields::{Access, Field};

use crate::permission::Role;
use crate::{Actor, AppError, FieldProblem, Result};

pub(crate) use design::define;
pub use design::{
    AccessView, FieldChange, FieldList, FieldOrder, FieldQuery, FieldView, NewField, create, list, reorder, set_access,
    update,
};

/// What has fields.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "snake_case")]
#[schema(as = FieldEntity)]
pub enum Entity {
    #[default]
    Contact,
    Company,
    Deal,
}

impl Entity {
    /// The word in the database and the API.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Contact => "contact",
            Self::Company => "company",
            Self::Deal => "deal",
        }
    }

    /// Where values of custom fields stand in the record.
    pub fn values_name(self) -> &'static str {
        match self {
            Self::Contact => "traits",
            Self::Company | Self::Deal => "fields",
        }
    }

    /// The built-in fields that roles can be kept from. `other` are a contact's open facts that no field is defined for.
    pub fn closable(self) -> &'static [&'static str] {
        match self {
            Self::Contact => &[
                "first_name",
                "last_name",
                "email",
                "phone",
                "company",
                "company_id",
                "owner_id",
                "tags",
                "channel",
                "other",
            ],
            Self::Company => &["domain", "organisation_number", "phone", "address", "owner_id", "tags"],
            // What else is known of a deal makes up boards and sums: who sees deals sees it.
            Self::Deal => &[],
        }
    }
}

/// What events call what is known of a contact, in small letters and without signs.
const PROPERTIES: [(&str, &[&str]); 7] = [
    ("name", &["name", "fullname", "displayname", "contactname", "recipientname", "toname"]),
    ("first_name", &["firstname", "givenname"]),
    ("last_name", &["lastname", "familyname", "surname"]),
    ("email", &["email", "emailaddress", "mail", "to", "recipient", "from"]),
    ("phone", &["phone", "phonenumber", "telephone", "mobile", "mobilephone"]),
    ("company", &["company", "companyname", "organisation", "organization"]),
    ("channel", &["channel", "firstchannel", "lastchannel"]),
];

/// The name of a custom field among the built-in ones.
pub fn full_name(key: &str) -> String {
    format!("fields.{key}")
}

/// The fields of an entity as somebody may use them.
#[derive(Debug, Clone)]
pub struct Fields {
    entity: Entity,
    all: Vec<Field>,
    hidden: Vec<String>,
    fixed: Vec<String>,
}

impl Fields {
    /// As that actor may use them.
    pub async fn load(conn: &impl ConnectionTrait, actor: &Actor, entity: Entity) -> Result<Self> {
        let all = store::fields::list(conn, entity.as_str()).await?;
        let access = store::fields::access(conn, entity.as_str()).await?;
        let closed = |roles: fn(&Access) -> &[String]| {
            let is_for = |access: &&Access| match actor.role {
                Some(Role::Owner | Role::Admin) => false,
                Some(role) => roles(access).iter().any(|name| name == role.as_str()),
                None => true,
            };
            access.iter().filter(is_for).map(|access| access.field.clone()).collect()
        };
        let (hidden, fixed) = (closed(|access| &access.hidden_from), closed(|access| &access.fixed_for));
        Ok(Self { entity, all, hidden, fixed })
    }

    /// Whose fields they are.
    pub fn entity(&self) -> Entity {
        self.entity
    }

    /// Whether the actor may not see a field: `email`, `fields.margin`.
    pub fn is_hidden(&self, name: &str) -> bool {
        let is_name_hidden = || ["first_name", "last_name"].iter().any(|part| self.is_hidden(part));
        self.hidden.iter().any(|hidden| hidden == name) || (name == "name" && is_name_hidden())
    }

    /// Whether anything at all is hidden from the actor.
    pub fn hides_any(&self) -> bool {
        !self.hidden.is_empty()
    }

    /// Whether a property of an event, by its name, tells of a contact what the actor may not see. The subject of a mail
    /// may have any field in it.
    pub fn hides_property(&self, property: &str) -> bool {
        let own = property.rsplit('.').next().unwrap_or(property);
        let plain: String = own.chars().filter(|c| c.is_alphanumeric()).flat_map(char::to_lowercase).collect();
        let names = PROPERTIES.iter().filter(|(_, said)| said.contains(&plain.as_str()));
        let is_words = plain == "subject" && self.hides_any();
        is_words || names.into_iter().any(|(name, _)| self.is_hidden(name)) || self.is_hidden(&full_name(own))
    }

    /// What an event says, without what tells of a contact what the actor may not see.
    pub fn seen_properties(&self, properties: &mut Value) {
        if let Value::Object(said) = properties
            && self.hides_any()
        {
            said.retain(|name, _| !self.hides_property(name));
            // Traits of `identify` and the fields of a form lie one level deeper.
            said.values_mut().for_each(|value| self.seen_properties(value));
        }
    }

    /// Whether the actor may not change a field.
    pub fn is_fixed(&self, name: &str) -> bool {
        self.is_hidden(name) || self.fixed.iter().any(|fixed| fixed == name)
    }

    /// The definition of a field in use that the actor sees.
    pub fn seen(&self, key: &str) -> Option<&Definition> {
        self.definition(key).filter(|_| !self.is_hidden(&full_name(key)))
    }

    /// The fields in use that the actor sees, in their order.
    pub fn all_seen(&self) -> impl Iterator<Item = &Definition> {
        let in_use = self.all.iter().filter(|field| !field.is_archived).map(|field| &field.definition);
        in_use.filter(|definition| !self.is_hidden(&full_name(&definition.key)))
    }

    /// What people call the fields in use, by their full names: `deal.need`. Also of those that the actor does not see:
    /// a gate says what it waits for.
    pub(crate) fn labels(&self) -> impl Iterator<Item = (String, Localized)> {
        let in_use = self.all.iter().filter(|field| !field.is_archived).map(|field| &field.definition);
        in_use.map(|one| (format!("{}.{}", self.entity.as_str(), one.key), one.label.clone()))
    }

    fn definition(&self, key: &str) -> Option<&Definition> {
        let found = self.all.iter().find(|field| field.definition.key == key && !field.is_archived);
        found.map(|field| &field.definition)
    }

    /// The keys of fields that are no longer in use.
    pub(crate) fn unused_keys(&self) -> impl Iterator<Item = &str> {
        self.all.iter().filter(|field| field.is_archived).map(|field| field.definition.key.as_str())
    }

    /// Whether there is a field with that key, in use or not.
    pub(crate) fn is_defined(&self, key: &str) -> bool {
        self.all.iter().any(|field| field.definition.key == key)
    }

    /// The name under which access to a key of a record's values is decided.
    fn access_name(&self, key: &str) -> String {
        let is_defined = self.all.iter().any(|field| field.definition.key == key);
        if is_defined { full_name(key) } else { "other".to_owned() }
    }

    /// Values without those that the actor does not see.
    pub fn seen_values(&self, mut values: Map<String, Value>) -> Map<String, Value> {
        if !self.hidden.is_empty() {
            values.retain(|key, _| !self.is_hidden(&self.access_name(key)));
        }
        values
    }

    /// Go on only if the actor may change all of these, built-in names and keys of values. It is asked of what was
    /// sent, not of what would change: else an answer would tell whether a guess was right.
    pub fn refuse_closed<'a>(
        &self,
        built_in: impl IntoIterator<Item = &'a str>,
        keys: impl IntoIterator<Item = &'a str>,
    ) -> Result<()> {
        let values = self.entity.values_name();
        let built_in = built_in.into_iter().filter(|name| self.is_fixed(name)).map(str::to_owned);
        let keys = keys.into_iter().filter(|key| self.is_fixed(&self.access_name(key)));
        let closed = built_in.chain(keys.map(|key| format!("{values}.{key}")));
        let problem = |field| FieldProblem::new(field, "closed", "your role may not change this field");
        let problems: Vec<FieldProblem> = closed.map(problem).collect();
        if problems.is_empty() { Ok(()) } else { Err(AppError::Invalid(problems)) }
    }

    /// Values after a change, each in the form of its type.
    pub fn merged(
        &self,
        before: &Map<String, Value>,
        change: &Map<String, Value>,
        writing: Writing,
    ) -> std::result::Result<Map<String, Value>, Vec<FieldProblem>> {
        let values = self.entity.values_name();
        let archived = self.all.iter().filter(|field| field.is_archived && change.contains_key(&field.definition.key));
        let mut problems: Vec<FieldProblem> = archived
            .filter(|field| !change[&field.definition.key].is_null())
            .map(|field| {
                let name = format!("{values}.{}", field.definition.key);
                FieldProblem::new(name, "archived", "this field is no longer in use: restore it in the settings")
            })
            .collect();
        // What a role cannot fill in cannot be asked of it.
        let definition = |field: &Field| {
            let mut definition = field.definition.clone();
            definition.is_required &= !self.is_fixed(&full_name(&definition.key));
            definition
        };
        let in_use: Vec<Definition> = self.all.iter().filter(|field| !field.is_archived).map(definition).collect();
        let others = match self.entity {
            // A gate may ask a deal for a field that nobody has defined.
            Entity::Contact | Entity::Deal => Others::Kept,
            Entity::Company => Others::Refused,
        };
        match field::checked(&in_use, before, change, others, writing) {
            Ok(after) if problems.is_empty() => Ok(after),
            Ok(_) => Err(problems),
            Err(found) => {
                let named =
                    |one: field::Problem| FieldProblem::new(format!("{values}.{}", one.field), one.code, one.message);
                problems.extend(found.into_iter().map(named));
                Err(problems)
            }
        }
    }

    /// The keys of fields that hold a user.
    fn user_keys(&self) -> impl Iterator<Item = &str> {
        self.all
            .iter()
            .map(|field| &field.definition)
            .filter(|one| one.kind == FieldKind::User)
            .map(|one| one.key.as_str())
    }
}

/// The values of a record after a change by an actor, checked: of which type, required, whether the actor may, and
/// whether the users it names are there. What deals, contacts and companies call before they store.
///
/// # Errors
/// `Invalid` with every problem, each under `fields.KEY` (of contacts `traits.KEY`).
pub async fn checked(
    conn: &impl ConnectionTrait,
    actor: &Actor,
    entity: Entity,
    before: &Map<String, Value>,
    change: &Map<String, Value>,
    writing: Writing,
) -> Result<Map<String, Value>> {
    let fields = Fields::load(conn, actor, entity).await?;
    fields.refuse_closed([], change.keys().map(String::as_str))?;
    let after = fields.merged(before, change, writing).map_err(AppError::Invalid)?;
    refuse_unknown_users(conn, &fields, before, &after).await?;
    Ok(after)
}

/// Whoever a record is newly given to must be there.
pub(crate) async fn refuse_unknown_users(
    conn: &impl ConnectionTrait,
    fields: &Fields,
    before: &Map<String, Value>,
    after: &Map<String, Value>,
) -> Result<()> {
    for key in fields.user_keys() {
        let Some(user) = after.get(key).filter(|user| before.get(key) != Some(*user)) else { continue };
        let field = format!("{}.{key}", fields.entity.values_name());
        refuse_unknown_user(conn, &field, user.as_str().and_then(|text| text.parse().ok())).await?;
    }
    Ok(())
}

/// A user must be there and able to log in.
pub(crate) async fn refuse_unknown_user(
    conn: &impl ConnectionTrait,
    field: &str,
    user: Option<Id<id::User>>,
) -> Result<()> {
    let found = match user {
        Some(user) => store::users::find(conn, user).await?,
        None => None,
    };
    if found.is_some_and(|user| user.is_active) {
        return Ok(());
    }
    Err(AppError::invalid(field, "unknown", "choose a user who can log in"))
}
