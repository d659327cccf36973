//! What stands in an activity, and whether it fits its kind.

use base::{Id, Timestamp, id};
use jiff::tz::TimeZone;
use serde::{Deserialize, Deserializer, Serialize};
use store::activities::{Activity, Kind};

use super::repeat::Repeat;
use super::settings::ActivitySettings;
use crate::{App, AppError, FieldProblem, Result};

/// Longest title, in characters.
pub const TITLE_CHARS_MAX: usize = 200;
/// Longest text, in characters.
pub const BODY_CHARS_MAX: usize = 20_000;
/// Longest place, link or name of a participant, in characters.
pub const LINE_CHARS_MAX: usize = 500;
/// Most people in a meeting.
pub const PARTICIPANTS_MAX: usize = 100;
/// Longest call, seconds.
pub const CALL_S_MAX: u32 = 24 * 3600;
/// Longest meeting, ms.
pub const MEETING_MS_MAX: i64 = 31 * 24 * 3600 * 1000;
/// How far ahead a clock may be when it says that something has happened, ms.
const AHEAD_MS_MAX: i64 = 5 * 60 * 1000;

/// Who called or wrote.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum CallDirection {
    /// We called.
    Outbound,
    /// They called.
    Inbound,
}

/// What sort of task it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum TaskType {
    #[default]
    ToDo,
    Call,
    Email,
    Meeting,
}

/// How much a task matters.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum TaskPriority {
    Low,
    #[default]
    Normal,
    High,
}

impl TaskPriority {
    /// As it is stored: higher goes first.
    pub fn number(self) -> i64 {
        match self {
            Self::Low => -1,
            Self::Normal => 0,
            Self::High => 1,
        }
    }

    /// From what is stored.
    pub fn of(number: i64) -> Self {
        match number {
            ..0 => Self::Low,
            0 => Self::Normal,
            _ => Self::High,
        }
    }
}

/// A file on a record.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
pub struct AttachedFile {
    pub name: String,
    /// Found from the bytes.
    pub content_type: String,
    pub size_bytes: i64,
}

/// What only some kinds of activity have.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(default)]
pub struct ActivityDetails {
    /// Calls and e-mails: who called or wrote.
    #[schema(required)]
    pub direction: Option<CallDirection>,
    /// Calls: how long, seconds.
    #[schema(required)]
    pub duration_s: Option<u32>,
    /// Meetings: when it ends.
    #[schema(required)]
    pub ends_at: Option<Timestamp>,
    /// Meetings and tasks: the zone that they are planned in.
    #[schema(required)]
    pub zone: Option<String>,
    /// Meetings: where.
    #[schema(required)]
    pub place: String,
    /// Meetings: the address to join at.
    #[schema(required)]
    pub link: String,
    /// Meetings: who else is there.
    #[schema(required)]
    pub participants: Vec<String>,
    /// Tasks: what sort.
    #[schema(required)]
    pub task_type: Option<TaskType>,
    /// Tasks and meetings: when its doer is reminded.
    #[schema(required)]
    pub remind_at: Option<Timestamp>,
    /// Tasks: how it repeats.
    #[schema(required)]
    pub repeat: Option<Repeat>,
    /// Tasks that repeat: the first time, on the clock of the zone.
    #[schema(required, value_type = Option<String>)]
    pub repeats_from: Option<jiff::civil::DateTime>,
    /// The file.
    #[schema(required)]
    pub file: Option<AttachedFile>,
    /// E-mails: between whom, and what they answer.
    #[schema(required)]
    pub email: Option<EmailDetails>,
}

/// What only e-mails have.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(default)]
pub struct EmailDetails {
    /// The address it is from.
    #[schema(required)]
    pub from: String,
    /// The name it is from; empty when it bears none.
    #[schema(required)]
    pub from_name: String,
    /// The address it went to.
    #[schema(required)]
    pub to: String,
    /// The older mail below what was written.
    #[schema(required)]
    pub quoted: String,
    /// A program wrote it: an absence note, a receipt.
    #[schema(required)]
    pub is_automatic: bool,
    /// Files that came with it and were not kept: of a kind or size that is not taken.
    #[schema(required)]
    pub files_left_out: u32,
}

impl ActivityDetails {
    /// As they are stored with an activity.
    pub fn of(activity: &Activity) -> Result<Self> {
        serde_json::from_value(activity.details.clone())
            .map_err(|error| AppError::Internal(format!("{} is damaged: {error}", activity.id)))
    }

    /// To be stored.
    pub(crate) fn json(&self) -> Result<serde_json::Value> {
        serde_json::to_value(self).map_err(|error| AppError::Internal(error.to_string()))
    }

    /// The zone it is planned in; the company's when none was named.
    pub(super) fn time_zone(&self, app: &App) -> TimeZone {
        self.zone.as_deref().and_then(|name| TimeZone::get(name).ok()).unwrap_or_else(|| app.company().zone())
    }
}

/// What is to stand in an activity; what is absent stays as it is. Each kind has its own fields, and others are
/// refused.
#[derive(Debug, Clone, Default, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields, default)]
pub struct ActivityContent {
    /// What it is about. A task needs one.
    pub title: Option<String>,
    /// Markdown; `@` and the name of a user tells that user. A note needs one.
    pub body: Option<String>,
    /// Calls: one of the outcomes of the settings. Meetings: `held` or `no_show`.
    pub outcome: Option<String>,
    /// When it happened, a meeting begins.
    pub at: Option<Timestamp>,
    pub direction: Option<CallDirection>,
    pub duration_s: Option<u32>,
    pub ends_at: Option<Timestamp>,
    /// An IANA name; the company's zone when absent.
    pub zone: Option<String>,
    pub place: Option<String>,
    /// An address that begins with `https://` or `http://`.
    pub link: Option<String>,
    pub participants: Option<Vec<String>>,
    pub task_type: Option<TaskType>,
    pub priority: Option<TaskPriority>,
    /// When a task is due; `null` for no time.
    #[serde(deserialize_with = "present")]
    #[schema(value_type = Option<Timestamp>)]
    pub due_at: Option<Option<Timestamp>>,
    /// When the doer is reminded; `null` for not.
    #[serde(deserialize_with = "present")]
    #[schema(value_type = Option<Timestamp>)]
    pub remind_at: Option<Option<Timestamp>>,
    /// How a task repeats; `null` for not.
    #[serde(deserialize_with = "present")]
    #[schema(value_type = Option<Repeat>)]
    pub repeat: Option<Option<Repeat>>,
    /// Who is to do it; whoever adds it when absent, `null` for nobody.
    #[serde(deserialize_with = "present")]
    #[schema(value_type = Option<String>)]
    pub assignee_id: Option<Option<Id<id::User>>>,
}

/// Tells `null` from an absent field.
fn present<'de, D: Deserializer<'de>, T: Deserialize<'de>>(deserializer: D) -> Result<Option<Option<T>>, D::Error> {
    Option::deserialize(deserializer).map(Some)
}

impl ActivityContent {
    /// The fields that it brings, by name.
    fn named(&self) -> Vec<&'static str> {
        let brought = [
            ("title", self.title.is_some()),
            ("body", self.body.is_some()),
            ("outcome", self.outcome.is_some()),
            ("at", self.at.is_some()),
            ("direction", self.direction.is_some()),
            ("duration_s", self.duration_s.is_some()),
            ("ends_at", self.ends_at.is_some()),
            ("zone", self.zone.is_some()),
            ("place", self.place.is_some()),
            ("link", self.link.is_some()),
            ("participants", self.participants.is_some()),
            ("task_type", self.task_type.is_some()),
            ("priority", self.priority.is_some()),
            ("due_at", self.due_at.is_some()),
            ("remind_at", self.remind_at.is_some()),
            ("repeat", self.repeat.is_some()),
            ("assignee_id", self.assignee_id.is_some()),
        ];
        brought.into_iter().filter(|(_, is_there)| *is_there).map(|(name, _)| name).collect()
    }
}

/// The fields that a kind has.
fn fields(kind: Kind) -> &'static [&'static str] {
    match kind {
        Kind::Note => &["body", "at"],
        Kind::Call => &["body", "outcome", "at", "direction", "duration_s"],
        Kind::Meeting => &[
            "title",
            "body",
            "outcome",
            "at",
            "ends_at",
            "zone",
            "place",
            "link",
            "participants",
            "remind_at",
            "assignee_id",
        ],
        Kind::Task => {
            &["title", "body", "zone", "task_type", "priority", "due_at", "remind_at", "repeat", "assignee_id"]
        }
        Kind::File => &["title", "body"],
        Kind::Email => &[],
    }
}

/// How a meeting may have gone.
pub const MEETING_OUTCOMES: [&str; 3] = ["held", "no_show", "moved"];

/// Collects what is wrong.
struct Check(Vec<FieldProblem>);

impl Check {
    fn refuse(&mut self, field: &str, code: &str, message: impl Into<String>) {
        self.0.push(FieldProblem::new(format!("content.{field}"), code, message));
    }

    /// A text of one line.
    fn line(&mut self, field: &str, text: &str, chars_max: usize) -> String {
        let text = text.trim();
        if text.chars().count() > chars_max || text.chars().any(char::is_control) {
            self.refuse(field, "length", format!("write at most {chars_max} characters on one line"));
        }
        text.to_owned()
    }
}

/// Write content onto an activity, or say everything that is wrong with it.
pub(super) fn apply(
    app: &App,
    settings: &ActivitySettings,
    activity: &mut Activity,
    content: ActivityContent,
) -> Result<()> {
    let mut check = Check(Vec::new());
    for name in content.named() {
        if !fields(activity.kind).contains(&name) {
            check.refuse(name, "foreign", format!("a {} has no {name}: leave it out", activity.kind.as_str()));
        }
    }
    let mut details = ActivityDetails::of(activity)?;
    texts(&mut check, activity, &mut details, &content);
    people(&mut check, activity, &mut details, &content);
    match activity.kind {
        Kind::Call => call(&mut check, settings, activity, &mut details, &content),
        Kind::Meeting => meeting(&mut check, activity, &mut details, &content),
        Kind::Task => task(app, &mut check, activity, &mut details, content),
        Kind::Note | Kind::File => activity.at = content.at.unwrap_or(activity.at),
        Kind::Email => {}
    }
    if matches!(activity.kind, Kind::Note | Kind::Call) && activity.at > app.now().plus_ms(AHEAD_MS_MAX) {
        check.refuse("at", "range", "this lies in the future: plan it as a task or a meeting");
    }
    if !check.0.is_empty() {
        return Err(AppError::Invalid(check.0));
    }
    activity.details = details.json()?;
    Ok(())
}

fn texts(check: &mut Check, activity: &mut Activity, details: &mut ActivityDetails, content: &ActivityContent) {
    if let Some(title) = &content.title {
        activity.title = check.line("title", title, TITLE_CHARS_MAX);
    }
    if let Some(body) = &content.body {
        body.trim().clone_into(&mut activity.body);
    }
    if activity.body.chars().count() > BODY_CHARS_MAX {
        check.refuse("body", "length", format!("write at most {BODY_CHARS_MAX} characters"));
    }
    if activity.kind == Kind::Note && activity.body.is_empty() {
        check.refuse("body", "required", "write what is to be noted");
    }
    if activity.kind == Kind::Task && activity.title.is_empty() {
        check.refuse("title", "required", "write what is to be done");
    }
    if let Some(place) = &content.place {
        details.place = check.line("place", place, LINE_CHARS_MAX);
    }
    if let Some(link) = &content.link {
        details.link = check.line("link", link, LINE_CHARS_MAX);
        let is_web = ["https://", "http://"].iter().any(|start| details.link.starts_with(start));
        if !details.link.is_empty() && (!is_web || url::Url::parse(&details.link).is_err()) {
            check.refuse("link", "url", "write an address that begins with https://");
        }
    }
    if let Some(zone) = &content.zone {
        if TimeZone::get(zone).is_err() {
            check.refuse("zone", "unknown", "name a time zone, such as Europe/Oslo");
        }
        details.zone = Some(zone.clone());
    }
}

fn people(check: &mut Check, activity: &mut Activity, details: &mut ActivityDetails, content: &ActivityContent) {
    if let Some(participants) = &content.participants {
        if participants.len() > PARTICIPANTS_MAX {
            check.refuse("participants", "count", format!("name at most {PARTICIPANTS_MAX} people"));
        }
        let names = participants.iter().map(|name| check.line("participants", name, LINE_CHARS_MAX));
        details.participants = names.filter(|name| !name.is_empty()).collect();
    }
    if let Some(assignee) = content.assignee_id {
        activity.assignee_id = assignee;
    }
    if let Some(remind_at) = content.remind_at {
        details.remind_at = remind_at;
    }
}

fn call(
    check: &mut Check,
    settings: &ActivitySettings,
    activity: &mut Activity,
    details: &mut ActivityDetails,
    content: &ActivityContent,
) {
    if let Some(outcome) = &content.outcome {
        // An outcome that the settings have lost since stays on the calls that have it.
        if *outcome != activity.outcome && !settings.has_outcome(outcome) {
            let known = settings.outcome_ids().join(", ");
            check.refuse("outcome", "unknown", format!("choose how the call ended: {known}"));
        }
        activity.outcome.clone_from(outcome);
    }
    if activity.outcome.is_empty() {
        check.refuse("outcome", "required", "choose how the call ended");
    }
    activity.at = content.at.unwrap_or(activity.at);
    details.direction = content.direction.or(details.direction).or(Some(CallDirection::Outbound));
    details.duration_s = content.duration_s.or(details.duration_s);
    if details.duration_s.is_some_and(|seconds| seconds > CALL_S_MAX) {
        check.refuse("duration_s", "range", format!("a call lasts at most {CALL_S_MAX} seconds"));
    }
}

fn meeting(check: &mut Check, activity: &mut Activity, details: &mut ActivityDetails, content: &ActivityContent) {
    if let Some(at) = content.at {
        // What moves keeps its length, unless that is changed too.
        if let (Some(start), Some(end)) = (activity.due_at, details.ends_at) {
            details.ends_at = Some(at.plus_ms(end.ms() - start.ms()));
        }
        activity.at = at;
        activity.due_at = Some(at);
    }
    if activity.due_at.is_none() {
        check.refuse("at", "required", "say when the meeting begins");
    }
    details.ends_at = content.ends_at.or(details.ends_at);
    let length_ms = details.ends_at.map_or(0, |end| end.ms() - activity.at.ms());
    if !(0..=MEETING_MS_MAX).contains(&length_ms) {
        check.refuse("ends_at", "range", "a meeting ends after it begins, within a month");
    }
    match content.outcome.as_deref() {
        None => {}
        Some("held" | "no_show") => {
            activity.outcome = content.outcome.clone().unwrap_or_default();
            activity.is_open = false;
        }
        Some(_) => check.refuse("outcome", "unknown", "choose held or no_show"),
    }
}

fn task(
    app: &App,
    check: &mut Check,
    activity: &mut Activity,
    details: &mut ActivityDetails,
    content: ActivityContent,
) {
    if let Some(due_at) = content.due_at {
        activity.due_at = due_at;
    }
    if let Some(priority) = content.priority {
        activity.priority = priority.number();
    }
    details.task_type = content.task_type.or(details.task_type).or(Some(TaskType::default()));
    if let Some(repeat) = content.repeat {
        details.repeats_from = None;
        details.repeat = repeat;
    }
    let Some(repeat) = &details.repeat else { return };
    if let Some(problem) = repeat.problem() {
        check.refuse("repeat", "range", problem);
    }
    match activity.due_at {
        None => check.refuse("due_at", "required", "a task that repeats needs a first time"),
        // Putting off one time does not move the others: only a new rule begins anew.
        Some(due_at) if details.repeats_from.is_none() => {
            details.repeats_from = Some(due_at.to_jiff().to_zoned(details.time_zone(app)).datetime());
        }
        Some(_) => {}
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_kind_has_fields_that_there_are() {
        let all = ActivityContent {
            title: Some(String::new()),
            body: Some(String::new()),
            outcome: Some(String::new()),
            at: Some(Timestamp::default()),
            direction: Some(CallDirection::Inbound),
            duration_s: Some(1),
            ends_at: Some(Timestamp::default()),
            zone: Some(String::new()),
            place: Some(String::new()),
            link: Some(String::new()),
            participants: Some(Vec::new()),
            task_type: Some(TaskType::Call),
            priority: Some(TaskPriority::High),
            due_at: Some(None),
            remind_at: Some(None),
            repeat: Some(None),
            assignee_id: Some(None),
        };
        let named = all.named();
        for kind in Kind::ALL {
            assert!(fields(kind).iter().all(|field| named.contains(field)), "{}", kind.as_str());
        }
        for priority in [TaskPriority::Low, TaskPriority::Normal, TaskPriority::High] {
            assert_eq!(TaskPriority::of(priority.number()), priority);
        }
    }
}
