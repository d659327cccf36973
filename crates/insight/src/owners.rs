//! What each owner did with deals at each stage.
//!
//! A **visit** is the time from when a deal comes into a stage until it leaves it: by coming into another stage, or by
//! being won or lost. A visit belongs to whoever had the deal at its end, or has it now, whenever it came to them: a
//! lead that lay with nobody for a day and was then given to somebody counts for them, and one that was handed over
//! counts for each at the stages where they had it. A deal that comes back has another visit. Only visits that begin
//! in the time asked for count; how they ended is looked at until now.

use std::collections::{BTreeMap, HashMap};

/// What happened to a deal.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Happened {
    /// It came into a stage, by its place in the funnel. A stage that the funnel no longer has is behind none.
    Entered(Option<usize>),
    /// Somebody got it.
    Assigned,
    /// It became a sale.
    Won,
    /// It did not.
    Lost,
    /// It goes on where it stood.
    Reopened,
}

/// One thing that happened to a deal, in the order in which it did.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Told<D, O> {
    pub deal: D,
    pub at_ms: i64,
    pub what: Happened,
    /// Who had it afterwards; none for nobody.
    pub owner: Option<O>,
}

/// How visits of a stage ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Visits {
    pub entered: u64,
    /// By a later stage, or by a sale.
    pub went_on: u64,
    /// By an earlier stage.
    pub went_back: u64,
    pub lost: u64,
    pub still_there: u64,
    /// How long those stayed that went on, ms, all together.
    pub went_on_ms: i64,
}

impl Visits {
    /// Both together.
    pub fn plus(self, other: Self) -> Self {
        Self {
            entered: self.entered + other.entered,
            went_on: self.went_on + other.went_on,
            went_back: self.went_back + other.went_back,
            lost: self.lost + other.lost,
            still_there: self.still_there + other.still_there,
            went_on_ms: self.went_on_ms + other.went_on_ms,
        }
    }
}

struct Open<O> {
    stage: Option<usize>,
    since_ms: i64,
    owner: Option<O>,
    has_ended: bool,
}

/// The visits of each owner and stage that begin from `from_ms` on and before `to_ms`. What happened to one deal is in
/// order; deals may be mixed.
pub fn visits<D, O>(
    told: impl IntoIterator<Item = Told<D, O>>,
    from_ms: i64,
    to_ms: i64,
) -> BTreeMap<(Option<O>, usize), Visits>
where
    D: Eq + std::hash::Hash,
    O: Clone + Ord,
{
    let mut open: HashMap<D, Open<O>> = HashMap::new();
    let mut sums: BTreeMap<(Option<O>, usize), Visits> = BTreeMap::new();
    let mut note = |visit: &Open<O>, end: &dyn Fn(&mut Visits)| {
        let Some(stage) = visit.stage.filter(|_| (from_ms..to_ms).contains(&visit.since_ms)) else { return };
        let sum = sums.entry((visit.owner.clone(), stage)).or_default();
        sum.entered += 1;
        end(sum);
    };
    let go_on = |visit: &Open<O>, at_ms: i64| {
        let stayed_ms = (at_ms - visit.since_ms).max(0);
        move |sum: &mut Visits| {
            sum.went_on += 1;
            sum.went_on_ms += stayed_ms;
        }
    };
    for Told { deal, at_ms, what, owner } in told {
        let before = open.remove(&deal);
        let mut stage = before.as_ref().and_then(|visit| visit.stage);
        let mut since_ms = before.as_ref().map_or(at_ms, |visit| visit.since_ms);
        let mut has_ended = before.as_ref().is_some_and(|visit| visit.has_ended);
        if let Some(visit) = before.filter(|visit| !visit.has_ended) {
            match what {
                Happened::Entered(to) if to < visit.stage => note(&visit, &|sum| sum.went_back += 1),
                Happened::Entered(_) | Happened::Won => note(&visit, &go_on(&visit, at_ms)),
                Happened::Lost => note(&visit, &|sum| sum.lost += 1),
                Happened::Assigned | Happened::Reopened => {}
            }
        }
        match what {
            Happened::Entered(to) => (stage, since_ms, has_ended) = (to, at_ms, false),
            Happened::Won | Happened::Lost => has_ended = true,
            Happened::Reopened if has_ended => (since_ms, has_ended) = (at_ms, false),
            Happened::Assigned | Happened::Reopened => {}
        }
        open.insert(deal, Open { stage, since_ms, owner, has_ended });
    }
    for visit in open.values().filter(|visit| !visit.has_ended) {
        note(visit, &|sum| sum.still_there += 1);
    }
    sums
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn told(deal: u8, at_ms: i64, what: Happened, owner: Option<u8>) -> Told<u8, u8> {
        Told { deal, at_ms, what, owner }
    }

    #[test]
    fn a_visit_belongs_to_whoever_had_the_deal_at_its_end() {
        use Happened::{Assigned, Entered, Lost, Reopened, Won};
        let history = [
            told(1, 0, Entered(Some(0)), None),
            told(1, 5, Assigned, Some(7)),
            told(1, 10, Entered(Some(1)), Some(7)),
            told(1, 10, Assigned, Some(8)),
            told(2, 11, Entered(Some(1)), Some(8)),
            told(1, 20, Won, Some(8)),
            told(2, 30, Entered(Some(0)), Some(8)),
            told(2, 31, Lost, Some(8)),
            told(2, 40, Reopened, Some(7)),
        ];
        let sums = visits(history, 0, 100);
        let of = |owner: u8, stage| sums.get(&(Some(owner), stage)).copied().unwrap_or_default();
        let went_on = |entered, went_on, went_on_ms| Visits { entered, went_on, went_on_ms, ..Visits::default() };
        assert_eq!(of(7, 0), Visits { entered: 2, went_on: 1, went_on_ms: 10, still_there: 1, ..Visits::default() });
        assert_eq!(of(8, 1), Visits { went_back: 1, ..went_on(2, 1, 10) });
        assert_eq!(of(8, 0), Visits { entered: 1, lost: 1, ..Visits::default() });
        assert_eq!(sums.len(), 3);
    }

    /// One deal after the other, each visit from its beginning to whatever comes next.
    fn naive(told: &[Told<u8, u8>], from_ms: i64, to_ms: i64) -> BTreeMap<(Option<u8>, usize), Visits> {
        let mut sums: BTreeMap<(Option<u8>, usize), Visits> = BTreeMap::new();
        for deal in 0..=u8::MAX {
            let own: Vec<&Told<u8, u8>> = told.iter().filter(|told| told.deal == deal).collect();
            let mut stage = None;
            for (place, begin) in own.iter().enumerate() {
                match begin.what {
                    Happened::Entered(to) => stage = to,
                    // Opened again where it stood: a visit of its own, unless it had not ended.
                    Happened::Reopened => {
                        let earlier = own[..place].iter().rev().find(|told| told.what != Happened::Assigned);
                        if !earlier.is_some_and(|told| matches!(told.what, Happened::Won | Happened::Lost)) {
                            continue;
                        }
                    }
                    _ => continue,
                }
                let Some(at) = stage.filter(|_| from_ms <= begin.at_ms && begin.at_ms < to_ms) else { continue };
                let mut owner = begin.owner;
                let mut visit = Visits { entered: 1, ..Visits::default() };
                let mut has_ended = false;
                for next in &own[place + 1..] {
                    match next.what {
                        Happened::Assigned | Happened::Reopened => owner = next.owner,
                        Happened::Lost => (visit.lost, has_ended) = (1, true),
                        Happened::Entered(to) if to < Some(at) => (visit.went_back, has_ended) = (1, true),
                        Happened::Won | Happened::Entered(_) => {
                            visit.went_on = 1;
                            visit.went_on_ms = next.at_ms - begin.at_ms;
                            has_ended = true;
                        }
                    }
                    if has_ended {
                        break;
                    }
                }
                visit.still_there = u64::from(!has_ended);
                let sum = sums.entry((owner, at)).or_default();
                *sum = sum.plus(visit);
            }
        }
        sums
    }

    fn any_what() -> impl Strategy<Value = Happened> {
        prop_oneof![
            4 => prop::option::weighted(0.9, 0usize..3).prop_map(Happened::Entered),
            2 => Just(Happened::Assigned),
            1 => Just(Happened::Won),
            1 => Just(Happened::Lost),
        ]
    }

    proptest! {
        #[test]
        fn visits_are_the_naive_ones(
            lives in prop::collection::vec((0u8..3, 0i64..5, any_what(), prop::option::of(0u8..3)), 0..40),
            from in 0i64..40,
            length in 0i64..80,
        ) {
            let mut now = 0;
            let mut ended = [false; 3];
            let mut history = Vec::new();
            for (deal, step, what, owner) in lives {
                now += step;
                // A deal that has ended goes on only by being opened again.
                let has_ended = &mut ended[usize::from(deal)];
                let what = if *has_ended { Happened::Reopened } else { what };
                *has_ended = matches!(what, Happened::Won | Happened::Lost);
                history.push(told(deal, now, what, owner));
            }
            prop_assert_eq!(visits(history.clone(), from, from + length), naive(&history, from, from + length));
        }
    }
}
