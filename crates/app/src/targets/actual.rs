//! What was reached in a period, by the definitions of the team report.

use std::collections::HashMap;

use base::{Id, Money, Timestamp, id};
use funnel::assignment::WorkingHours;
use funnel::deal::DealStatus;
use insight::owners::Visits;
use jiff::ToSpan as _;
use jiff::civil::Date;
use store::activities::Kind;
use store::deals::Scope;
use store::team::{Asked, DealSum, Done};

use super::{TargetDoc, TargetPeriod, TargetUnit};
use crate::team::{Steps, steps};
use crate::{App, AppError, Result};

/// The running period.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(super) struct Span {
    pub(super) from: Timestamp,
    pub(super) to: Timestamp,
}

impl Span {
    /// The one that runs now, in the company's zone.
    pub(super) fn of(app: &App, period: TargetPeriod) -> Self {
        let zone = app.company().zone();
        let today = app.now().to_jiff().to_zoned(zone.clone()).date();
        let (first, months) = match period {
            TargetPeriod::Month => (today.first_of_month(), 1),
            TargetPeriod::Quarter => {
                let month = (today.month() - 1) / 3 * 3 + 1;
                (Date::new(today.year(), month, 1).unwrap_or(today), 3)
            }
            TargetPeriod::Year => (today.first_of_year(), 12),
        };
        let moment = |date: Date| match date.to_zoned(zone.clone()) {
            Ok(start) => Timestamp::from_jiff(start.timestamp()),
            // The calendar ends: so does the period.
            Err(_) => app.now(),
        };
        let next = first.checked_add(months.months()).unwrap_or(first);
        Self { from: moment(first), to: moment(next) }
    }

    /// The working time that is over, and all of it.
    pub(super) fn working(&self, hours: &WorkingHours, now: Timestamp) -> (f64, f64) {
        (hours.between_ms(self.from, now.min(self.to)) as f64, hours.between_ms(self.from, self.to) as f64)
    }
}

type Funnel = Option<Id<id::Funnel>>;

/// What was read so far: targets of one period ask for the same.
pub(super) struct Figures<'a> {
    app: &'a App,
    closed: HashMap<(Span, Funnel), Vec<DealSum>>,
    made: HashMap<(Span, Funnel), Vec<DealSum>>,
    done: HashMap<Span, Vec<Done>>,
    steps: HashMap<(Span, Id<id::Funnel>), Steps>,
}

impl<'a> Figures<'a> {
    pub(super) fn new(app: &'a App) -> Self {
        let (closed, made, done, steps) = Default::default();
        Self { app, closed, made, done, steps }
    }

    /// What these people have reached; everybody when none are named.
    pub(super) async fn actual(
        &mut self,
        target: &TargetDoc,
        people: Option<&[Id<id::User>]>,
        span: Span,
    ) -> Result<f64> {
        let is_asked = |owner: Option<Id<id::User>>| match people {
            None => true,
            Some(people) => owner.is_some_and(|owner| people.contains(&owner)),
        };
        let kind = match target.unit {
            TargetUnit::DealsMade => {
                let made = self.made(span, target.funnel_id).await?.iter();
                return Ok(made.filter(|sum| is_asked(sum.owner_id)).map(|sum| sum.count).sum::<u64>() as f64);
            }
            TargetUnit::DealsWon | TargetUnit::ValueWon => {
                let won = self.closed(span, target.funnel_id).await?.iter();
                let won = won.filter(|sum| sum.status == DealStatus::Won && is_asked(sum.owner_id));
                let Some(currency) = target.currency else {
                    return Ok(won.map(|sum| sum.count).sum::<u64>() as f64);
                };
                let of_currency = won.map(|sum| sum.value).filter(|value: &Money| value.currency == currency);
                return Ok(of_currency.map(|value| value.minor).fold(0i64, i64::saturating_add) as f64);
            }
            TargetUnit::Entered => return self.entered(target, &is_asked, span).await,
            TargetUnit::Calls => Kind::Call,
            TargetUnit::Meetings => Kind::Meeting,
            TargetUnit::Tasks => Kind::Task,
        };
        let done = self.done(span).await?.iter();
        let own = done.filter(|done| done.kind == kind && is_asked(Some(done.user_id)));
        Ok(own.map(|done| done.count).sum::<u64>() as f64)
    }

    async fn entered(
        &mut self,
        target: &TargetDoc,
        is_asked: &(dyn Fn(Option<Id<id::User>>) -> bool + Sync),
        span: Span,
    ) -> Result<f64> {
        let rules = self.app.running.rules();
        let found = rules.funnels.iter().find(|funnel| Some(funnel.id) == target.funnel_id);
        // A funnel or a stage that is gone is reached by nobody.
        let Some(funnel) = found else { return Ok(0.0) };
        let place = funnel.doc.stages.iter().position(|stage| Some(&stage.id.0) == target.stage.as_ref());
        let Some(place) = place else { return Ok(0.0) };
        if !self.steps.contains_key(&(span, funnel.id)) {
            let read = steps(self.app, Scope::All, funnel, span.from, span.to).await?;
            self.steps.insert((span, funnel.id), read);
        }
        let steps = self.steps.get(&(span, funnel.id)).into_iter().flatten();
        let own = steps.filter(|((owner, stage), _)| *stage == place && is_asked(*owner));
        Ok(own.fold(Visits::default(), |sum, (_, visits)| sum.plus(*visits)).entered as f64)
    }

    async fn closed(&mut self, span: Span, funnel_id: Funnel) -> Result<&[DealSum]> {
        if !self.closed.contains_key(&(span, funnel_id)) {
            let which = Asked { scope: Scope::All, funnel_id, channels: &[] };
            let read = store::team::closed(self.app.store.reader(), which, span.from, span.to).await?;
            self.closed.insert((span, funnel_id), read);
        }
        known(self.closed.get(&(span, funnel_id)))
    }

    async fn made(&mut self, span: Span, funnel_id: Funnel) -> Result<&[DealSum]> {
        if !self.made.contains_key(&(span, funnel_id)) {
            let which = Asked { scope: Scope::All, funnel_id, channels: &[] };
            let read = store::team::made(self.app.store.reader(), which, span.from, span.to).await?;
            self.made.insert((span, funnel_id), read);
        }
        known(self.made.get(&(span, funnel_id)))
    }

    async fn done(&mut self, span: Span) -> Result<&[Done]> {
        if !self.done.contains_key(&span) {
            let read = store::team::done(self.app.store.reader(), span.from, span.to).await?;
            self.done.insert(span, read);
        }
        known(self.done.get(&span))
    }
}

fn known<T>(read: Option<&Vec<T>>) -> Result<&[T]> {
    read.map(Vec::as_slice).ok_or_else(|| AppError::Internal("what was just read is gone".to_owned()))
}
