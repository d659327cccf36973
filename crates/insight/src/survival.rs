//! How long until something happens, where not everybody was watched until it did: the Kaplan-Meier estimate.
//!
//! Source: E. L. Kaplan & P. Meier, "Nonparametric estimation from incomplete observations", JASA 53 (1958)
//! 457-481. At each time t at which something happens to d of the n still watched, the share to whom nothing has
//! happened is multiplied by (1 - d/n). Who stops being watched at t is still at risk at t.
//!
//! The interval is that of the complementary log-log of that share with Greenwood's variance, as R's
//! `survfit(conf.type = "log-log")` and Python's lifelines give it: S^exp(±z·se), where
//! se² = Σ d/(n(n-d)) / ln²S (J. D. Kalbfleisch & R. L. Prentice, "The statistical analysis of failure time data",
//! 1980, 1.3). It stays within 0 and 1.

use crate::stats::Z_95;

/// A time at which it happened to somebody.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Moment {
    /// Milliseconds since each one's own beginning.
    pub after_ms: i64,
    /// How many were still watched just before.
    pub at_risk: u64,
    /// The share to whom it has happened by then, 0 to 1.
    pub happened: f64,
    /// Lower end of the 95 % interval of that share.
    pub ci_low: f64,
    /// Upper end.
    pub ci_high: f64,
}

/// The estimate.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Curve {
    /// Ascending.
    pub moments: Vec<Moment>,
    /// The longest that anybody was watched.
    pub longest_ms: i64,
}

impl Curve {
    /// From the times after which it happened, and those after which others were no longer watched; in any order.
    pub fn new(mut happened_ms: Vec<i64>, mut censored_ms: Vec<i64>) -> Self {
        happened_ms.sort_unstable();
        censored_ms.sort_unstable();
        let longest_ms = happened_ms.last().copied().max(censored_ms.last().copied()).unwrap_or(0);
        let mut at_risk = (happened_ms.len() + censored_ms.len()) as u64;
        let (mut gone, mut stays, mut variance) = (0, 1.0, 0.0);
        let mut moments: Vec<Moment> = Vec::new();
        for together in happened_ms.chunk_by(|one, two| one == two) {
            let (after_ms, count) = (together[0], together.len() as u64);
            let before = gone;
            gone += censored_ms[gone..].partition_point(|censored| *censored < after_ms);
            at_risk -= (gone - before) as u64;
            let (n, d) = (at_risk as f64, count as f64);
            stays *= 1.0 - d / n;
            variance += d / (n * (n - d));
            let (ci_low, ci_high) = match interval(stays, variance) {
                Some((low, high)) => (1.0 - high, 1.0 - low),
                // It happened to all that were left: the variance is not known, and the share cannot fall again.
                None => (moments.last().map_or(0.0, |last| last.ci_low), 1.0),
            };
            moments.push(Moment { after_ms, at_risk, happened: 1.0 - stays, ci_low, ci_high });
            at_risk -= count;
        }
        Self { moments, longest_ms }
    }

    /// The time by which it has happened to this share (0 to 1); `None` when it never gets so far.
    pub fn quantile_ms(&self, share: f64) -> Option<i64> {
        // A share such as 1/2 is made of products that may be off by a rounding.
        const ROUNDING: f64 = 1e-12;
        self.moments.iter().find(|moment| moment.happened >= share - ROUNDING).map(|moment| moment.after_ms)
    }

    /// The mean time, restricted to the longest that anybody was watched: the area under the share to whom it has
    /// not happened. Without anybody who was not watched to the end it is the arithmetic mean.
    pub fn mean_ms(&self) -> f64 {
        let (mut area, mut last_ms, mut stays) = (0.0, 0, 1.0);
        for moment in &self.moments {
            area += stays * (moment.after_ms - last_ms) as f64;
            (last_ms, stays) = (moment.after_ms, 1.0 - moment.happened);
        }
        area + stays * (self.longest_ms - last_ms) as f64
    }
}

fn interval(stays: f64, variance: f64) -> Option<(f64, f64)> {
    if stays <= 0.0 || !variance.is_finite() {
        return None;
    }
    let spread = Z_95 * variance.sqrt() / stays.ln().abs();
    Some((stays.powf(spread.exp()), stays.powf((-spread).exp())))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn close(one: f64, two: f64) -> bool {
        (one - two).abs() < 1e-6
    }

    /// Remission of acute myelogenous leukaemia with maintained chemotherapy, in weeks: the example of R's package
    /// survival (Miller 1981). The shares and the median are those that R prints; the interval of week 13 is worked
    /// out by hand: S = 10/11 · 9/10, Σ d/(n(n-d)) = 1/(11·10) + 1/(10·9), se = sqrt(0.0202020)/0.2006707 =
    /// 0.7083017, S^exp(±1.3882458) = 0.4474, 0.9511.
    #[test]
    fn the_published_example() {
        let curve = Curve::new(vec![9, 13, 18, 23, 31, 34, 48], vec![13, 28, 45, 161]);
        let shares: Vec<(i64, f64)> = curve.moments.iter().map(|moment| (moment.after_ms, moment.happened)).collect();
        let published = [
            (9, 0.909_090_9),
            (13, 0.818_181_8),
            (18, 0.715_909_1),
            (23, 0.613_636_4),
            (31, 0.490_909_1),
            (34, 0.368_181_8),
            (48, 0.184_090_9),
        ];
        for ((at, happened), (wanted_at, stays)) in shares.iter().zip(published) {
            assert!(*at == wanted_at && close(1.0 - happened, stays), "{at} {happened}");
        }
        assert_eq!(shares.len(), published.len());
        assert_eq!(curve.quantile_ms(0.5), Some(31));
        assert_eq!(curve.quantile_ms(0.9), None);
        assert_eq!(curve.moments.iter().map(|moment| moment.at_risk).collect::<Vec<_>>(), [11, 10, 8, 7, 5, 4, 2]);
        let week_13 = curve.moments[1];
        assert!((1.0 - week_13.ci_high - 0.4474).abs() < 1e-4, "{week_13:?}");
        assert!((1.0 - week_13.ci_low - 0.9511).abs() < 1e-4, "{week_13:?}");
        // R: rmean of `print(survfit(..), rmean = 161)` is the area of the steps.
        let area = 9.0
            + 4.0 * 10.0 / 11.0
            + 5.0 * 0.818_181_8
            + 5.0 * 0.715_909_1
            + 8.0 * 0.613_636_4
            + 3.0 * 0.490_909_1
            + 14.0 * 0.368_181_8
            + 113.0 * 0.184_090_9;
        assert!((curve.mean_ms() - area).abs() < 1e-4, "{}", curve.mean_ms());
    }

    #[test]
    fn nobody_and_everybody() {
        let nobody = Curve::new(Vec::new(), vec![5, 7]);
        assert_eq!((nobody.moments.len(), nobody.quantile_ms(0.5), nobody.mean_ms()), (0, None, 7.0));
        let all = Curve::new(vec![4, 1, 3, 2], Vec::new());
        assert_eq!((all.quantile_ms(0.5), all.quantile_ms(1.0), all.mean_ms()), (Some(2), Some(4), 2.5));
        let last = all.moments[3];
        assert_eq!((last.happened, last.ci_high), (1.0, 1.0));
        assert!(last.ci_low == all.moments[2].ci_low && last.ci_low < 1.0);
    }

    proptest! {
        /// Person by person: at every time the product over all times before of what share of those still there
        /// was not lost.
        #[test]
        fn the_curve_equals_its_twin(people in prop::collection::vec((0..20i64, any::<bool>()), 0..40)) {
            let times = |wanted: bool| people.iter().filter(|(_, hit)| *hit == wanted).map(|(at, _)| *at).collect();
            let curve = Curve::new(times(true), times(false));
            let mut stays = 1.0;
            let mut moments = curve.moments.iter();
            for at in 0..20 {
                let there = people.iter().filter(|(end, _)| *end >= at).count() as f64;
                let lost = people.iter().filter(|(end, hit)| *end == at && *hit).count() as f64;
                if lost == 0.0 {
                    continue;
                }
                stays *= (there - lost) / there;
                let moment = moments.next().unwrap();
                prop_assert_eq!((moment.after_ms, moment.at_risk as f64), (at, there));
                prop_assert!(close(moment.happened, 1.0 - stays));
                prop_assert!(moment.ci_low <= moment.happened + 1e-9 && moment.happened <= moment.ci_high + 1e-9);
            }
            prop_assert!(moments.next().is_none());
        }
    }
}
