//! The contacts of an audience: who they are in the log, where they live, and what is known of them.

use std::collections::HashSet;

use base::Timestamp;
use jiff::tz::TimeZone;
use serde_json::{Map, Value};

use super::audience::{Audience, Member, NOBODY};
use super::days::Days;
use crate::condition::Subject;

impl Audience {
    /// A contact is there, lives in a zone (of the company, when nothing is known) and is a person of the log (or of
    /// nobody yet).
    pub fn set_contact(&mut self, who: u32, person: Option<u32>, zone: Option<&str>) {
        let zone = zone.map_or(0, |name| self.zone(name));
        let (at, person) = (who as usize, person.unwrap_or(NOBODY));
        if self.members.len() <= at {
            let nobody = Member { person: NOBODY, zone: 0, is_there: false, next: NOBODY };
            self.members.resize(at + 1, nobody);
        }
        if self.members[at].person != person {
            self.unchain(who);
            self.members[at].person = person;
            self.chain(who);
        }
        self.members[at].zone = zone;
        self.members[at].is_there = true;
    }

    /// The log knows who a contact is.
    pub fn set_person(&mut self, who: u32, person: u32) {
        if self.members.get(who as usize).is_some_and(|member| member.person != person) {
            self.unchain(who);
            self.members[who as usize].person = person;
            self.chain(who);
        }
    }

    /// A contact is gone.
    pub fn remove_contact(&mut self, who: u32) {
        self.unchain(who);
        if let Some(member) = self.members.get_mut(who as usize) {
            (member.is_there, member.person) = (false, NOBODY);
        }
        for with in &mut self.with_deal {
            with.remove(&who);
        }
    }

    /// Who a contact is in the log.
    pub fn person(&self, who: u32) -> Option<u32> {
        self.members.get(who as usize).map(|member| member.person).filter(|person| *person != NOBODY)
    }

    /// A field of a contact is this now; fields that no rule asks for are passed over. Answers whether it changed.
    pub fn set_field(&mut self, who: u32, field: &str, value: Option<&Value>) -> bool {
        self.columns.set(who, field, value)
    }

    /// Fields of a contact that rules ask for are these now.
    pub fn set_fields(&mut self, who: u32, fields: &Map<String, Value>) {
        for field in &self.fields {
            self.columns.set(who, field, fields.get(field));
        }
    }

    /// All deals of a contact are these now.
    pub fn set_deals(&mut self, who: u32, deals: &[Map<String, Value>]) {
        self.with_deal.resize_with(self.questions.deals.len(), HashSet::new);
        for (condition, with) in self.questions.deals.iter().zip(&mut self.with_deal) {
            let is_so = |fields| condition.is_met(&Subject::new(fields, &[], Timestamp::from_ms(0)));
            if deals.iter().any(is_so) {
                with.insert(who)
            } else {
                with.remove(&who)
            };
        }
    }

    /// Somebody who is there was put into a segment by hand, or taken out.
    pub fn choose(&mut self, segment: usize, who: u32, is_in: bool) {
        if is_in && !self.is_there(who) {
            return;
        }
        if let Some(slot) = self.slots.get_mut(segment).and_then(Option::as_mut) {
            slot.members.set(who, is_in);
        }
    }

    fn zone(&mut self, name: &str) -> u16 {
        if let Some(place) = self.zone_names.get(name) {
            return *place;
        }
        let place = match TimeZone::get(name) {
            Ok(zone) if self.zones.len() < usize::from(u16::MAX) => {
                self.zones.push(Days::new(zone));
                (self.zones.len() - 1) as u16
            }
            // A zone nobody knows is none.
            _ => 0,
        };
        self.zone_names.insert(name.to_owned(), place);
        place
    }

    pub(super) fn chain(&mut self, who: u32) {
        let person = self.members[who as usize].person;
        if person != NOBODY {
            let next = self.of_person.insert(person, who).unwrap_or(NOBODY);
            self.members[who as usize].next = next;
        }
    }

    pub(super) fn unchain(&mut self, who: u32) {
        let Some(member) = self.members.get(who as usize).copied().filter(|member| member.person != NOBODY) else {
            return;
        };
        let mut others: Vec<u32> = self.contacts(member.person).collect();
        others.retain(|other| *other != who);
        self.of_person.remove(&member.person);
        self.members[who as usize].next = NOBODY;
        others.into_iter().for_each(|other| self.chain(other));
    }

    /// The contacts who are a person of the log: mostly one.
    pub fn contacts(&self, person: u32) -> impl Iterator<Item = u32> {
        let mut at = self.of_person.get(&person).copied().unwrap_or(NOBODY);
        std::iter::from_fn(move || {
            let who = (at != NOBODY).then_some(at)?;
            at = self.members[who as usize].next;
            Some(who)
        })
    }
}
