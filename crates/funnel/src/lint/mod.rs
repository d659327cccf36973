//! Check: the mistakes that cost sales, found in the document, the content and the figures. A pure function to
//! findings.
//!
//! Each rule has a file under `rules/`, with its texts in five languages and a test on a good and a bad example.
//! Figures are estimates: the formula stands at the rule.

pub mod facts;
pub mod read;
mod rules;
mod text;

use std::collections::BTreeMap;

use base::Money;
use serde::Serialize;
use utoipa::ToSchema;

use crate::document::{Duration, FunnelDoc, Patch, Rate};
use crate::localized::Localized;
use facts::Facts;

pub use text::FindingText;

/// How bad it is. The worst first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, ToSchema)]
#[schema(as = FunnelFindingSeverity)]
#[serde(rename_all = "snake_case")]
pub enum Severity {
    /// The funnel cannot run like that.
    Error,
    /// It loses sales.
    Warning,
    /// It could be better.
    Advice,
}

/// Something to mend.
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
#[schema(as = FunnelFinding)]
pub struct Finding {
    /// The id of the rule; stays the same over versions.
    #[schema(value_type = String)]
    pub rule: &'static str,
    /// How bad it is.
    pub severity: Severity,
    /// Where: `stages[2].gate.requires[0]`; for content beside the document `pages.free-check`, `messages.welcome`.
    pub path: String,
    /// What the texts of the rule are filled in with.
    #[schema(value_type = Object)]
    pub values: BTreeMap<&'static str, Value>,
    /// What it costs in a month, as far as the figures say.
    pub cost_per_month: Option<Money>,
    /// What mends it when somebody presses a button.
    pub fix: Option<Patch>,
}

/// A value in a finding, written as the reader's language writes it.
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
#[schema(as = FunnelFindingValue)]
#[serde(tag = "kind", content = "value", rename_all = "snake_case")]
pub enum Value {
    /// A name or id.
    Text(String),
    /// A name in several languages.
    Name(Localized),
    /// A number of things.
    Count(i64),
    /// An amount.
    Money(Money),
    /// A share.
    Share(Rate),
    /// A span of time.
    Time(Duration),
}

/// A rule of the check.
pub struct Rule {
    /// Its id; stays the same over versions.
    pub id: &'static str,
    /// How bad what it finds is.
    pub severity: Severity,
    /// What it says, in the order of [`crate::format::Language::ALL`].
    texts: [text::Text; 5],
    find: fn(&mut Report<'_>),
}

/// What is looked at, and what one rule has found.
struct Report<'a> {
    doc: &'a FunnelDoc,
    facts: &'a Facts<'a>,
    rule: &'static Rule,
    findings: Vec<Finding>,
}

impl<'a> Report<'a> {
    /// Tell of something; cost and fix can be set on what is answered.
    fn found(
        &mut self,
        path: impl Into<String>,
        values: impl IntoIterator<Item = (&'static str, Value)>,
    ) -> &mut Finding {
        self.findings.push(Finding {
            rule: self.rule.id,
            severity: self.rule.severity,
            path: path.into(),
            values: values.into_iter().collect(),
            cost_per_month: None,
            fix: None,
        });
        let last = self.findings.len() - 1;
        &mut self.findings[last]
    }

    /// The name of a stage, for a text.
    fn stage_name(&self, index: usize) -> Value {
        let stage = &self.doc.stages[index];
        if stage.name.is_empty() { Value::Text(stage.id.0.clone()) } else { Value::Name(stage.name.clone()) }
    }

    fn content(&self) -> Option<&'a facts::Content> {
        self.facts.content
    }

    fn measured(&self) -> Option<&'a facts::Measured> {
        self.facts.measured
    }
}

/// All rules.
pub fn rules() -> &'static [&'static Rule] {
    rules::ALL
}

/// Everything to mend, the worst and dearest first.
pub fn check(doc: &FunnelDoc, facts: &Facts<'_>) -> Vec<Finding> {
    let mut findings = Vec::new();
    for rule in rules::ALL {
        let mut report = Report { doc, facts, rule, findings: Vec::new() };
        (rule.find)(&mut report);
        findings.append(&mut report.findings);
    }
    let cost = |finding: &Finding| std::cmp::Reverse(finding.cost_per_month.map_or(0, |cost| cost.minor));
    findings.sort_by_key(|finding| (finding.severity, cost(finding)));
    findings
}

/// What keeps a document from being published, found in the document alone.
pub(crate) fn errors(doc: &FunnelDoc) -> Vec<Finding> {
    check(doc, &Facts::default()).into_iter().filter(|finding| finding.severity == Severity::Error).collect()
}

#[cfg(test)]
mod tests;
