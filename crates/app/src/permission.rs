//! Who may do what: one table, read by every use case.

pub use funnel::document::Role;

use crate::AppError;

/// The role of a text of the database or the API.
pub fn role(text: &str) -> Result<Role, AppError> {
    let found = Role::ALL.into_iter().find(|role| role.as_str() == text);
    found.ok_or_else(|| {
        AppError::invalid("role", "unknown", "choose a role: owner, admin, marketer, manager, rep or viewer")
    })
}

macro_rules! permissions {
    ($($(#[$doc:meta])* $name:ident = $text:literal: [$($role:ident),*];)*) => {
        /// One thing that can be allowed.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
        pub enum Permission { $($(#[$doc])* $name),* }

        impl Permission {
            /// All permissions.
            pub const ALL: &'static [Permission] = &[$(Self::$name),*];

            /// `noun.verb`.
            pub fn as_str(self) -> &'static str {
                match self { $(Self::$name => $text),* }
            }

            /// The roles that have it, besides owner and admin, who have all.
            fn roles(self) -> &'static [Role] {
                match self { $(Self::$name => &[$(Role::$role),*]),* }
            }
        }
    };
}

permissions! {
    /// Reports, home, live numbers.
    InsightsRead = "insights.read": [Marketer, Manager, Rep, Viewer];
    /// Save insights, make and change dashboards.
    InsightsWrite = "insights.write": [Marketer, Manager, Rep];
    /// See contacts and their timelines.
    ContactsRead = "contacts.read": [Marketer, Manager, Rep, Viewer];
    /// Add and change contacts.
    ContactsWrite = "contacts.write": [Marketer, Manager, Rep];
    /// Remove or merge contacts.
    ContactsDelete = "contacts.delete": [Manager];
    /// See deals; a rep sees the own ones.
    DealsRead = "deals.read": [Marketer, Manager, Rep, Viewer];
    /// Add, change and move deals; a rep the own ones.
    DealsWrite = "deals.write": [Manager, Rep];
    /// See and change the deals of everybody.
    DealsAll = "deals.all": [Marketer, Manager, Viewer];
    /// See the rules by which deals are given to people.
    RoutingRead = "routing.read": [Marketer, Manager, Viewer];
    /// Decide who gets which deals: teams, working hours, rules.
    RoutingWrite = "routing.write": [Manager];
    /// Decide what people, teams and funnels are to reach.
    TargetsWrite = "targets.write": [Manager];
    /// See notes, calls, meetings, tasks and files on what one may see.
    ActivitiesRead = "activities.read": [Marketer, Manager, Rep, Viewer];
    /// Write notes, log calls, plan and do tasks and meetings, add files.
    ActivitiesWrite = "activities.write": [Marketer, Manager, Rep];
    /// Deliver mail that came in: for programs.
    EmailsDeliver = "emails.deliver": [];
    /// See the sales book.
    PlaybooksRead = "playbooks.read": [Marketer, Manager, Rep, Viewer];
    /// Make segments and change them.
    SegmentsWrite = "segments.write": [Marketer, Manager];
    /// Write the sales book; decide outcomes of calls and when a deal is quiet.
    PlaybooksWrite = "playbooks.write": [Marketer, Manager];
    /// See the funnel's design.
    FunnelsRead = "funnels.read": [Marketer, Manager, Rep, Viewer];
    /// Change the funnel's design.
    FunnelsWrite = "funnels.write": [Marketer, Manager];
    /// See pages, files and lead magnets in the making.
    PagesRead = "pages.read": [Marketer, Manager, Viewer];
    /// Write and publish pages, upload files.
    PagesWrite = "pages.write": [Marketer];
    /// See offers.
    OffersRead = "offers.read": [Marketer, Manager, Rep, Viewer];
    /// Change offers and prices.
    OffersWrite = "offers.write": [Marketer, Manager];
    /// See orders.
    OrdersRead = "orders.read": [Marketer, Manager, Rep, Viewer];
    /// Change the status of orders.
    OrdersWrite = "orders.write": [Manager];
    /// See what channels cost.
    SpendRead = "spend.read": [Marketer, Manager];
    /// Write down what channels cost.
    SpendWrite = "spend.write": [Marketer];
    /// See templates and what was sent.
    MessagesRead = "messages.read": [Marketer, Manager, Viewer];
    /// Change templates, send.
    MessagesWrite = "messages.write": [Marketer];
    /// Bring data in and take it back.
    ImportsWrite = "imports.write": [Marketer, Manager];
    /// See the company's settings, without secrets.
    SettingsRead = "settings.read": [Marketer, Manager, Rep, Viewer];
    /// Change the company's settings, mail server, keys.
    SettingsWrite = "settings.write": [];
    /// Add, change and shut out users.
    UsersWrite = "users.write": [];
    /// See jobs, refusals, the audit log, and set dead jobs going again.
    Operate = "operate": [];
    /// Send events.
    EventsWrite = "events.write": [Marketer, Manager];
}

impl Permission {
    /// Whether a role has it.
    pub fn is_of(self, role: Role) -> bool {
        matches!(role, Role::Owner | Role::Admin) || self.roles().contains(&role)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_viewer_changes_nothing_and_names_are_unique() {
        for permission in Permission::ALL {
            let changes = !permission.as_str().ends_with(".read") && *permission != Permission::DealsAll;
            assert!(!(changes && permission.is_of(Role::Viewer)), "{}", permission.as_str());
            assert!(permission.is_of(Role::Owner));
            let same = Permission::ALL.iter().filter(|other| other.as_str() == permission.as_str()).count();
            assert_eq!(same, 1);
        }
        for role in Role::ALL {
            assert_eq!(super::role(role.as_str()).unwrap(), role);
        }
    }
}
