//! Who asks.

use base::{Id, id};

use crate::{
    AppError, Result,
    permission::{Permission, Role},
};

/// Who it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Who {
    /// A user, logged in.
    User(Id<id::User>),
    /// A program with a secret key.
    Key(Id<id::Key>),
    /// A mail server with a key that delivers mail and opens nothing else.
    Postman(Id<id::Key>),
    /// The program itself: jobs, the reactor, the command line on the machine.
    System,
    /// A visitor of the public pages.
    Visitor,
}

/// Who asks, and in which role.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Actor {
    /// Who it is.
    pub who: Who,
    /// What it may do; a visitor has no role.
    pub role: Option<Role>,
}

impl Actor {
    /// The program itself.
    pub const SYSTEM: Self = Self { who: Who::System, role: Some(Role::Owner) };
    /// A visitor of the public pages.
    pub const VISITOR: Self = Self { who: Who::Visitor, role: None };

    /// A user in a role.
    pub fn user(id: Id<id::User>, role: Role) -> Self {
        Self { who: Who::User(id), role: Some(role) }
    }

    /// A key in a role.
    pub fn key(id: Id<id::Key>, role: Role) -> Self {
        Self { who: Who::Key(id), role: Some(role) }
    }

    /// A mail server that delivers what came in.
    pub fn postman(id: Id<id::Key>) -> Self {
        Self { who: Who::Postman(id), role: None }
    }

    /// Go on only if allowed: the first line of every use case that is not for visitors.
    pub fn may(&self, permission: Permission) -> Result<()> {
        match self.role {
            Some(role) if permission.is_of(role) => Ok(()),
            None if matches!(self.who, Who::Postman(_)) && permission == Permission::EmailsDeliver => Ok(()),
            None if self.who == Who::Visitor => Err(AppError::Unauthenticated),
            _ => Err(AppError::Forbidden(permission.as_str())),
        }
    }

    /// The user, when the actor is one.
    pub fn user_id(&self) -> Option<Id<id::User>> {
        match self.who {
            Who::User(id) => Some(id),
            _ => None,
        }
    }

    /// The name in the audit log.
    pub fn audit_name(&self) -> String {
        match self.who {
            Who::User(id) => id.to_string(),
            Who::Key(id) | Who::Postman(id) => id.to_string(),
            Who::System => "system".to_owned(),
            Who::Visitor => "visitor".to_owned(),
        }
    }
}
