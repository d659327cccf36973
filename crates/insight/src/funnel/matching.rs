//! Which events of a set can fill which steps, each event at most one and each step by at most one: a
//! bipartite matching by augmenting paths (H. W. Kuhn, "The Hungarian method for the assignment problem",
//! Naval Research Logistics Quarterly 2 (1955) 83-97).
//!
//! Events are given as masks: bit s says that the event matches step s (0-based).

use super::STEPS;

/// A matching that grows event by event. The sets of events that can be matched form a matroid (Edmonds &
/// Fulkerson 1965), so taking events greedily in order of time gives both the largest matching and the
/// earliest one.
#[derive(Debug, Clone, Copy)]
pub(super) struct Matching {
    /// By step: the mask of the event that fills it, 0 for none.
    filled: [u32; STEPS],
    /// How many steps are filled.
    pub(super) size: usize,
}

impl Matching {
    pub(super) const fn new() -> Self {
        Self { filled: [0; STEPS], size: 0 }
    }

    /// Takes the event in if the matching can grow by it.
    pub(super) fn add(&mut self, mask: u32) -> bool {
        let mut visited = 0;
        let grown = self.place(mask, &mut visited);
        self.size += usize::from(grown);
        grown
    }

    /// Finds the event a step, moving others along.
    fn place(&mut self, mask: u32, visited: &mut u32) -> bool {
        let mut open = mask & !*visited;
        while open != 0 {
            let step = open.trailing_zeros() as usize;
            *visited |= 1 << step;
            let occupant = self.filled[step];
            if occupant == 0 || self.place(occupant, visited) {
                self.filled[step] = mask;
                return true;
            }
            open = mask & !*visited;
        }
        false
    }
}

/// How many of the steps `first`, `first + 1`, .. can all be filled by different events of the masks.
pub(super) fn prefix(masks: &[u32], first: usize, steps: usize) -> usize {
    // Kuhn from the side of the steps: fill step after step, moving earlier ones to other events.
    let mut step_of: Vec<Option<usize>> = vec![None; masks.len()];
    let mut filled = 0;
    for step in first..steps {
        let mut visited = vec![false; masks.len()];
        if !fill(masks, step, &mut step_of, &mut visited) {
            break;
        }
        filled += 1;
    }
    filled
}

/// Whether these steps can all be filled, by different events of the masks.
pub(super) fn fits(mut masks: Vec<u32>, steps: &[usize], most: usize) -> bool {
    few_copies(&mut masks, most);
    fit(&masks, steps.iter().copied())
}

/// The same where there are few copies of each mask.
pub(super) fn fit(masks: &[u32], steps: impl IntoIterator<Item = usize>) -> bool {
    let mut step_of: Vec<Option<usize>> = vec![None; masks.len()];
    steps.into_iter().all(|step| fill(masks, step, &mut step_of, &mut vec![false; masks.len()]))
}

fn fill(masks: &[u32], step: usize, step_of: &mut [Option<usize>], visited: &mut [bool]) -> bool {
    for event in 0..masks.len() {
        if masks[event] >> step & 1 == 0 || visited[event] {
            continue;
        }
        visited[event] = true;
        let free = match step_of[event] {
            None => true,
            Some(other) => fill(masks, other, step_of, visited),
        };
        if free {
            step_of[event] = Some(step);
            return true;
        }
    }
    false
}

/// The masks of one instant with no more copies of each than there are steps: more cannot be of use, and an
/// import with dates for times puts thousands of events on one instant.
pub(super) fn few_copies(masks: &mut Vec<u32>, steps: usize) {
    masks.sort_unstable();
    let mut copies = 0;
    let mut last = 0;
    masks.retain(|mask| {
        copies = if *mask == last { copies + 1 } else { 1 };
        last = *mask;
        *mask != 0 && copies <= steps
    });
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn events_make_room_for_each_other() {
        let mut matching = Matching::new();
        assert!(matching.add(0b11));
        assert!(matching.add(0b01), "the first event moves to step 1");
        assert!(!matching.add(0b11));
        assert_eq!(matching.size, 2);
    }

    #[test]
    fn a_prefix_needs_a_different_event_for_each_step() {
        assert_eq!(prefix(&[0b11], 0, 2), 1);
        assert_eq!(prefix(&[0b11, 0b01], 0, 2), 2);
        assert_eq!(prefix(&[0b101, 0b001, 0b010], 0, 3), 3);
        assert_eq!(prefix(&[0b100], 0, 3), 0);
        assert_eq!(prefix(&[0b110], 1, 3), 1);
    }

    #[test]
    fn thousands_of_equal_events_shrink() {
        let mut masks = vec![1; 5_000];
        masks.extend([2, 0, 0]);
        few_copies(&mut masks, 3);
        assert_eq!(masks, [1, 1, 1, 2]);
    }
}
