//! What happened: people who come, read, ask, order; staff who call, win and lose.

use std::cmp::Reverse;
use std::collections::BinaryHeap;
use std::sync::Arc;

use app::deals::{self, DealClose, DealOutcome, DealQuery};
use app::orders::{self, OrderQuery};
use app::{Actor, App, facts, jobs, reactor, routing};
use axum::Router;
use axum::http::StatusCode;
use base::{Random as _, SeededRandom, Timestamp, VirtualClock};
use channels::mail::RecordingMailer;
use funnel::order::Status;
use indicatif::{ProgressBar, ProgressStyle};

use super::DAY_MS;
use super::company::Company;
use super::sales::Sales;
use super::spend;
use super::visit::{Browser, action, first_choice, hidden};
use crate::commands::Failure;

/// The same people make the same choices in every demo.
const SEED: u64 = 2026;
/// Visits of a usual day.
const VISITS_A_DAY: f64 = 70.0;
const MINUTE_MS: i64 = 60_000;
const HOUR_MS: i64 = 60 * MINUTE_MS;
/// From the start of a day of the story to the closing of the books.
const CLOSING_MS: i64 = 16 * HOUR_MS;

/// What the history is told with.
pub struct Story<'a> {
    pub app: &'a Arc<App>,
    pub clock: &'a VirtualClock,
    pub mailer: &'a RecordingMailer,
    pub router: Router,
    pub company: &'a Company,
}

/// How people of one channel behave: share of the visits, and how many of them leave their address, and of
/// those buy.
struct Source {
    query: &'static str,
    share: f64,
    leads: f64,
    buys: f64,
}

const SOURCES: [Source; 6] = [
    Source { query: "?utm_source=google&utm_medium=cpc&utm_campaign=free-check", share: 0.34, leads: 0.14, buys: 0.9 },
    Source { query: "?utm_source=instagram&utm_medium=paid&utm_campaign=smile", share: 0.30, leads: 0.07, buys: 0.45 },
    Source {
        query: "?utm_source=newsletter&utm_medium=email&utm_campaign=autumn",
        share: 0.10,
        leads: 0.24,
        buys: 1.3,
    },
    Source { query: "?utm_source=friend&utm_medium=referral", share: 0.06, leads: 0.32, buys: 1.7 },
    Source { query: "", share: 0.12, leads: 0.12, buys: 1.0 },
    Source { query: "?utm_source=facebook&utm_medium=social", share: 0.08, leads: 0.06, buys: 0.5 },
];

const FIRST_NAMES: [&str; 24] = [
    "Nora", "Emma", "Olivia", "Ella", "Sofie", "Maja", "Ingrid", "Frida", "Aksel", "Jakob", "Noah", "Oskar", "Lucas",
    "Filip", "William", "Henrik", "Amina", "Leila", "Omar", "Mikkel", "Astrid", "Sigrid", "Håkon", "Tuva",
];
const LAST_NAMES: [&str; 20] = [
    "Hansen",
    "Johansen",
    "Olsen",
    "Larsen",
    "Andersen",
    "Pedersen",
    "Nilsen",
    "Kristiansen",
    "Jensen",
    "Karlsen",
    "Johnsen",
    "Pettersen",
    "Eriksen",
    "Berg",
    "Haugen",
    "Hagen",
    "Ali",
    "Nguyen",
    "Moen",
    "Strand",
];

/// A person of the story.
#[derive(Debug, Clone)]
struct Person {
    number: u32,
    browser: Browser,
    page: &'static str,
    query: &'static str,
    buys: f64,
    name: (&'static str, &'static str),
    email: String,
}

#[derive(Debug, Clone)]
enum Act {
    Visit {
        person: Person,
        becomes_lead: bool,
    },
    Download {
        person: Person,
        path: String,
    },
    SeeOffer {
        person: Person,
        offer: &'static str,
        orders: bool,
    },
    Pay {
        order: base::Id<base::id::Order>,
    },
    /// An hour on the telephone.
    Telephone,
    Desk,
    /// The marketer writes down what the day's channels cost.
    Books {
        day: u32,
    },
}

/// A moment of the story; later ones wait.
struct Moment {
    at: Timestamp,
    order: u64,
    act: Act,
}

impl PartialEq for Moment {
    fn eq(&self, other: &Self) -> bool {
        (self.at, self.order) == (other.at, other.order)
    }
}
impl Eq for Moment {}
impl PartialOrd for Moment {
    fn partial_cmp(&self, other: &Self) -> Option<std::cmp::Ordering> {
        Some(self.cmp(other))
    }
}
impl Ord for Moment {
    fn cmp(&self, other: &Self) -> std::cmp::Ordering {
        (self.at, self.order).cmp(&(other.at, other.order))
    }
}

struct Teller<'a> {
    story: &'a Story<'a>,
    sales: Sales,
    random: SeededRandom,
    waiting: BinaryHeap<Reverse<Moment>>,
    count: u64,
    people: u32,
}

/// Tell the story of all days up to `end`.
pub async fn tell(
    story: &Story<'_>,
    start: Timestamp,
    end: Timestamp,
    days: u32,
    is_quiet: bool,
) -> Result<(), Failure> {
    let mut teller = Teller {
        story,
        sales: Sales::new(),
        random: SeededRandom::new(SEED),
        waiting: BinaryHeap::new(),
        count: 0,
        people: 0,
    };
    for day in 0..days {
        let morning = start.plus_ms(i64::from(day) * DAY_MS);
        teller.plan_day(morning, f64::from(day) / f64::from(days));
        teller.push(morning.plus_ms(CLOSING_MS), Act::Books { day });
    }
    let bar = if is_quiet { ProgressBar::hidden() } else { ProgressBar::new(u64::from(days)) };
    bar.set_style(
        ProgressStyle::with_template("  running the clinic  {bar:30.cyan/blue}  day {pos} of {len}")
            .unwrap_or_else(|_| ProgressStyle::default_bar()),
    );
    while let Some(Reverse(moment)) = teller.waiting.pop() {
        if moment.at >= end {
            break;
        }
        story.clock.advance_to(moment.at);
        bar.set_position(u64::try_from((moment.at.ms() - start.ms()) / DAY_MS).unwrap_or(0));
        teller.act(moment.act).await?;
    }
    story.clock.advance_to(end);
    teller.settle().await?;
    bar.finish_and_clear();
    Ok(())
}

impl Teller<'_> {
    fn chance(&self, share: f64) -> bool {
        self.random.unit() < share
    }

    /// A wait with a long tail, around `typical_ms`.
    fn wait(&self, typical_ms: i64) -> i64 {
        let stretch = -(1.0 - self.random.unit()).ln();
        (typical_ms as f64 * stretch.clamp(0.05, 6.0)) as i64
    }

    fn later(&mut self, wait_ms: i64, act: Act) {
        let at = base::Clock::now(self.story.clock).plus_ms(wait_ms);
        self.push(at, act);
    }

    fn push(&mut self, at: Timestamp, act: Act) {
        self.count += 1;
        self.waiting.push(Reverse(Moment { at, order: self.count, act }));
    }

    /// Visits of a day: fewer at the weekend, more as the clinic becomes known, most in the evening.
    fn plan_day(&mut self, day: Timestamp, progress: f64) {
        let weekday = day.ms().div_euclid(DAY_MS).rem_euclid(7);
        // Day 0 was a Thursday.
        let is_weekend = matches!(weekday, 2 | 3);
        let mood = 0.85 + 0.3 * self.random.unit();
        let visits = VISITS_A_DAY * (0.8 + 0.4 * progress) * if is_weekend { 0.6 } else { 1.0 } * mood;
        for _ in 0..visits as u32 {
            let person = self.person();
            let source = SOURCES.iter().find(|source| source.query == person.query).unwrap_or(&SOURCES[0]);
            let becomes_lead = self.chance(source.leads);
            let hour = 7.0 + 15.0 * self.random.unit().powf(0.8);
            self.push(day.plus_ms((hour * HOUR_MS as f64) as i64), Act::Visit { person, becomes_lead });
        }
        for hour in if is_weekend { Vec::new() } else { vec![8, 10, 12, 14] } {
            self.push(day.plus_ms(hour * HOUR_MS + 25 * MINUTE_MS), Act::Telephone);
        }
        self.push(day.plus_ms(15 * HOUR_MS), Act::Desk);
    }

    /// The office closes: one entry of spend for each channel that cost something.
    async fn books(&self, day: u32) -> Result<(), Failure> {
        let app = self.story.app;
        let now = base::Clock::now(self.story.clock);
        let date = now.to_jiff().to_zoned(app.company().zone()).date();
        for entry in spend::of_day(date, day, app.company().currency) {
            app::spend::set(app, &self.story.company.marketer, entry).await?;
        }
        Ok(())
    }

    fn person(&mut self) -> Person {
        self.people += 1;
        let number = self.people;
        let mut draw = self.random.unit();
        let source = SOURCES.iter().find(|source| {
            draw -= source.share;
            draw < 0.0
        });
        let source = source.unwrap_or(&SOURCES[0]);
        let pick = |list: &[&'static str]| list[self.random.below(list.len() as u64) as usize];
        let name = (pick(&FIRST_NAMES), pick(&LAST_NAMES));
        let reads_norwegian = self.chance(0.82);
        let (page, language) = if reads_norwegian {
            ("/gratis-sjekk", "nb-NO,nb;q=0.9,en;q=0.5")
        } else {
            ("/en/free-check", "en-GB,en;q=0.9")
        };
        let ascii = |text: &str| text.to_lowercase().replace('å', "a").replace('ø', "o").replace('æ', "ae");
        let takes_cookie = self.chance(0.7);
        let email = format!("{}.{}{number}@example.com", ascii(name.0), ascii(name.1));
        Person {
            number,
            browser: Browser::of(number, language, takes_cookie),
            page,
            query: source.query,
            buys: source.buys,
            name,
            email,
        }
    }

    async fn act(&mut self, act: Act) -> Result<(), Failure> {
        match act {
            Act::Visit { person, becomes_lead } => self.visit(person, becomes_lead).await,
            Act::Download { person, path } => self.download(person, &path).await,
            Act::SeeOffer { person, offer, orders } => self.see_offer(person, offer, orders).await,
            Act::Pay { order } => self.pay(order).await,
            Act::Telephone => self.telephone().await,
            Act::Desk => self.desk().await,
            Act::Books { day } => self.books(day).await,
        }
    }

    async fn visit(&mut self, person: Person, becomes_lead: bool) -> Result<(), Failure> {
        let page = format!("{}{}", person.page, person.query);
        let router = self.story.router.clone();
        let (status, html) = person.browser.get(&router, &page).await?;
        expect(status == StatusCode::OK, || format!("{page} answered {status}"))?;
        if !becomes_lead {
            return Ok(());
        }
        self.story.clock.advance_ms(20_000 + self.wait(45_000));
        let field = |name| hidden(&html, name).unwrap_or_default();
        let action = action(&html).ok_or_else(|| Failure::new("the page has no form"))?;
        let phone = format!("9{:07}", person.number % 10_000_000);
        let pairs = [
            ("_token", field("_token")),
            ("_form", field("_form")),
            ("_variant", field("_variant")),
            ("first_name", person.name.0),
            ("email", person.email.as_str()),
            ("phone", phone.as_str()),
            ("when", first_choice(&html).unwrap_or_default()),
            ("consent_health", "yes"),
            ("consent_news", if person.number.is_multiple_of(3) { "" } else { "yes" }),
        ];
        let (status, answer) = person.browser.post(&router, action, &page, &pairs).await?;
        expect(status == StatusCode::SEE_OTHER, || format!("the form of {page} answered {status}: {answer:.2000}"))?;
        self.settle().await?;
        if self.chance(0.68)
            && let Some(path) = self.link_in_mail(&person.email, "/d/")
        {
            let wait_ms = 2 * MINUTE_MS + self.wait(5 * HOUR_MS);
            self.later(wait_ms, Act::Download { person, path });
        }
        Ok(())
    }

    /// The path of a link in the newest mail to an address.
    fn link_in_mail(&self, to: &str, start: &str) -> Option<String> {
        let mails = self.story.mailer.take();
        let mail = mails.into_iter().rev().find(|mail| mail.to.email.as_str() == to)?;
        let rest = &mail.text[mail.text.find(start)?..];
        let end = rest.find(|c: char| c.is_whitespace() || matches!(c, ')' | ']' | '>' | '"')).unwrap_or(rest.len());
        Some(rest[..end].to_owned())
    }

    async fn download(&mut self, person: Person, path: &str) -> Result<(), Failure> {
        let router = self.story.router.clone();
        let (status, _) = person.browser.get(&router, path).await?;
        expect(status == StatusCode::OK, || format!("a download answered {status}"))?;
        if self.chance(0.62) {
            let orders = self.chance((0.34 * person.buys).min(0.8));
            let wait_ms = self.wait(20 * HOUR_MS);
            self.later(wait_ms, Act::SeeOffer { person: person.clone(), offer: "whitening-kit", orders });
        }
        if self.chance(0.4) {
            let orders = self.chance((0.16 * person.buys).min(0.6));
            let wait_ms = 3 * DAY_MS + self.wait(6 * DAY_MS);
            self.later(wait_ms, Act::SeeOffer { person, offer: "braces", orders });
        }
        Ok(())
    }

    async fn see_offer(&mut self, person: Person, offer: &'static str, orders: bool) -> Result<(), Failure> {
        // Whoever took the cookie is the same person as before; to the others the clinic sees a stranger.
        let path = format!("/o/{offer}?utm_source=newsletter&utm_medium=email");
        let router = self.story.router.clone();
        let (status, html) = person.browser.get(&router, &path).await?;
        expect(status == StatusCode::OK, || format!("{path} answered {status}"))?;
        if !orders {
            return Ok(());
        }
        self.story.clock.advance_ms(30_000 + self.wait(60_000));
        let name = format!("{} {}", person.name.0, person.name.1);
        let street = format!("Storgata {}", person.number % 90 + 1);
        let pairs = [
            ("_token", hidden(&html, "_token").unwrap_or_default()),
            ("_form", hidden(&html, "_form").unwrap_or_default()),
            ("name", name.as_str()),
            ("email", person.email.as_str()),
            ("phone", ""),
            ("address", street.as_str()),
            ("postal_code", "0155"),
            ("city", "Oslo"),
            ("quantity", "1"),
        ];
        let (status, answer) = person.browser.post(&router, &format!("/o/{offer}"), &path, &pairs).await?;
        expect(status == StatusCode::OK, || format!("the order at {path} answered {status}: {answer:.3000}"))?;
        self.settle().await?;
        self.plan_payment().await?;
        if offer != "care-plan" && self.chance(0.3) {
            let wait_ms = 10 * DAY_MS + self.wait(12 * DAY_MS);
            self.later(wait_ms, Act::SeeOffer { person, offer: "care-plan", orders: true });
        }
        Ok(())
    }

    async fn plan_payment(&mut self) -> Result<(), Failure> {
        let query = OrderQuery { limit: Some(1), ..OrderQuery::default() };
        let newest = orders::list(self.story.app, &Actor::SYSTEM, query).await?.items.into_iter().next();
        if let Some(order) = newest
            && self.chance(0.93)
        {
            let wait_ms = DAY_MS + self.wait(5 * DAY_MS);
            self.later(wait_ms, Act::Pay { order: order.id });
        }
        Ok(())
    }

    async fn pay(&mut self, order: base::Id<base::id::Order>) -> Result<(), Failure> {
        orders::set_status(self.story.app, &self.story.company.manager, order, Status::Paid).await?;
        Ok(())
    }

    async fn telephone(&mut self) -> Result<(), Failure> {
        self.settle().await?;
        self.sales.call(self.story.app, base::Clock::now(self.story.clock)).await?;
        self.settle().await
    }

    /// An hour of office work: deals that went cold are lost.
    async fn desk(&mut self) -> Result<(), Failure> {
        self.settle().await?;
        let manager = self.story.company.manager;
        let query = DealQuery { status: Some("open".to_owned()), limit: Some(500), ..DealQuery::default() };
        let now = base::Clock::now(self.story.clock);
        for deal in deals::list(self.story.app, &manager, query).await?.items {
            let idle_days = (now.ms() - deal.stage_entered_at.ms()) / DAY_MS;
            if idle_days > 30 && self.chance(0.08) {
                let reasons = ["chose somebody else", "too expensive", "no answer", "not now"];
                let reason = reasons[self.random.below(reasons.len() as u64) as usize].to_owned();
                let request = DealClose { outcome: DealOutcome::Lost, reason, override_reason: None, locale: None };
                deals::end(self.story.app, &manager, deal.id, request).await?;
            }
        }
        self.sales.read_notices(self.story.app, &self.story.company.reps).await?;
        self.settle().await
    }

    /// Everything that follows from what has happened.
    async fn settle(&mut self) -> Result<(), Failure> {
        const ROUNDS_MAX: usize = 10_000;
        const JOBS_AT_ONCE: u64 = 50;
        for _ in 0..ROUNDS_MAX {
            let app = self.story.app;
            let done = facts::relay(app).await?
                + reactor::step(app).await?
                + deals::look_again(app).await?
                + routing::tend(app).await?
                + jobs::run_due(app, JOBS_AT_ONCE).await?;
            if done == 0 {
                return Ok(());
            }
        }
        Err(Failure::new("the demo does not come to rest"))
    }
}

fn expect(holds: bool, otherwise: impl FnOnce() -> String) -> Result<(), Failure> {
    if holds { Ok(()) } else { Err(Failure::new(otherwise())) }
}
