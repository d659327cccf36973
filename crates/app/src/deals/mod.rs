//! Deals: the board, the list, and every way in which a deal comes, moves and ends.
//!
//! A rep sees and changes the own deals only; that stands in the query ([`scope`]), so that somebody else's deal
//! does not exist for a rep. Each change writes the deal, its history and its facts in one transaction, and goes through
//! the gates in one place (`pass`).

mod again;
mod approvals;
mod board;
mod bring_in;
mod case;
mod edit;
mod gates;
mod known;
mod moves;
mod pass;
mod publish;
mod react;
#[cfg(test)]
mod tests;
mod versions;
mod view;

use base::{Id, id};
use store::deals::{Owner, Scope};
use store::funnels::Funnel;

use crate::{Actor, App, AppError, Result, facts, permission::Permission};

pub use again::look_again;
pub use approvals::{ApprovalRequest, NewApproval, approve, ask};
pub use board::{BOARD_COLUMN_MAX, Board, BoardColumn, BoardQuery, DealSum, WON_SHOWN_MS, board};
pub use edit::{DealPatch, FIELDS_BYTES_MAX, FIELDS_MAX, NewDeal, create, update};
pub use gates::{DealGates, GateQuery, GateReasonView, GivenApproval, Shut, StageGateView, gates};
pub use moves::{DealClose, DealMove, DealOutcome, end, move_to, open_again};
pub use publish::{Follow, OpenDeals};
pub use view::{DealChange, DealDetail, DealHeld, DealPage, DealQuery, DealView, HISTORY_MAX, SORTS, get, list};

pub(crate) use bring_in::{Arriving, bring_in};
pub(crate) use case::{discount_percent, own_value, told_fields};
pub(crate) use edit::KEPT_BY_PROGRAM;
pub(crate) use pass::{reopen_cancelled, told_of};
pub(crate) use publish::take_along;
pub(crate) use react::{Reaction, apply, prepare};
pub(crate) use versions::Followed;
pub(crate) use view::asked_for;

/// Whose deals an actor may see and change.
pub(crate) fn scope(actor: &Actor) -> Scope {
    if actor.may(Permission::DealsAll).is_ok() {
        return Scope::All;
    }
    actor.user_id().map_or(Scope::Nothing, Scope::Own)
}

fn parse_owner(actor: &Actor, text: &str) -> Result<Owner> {
    match text {
        "none" => Ok(Owner::Nobody),
        "me" => actor
            .user_id()
            .map(Owner::User)
            .ok_or_else(|| AppError::invalid("owner", "nobody", "a key has no deals of its own: name a user, usr_…")),
        id => id.parse().map(Owner::User).map_err(|error| AppError::invalid("owner", "id", format!("{error}"))),
    }
}

/// The funnel of that id, else the first one.
fn funnel_of(app: &App, id: Option<Id<id::Funnel>>) -> Result<Funnel> {
    let rules = app.running.rules();
    let found = match id {
        Some(id) => rules.funnels.iter().find(|funnel| funnel.id == id),
        None => rules.funnels.first(),
    };
    found.cloned().ok_or(AppError::NotFound("funnel"))
}

async fn after_commit(app: &App) -> Result<()> {
    facts::relay(app).await?;
    app.bell.ring();
    Ok(())
}
