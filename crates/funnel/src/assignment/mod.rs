//! Who gets a deal: rules over what is known of it, and the choice of a person among those who are at work.
//!
//! Pure: whoever asks brings the people with what they have to do, and the moment.

mod choice;
mod hours;
#[cfg(test)]
mod tests;

use base::{Id, id};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::condition::{CONDITIONS_MAX, Condition, DEPTH_MAX};

pub use choice::{Candidate, Choice, choose};
pub use hours::{Away, ClockTime, DAYS_AHEAD_MAX, HoursError, WorkingDay, WorkingHours, week_of};

/// Characters of a rule's name.
pub const NAME_CHARS_MAX: usize = 120;
/// People whom one rule names.
pub const PEOPLE_MAX: usize = 200;
/// The most open deals that a rule may allow one person.
pub const DEALS_MAX: u32 = 10_000;
/// The longest that a rule may give for an answer, working minutes: some 30 weeks.
pub const ANSWER_MINUTES_MAX: u32 = 60_000;

/// How a rule chooses among its people.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum ChooseBy {
    /// The one person that is named.
    Person,
    /// In turns: whoever has waited longest for one.
    Turns,
    /// Whoever has the fewest open deals; of equals whoever has waited longest.
    Load,
}

/// What happens when nobody is there.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum NobodyThere {
    /// The deal waits for the first who comes.
    #[default]
    Wait,
    /// Another person gets it at once: `fallback_id`.
    Fallback,
    /// The next rule is asked.
    NextRule,
}

/// How soon somebody must answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct AnswerLimit {
    /// Working minutes of the person until the first call, meeting or note.
    pub within_minutes: u32,
    /// Working minutes after which the head of the team is told, too; never when absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub tell_head_after_minutes: Option<u32>,
    /// Whether somebody else of the rule gets the deal when its time is over.
    #[serde(default)]
    pub hands_on: bool,
}

/// A rule that gives deals to people.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct AssignmentRule {
    /// What people call it.
    pub name: String,
    /// A rule that rests is passed over.
    pub is_active: bool,
    /// Only deals of this funnel; of all when absent.
    #[serde(default)]
    pub funnel_id: Option<Id<id::Funnel>>,
    /// Hands deals over when they come into this stage of the funnel, whoever has them; when absent the rule is for
    /// deals that nobody has.
    #[serde(default)]
    pub stage: Option<String>,
    /// What must be so of the deal, its contact and their company; of any when absent.
    #[serde(default)]
    pub condition: Option<Condition>,
    pub choose_by: ChooseBy,
    /// Whose turn it may be: the members of this team.
    #[serde(default)]
    pub team_id: Option<Id<id::Team>>,
    /// And these people.
    #[serde(default)]
    pub people: Vec<Id<id::User>>,
    /// Open deals that one person may have; any number when absent.
    #[serde(default)]
    pub deals_max: Option<u32>,
    /// Whether only those get deals who are at work.
    #[serde(default)]
    pub in_hours: bool,
    #[serde(default)]
    pub nobody_there: NobodyThere,
    /// Who gets the deal when nobody is there.
    #[serde(default)]
    pub fallback_id: Option<Id<id::User>>,
    /// How soon they must answer; no limit when absent.
    #[serde(default)]
    pub answer: Option<AnswerLimit>,
}

/// Something that is wrong with a rule: the field, a stable word, and what to do.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RuleProblem {
    pub field: &'static str,
    pub code: &'static str,
    pub message: String,
}

impl AssignmentRule {
    /// What is wrong with it by itself; whether its people, team and stage exist the caller knows.
    pub fn problems(&self) -> Vec<RuleProblem> {
        let mut problems = Vec::new();
        let mut refuse = |field, code, message: String| problems.push(RuleProblem { field, code, message });
        let chars = self.name.chars().count();
        if self.name.trim().is_empty() || chars > NAME_CHARS_MAX || self.name.chars().any(char::is_control) {
            refuse("name", "length", format!("write a name of 1 to {NAME_CHARS_MAX} characters"));
        }
        if self.stage.is_some() && self.funnel_id.is_none() {
            refuse("funnel_id", "required", "name the funnel that the stage belongs to".to_owned());
        }
        if self.choose_by == ChooseBy::Person && (self.people.len() != 1 || self.team_id.is_some()) {
            refuse("people", "one", "name the one person who gets these deals".to_owned());
        } else if self.people.is_empty() && self.team_id.is_none() {
            refuse("people", "required", "name a team or people to choose from".to_owned());
        } else if self.people.len() > PEOPLE_MAX {
            refuse("people", "too_many", format!("name at most {PEOPLE_MAX} people"));
        }
        if self.deals_max.is_some_and(|most| !(1..=DEALS_MAX).contains(&most)) {
            refuse("deals_max", "range", format!("allow 1 to {DEALS_MAX} open deals, or leave it empty"));
        }
        if (self.nobody_there == NobodyThere::Fallback) != self.fallback_id.is_some() {
            let message = "name who gets the deal when nobody is there, and only then";
            refuse("fallback_id", "required", message.to_owned());
        }
        if let Some(condition) = &self.condition {
            let (count, depth) = condition.size();
            if count > CONDITIONS_MAX || depth > DEPTH_MAX {
                let message = format!("write at most {CONDITIONS_MAX} conditions, {DEPTH_MAX} deep");
                refuse("condition", "too_many", message);
            } else if !condition.events().is_empty() {
                refuse("condition", "event", "a rule looks at fields: what somebody did is for gates".to_owned());
            } else if condition.is_of_segments() {
                refuse(
                    "condition",
                    "segment",
                    "a rule looks at fields: deals and segments are not asked here".to_owned(),
                );
            }
        }
        if let Some(answer) = &self.answer {
            let is_range = |minutes: u32| (1..=ANSWER_MINUTES_MAX).contains(&minutes);
            let message = format!("give 1 to {ANSWER_MINUTES_MAX} working minutes");
            if !is_range(answer.within_minutes) {
                refuse("answer.within_minutes", "range", message.clone());
            }
            let later = answer.tell_head_after_minutes;
            if later.is_some_and(|minutes| !is_range(minutes) || minutes < answer.within_minutes) {
                let message = format!("{message}, and not fewer than for the answer");
                refuse("answer.tell_head_after_minutes", "range", message);
            }
        }
        problems
    }
}
