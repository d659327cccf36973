//! Exports of known tools: what their columns mean whatever is in them.

use funnel::field::is_key;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::names::plain;
use crate::imports::{
    mapping::{ImportKind, PersonNamespace, Target},
    number::ValueType,
    time::TimeFormat,
};

/// Whose export a file is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Shape {
    /// Nobody's in particular.
    #[default]
    Generic,
    /// Segment's calls (also RudderStack's), one a line.
    Segment,
    /// PostHog's events.
    Posthog,
    /// Mailchimp's audience.
    Mailchimp,
    /// HubSpot's contacts or deals.
    Hubspot,
    /// Address cards, as the reader of vCards lays them out.
    Vcard,
}

impl Shape {
    /// Whose export has these columns.
    pub fn of(columns: &[String]) -> Self {
        let has = |name: &str| columns.iter().any(|column| column == name);
        let has_start = |start: &str| columns.iter().any(|column| column.starts_with(start));
        let has_plain = |name: &str| columns.iter().any(|column| plain(column) == name);
        if has("type") && (has("userId") || has("anonymousId")) {
            return Self::Segment;
        }
        let has_properties = has("properties") || has_start("properties.") || has_start("$");
        if has("event") && (has("distinct_id") || has("properties.distinct_id")) && has_properties {
            return Self::Posthog;
        }
        if has_plain("emailaddress") && (has_plain("euid") || has_plain("leid") || has_plain("memberrating")) {
            return Self::Mailchimp;
        }
        let hubspot = [
            "lifecyclestage",
            "dealstage",
            "associatedcompanyids",
            "associatedcontactids",
            "dealowner",
            "companydomainname",
        ];
        if has_start("Record ID") && hubspot.iter().any(|name| has_plain(name)) {
            return Self::Hubspot;
        }
        if has("Full name") && has("Family name") && has("Other phones") && has("Photo") {
            return Self::Vcard;
        }
        Self::Generic
    }

    /// What a column means by the tool's own convention; `None` when the convention says nothing of it.
    pub(super) fn convention(self, column: &str) -> Option<Target> {
        match self {
            Self::Segment => segment(column),
            Self::Posthog => posthog(column),
            Self::Mailchimp => mailchimp(column),
            Self::Vcard => vcard(column),
            Self::Hubspot => hubspot(column),
            Self::Generic => None,
        }
    }

    /// What the rows are, where the tool's columns settle it.
    pub(super) fn kind(self, columns: &[String]) -> Option<ImportKind> {
        let has = |name: &str| columns.iter().any(|column| plain(column) == name);
        match self {
            Self::Hubspot if has("dealname") || has("dealstage") => Some(ImportKind::Deals),
            Self::Hubspot if has("companydomainname") && !has("email") => Some(ImportKind::Companies),
            Self::Vcard => Some(ImportKind::Contacts),
            _ => None,
        }
    }

    /// What a column means that nobody gave a rule.
    pub fn target_of(self, column: &str, kind: ImportKind) -> Target {
        self.convention(column).unwrap_or_else(|| match kind {
            ImportKind::Events => Target::property(column),
            ImportKind::Contacts => a_trait(column),
            // Only fields stand there.
            ImportKind::Companies | ImportKind::Deals if is_key(field_key(column)) => a_trait(column),
            ImportKind::Companies | ImportKind::Deals => Target::Skip,
        })
    }

    /// Names of events that are another name with us.
    pub(super) fn event_names(self) -> &'static [(&'static str, &'static str)] {
        match self {
            Self::Posthog => &[
                ("$pageview", "Page Viewed"),
                ("$screen", "Screen Viewed"),
                ("$identify", "Identified"),
                ("$set", "Identified"),
                ("$create_alias", "Aliased"),
                ("$groupidentify", "Group Joined"),
            ],
            _ => &[],
        }
    }

    /// Its name for people.
    pub fn name(self) -> Option<&'static str> {
        match self {
            Self::Generic => None,
            Self::Segment => Some("Segment"),
            Self::Posthog => Some("PostHog"),
            Self::Mailchimp => Some("Mailchimp"),
            Self::Hubspot => Some("HubSpot"),
            Self::Vcard => Some("address cards"),
        }
    }
}

/// Our own files head columns of own fields with `fields.KEY`.
pub(in crate::imports) fn field_key(column: &str) -> &str {
    column.strip_prefix("fields.").unwrap_or(column)
}

fn a_trait(name: &str) -> Target {
    Target::Trait { name: field_key(name).to_owned(), value: ValueType::Text }
}

const TIME: Target = Target::Time { format: TimeFormat::YearFirst };

fn otherwise(name: &str) -> Target {
    Target::PropertyElse { name: name.to_owned() }
}

fn segment(column: &str) -> Option<Target> {
    if let Some(name) = column.strip_prefix("properties.") {
        return Some(Target::property(name));
    }
    if let Some(name) = column.strip_prefix("traits.").or_else(|| column.strip_prefix("context.traits.")) {
        return Some(contact_trait(name));
    }
    Some(match column {
        "type" => Target::CallType,
        "event" => Target::Event,
        "userId" => Target::Person { namespace: PersonNamespace::User },
        "anonymousId" => Target::Person { namespace: PersonNamespace::Anonymous },
        "previousId" => Target::Person { namespace: PersonNamespace::Former },
        "messageId" => Target::MessageId,
        "timestamp" => TIME,
        "name" => Target::property("name"),
        "category" => Target::property("category"),
        "groupId" | "context.groupId" => otherwise("group_id"),
        "context.campaign.source" => otherwise("utm_source"),
        "context.campaign.medium" => otherwise("utm_medium"),
        "context.campaign.name" => otherwise("utm_campaign"),
        "context.campaign.content" => otherwise("utm_content"),
        "context.campaign.term" => otherwise("utm_term"),
        "context.page.path" => otherwise("path"),
        "context.page.url" => otherwise("url"),
        "context.page.referrer" => otherwise("referrer"),
        "context.page.title" => otherwise("title"),
        "context.locale" => otherwise("locale"),
        "originalTimestamp" | "sentAt" | "receivedAt" | "version" | "channel" | "writeKey" | "projectId" => {
            Target::Skip
        }
        _ if ["context.", "integrations.", "_metadata."].iter().any(|start| column.starts_with(start)) => Target::Skip,
        _ => return None,
    })
}

fn posthog(column: &str) -> Option<Target> {
    let set = ["properties.$set.", "person.properties.", "person_properties."];
    if let Some(name) = set.iter().find_map(|start| column.strip_prefix(start)) {
        return Some(contact_trait(name));
    }
    let key = column.strip_prefix("properties.").unwrap_or(column);
    Some(match (column, key) {
        ("event", _) => Target::Event,
        ("distinct_id", _) => Target::Person { namespace: PersonNamespace::User },
        ("timestamp", _) => TIME,
        ("uuid", _) => Target::MessageId,
        ("properties", _) => Target::Properties,
        ("$set", _) => Target::Skip,
        (_, "$ip" | "ip" | "token" | "$insert_id" | "$lib" | "$lib_version" | "$sent_at" | "$time") => Target::Skip,
        (_, "distinct_id") => Target::Skip,
        (
            "created_at" | "team_id" | "person_id" | "person_created_at" | "elements_chain" | "_timestamp" | "offset",
            _,
        ) => Target::Skip,
        (_, key) if key.starts_with("$set_once") || key.starts_with("$feature/") => Target::Skip,
        (column, key) if column != key || column.starts_with('$') => Target::property(posthog_property(key)),
        _ => return None,
    })
}

/// PostHog's names of properties that have a name with us.
pub(in crate::imports) fn posthog_property(key: &str) -> &str {
    match key {
        "$current_url" => "url",
        "$pathname" => "path",
        "$referrer" => "referrer",
        "$device_type" => "device",
        "title" | "$title" => "title",
        other => other,
    }
}

/// Traits that are fields of a contact.
fn contact_trait(name: &str) -> Target {
    match plain(name).as_str() {
        "email" => Target::Email,
        "phone" => Target::Phone,
        "firstname" => Target::FirstName,
        "lastname" => Target::LastName,
        "company" | "companyname" => Target::Company,
        _ => a_trait(name),
    }
}

fn mailchimp(column: &str) -> Option<Target> {
    Some(match plain(column).as_str() {
        "optinip" => Target::ConsentFrom,
        "notes" => Target::Note,
        // Norway is NO, which says nothing about yes and no.
        "cc" | "region" | "timezone" => a_trait(column),
        // Places guessed from addresses on the network, counters and ids of Mailchimp: nothing a person told.
        "confirmip" | "unsubip" | "latitude" | "longitude" | "gmtoff" | "dstoff" | "leid" | "euid" | "lastchanged"
        | "unsubcampaignid" | "cleancampaignid" => Target::Skip,
        _ => return None,
    })
}

/// Columns of contacts, companies and deals; what a name means is settled by [`hubspot_record`] where they differ.
fn hubspot(column: &str) -> Option<Target> {
    Some(match plain(column).as_str() {
        "contactowner" | "companyowner" | "dealowner" => Target::Owner,
        "associatedcompanyids" => Target::CompanyIds,
        "associatedcontactids" => Target::ContactIds,
        "lifecyclestage" => a_trait("lifecycle_stage"),
        "leadstatus" => a_trait("lead_status"),
        "dealname" => Target::DealTitle,
        "dealstage" => Target::Stage,
        "pipeline" => Target::Pipeline,
        "amount" => Target::Amount { value: ValueType::Number },
        "currency" => Target::Currency,
        "closedate" => Target::ClosedAt { format: TimeFormat::YearFirst },
        "closedlostreason" | "closedwonreason" => Target::Reason,
        "companydomainname" => Target::Domain,
        "streetaddress" => Target::Address,
        _ => return None,
    })
}

/// What a column of a company or a deal means that means another thing of a contact.
pub(super) fn hubspot_record(column: &str, kind: ImportKind) -> Option<Target> {
    Some(match (plain(column).as_str(), kind) {
        ("recordid", ImportKind::Companies | ImportKind::Deals) => Target::RecordId,
        ("companyname" | "name", ImportKind::Companies) => Target::Company,
        ("phonenumber", ImportKind::Companies) => Target::Phone,
        ("createdate", ImportKind::Companies) => Target::Skip,
        ("createdate", ImportKind::Deals) => Target::CreatedAt { format: TimeFormat::YearFirst },
        ("associatedcompanyids" | "associatedcompany", ImportKind::Deals) => Target::Skip,
        ("associatedcontactids" | "associatedcontacts", ImportKind::Companies) => Target::Skip,
        _ => return None,
    })
}

fn vcard(column: &str) -> Option<Target> {
    Some(match column {
        "Full name" => Target::FullName,
        "Family name" => Target::LastName,
        "Given name" => Target::FirstName,
        "UID" => Target::RecordId,
        "E-mail" => Target::Email,
        "Phone" => Target::Phone,
        "Company" => Target::Company,
        "Language" => Target::Locale,
        "Categories" => Target::Tags,
        "Note" => Target::Note,
        // Pictures are read over: nothing of them is left that could be kept.
        "Photo" => Target::Skip,
        "Other e-mail addresses" => a_trait("other_emails"),
        "Other phones" => a_trait("other_phones"),
        "Department" => a_trait("department"),
        "Job title" => a_trait("job_title"),
        "Role" => a_trait("role"),
        "Address" => a_trait("address"),
        "Birthday" => a_trait("birthday"),
        "Website" => a_trait("website"),
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shape(columns: &[&str]) -> Shape {
        Shape::of(&columns.iter().map(|name| (*name).to_owned()).collect::<Vec<_>>())
    }

    #[test]
    fn exports_are_known_by_their_columns() {
        assert_eq!(shape(&["type", "event", "userId", "properties.plan"]), Shape::Segment);
        assert_eq!(shape(&["uuid", "event", "distinct_id", "properties", "timestamp"]), Shape::Posthog);
        assert_eq!(shape(&["Email Address", "First Name", "MEMBER_RATING", "OPTIN_TIME"]), Shape::Mailchimp);
        assert_eq!(shape(&["Record ID", "First Name", "Lifecycle Stage"]), Shape::Hubspot);
        assert_eq!(shape(&["Record ID", "Deal Name", "Deal Stage"]), Shape::Hubspot);
        assert_eq!(shape(&["mql_id", "won_date"]), Shape::Generic);
    }

    #[test]
    fn conventions_name_properties_as_everywhere_else() {
        let target = |shape: Shape, column: &str| shape.target_of(column, ImportKind::Events);
        assert_eq!(target(Shape::Segment, "properties.plan"), Target::property("plan"));
        assert_eq!(target(Shape::Segment, "context.campaign.name"), otherwise("utm_campaign"));
        assert_eq!(target(Shape::Segment, "context.ip"), Target::Skip);
        assert_eq!(target(Shape::Posthog, "properties.$current_url"), Target::property("url"));
        assert_eq!(target(Shape::Posthog, "properties.$set.email"), Target::Email);
        assert_eq!(target(Shape::Generic, "anything"), Target::property("anything"));
    }
}
