//! `suppilo funnel`: exit codes, lines, and a file that is applied twice.

use std::path::Path;
use std::process::{Command, Output};

use serde_json::Value;

const DOC: &str = "\
# Ours.
id: main
title: Sales
currency: NOK
timezone: Europe/Oslo
locales: [en]
stages:
  - id: visit
    enters_on: Page Viewed
    owner: marketer
    metrics: [traffic]
    tactics: [{text: Ads}]
  - id: lead   # the form
    enters_on: Lead Captured
    owner: marketer
    metrics: [leads]
    reward: A free check
    tactics: [{text: A form}]
    deal: opens
  - id: order
    enters_on: Order Completed
    owner: rep
    metrics: [sales]
    tactics: [{text: Call}]
    deal: wins
";

fn suppilo(args: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_suppilo")).args(args).output().expect("the program runs")
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}

fn check(file: &Path, args: &[&str]) -> (Option<i32>, String) {
    let file = file.to_str().expect("a path");
    let output = suppilo(&[&["funnel", "check", file], args].concat());
    (output.status.code(), text(&output.stdout))
}

#[test]
fn a_check_says_by_its_exit_code_how_it_stands() {
    let folder = tempfile::tempdir().expect("a folder");
    let file = folder.path().join("sales.yaml");
    std::fs::write(&file, DOC).expect("written");
    assert_eq!(check(&file, &["--fail-on", "advice"]).0, Some(0), "{}", check(&file, &[]).1);

    std::fs::write(&file, DOC.replace("    metrics: [leads]\n", "")).expect("written");
    let (code, said) = check(&file, &[]);
    assert_eq!(code, Some(0), "a warning is no error: {said}");
    assert!(said.contains("[step_unmeasured]") && said.contains(":13:"), "{said}");
    assert_eq!(check(&file, &["--fail-on", "warning"]).0, Some(1));

    std::fs::write(&file, DOC.replace("    deal: wins\n", "    loops_to: nowhere\n")).expect("written");
    let (code, said) = check(&file, &["--format", "sarif"]);
    let log: Value = serde_json::from_str(&said).expect("SARIF");
    let result = &log["runs"][0]["results"][0];
    assert_eq!((code, log["version"].as_str()), (Some(1), Some("2.1.0")));
    assert_eq!((result["ruleId"].as_str(), result["level"].as_str()), (Some("unknown_reference"), Some("error")));
    assert_eq!(result["locations"][0]["physicalLocation"]["region"]["startLine"], 25);

    std::fs::write(&file, DOC.replace("title: Sales", "titel: Sales")).expect("written");
    let (code, said) = check(&file, &["--format", "json"]);
    let found: Value = serde_json::from_str(&said).expect("JSON");
    assert_eq!((code, found["items"][0]["rule"].as_str()), (Some(2), Some("unreadable")));
    assert_eq!(check(&folder.path().join("none.yaml"), &[]).0, Some(2));
}

#[test]
fn a_schema_is_printed() {
    let schema: Value = serde_json::from_slice(&suppilo(&["funnel", "schema"]).stdout).expect("JSON");
    assert!(schema["properties"]["stages"].is_object());
}

#[test]
fn a_file_is_applied_once_and_comes_out_as_it_went_in() {
    let folder = tempfile::tempdir().expect("a folder");
    let (data, file) = (folder.path().join("data"), folder.path().join("sales.yaml"));
    let (data, name) = (data.to_str().expect("a path"), file.to_str().expect("a path"));
    std::fs::write(&file, DOC).expect("written");
    // Any command that opens the folder makes it.
    assert!(suppilo(&["user", "--data", data, "list"]).status.success());
    let apply = |args: &[&str]| suppilo(&[&["funnel", "apply", name, "--data", data], args].concat());
    assert!(!apply(&[]).status.success(), "nobody was asked");
    let first = apply(&["--yes", "--message", "From the file"]);
    assert!(text(&first.stdout).contains("version 1 of main runs"), "{}", text(&first.stderr));
    assert!(text(&apply(&["--yes"]).stdout).contains("nothing changes"));
    let exported = suppilo(&["funnel", "export", "main", "--data", data]);
    assert_eq!(text(&exported.stdout), DOC);

    std::fs::write(&file, DOC.replace("owner: rep", "owner: manager")).expect("written");
    let told = text(&suppilo(&["funnel", "diff", name, "--data", data, "--locale", "nb"]).stdout);
    assert!(told.contains("Trinn order › Ansvarlig: rep → manager"), "{told}");
    assert!(text(&apply(&["--yes"]).stdout).contains("version 2 of main runs"));
}
