//! How far somebody is on the way to a target.

/// What a target asks by now, and where this pace leads.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Pace {
    /// What should have been reached by now if every working day brought the same.
    pub expected: f64,
    /// What is reached at the end if the rest of the days bring what those so far did; none before the first is over.
    pub forecast: Option<f64>,
    /// Reached, of the target: 1 for all of it.
    pub share: f64,
}

/// The pace on the way to a target of which `actual` is reached after `elapsed` of `whole` working time. A period
/// without working time asks for all of it at once.
pub fn pace(actual: f64, target: f64, elapsed: f64, whole: f64) -> Pace {
    let part = if whole > 0.0 { (elapsed / whole).clamp(0.0, 1.0) } else { 1.0 };
    Pace {
        expected: target * part,
        forecast: (part > 0.0).then(|| actual / part),
        share: if target > 0.0 { actual / target } else { 1.0 },
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_pace_is_by_working_time() {
        let half = pace(6.0, 10.0, 5.0, 10.0);
        assert_eq!(half, Pace { expected: 5.0, forecast: Some(12.0), share: 0.6 });
        assert_eq!(pace(0.0, 10.0, 0.0, 10.0), Pace { expected: 0.0, forecast: None, share: 0.0 });
        assert_eq!(pace(9.0, 10.0, 12.0, 10.0), Pace { expected: 10.0, forecast: Some(9.0), share: 0.9 });
        assert_eq!(pace(2.0, 0.0, 0.0, 0.0), Pace { expected: 0.0, forecast: Some(2.0), share: 1.0 });
    }
}
