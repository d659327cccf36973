//! The funnel question.

use std::borrow::Cow;

use base::Timestamp;
use serde::{Deserialize, Deserializer, Serialize, Serializer, de::Error as _};
use utoipa::openapi::{RefOr, Schema, schema::ObjectBuilder, schema::Type};
use utoipa::{PartialSchema, ToSchema};

use super::{
    BINS_MAX, BREAKDOWN_TOP_MAX, EXCLUSIONS_MAX, Filter, HOLD_MAX, QueryError, STEP_EVENTS_MAX, STEPS_MAX,
    WINDOW_S_DEFAULT, WINDOW_S_MAX, WINDOW_S_MIN, check_event_name, check_period, check_prop_name,
};

/// How many people take the steps one after the other, and how long they need.
///
/// **Period.** Only events inside `[from, to)` count, for every step: what a reader gets who counts the
/// same events by hand, and what other tools do. People who entered late in the period may not have had
/// their whole window yet; with `entry_only` the period applies to the first step alone and later steps
/// are looked for until the end of each attempt's window.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct FunnelQuery {
    /// What people do, in order: 1 to 30 steps.
    #[schema(min_items = 1, max_items = 30)]
    pub steps: Vec<Step>,
    /// Whether the steps must follow each other.
    #[serde(default)]
    pub order: Order,
    /// Seconds from the first step of an attempt, inclusive, in which the others must happen. 1 second to
    /// 10 years; 14 days when left out.
    #[serde(default = "window_default")]
    #[schema(minimum = 1)]
    pub window_s: u64,
    /// Events from this moment on, inclusive. All, when left out.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub from: Option<Timestamp>,
    /// Events up to and without this moment. All, when left out.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub to: Option<Timestamp>,
    /// Let `to` bound the first step only, so that everybody who entered is followed for the whole window.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub entry_only: bool,
    /// Split the numbers by the values of an event property.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub breakdown: Option<Breakdown>,
    /// Events that must not happen between two steps: people for whom they do leave every step, unless
    /// another attempt of theirs gets as deep without.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub exclusions: Vec<Exclusion>,
    /// Histogram of the time between two steps.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub time_to_convert: Option<TimeToConvert>,
    /// Event properties that must have one and the same value in all steps of an attempt (a product, a
    /// page). At most 3. Events without the property are left aside.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub hold: Vec<String>,
    /// Also answer the deepest step of each person and who was excluded.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub reached: bool,
}

const fn window_default() -> u64 {
    WINDOW_S_DEFAULT
}

/// One step: any of some events, with conditions.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
#[schema(as = FunnelStep)]
#[serde(deny_unknown_fields)]
pub struct Step {
    /// The event's name, or a list of which any will do.
    pub event: EventNames,
    /// What its properties must be.
    #[serde(default, rename = "where", skip_serializing_if = "Filter::is_empty")]
    pub filter: Filter,
    /// What the step is called in the answer; its events when left out.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
}

impl Step {
    /// What the step is called in the answer.
    pub fn label(&self) -> String {
        self.name.clone().unwrap_or_else(|| self.event.0.join(" / "))
    }
}

/// One event name, or several of which any will do. Written as a text or a list of texts.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct EventNames(pub Vec<String>);

impl Serialize for EventNames {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self.0.as_slice() {
            [name] => name.serialize(serializer),
            names => names.serialize(serializer),
        }
    }
}

impl<'de> Deserialize<'de> for EventNames {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        #[derive(Deserialize)]
        #[serde(untagged)]
        enum Either {
            One(String),
            Many(Vec<String>),
        }
        match Either::deserialize(deserializer) {
            Ok(Either::One(name)) => Ok(Self(vec![name])),
            Ok(Either::Many(names)) => Ok(Self(names)),
            Err(_) => Err(D::Error::custom("write the event's name, or a list of names of which any will do")),
        }
    }
}

impl PartialSchema for EventNames {
    fn schema() -> RefOr<Schema> {
        let name = || ObjectBuilder::new().schema_type(Type::String);
        let list = utoipa::openapi::ArrayBuilder::new().items(name());
        utoipa::openapi::OneOfBuilder::new()
            .item(name())
            .item(list)
            .description(Some("An event name, or several of which any will do"))
            .into()
    }
}

impl ToSchema for EventNames {
    fn name() -> Cow<'static, str> {
        "EventNames".into()
    }
}

impl EventNames {
    fn check(&self, path: &str) -> Result<(), QueryError> {
        if self.0.is_empty() || self.0.len() > STEP_EVENTS_MAX {
            return Err(QueryError::new(path, format!("name 1 to {STEP_EVENTS_MAX} events")));
        }
        self.0.iter().try_for_each(|name| check_event_name(path, name))
    }
}

/// Whether the steps must follow each other.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Order {
    /// In order, whatever happens between them.
    #[default]
    Ordered,
    /// In order, and no other event of that person between them.
    Strict,
    /// In any order: step k means "did k of the steps".
    Unordered,
}

/// Split by the values of an event property.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Breakdown {
    /// The property.
    pub prop: String,
    /// Whose value counts when the events of a person carry different ones.
    #[serde(default)]
    pub attribution: Attribution,
    /// How many values the answer shows step by step, biggest first; the others are summed in `rest`.
    /// 25 when left out.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub top: Option<usize>,
}

/// Whose value counts: `first_touch`, `last_touch`, `all_events` or `step:N` (N from 0).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Attribution {
    /// The first value that is not empty on any step event of the person.
    #[default]
    FirstTouch,
    /// The last value that is not empty on any step event of the person.
    LastTouch,
    /// A person counts in every value with the steps whose events share it.
    AllEvents,
    /// The value of this step's event (0-based); a person may count in several values.
    Step(usize),
}

impl Serialize for Attribution {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self {
            Self::FirstTouch => serializer.serialize_str("first_touch"),
            Self::LastTouch => serializer.serialize_str("last_touch"),
            Self::AllEvents => serializer.serialize_str("all_events"),
            Self::Step(step) => serializer.collect_str(&format_args!("step:{step}")),
        }
    }
}

impl<'de> Deserialize<'de> for Attribution {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        match text.as_str() {
            "first_touch" => Ok(Self::FirstTouch),
            "last_touch" => Ok(Self::LastTouch),
            "all_events" => Ok(Self::AllEvents),
            other => match other.strip_prefix("step:").and_then(|step| step.parse().ok()) {
                Some(step) => Ok(Self::Step(step)),
                None => Err(D::Error::custom(format!(
                    "unknown attribution `{other}`: use first_touch, last_touch, all_events or step:N with N from 0"
                ))),
            },
        }
    }
}

impl PartialSchema for Attribution {
    fn schema() -> RefOr<Schema> {
        ObjectBuilder::new()
            .schema_type(Type::String)
            .description(Some("first_touch, last_touch, all_events or step:N (N from 0)"))
            .pattern(Some("^(first_touch|last_touch|all_events|step:[0-9]+)$"))
            .examples(["first_touch"])
            .into()
    }
}

impl ToSchema for Attribution {
    fn name() -> Cow<'static, str> {
        "Attribution".into()
    }
}

/// An event that must not happen between two steps.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Exclusion {
    /// The event's name, or a list of names.
    pub event: EventNames,
    /// What its properties must be.
    #[serde(default, rename = "where", skip_serializing_if = "Filter::is_empty")]
    pub filter: Filter,
    /// After this step (0-based).
    pub from_step: usize,
    /// Before this step (0-based), or the end of the window where it is not reached.
    pub to_step: usize,
}

/// The histogram asked for: `"histogram"` for the first to the last step, or the span in detail.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, ToSchema)]
#[serde(untagged)]
pub enum TimeToConvert {
    /// `"histogram"`.
    Whole(WholeHistogram),
    /// Between two steps.
    Span(TimeToConvertSpan),
}

/// The word `histogram`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum WholeHistogram {
    /// From the first step to the last.
    Histogram,
}

/// A histogram of the time between two steps, over the people who reached the later one.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct TimeToConvertSpan {
    /// From this step (0-based); the first when left out.
    #[serde(default)]
    pub from_step: usize,
    /// To this step (0-based); the last when left out.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub to_step: Option<usize>,
    /// How many bars; `"auto"` when left out.
    #[serde(default)]
    pub bins: Bins,
}

/// How many bars a histogram has: `"auto"` (the cube root of the number of people, rounded up) or 1 to 90.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Bins {
    /// ceil(cbrt(people)).
    #[default]
    Auto,
    /// So many.
    Count(u32),
}

impl Serialize for Bins {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self {
            Self::Auto => serializer.serialize_str("auto"),
            Self::Count(count) => serializer.serialize_u32(*count),
        }
    }
}

impl<'de> Deserialize<'de> for Bins {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        match serde_json::Value::deserialize(deserializer)? {
            serde_json::Value::String(text) if text == "auto" => Ok(Self::Auto),
            serde_json::Value::Number(number) => match number.as_u64() {
                Some(count @ 1..) if count <= u64::from(BINS_MAX) => {
                    Ok(Self::Count(u32::try_from(count).unwrap_or(BINS_MAX)))
                }
                _ => Err(D::Error::custom(format!("bins must be \"auto\" or 1 to {BINS_MAX}"))),
            },
            _ => Err(D::Error::custom(format!("bins must be \"auto\" or 1 to {BINS_MAX}"))),
        }
    }
}

impl PartialSchema for Bins {
    fn schema() -> RefOr<Schema> {
        utoipa::openapi::OneOfBuilder::new()
            .item(ObjectBuilder::new().schema_type(Type::String).enum_values(Some(["auto"])))
            .item(ObjectBuilder::new().schema_type(Type::Integer).minimum(Some(1)).maximum(Some(BINS_MAX)))
            .into()
    }
}

impl ToSchema for Bins {
    fn name() -> Cow<'static, str> {
        "HistogramBins".into()
    }
}

impl<'de> Deserialize<'de> for TimeToConvert {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        match serde_json::Value::deserialize(deserializer)? {
            serde_json::Value::String(text) if text == "histogram" => Ok(Self::Whole(WholeHistogram::Histogram)),
            value @ serde_json::Value::Object(_) => {
                serde_json::from_value(value).map(Self::Span).map_err(D::Error::custom)
            }
            _ => {
                Err(D::Error::custom("write \"histogram\", or {\"from_step\": 0, \"to_step\": 1, \"bins\": \"auto\"}"))
            }
        }
    }
}

impl TimeToConvert {
    /// From and to which step (0-based), with how many bars, in a funnel of so many steps.
    pub fn span(&self, steps: usize) -> (usize, usize, Bins) {
        let last = steps.saturating_sub(1);
        match self {
            Self::Whole(_) => (0, last, Bins::Auto),
            Self::Span(span) => (span.from_step, span.to_step.unwrap_or(last), span.bins),
        }
    }
}

impl FunnelQuery {
    /// A funnel over named events, everything else as by default: what tests and templates start from.
    pub fn of(events: &[&str]) -> Self {
        let step =
            |name: &&str| Step { event: EventNames(vec![(*name).to_owned()]), filter: Filter::default(), name: None };
        Self {
            steps: events.iter().map(step).collect(),
            order: Order::Ordered,
            window_s: WINDOW_S_DEFAULT,
            from: None,
            to: None,
            entry_only: false,
            breakdown: None,
            exclusions: Vec::new(),
            time_to_convert: None,
            hold: Vec::new(),
            reached: false,
        }
    }

    /// Read and check a funnel question; an `insight` field, if there, must say `funnel`.
    ///
    /// # Errors
    /// As [`super::Query::parse`].
    pub fn parse(body: serde_json::Value) -> Result<Self, QueryError> {
        match super::Query::parse(body)? {
            super::Query::Funnel(query) => Ok(query),
            _ => Err(QueryError::new("insight", "must be `funnel` here")),
        }
    }

    /// All limits, and what the order of the steps allows.
    ///
    /// # Errors
    /// The first field beyond its limit.
    pub fn check(&self) -> Result<(), QueryError> {
        if self.steps.is_empty() || self.steps.len() > STEPS_MAX {
            return Err(QueryError::new("steps", format!("give 1 to {STEPS_MAX} steps")));
        }
        for (index, step) in self.steps.iter().enumerate() {
            step.event.check(&format!("steps[{index}].event"))?;
            step.filter.check(&format!("steps[{index}].where"))?;
            if step.name.as_ref().is_some_and(|name| name.len() > super::TEXT_BYTES_MAX) {
                let message = format!("at most {} bytes", super::TEXT_BYTES_MAX);
                return Err(QueryError::new(format!("steps[{index}].name"), message));
            }
        }
        if !(WINDOW_S_MIN..=WINDOW_S_MAX).contains(&self.window_s) {
            let message = format!("give {WINDOW_S_MIN} to {WINDOW_S_MAX} seconds");
            return Err(QueryError::new("window_s", message));
        }
        check_period(self.from, self.to)?;
        self.check_breakdown()?;
        self.check_exclusions()?;
        self.check_histogram()?;
        if self.hold.len() > HOLD_MAX {
            return Err(QueryError::new("hold", format!("hold at most {HOLD_MAX} properties constant")));
        }
        self.hold.iter().enumerate().try_for_each(|(index, prop)| check_prop_name(&format!("hold[{index}]"), prop))
    }

    fn check_breakdown(&self) -> Result<(), QueryError> {
        let Some(breakdown) = &self.breakdown else { return Ok(()) };
        check_prop_name("breakdown.prop", &breakdown.prop)?;
        if breakdown.top.is_some_and(|top| !(1..=BREAKDOWN_TOP_MAX).contains(&top)) {
            return Err(QueryError::new("breakdown.top", format!("show 1 to {BREAKDOWN_TOP_MAX} values")));
        }
        let Attribution::Step(step) = breakdown.attribution else { return Ok(()) };
        let steps = self.steps.len();
        if step >= steps {
            let message = format!("the steps are step:0 to step:{}", steps - 1);
            return Err(QueryError::new("breakdown.attribution", message));
        }
        if step > 0 && self.order == Order::Unordered {
            let message = "in any order only the event that starts the attempt has a fixed place: use step:0";
            return Err(QueryError::new("breakdown.attribution", message));
        }
        Ok(())
    }

    fn check_exclusions(&self) -> Result<(), QueryError> {
        if self.exclusions.len() > EXCLUSIONS_MAX {
            return Err(QueryError::new("exclusions", format!("give at most {EXCLUSIONS_MAX} exclusions")));
        }
        let last = self.steps.len() - 1;
        for (index, exclusion) in self.exclusions.iter().enumerate() {
            let path = format!("exclusions[{index}]");
            exclusion.event.check(&format!("{path}.event"))?;
            exclusion.filter.check(&format!("{path}.where"))?;
            if exclusion.from_step >= exclusion.to_step {
                return Err(QueryError::new(format!("{path}.to_step"), "must be greater than `from_step`"));
            }
            if exclusion.to_step > last {
                let message = format!("the last step is {last} (steps count from 0)");
                return Err(QueryError::new(format!("{path}.to_step"), message));
            }
            if self.order == Order::Unordered && (exclusion.from_step, exclusion.to_step) != (0, last) {
                let message = format!("in any order an exclusion spans all steps: from_step 0, to_step {last}");
                return Err(QueryError::new(path, message));
            }
        }
        Ok(())
    }

    fn check_histogram(&self) -> Result<(), QueryError> {
        let Some(wanted) = &self.time_to_convert else { return Ok(()) };
        let last = self.steps.len() - 1;
        let (from, to, _) = wanted.span(self.steps.len());
        if to > last {
            return Err(QueryError::new("time_to_convert.to_step", format!("the last step is {last} (from 0)")));
        }
        if from >= to {
            return Err(QueryError::new("time_to_convert.from_step", "must be less than `to_step`"));
        }
        Ok(())
    }
}
