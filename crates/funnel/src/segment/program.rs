//! Rules made ready: each question to fields, deals and deeds once, however many rules ask it.

use std::collections::BTreeMap;

use base::{Id, id};

use super::looks::{Keeps, Look, Origin};
use super::{DAYS_MAX, SCORE_FIELD, TEMPERATURE_FIELD};
use crate::condition::{CONDITIONS_MAX, Condition, DEPTH_MAX, EventTest, FieldTest, SumTest, Test, Which, Window};
use crate::score::Scoring;

/// Why rules cannot be followed.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Fault {
    /// A segment that is not there.
    #[error("there is no segment {0}: choose another one")]
    Unknown(Id<id::Segment>),
    /// A segment that would hang on itself.
    #[error("segment {0} would depend on itself: take it out of the rule")]
    Cycle(Id<id::Segment>),
    /// Too much at once.
    #[error("write at most {CONDITIONS_MAX} conditions, {DEPTH_MAX} deep")]
    TooMany,
    /// Looking back too far.
    #[error("look back at most {DAYS_MAX} days")]
    TooFar,
    /// A field nobody can have.
    #[error("{0}: write contact.country, contact.tags and the like, metric.score or metric.temperature")]
    Field(String),
}

/// A rule.
#[derive(Debug, Clone)]
pub(super) enum Node {
    All(Vec<Node>),
    Any(Vec<Node>),
    Not(Box<Node>),
    Fact(usize),
    Deal(usize),
    Look(LookNode),
    Segment(usize),
    Score(FieldTest),
}

/// What a rule asks of a look.
#[derive(Debug, Clone)]
pub(super) struct LookNode {
    pub(super) look: usize,
    pub(super) window: Window,
    /// How old the one event must be at least; looks at many have a delay instead.
    pub(super) before_ms: i64,
    pub(super) times: u32,
    pub(super) sum: Option<SumTest>,
}

/// How temperature is found, over looks.
#[derive(Debug, Clone)]
pub(super) struct ScorePlan {
    pub(super) scoring: Scoring,
    pub(super) recency: usize,
    /// By place of the rule of engagement.
    pub(super) engagement: Vec<usize>,
    /// By place of the rule of trust.
    pub(super) trust: Vec<Node>,
}

/// A question to a field.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Fact {
    pub(super) field: String,
    pub(super) tests: Vec<Test>,
}

/// What all rules ask, each question once.
#[derive(Debug, Clone, Default)]
pub(super) struct Questions {
    pub(super) facts: Vec<Fact>,
    pub(super) deals: Vec<Condition>,
    pub(super) looks: Vec<Look>,
    /// How far back each look is asked for, in ms; none for ever.
    pub(super) reach: Vec<Option<i64>>,
    pub(super) score: Option<ScorePlan>,
    /// Most days of the calendar that are asked for.
    pub(super) days: u32,
}

/// What a node asks, so that only rules that ask for what changed are looked at again.
#[derive(Debug, Clone, Default, PartialEq)]
pub(super) struct Uses {
    pub(super) looks: Vec<usize>,
    pub(super) facts: bool,
    pub(super) segments: Vec<usize>,
}

/// The place of a question, a new one when nobody asked it.
fn place<T: PartialEq>(all: &mut Vec<T>, one: T) -> usize {
    all.iter().position(|known| *known == one).unwrap_or_else(|| {
        all.push(one);
        all.len() - 1
    })
}

/// A day, and an hour more for the one on which clocks go back, with room for every zone.
const DAY_MS: i64 = 26 * 3_600_000;

impl Questions {
    /// A rule over the questions. `segment` knows the place of a segment.
    pub(super) fn compile(
        &mut self,
        rule: &Condition,
        scoring: &Scoring,
        segment: &impl Fn(Id<id::Segment>) -> Option<usize>,
    ) -> Result<Node, Fault> {
        let (count, depth) = rule.size();
        if count > CONDITIONS_MAX || depth > DEPTH_MAX {
            return Err(Fault::TooMany);
        }
        self.node(rule, scoring, segment)
    }

    fn node(
        &mut self,
        rule: &Condition,
        scoring: &Scoring,
        segment: &impl Fn(Id<id::Segment>) -> Option<usize>,
    ) -> Result<Node, Fault> {
        let mut each = |parts: &[Condition]| {
            parts.iter().map(|part| self.node(part, scoring, segment)).collect::<Result<Vec<_>, _>>()
        };
        Ok(match rule {
            Condition::All(parts) => Node::All(each(parts)?),
            Condition::Any(parts) => Node::Any(each(parts)?),
            Condition::Not(part) => Node::Not(Box::new(self.node(part, scoring, segment)?)),
            Condition::Field(test) if test.field == SCORE_FIELD || test.field == TEMPERATURE_FIELD => {
                self.plan_score(scoring, segment)?;
                Node::Score(test.clone())
            }
            Condition::Field(test) if !test.field.starts_with("contact.") => {
                return Err(Fault::Field(test.field.clone()));
            }
            Condition::Field(test) => {
                let fact = Fact { field: test.field.clone(), tests: test.tests.clone() };
                Node::Fact(place(&mut self.facts, fact))
            }
            Condition::Event(test) => Node::Look(self.look(test)?),
            Condition::Deal(part) => Node::Deal(place(&mut self.deals, (**part).clone())),
            Condition::Segment(id) => Node::Segment(segment(*id).ok_or(Fault::Unknown(*id))?),
        })
    }

    fn look(&mut self, test: &EventTest) -> Result<LookNode, Fault> {
        let window = Window::of(test);
        let reach = match window {
            Window::Ever => None,
            Window::Ms(ms) => Some(ms),
            Window::Days(days) if days > DAYS_MAX => return Err(Fault::TooFar),
            Window::Days(days) => {
                self.days = self.days.max(days);
                Some(i64::from(days) * DAY_MS)
            }
        };
        let keeps = match (test.which, &test.sum, window) {
            (Some(Which::First), ..) => Keeps::First,
            (Some(Which::Last), ..) => Keeps::Last,
            (None, None, _) => Keeps::Latest(test.times),
            (None, Some(_), Window::Ever) => Keeps::Total,
            (None, Some(_), _) => Keeps::Each,
        };
        let before_ms = test.before.map_or(0, |before| before.ms());
        let is_one = test.which.is_some();
        let look = Look {
            origins: vec![Origin { event: test.event.clone(), conditions: test.conditions.clone() }],
            sum_of: test.sum.as_ref().map(|sum| sum.of.clone()),
            delay_ms: if is_one { 0 } else { before_ms },
            keeps,
        };
        // One event may have been long ago, and still be the first or last.
        let reach = if is_one { None } else { reach };
        Ok(LookNode {
            look: self.place_look(look, reach),
            window,
            before_ms: if is_one { before_ms } else { 0 },
            times: test.times,
            sum: test.sum.clone(),
        })
    }

    fn place_look(&mut self, look: Look, reach: Option<i64>) -> usize {
        // What was gathered for a shorter time would be too little for a longer one: such a look is another one.
        let known = (0..self.looks.len()).find(|at| {
            self.looks[*at] == look && (self.reach[*at].is_none() || reach.is_some() && self.reach[*at] >= reach)
        });
        known.unwrap_or_else(|| {
            self.looks.push(look);
            self.reach.push(reach);
            self.looks.len() - 1
        })
    }

    fn plan_score(
        &mut self,
        scoring: &Scoring,
        segment: &impl Fn(Id<id::Segment>) -> Option<usize>,
    ) -> Result<(), Fault> {
        if self.score.is_some() {
            return Ok(());
        }
        let points = &scoring.engagement.points;
        let origin = |event: &String, conditions: &BTreeMap<_, _>| Origin {
            event: event.clone(),
            conditions: conditions.clone(),
        };
        let signs = if scoring.recency.events.is_empty() {
            points.iter().map(|points| origin(&points.did, &points.conditions)).collect()
        } else {
            scoring.recency.events.iter().map(|event| origin(event, &BTreeMap::new())).collect()
        };
        let plain = |origins, keeps| Look { origins, sum_of: None, delay_ms: 0, keeps };
        let recency = self.place_look(plain(signs, Keeps::Latest(1)), None);
        let fading = |points: &crate::score::EventPoints| {
            plain(vec![origin(&points.did, &points.conditions)], Keeps::Fading(scoring.engagement.half_life))
        };
        let engagement: Vec<usize> = points.iter().map(fading).map(|look| self.place_look(look, None)).collect();
        let trust = scoring.trust.points.iter().map(|points| self.node(&points.when, scoring, segment));
        let trust = trust.collect::<Result<Vec<_>, _>>()?;
        self.score = Some(ScorePlan { scoring: scoring.clone(), recency, engagement, trust });
        Ok(())
    }

    /// What a rule asks.
    pub(super) fn uses(&self, node: &Node) -> Uses {
        let mut uses = Uses::default();
        self.collect(node, &mut uses);
        uses
    }

    fn collect(&self, node: &Node, uses: &mut Uses) {
        match node {
            Node::All(parts) | Node::Any(parts) => parts.iter().for_each(|part| self.collect(part, uses)),
            Node::Not(part) => self.collect(part, uses),
            Node::Fact(_) | Node::Deal(_) => uses.facts = true,
            Node::Look(look) => uses.looks.push(look.look),
            Node::Segment(place) => uses.segments.push(*place),
            Node::Score(_) => {
                let Some(plan) = &self.score else { return };
                uses.looks.push(plan.recency);
                uses.looks.extend(&plan.engagement);
                plan.trust.iter().for_each(|part| self.collect(part, uses));
            }
        }
    }
}
