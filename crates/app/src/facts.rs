//! Facts that a transaction makes true, on their way to the event log.
//!
//! [`record`] writes a fact into the transaction; [`relay`] appends what waits to the log, in order. A
//! crash between the commit and the append loses nothing, and the message id makes a repeat harmless.

use std::sync::atomic::{AtomicU32, Ordering};

use base::{Id, Timestamp, id};
use events::{Link, NewEvent, PersonKey};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use store::ConnectionTrait;

use crate::{App, AppError, Result};

/// The most facts appended at once.
const RELAY_BATCH: u64 = 500;

/// A fact to be told to the log.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Fact {
    /// Event name, Title Case.
    pub name: String,
    /// When it happened.
    pub at: Timestamp,
    /// Who did it: a person key.
    pub person: String,
    /// Other keys of the same person, learned with this fact and certain.
    #[serde(default)]
    pub merges: Vec<String>,
    /// Other keys of the same person, believed unless they are tied to somebody else: a browser.
    #[serde(default)]
    pub claims: Vec<String>,
    /// What is to be said about it.
    pub props: Map<String, Value>,
    /// Facts to set on the person.
    #[serde(default)]
    pub person_props: Option<Map<String, Value>>,
    /// Under which name the log can take it back, its joins too (`mrg_…`).
    #[serde(default)]
    pub source: Option<String>,
}

impl Fact {
    /// A fact about a person.
    pub fn new(name: &str, at: Timestamp, person: &PersonKey) -> Self {
        Self {
            name: name.to_owned(),
            at,
            person: person.to_string(),
            merges: Vec::new(),
            claims: Vec::new(),
            props: Map::new(),
            person_props: None,
            source: None,
        }
    }

    /// One that the log can take back.
    pub fn from_source(mut self, source: impl ToString) -> Self {
        self.source = Some(source.to_string());
        self
    }

    /// With a property; empty texts and nulls are left out.
    pub fn with(mut self, name: &str, value: impl Into<Value>) -> Self {
        let value = value.into();
        if !value.is_null() && value.as_str() != Some("") {
            self.props.insert(name.to_owned(), value);
        }
        self
    }

    /// With another key that certainly names the same person.
    pub fn merging(mut self, key: &PersonKey) -> Self {
        self.merges.push(key.to_string());
        self
    }

    /// With a browser that names the same person, unless it is tied to somebody else (a shared device).
    pub fn claiming(mut self, key: &PersonKey) -> Self {
        self.claims.push(key.to_string());
        self
    }

    /// With a fact to set on the person.
    pub fn setting(mut self, name: &str, value: impl Into<Value>) -> Self {
        self.person_props.get_or_insert_default().insert(name.to_owned(), value.into());
        self
    }

    fn into_event(self, message_id: String, now: Timestamp) -> Result<NewEvent> {
        let key = |text: &str| {
            PersonKey::parse(text).map_err(|error| AppError::Internal(format!("a waiting fact is damaged: {error}")))
        };
        let mut links = Vec::with_capacity(self.merges.len());
        for merge in &self.merges {
            links.push(Link::Merge(key(merge)?));
        }
        for claim in &self.claims {
            links.push(Link::Claim(key(claim)?));
        }
        Ok(NewEvent {
            message_id,
            name: self.name,
            at: self.at,
            received_at: now,
            person: key(&self.person)?,
            links,
            props: Value::Object(self.props).to_string(),
            person_props: self.person_props.map(|props| Value::Object(props).to_string()),
            source: self.source,
        })
    }
}

/// Write a fact into the transaction that makes it true.
pub async fn record(app: &App, conn: &impl ConnectionTrait, fact: Fact) -> Result<()> {
    let event = serde_json::to_value(&fact).map_err(|error| AppError::Internal(error.to_string()))?;
    Ok(store::outbox::push(conn, app.facts_order.next_id(app), event, app.now()).await?)
}

/// Write facts into the transaction that makes them true, in their order.
pub async fn record_all(app: &App, conn: &impl ConnectionTrait, facts: Vec<Fact>) -> Result<()> {
    let mut rows = Vec::with_capacity(facts.len());
    for fact in facts {
        let event = serde_json::to_value(&fact).map_err(|error| AppError::Internal(error.to_string()))?;
        rows.push((app.facts_order.next_id(app), event));
    }
    Ok(store::outbox::push_all(conn, rows, app.now()).await?)
}

/// Keeps the facts of one millisecond in the order in which they were recorded: the outbox is relayed by id, and
/// the ids of one millisecond are otherwise in no order. `Order Completed` told before the `Lead Captured` that
/// came first would win one deal and open another.
#[derive(Debug, Default)]
pub struct FactsOrder(AtomicU32);

impl FactsOrder {
    fn next_id(&self, app: &App) -> Id<id::Outbox> {
        let count = self.0.fetch_add(1, Ordering::Relaxed);
        let mut bytes = [0; 10];
        app.random.fill(&mut bytes);
        // A UUIDv7 keeps 12 bits of the first two bytes and, after its variant, 6 bits of the third: with the
        // fourth they hold a count of 26 bits, more facts than any millisecond sees.
        bytes[0] = (count >> 22) as u8 & 0x0f;
        bytes[1] = (count >> 14) as u8;
        bytes[2] = (count >> 8) as u8 & 0x3f;
        bytes[3] = count as u8;
        let ms = u64::try_from(app.now().ms()).unwrap_or(0);
        Id::from_uuid(uuid::Builder::from_unix_timestamp_millis(ms, &bytes).into_uuid())
    }
}

/// Append everything that waits. Answers how many facts went out. Call it after a commit; the worker
/// calls it too, for what a crash left behind.
pub async fn relay(app: &App) -> Result<usize> {
    let mut sent = 0;
    loop {
        let waiting = store::outbox::oldest(app.store.reader(), RELAY_BATCH).await?;
        if waiting.is_empty() {
            return Ok(sent);
        }
        let mut events = Vec::with_capacity(waiting.len());
        let mut ids = Vec::with_capacity(waiting.len());
        for row in waiting {
            let fact: Fact = serde_json::from_value(row.event)
                .map_err(|error| AppError::Internal(format!("a waiting fact is damaged: {error}")))?;
            events.push(fact.into_event(row.id.to_string(), app.now())?);
            ids.push(row.id);
        }
        sent += events.len();
        app.log.append(events).await?;
        let tx = app.store.begin().await?;
        store::outbox::delete(&tx, &ids).await?;
        tx.commit().await?;
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing;

    #[tokio::test]
    async fn facts_of_one_moment_stay_in_order() {
        for test in testing::all().await {
            test.settle().await;
            let person = PersonKey::anonymous("a").unwrap();
            let tx = test.app.store.begin().await.unwrap();
            for index in 0..700 {
                let fact = Fact::new("Counted", test.app.now(), &person).with("index", index);
                record(&test.app, &tx, fact).await.unwrap();
            }
            tx.commit().await.unwrap();
            assert_eq!(relay(&test.app).await.unwrap(), 700);
            let person = test.app.log.person(&person).unwrap();
            let mut told = test.app.log.timeline(person, None, 1000).await.unwrap();
            told.reverse();
            let props: Vec<String> = told.into_iter().map(|event| event.event.props).collect();
            let wanted: Vec<String> = (0..700).map(|index| format!("{{\"index\":{index}}}")).collect();
            assert_eq!(props, wanted, "{}", test.name);
        }
    }
}
