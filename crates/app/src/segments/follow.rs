//! Taking in what has changed, and writing down who entered or left a segment.

use std::collections::{BTreeMap, BTreeSet, HashSet};

use base::{Id, Timestamp, id};
use events::{PersonKey, Position};
use funnel::condition::Seen;
use funnel::segment::Moved;
use serde_json::Map;
use store::search::Place;
use store::segments::Member;
use uuid::Uuid;

use super::keeper::{Change, Keeper};
use super::{ENTERED, LEFT};
use crate::facts::{self, Fact};
use crate::{App, Result};

/// Changes of the database read at once.
const CHANGES: u64 = 500;
/// Events read at once.
const EVENTS: usize = 5_000;
/// People who enter or leave with one transaction: while it is open nobody else writes.
const WRITTEN: usize = 1_000;
/// Members read at once.
const MEMBERS: u64 = 20_000;

impl Keeper {
    /// Take in all that has changed. None when what is known is of no use any more.
    pub(super) async fn follow(&mut self, app: &App) -> Result<Option<Vec<Change>>> {
        let (lineage, joined) = app.log.joined_since(self.lineage);
        let Some(joined) = joined else { return Ok(None) };
        if store::search::is_cut(app.store.reader(), self.place).await? {
            return Ok(None);
        }
        let mut moved = self.take_changes(app).await?;
        let now = app.now();
        for (from, into) in joined {
            moved.extend(self.audience.join(from, into, now));
        }
        self.lineage = lineage;
        moved.extend(self.take_events(app).await?);
        moved.extend(self.audience.tick(app.now()));
        Ok(Some(self.changes(&moved)))
    }

    /// Contacts and deals that were written or removed.
    async fn take_changes(&mut self, app: &App) -> Result<Vec<Moved>> {
        let mut moved = Vec::new();
        loop {
            let changes = store::search::changes(app.store.reader(), self.place, CHANGES).await?;
            let Some(last) = changes.last() else { return Ok(moved) };
            self.place = Place { transaction: last.transaction_id, number: last.number };
            let of = |noun: &str| -> BTreeSet<Uuid> {
                changes.iter().filter(|change| change.noun == noun).map(|change| change.thing_id).collect()
            };
            let mut touched = self.reload(app, of("contact")).await?;
            if self.audience.deal_questions() > 0 {
                touched.extend(self.take_deals(app, of("deal")).await?);
            }
            let now = app.now();
            for who in touched {
                moved.extend(self.audience.look_again(who, now));
            }
        }
    }

    /// Contacts as they are now. Answers their numbers.
    async fn reload(&mut self, app: &App, ids: BTreeSet<Uuid>) -> Result<BTreeSet<u32>> {
        if ids.is_empty() {
            return Ok(BTreeSet::new());
        }
        let ids: Vec<Id<id::Contact>> = ids.into_iter().map(Id::from_uuid).collect();
        let found = store::contacts::find_many(app.store.reader(), &ids).await?;
        let there: HashSet<Id<id::Contact>> = found.iter().map(|contact| contact.id).collect();
        let mut touched: BTreeSet<u32> = self.take_contacts(app, found).await?.into_iter().collect();
        for gone in ids.iter().filter(|id| !there.contains(id)) {
            if let Some(who) = self.numbers.get(&gone.uuid()).copied() {
                self.audience.remove_contact(who);
                self.audience.set_fields(who, &Map::new());
                self.unplaced.remove(&who);
                touched.insert(who);
            }
        }
        for id in &there {
            let who = self.number(id.uuid());
            self.choose_as_stored(app, *id, who).await?;
        }
        Ok(touched)
    }

    /// Into which segments somebody has put a contact by hand.
    async fn choose_as_stored(&mut self, app: &App, id: Id<id::Contact>, who: u32) -> Result<()> {
        if self.chosen.is_empty() {
            return Ok(());
        }
        let stored = store::segments::of_contact(app.store.reader(), id).await?;
        for segment in self.chosen.clone() {
            if let Some(place) = self.audience.place(segment) {
                let is_in = stored.iter().any(|member| member.segment_id == segment);
                self.audience.choose(place, who, is_in);
            }
        }
        Ok(())
    }

    /// Who was put into segments by hand.
    pub(super) async fn read_chosen(&mut self, app: &App) -> Result<()> {
        for segment in self.chosen.clone() {
            let Some(place) = self.audience.place(segment) else { continue };
            let stored = members(app, segment).await?;
            let before: Vec<u32> = self.audience.members(place).collect();
            before.into_iter().for_each(|who| self.audience.choose(place, who, false));
            for contact in stored {
                let who = self.number(contact);
                self.audience.choose(place, who, true);
            }
        }
        Ok(())
    }

    /// Deals that were written or removed. Answers whose they are and were.
    async fn take_deals(&mut self, app: &App, ids: BTreeSet<Uuid>) -> Result<BTreeSet<u32>> {
        let ids: Vec<Id<id::Deal>> = ids.into_iter().map(Id::from_uuid).collect();
        let mut whose: BTreeSet<u32> = ids.iter().filter_map(|id| self.deals.get(&id.uuid()).copied()).collect();
        for deal in store::deals::find_many(app.store.reader(), &ids).await? {
            whose.insert(self.number(deal.contact_id.uuid()));
        }
        self.read_deals_of(app, &whose).await?;
        Ok(whose)
    }

    async fn take_events(&mut self, app: &App) -> Result<Vec<Moved>> {
        let mut moved = Vec::new();
        if *app.log.end().borrow() > self.upto {
            self.place_unplaced(app, &mut moved);
        }
        loop {
            let events = app.log.read_after(self.upto, EVENTS).await?;
            let Some(last) = events.last() else { return Ok(moved) };
            let end: Position = last.position;
            let mut consented = BTreeSet::new();
            for stored in events {
                let event = stored.event;
                if event.name.starts_with("Consent ") {
                    consented.extend(self.audience.contacts(stored.person));
                }
                let Some(reads_props) = self.audience.wants(&event.name) else { continue };
                let props =
                    if reads_props { serde_json::from_str(&event.props).unwrap_or_default() } else { Map::new() };
                let seen = Seen { name: event.name, at: event.at, props };
                let gathered = &self.gathered;
                let is_new = |look| gathered.get(&look).is_none_or(|upto| stored.position > *upto);
                moved.extend(self.audience.take(stored.person, &seen, app.now(), is_new));
            }
            self.upto = end;
            let ids = consented.iter().map(|who| self.ids[*who as usize]).collect();
            for who in self.reload(app, ids).await? {
                moved.extend(self.audience.look_again(who, app.now()));
            }
        }
    }

    /// Contacts the log has heard of since.
    fn place_unplaced(&mut self, app: &App, moved: &mut Vec<Moved>) {
        let unplaced: Vec<u32> = self.unplaced.iter().copied().collect();
        for who in unplaced {
            let key = PersonKey::contact(&Id::<id::Contact>::from_uuid(self.ids[who as usize]));
            if let Some(person) = app.log.person(&key) {
                self.audience.set_person(who, person);
                self.unplaced.remove(&who);
                moved.extend(self.audience.look_again(who, app.now()));
            }
        }
    }

    /// Who is in a segment and not written down, and the other way round.
    pub(super) async fn differences(&self, app: &App) -> Result<Vec<Change>> {
        let mut changes = Vec::new();
        for segment in self.names.keys().filter(|segment| !self.chosen.contains(segment)).copied() {
            let Some(place) = self.audience.place(segment) else { continue };
            let stored: HashSet<Uuid> = members(app, segment).await?.into_iter().collect();
            let found: HashSet<Uuid> = self.audience.members(place).map(|who| self.ids[who as usize]).collect();
            let change = |is_in| move |contact: &Uuid| Change { segment, contact: *contact, is_in };
            changes.extend(stored.difference(&found).map(change(false)));
            changes.extend(found.difference(&stored).map(change(true)));
        }
        // In an order that does not hang on chance.
        changes.sort_unstable_by_key(|change| (change.segment, change.contact));
        Ok(changes)
    }
}

/// The fact that somebody entered a segment or left it.
pub(super) fn told(
    is_in: bool,
    contact: Id<id::Contact>,
    (segment, name): (Id<id::Segment>, &str),
    now: Timestamp,
) -> Fact {
    let fact = Fact::new(if is_in { ENTERED } else { LEFT }, now, &PersonKey::contact(&contact));
    let fact = fact.with("segment", segment.to_string()).with("segment_name", name);
    // Kept by person in the columns, so that questions can be asked of a segment's people.
    fact.setting(&segment.to_string(), is_in)
}

async fn members(app: &App, segment: Id<id::Segment>) -> Result<Vec<Uuid>> {
    let mut all = Vec::new();
    loop {
        let after = all.last().copied().unwrap_or_default();
        let some = store::segments::members_after(app.store.reader(), segment, after, MEMBERS).await?;
        if some.is_empty() {
            return Ok(all);
        }
        all.extend(some);
    }
}

/// Who is in which segment by what is written down, and by what has changed since. What is told to the log follows
/// from that and not from what the audience believes, so that nobody enters twice.
#[derive(Default)]
struct Stays(BTreeMap<Id<id::Segment>, Stay>);

#[derive(Default)]
struct Stay {
    written: HashSet<Uuid>,
    now: HashSet<Uuid>,
}

impl Stays {
    fn is_known(&self, segment: Id<id::Segment>) -> bool {
        self.0.contains_key(&segment)
    }

    fn know(&mut self, segment: Id<id::Segment>, written: HashSet<Uuid>) {
        self.0.insert(segment, Stay { now: written.clone(), written });
    }

    /// Answers whether it changes anything.
    fn change(&mut self, change: &Change) -> bool {
        let now = &mut self.0.entry(change.segment).or_default().now;
        if change.is_in { now.insert(change.contact) } else { now.remove(&change.contact) }
    }

    /// Who left, and who entered, in the end.
    fn moved(self, entered_at: Timestamp) -> (BTreeMap<Id<id::Segment>, Vec<Uuid>>, Vec<Member>) {
        let (mut left, mut entered) = (BTreeMap::new(), Vec::new());
        for (segment_id, Stay { written, now }) in self.0 {
            left.insert(segment_id, written.difference(&now).copied().collect());
            let member = |contact: &Uuid| Member { segment_id, contact_id: Id::from_uuid(*contact), entered_at };
            entered.extend(now.difference(&written).map(member));
        }
        (left, entered)
    }
}

/// Write down who entered or left, and tell the log.
pub(super) async fn write(app: &App, keeper: &Keeper, changes: &[Change]) -> Result<()> {
    for changes in changes.chunks(WRITTEN) {
        let tx = app.store.begin().await?;
        let ids: Vec<Id<id::Contact>> = changes.iter().map(|change| Id::from_uuid(change.contact)).collect();
        // Whoever was removed meanwhile is in no segment, and nothing more is written of them.
        let there = store::contacts::existing(&tx, &ids).await?;
        let mut facts = Vec::new();
        let now = app.now();
        let mut stays = Stays::default();
        for change in changes.iter().filter(|change| there.contains(&change.contact)) {
            let Some(name) = keeper.names.get(&change.segment) else { continue };
            if !stays.is_known(change.segment) {
                stays.know(change.segment, store::segments::inside(&tx, change.segment, &ids).await?);
            }
            if stays.change(change) {
                facts.push(told(change.is_in, Id::from_uuid(change.contact), (change.segment, name), now));
            }
        }
        let (left, entered) = stays.moved(now);
        for (segment, contacts) in left {
            store::segments::leave(&tx, segment, &contacts).await?;
        }
        store::segments::enter(&tx, &entered).await?;
        facts::record_all(app, &tx, facts).await?;
        tx.commit().await?;
    }
    if !changes.is_empty() {
        facts::relay(app).await?;
    }
    Ok(())
}
