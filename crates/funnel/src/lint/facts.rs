//! What a check may know beside the document: the content as it is, what was measured, the team, the other funnels. All
//! of it may be left out; a rule that needs what is not there says nothing.

use base::{Locale, Money};
use jiff::civil::Date;

use crate::document::{Duration, FunnelDoc, Rate, Role, StageId};

/// What is known beside the document.
#[derive(Debug, Clone, Default)]
pub struct Facts<'a> {
    /// The day, in the funnel's zone.
    pub today: Option<Date>,
    /// The content of the company.
    pub content: Option<&'a Content>,
    /// What was measured.
    pub measured: Option<&'a Measured>,
    /// Who works there.
    pub team: Option<&'a Team>,
    /// The other funnels that run.
    pub others: &'a [FunnelDoc],
}

/// The content of the company, as it is published.
#[derive(Debug, Clone, Default)]
pub struct Content {
    /// All pages.
    pub pages: Vec<Page>,
    /// All offers.
    pub offers: Vec<Offer>,
    /// All messages.
    pub messages: Vec<Message>,
    /// All automations.
    pub automations: Vec<Automation>,
    /// The names of the events that were ever seen; empty when nobody looked.
    pub events_seen: Vec<String>,
}

/// A page.
#[derive(Debug, Clone, Default)]
pub struct Page {
    /// Its address.
    pub id: String,
    /// The languages it is there in; empty when nobody looked.
    pub locales: Vec<Locale>,
    /// Its forms.
    pub forms: Vec<Form>,
    /// The offer that it sells.
    pub offer: String,
    /// What it promises of that offer.
    pub promises: Vec<Promise>,
    /// Addresses that it links to and that lead nowhere.
    pub broken_links: Vec<String>,
}

/// A form.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Form {
    /// Questions that must be answered.
    pub required_fields: u32,
    /// Whether it asks for the consent to marketing.
    pub asks_consent: bool,
    /// Whether something is given for the answer: a file, a discount, a booking.
    pub gives_something: bool,
}

/// What a page says of an offer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Promise {
    /// It costs this.
    Price(Money),
    /// It can be given back for so long.
    Guarantee(Duration),
    /// Delivery costs nothing.
    FreeDelivery,
}

/// An offer.
#[derive(Debug, Clone, Default)]
pub struct Offer {
    /// Its address.
    pub id: String,
    /// Its price.
    pub price: Option<Money>,
    /// What one costs the company.
    pub unit_cost: Option<Money>,
    /// The greatest discount that is given.
    pub discount: Option<Rate>,
    /// How many are sold in a month.
    pub sold_per_month: Option<u32>,
    /// The cheapest and the dearest that others ask for the like.
    pub market: Option<(Money, Money)>,
    /// How long it can be given back.
    pub guarantee: Option<Duration>,
    /// Whether delivery costs nothing.
    pub is_delivered_free: bool,
    /// The languages it is there in; empty when nobody looked.
    pub locales: Vec<Locale>,
}

/// A message.
#[derive(Debug, Clone, Default)]
pub struct Message {
    /// Its id.
    pub id: String,
    /// Whether it is news or an offer, and no receipt or the like.
    pub is_marketing: bool,
    /// The languages it is there in; empty when nobody looked.
    pub locales: Vec<Locale>,
    /// The offers that it sells.
    pub offers: Vec<String>,
    /// The day by which somebody looks whether it is still true.
    pub review_by: Option<Date>,
    /// The last day that its text names: an offer ends, an event is held.
    pub last_day: Option<Date>,
    /// Addresses that it links to and that lead nowhere.
    pub broken_links: Vec<String>,
}

/// An automation.
#[derive(Debug, Clone, Default)]
pub struct Automation {
    /// Its id.
    pub id: String,
    /// The messages that it sends, and how long after the start.
    pub sends: Vec<(String, Duration)>,
    /// The automations that it starts.
    pub starts: Vec<String>,
}

/// Who works there.
#[derive(Debug, Clone, Default)]
pub struct Team {
    /// How many there are of each role.
    pub roles: Vec<(Role, u32)>,
    /// The names of people and teams that documents may call an owner, beside the roles.
    pub names: Vec<String>,
}

/// What was measured over some days.
#[derive(Debug, Clone, Default)]
pub struct Measured {
    /// How many days.
    pub days: u32,
    /// Each stage.
    pub stages: Vec<StageMeasured>,
    /// What a sale brings on average.
    pub sale_value: Option<Money>,
}

/// What was measured of a stage.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StageMeasured {
    /// Which.
    pub stage: StageId,
    /// Deals or people that entered it.
    pub entered: u64,
    /// Those of them that went on to a later stage.
    pub went_on: u64,
    /// How long half of them took for that.
    pub median_time: Option<Duration>,
}

/// People below which a rate is an anecdote.
pub const PEOPLE_MIN: u64 = 100;

impl StageMeasured {
    /// The share that went on; none when nobody came.
    pub fn rate(&self) -> Option<f64> {
        (self.entered > 0).then(|| self.went_on as f64 / self.entered as f64)
    }
}

impl Measured {
    /// What was measured of a stage.
    pub fn stage(&self, id: &StageId) -> Option<&StageMeasured> {
        self.stages.iter().find(|measured| measured.stage == *id)
    }

    /// What is counted over the measured days, for 30 days.
    pub fn per_month(&self, count: f64) -> f64 {
        count * 30.0 / f64::from(self.days.max(1))
    }

    /// What somebody who enters a stage brings on average: the value of a sale times the rates of this stage and all
    /// behind it up to the one that is won. None when a rate or the value is not known.
    pub fn value_at(&self, doc: &FunnelDoc, index: usize) -> Option<f64> {
        let winning = crate::gate::winning_stage(doc).and_then(|stage| doc.stage_index(&stage.id))?;
        let mut value = self.sale_value?.minor as f64;
        for stage in doc.stages.iter().take(winning).skip(index) {
            value *= self.stage(&stage.id)?.rate()?;
        }
        Some(value)
    }

    /// What it costs in a month that so many people in a month do not come to a stage: their number times what somebody
    /// who enters it brings.
    pub fn cost_of_missing(&self, doc: &FunnelDoc, index: usize, people_per_month: f64) -> Option<Money> {
        let currency = self.sale_value?.currency;
        let minor = people_per_month * self.value_at(doc, index)?;
        (minor.is_finite() && minor >= 1.0).then(|| Money::new(minor.round() as i64, currency))
    }
}
