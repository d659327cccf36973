//! Which variant of an experiment a visitor sees: a function of the visitor's id alone, so that nothing
//! has to be stored and every server gives the same answer.

use xxhash_rust::xxh3::Xxh3;

/// The variant for this visitor, as an index into `weights`; `None` when every weight is zero.
///
/// Weighted rendezvous hashing: each variant draws its own number from the hash of salt, visitor and index
/// and the largest `ln(u) / weight` wins, so that shares are in proportion to the weights. Against cumulative
/// ranges it has the property that raising one weight only moves visitors *to* that variant: an experiment
/// can be turned up while it runs without anybody changing between the others.
pub fn choose(experiment_salt: &str, visitor_id: &str, weights: &[u32]) -> Option<usize> {
    let mut best: Option<(usize, f64)> = None;
    for (index, &weight) in weights.iter().enumerate() {
        if weight == 0 {
            continue;
        }
        let score = unit(experiment_salt, visitor_id, index).ln() / f64::from(weight);
        if best.is_none_or(|(_, highest)| score > highest) {
            best = Some((index, score));
        }
    }
    best.map(|(index, _)| index)
}

/// A number in (0, 1] drawn from the hash.
fn unit(experiment_salt: &str, visitor_id: &str, index: usize) -> f64 {
    let mut hash = Xxh3::new();
    hash.update(&(experiment_salt.len() as u64).to_le_bytes());
    hash.update(experiment_salt.as_bytes());
    hash.update(&(index as u64).to_le_bytes());
    hash.update(visitor_id.as_bytes());
    ((hash.digest() >> 11) + 1) as f64 / (1u64 << 53) as f64
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn assignments_never_change_between_releases() {
        let chosen: Vec<_> = (0..12).map(|i| choose("headline", &format!("anon-{i}"), &[1, 1]).unwrap()).collect();
        assert_eq!(chosen, GOLDEN, "a visitor would see another page after an update");
        assert_eq!(choose("headline", "anon-1", &[]), None);
        assert_eq!(choose("headline", "anon-1", &[0, 0]), None);
        assert_eq!(choose("headline", "anon-1", &[0, 3, 0]), Some(1));
    }

    const GOLDEN: [usize; 12] = [0, 1, 1, 0, 1, 0, 0, 1, 0, 1, 0, 0];

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(24))]

        #[test]
        fn shares_follow_the_weights(salt in "[a-z]{1,8}", weights in prop::collection::vec(0u32..100, 2..5)) {
            const VISITORS: u32 = 20_000;
            let total: u32 = weights.iter().sum();
            prop_assume!(total > 0);
            let mut counts = vec![0u32; weights.len()];
            for i in 0..VISITORS {
                counts[choose(&salt, &format!("v{i}"), &weights).unwrap()] += 1;
            }
            for (count, weight) in counts.iter().zip(&weights) {
                let share = f64::from(*weight) / f64::from(total);
                let sigma = (share * (1.0 - share) / f64::from(VISITORS)).sqrt();
                let seen = f64::from(*count) / f64::from(VISITORS);
                // Five standard deviations: one false alarm in about two million comparisons.
                prop_assert!((seen - share).abs() <= 5.0 * sigma + 1e-9, "{seen} against {share}");
            }
        }

        #[test]
        fn raising_a_weight_moves_visitors_only_to_it(
            weights in prop::collection::vec(1u32..50, 2..5),
            which in 0usize..4,
            more in 1u32..50,
        ) {
            let which = which % weights.len();
            let mut raised = weights.clone();
            raised[which] += more;
            for i in 0..500 {
                let visitor = format!("v{i}");
                let (before, after) = (choose("s", &visitor, &weights), choose("s", &visitor, &raised));
                prop_assert!(before == after || after == Some(which));
                prop_assert_eq!(after, choose("s", &visitor, &raised));
            }
        }
    }
}
