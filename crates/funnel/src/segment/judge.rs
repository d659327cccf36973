//! What rules say of somebody, and until when that stays so.

use super::audience::{Audience, FOR_EVER, Member, NOBODY, Slot, Verdict};
use super::looks::{Kept, NEVER};
use super::program::{LookNode, Node};
use super::score::Pieces;
use crate::condition::{FieldTest, SumTest, passes};

impl Audience {
    pub(super) fn judge(&self, node: &Node, who: u32, now: i64) -> Verdict {
        let so = |is_met| Verdict { is_met, until: FOR_EVER };
        match node {
            Node::All(parts) => self.judge_parts(parts, who, now, true),
            Node::Any(parts) => self.judge_parts(parts, who, now, false),
            Node::Not(part) => {
                let verdict = self.judge(part, who, now);
                Verdict { is_met: !verdict.is_met, ..verdict }
            }
            Node::Fact(fact) => so(self.columns.is_so(who, *fact)),
            Node::Deal(deal) => so(self.with_deal[*deal].contains(&who)),
            Node::Segment(segment) => match &self.slots[*segment] {
                Some(Slot { rule: Some(rule), .. }) => self.judge(rule, who, now),
                Some(slot) => so(slot.members.has(who)),
                None => so(false),
            },
            Node::Look(look) => self.judge_look(look, who, now),
            Node::Score(test) => self.judge_score(test, who, now),
        }
    }

    /// All of them (or any, when `wanted` is false): the first that is not as wanted decides, and until it changes
    /// the others do not matter.
    fn judge_parts(&self, parts: &[Node], who: u32, now: i64, wanted: bool) -> Verdict {
        let mut until = FOR_EVER;
        for part in parts {
            let verdict = self.judge(part, who, now);
            if verdict.is_met != wanted {
                return verdict;
            }
            until = until.min(verdict.until);
        }
        Verdict { is_met: wanted, until }
    }

    fn judge_look(&self, node: &LookNode, who: u32, now: i64) -> Verdict {
        let never = Verdict { is_met: false, until: FOR_EVER };
        let Member { person, zone, .. } = self.members[who as usize];
        let (Some(kept), true) = (self.kept[node.look].as_ref(), person != NOBODY) else { return never };
        let days = &self.zones[usize::from(zone)];
        let until = |at: i64| {
            let ends = days.ends(at, node.window);
            if now < ends { Verdict { is_met: true, until: ends } } else { never }
        };
        let has_sum = |sum: i64| node.sum.as_ref().is_none_or(|test| SumTest::passes(test, sum));
        match kept {
            Kept::Latest(latest) => match latest.get(person) {
                NEVER => never,
                at => until(at),
            },
            Kept::LatestOfMany(most, latest) => {
                let times = latest.get(&person).filter(|times| times.len() == *most);
                times.and_then(|times| times.first()).map_or(never, |at| until(*at))
            }
            Kept::One { deeds, .. } => match deeds.get(person) {
                (NEVER, _) => never,
                (_, amount) if !has_sum(amount) => never,
                (at, _) if at + node.before_ms > now => Verdict { is_met: false, until: at + node.before_ms },
                (at, _) => until(at),
            },
            Kept::Total(totals) => {
                let (count, sum) = totals.get(person);
                Verdict { is_met: count >= i64::from(node.times) && has_sum(sum), until: FOR_EVER }
            }
            Kept::Each(all) => {
                let Some(deeds) = all.get(&person) else { return never };
                // They are sorted, and whoever is older ends before.
                let inside = &deeds[deeds.partition_point(|(at, _)| days.ends(*at, node.window) <= now)..];
                let sum = inside.iter().fold(0i64, |sum, (_, amount)| sum.saturating_add(*amount));
                let is_met = inside.len() >= node.times as usize && has_sum(sum);
                let until = inside.first().map_or(FOR_EVER, |(at, _)| days.ends(*at, node.window));
                Verdict { is_met, until }
            }
            Kept::Fading(..) => never,
        }
    }

    fn judge_score(&self, test: &FieldTest, who: u32, now: i64) -> Verdict {
        let Some(plan) = &self.questions.score else { return Verdict { is_met: false, until: FOR_EVER } };
        let person = self.members[who as usize].person;
        let sign = match self.kept[plan.recency].as_ref() {
            Some(Kept::Latest(latest)) if person != NOBODY => latest.get(person),
            _ => NEVER,
        };
        let fading = |look: &usize| match self.kept[*look].as_ref() {
            Some(Kept::Fading(_, sums)) if person != NOBODY => sums.get(person),
            _ => (NEVER, 0.0),
        };
        let engagement: Vec<(i64, f64)> = plan.engagement.iter().map(fading).collect();
        let (mut trust, mut until) = (0.0, FOR_EVER);
        for (node, points) in plan.trust.iter().zip(&plan.scoring.trust.points) {
            let verdict = self.judge(node, who, now);
            until = until.min(verdict.until);
            if verdict.is_met {
                trust += f64::from(points.points);
            }
        }
        let pieces = Pieces { plan, sign, engagement: &engagement, trust };
        let points = pieces.points(now);
        let value = pieces.value(&test.field, points);
        let is_met = test.tests.iter().all(|test| passes(Some(&value), test));
        Verdict { is_met, until: until.min(pieces.fades_at(now, points)) }
    }
}
