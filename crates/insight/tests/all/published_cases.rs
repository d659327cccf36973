//! The funnel cases and statistics that are kept beside the checkout.

use std::path::PathBuf;

use insight::{cases, stats};

/// A file of `../shared` beside the checkout; says so and answers nothing when it is absent.
fn shared(path: &str) -> Option<String> {
    let file = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../../shared").join(path);
    match std::fs::read_to_string(&file) {
        Ok(text) => Some(text),
        Err(_) => {
            println!("skipped: ../shared/{path} is not there");
            None
        }
    }
}

#[test]
fn every_funnel_case_comes_out_as_expected() {
    let Some(text) = shared("oracles/funnel_cases.json") else { return };
    let cases = cases::parse(&text).unwrap();
    let mut lines = Vec::new();
    for case in &cases {
        lines.extend(case.run().into_iter().map(|line| format!("{}: {line}", case.id)));
    }
    println!("{} cases", cases.len());
    assert!(lines.is_empty(), "{}", lines.join("\n"));
    assert!(cases.len() >= 24, "{} cases only", cases.len());
}

#[test]
fn statistics_agree_with_their_sources() {
    let Some(text) = shared("oracles/statistics.json") else { return };
    let oracle: serde_json::Value = serde_json::from_str(&text).unwrap();
    let group = &oracle["two_proportions"];
    let tolerance = group["tolerance"].as_f64().unwrap();
    let close = |name: &str, got: f64, wanted: &serde_json::Value| {
        let wanted = wanted.as_f64().unwrap();
        assert!((got - wanted).abs() <= tolerance, "{name}: got {got}, wanted {wanted}");
    };
    let (low, high) = stats::wilson_95(81, 263);
    close("wilson low", low, &group["wilson 81/263"][0]);
    close("wilson high", high, &group["wilson 81/263"][1]);
    let compared = &group["100/1000 vs 130/1000"];
    let z = stats::two_proportions_z((100, 1000), (130, 1000)).unwrap();
    close("z", z, &compared["z_pooled"]);
    let (low, high) = stats::newcombe_95((100, 1000), (130, 1000));
    close("newcombe low", low, &compared["newcombe_ci"][0]);
    close("newcombe high", high, &compared["newcombe_ci"][1]);
}
