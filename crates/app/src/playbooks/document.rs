//! What stands in a playbook: a script with branches, objections with answers, a checklist. Pure.

use std::collections::HashSet;

use funnel::document::Role;
use serde::{Deserialize, Serialize};

use crate::FieldProblem;

/// Most steps of a script.
pub const STEPS_MAX: usize = 100;
/// Most answers to one question.
pub const ANSWERS_MAX: usize = 10;
/// Most objections, and points of a checklist.
pub const OBJECTIONS_MAX: usize = 50;
pub const POINTS_MAX: usize = 50;
/// Most stages and roles that a playbook is for.
pub const PLACES_MAX: usize = 50;
/// Longest text, and longest line, in characters.
pub const TEXT_CHARS_MAX: usize = 4_000;
pub const LINE_CHARS_MAX: usize = 200;
const ID_CHARS_MAX: usize = 40;

/// What the other side may answer, and where it leads.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ScriptAnswer {
    pub label: String,
    /// The id of a step.
    pub next: String,
}

/// What to say or ask, and what may come back. A step without answers is an end.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ScriptStep {
    /// Its own: letters, digits, hyphens.
    pub id: String,
    /// What to say or ask. Markdown.
    pub say: String,
    #[serde(default)]
    #[schema(default = json!([]))]
    pub answers: Vec<ScriptAnswer>,
}

/// What people bring up against it, and what helps.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Objection {
    pub objection: String,
    /// Markdown.
    pub answer: String,
}

/// Something that is to be done.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ChecklistPoint {
    /// Its own: letters, digits, hyphens.
    pub id: String,
    pub text: String,
}

/// A playbook as people write it.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields, default)]
pub struct PlaybookDoc {
    /// The stages it is for, by id; every stage when empty.
    pub stages: Vec<String>,
    /// The roles it is for; every role when empty.
    pub roles: Vec<Role>,
    /// The script; it begins with the first step.
    pub steps: Vec<ScriptStep>,
    pub objections: Vec<Objection>,
    pub checklist: Vec<ChecklistPoint>,
}

impl PlaybookDoc {
    /// Whether it is for a stage and a role.
    pub fn is_for(&self, stage: &str, role: Option<Role>) -> bool {
        let is_stage = self.stages.is_empty() || self.stages.iter().any(|known| known == stage);
        is_stage && (self.roles.is_empty() || role.is_some_and(|role| role.is_among(&self.roles)))
    }

    fn step(&self, id: &str) -> Option<&ScriptStep> {
        self.steps.iter().find(|step| step.id == id)
    }

    /// Whether a path can be gone: from the first step, each time by one of the answers.
    pub fn is_path(&self, path: &[String]) -> bool {
        let begins = path.first().is_none_or(|first| self.steps.first().is_some_and(|step| step.id == *first));
        let leads = |pair: &[String]| {
            self.step(&pair[0]).is_some_and(|step| step.answers.iter().any(|answer| answer.next == pair[1]))
        };
        begins && path.windows(2).all(leads)
    }

    /// Whether a path has come to an end of the script.
    pub fn is_end(&self, path: &[String]) -> bool {
        path.last().and_then(|id| self.step(id)).is_some_and(|step| step.answers.is_empty())
    }

    /// Everything that is wrong with it.
    pub fn problems(&self) -> Vec<FieldProblem> {
        let mut problems = Vec::new();
        let mut count = |field: &str, is: usize, max: usize| {
            if is > max {
                problems.push(FieldProblem::new(field, "count", format!("write at most {max}")));
            }
        };
        count("document.steps", self.steps.len(), STEPS_MAX);
        count("document.objections", self.objections.len(), OBJECTIONS_MAX);
        count("document.checklist", self.checklist.len(), POINTS_MAX);
        count("document.stages", self.stages.len(), PLACES_MAX);
        if self.steps.is_empty() && self.objections.is_empty() && self.checklist.is_empty() {
            let message = "write a script, an objection or a checklist";
            problems.push(FieldProblem::new("document.steps", "empty", message));
        }
        self.script_problems(&mut problems);
        for (index, objection) in self.objections.iter().enumerate() {
            let field = format!("document.objections[{index}]");
            text(&mut problems, format!("{field}.objection"), &objection.objection, LINE_CHARS_MAX);
            text(&mut problems, format!("{field}.answer"), &objection.answer, TEXT_CHARS_MAX);
        }
        let mut seen = HashSet::new();
        for (index, point) in self.checklist.iter().enumerate() {
            own_id(&mut problems, format!("document.checklist[{index}].id"), &point.id, &mut seen);
            text(&mut problems, format!("document.checklist[{index}].text"), &point.text, LINE_CHARS_MAX);
        }
        problems
    }

    fn script_problems(&self, problems: &mut Vec<FieldProblem>) {
        let mut seen = HashSet::new();
        let reached = self.reached();
        for (index, step) in self.steps.iter().enumerate() {
            let field = format!("document.steps[{index}]");
            own_id(problems, format!("{field}.id"), &step.id, &mut seen);
            text(problems, format!("{field}.say"), &step.say, TEXT_CHARS_MAX);
            if step.answers.len() > ANSWERS_MAX {
                let message = format!("a question has at most {ANSWERS_MAX} answers");
                problems.push(FieldProblem::new(format!("{field}.answers"), "count", message));
            }
            for (at, answer) in step.answers.iter().enumerate() {
                text(problems, format!("{field}.answers[{at}].label"), &answer.label, LINE_CHARS_MAX);
                if self.step(&answer.next).is_none() {
                    let message = "choose the step that this answer leads to";
                    problems.push(FieldProblem::new(format!("{field}.answers[{at}].next"), "unknown", message));
                }
            }
            if !reached.contains(step.id.as_str()) {
                let message = "no answer leads here: let one, or remove the step";
                problems.push(FieldProblem::new(field, "unreachable", message));
            }
        }
        if !self.steps.is_empty() && self.steps.iter().all(|step| !step.answers.is_empty()) {
            let message = "the script never ends: let one step have no answers";
            problems.push(FieldProblem::new("document.steps", "endless", message));
        }
    }

    /// The steps that can be come to.
    fn reached(&self) -> HashSet<&str> {
        let mut reached = HashSet::new();
        let mut waiting: Vec<&ScriptStep> = self.steps.first().into_iter().collect();
        while let Some(step) = waiting.pop() {
            if reached.insert(step.id.as_str()) {
                waiting.extend(step.answers.iter().filter_map(|answer| self.step(&answer.next)));
            }
        }
        reached
    }
}

fn own_id<'a>(problems: &mut Vec<FieldProblem>, field: String, id: &'a str, seen: &mut HashSet<&'a str>) {
    let is_id = (1..=ID_CHARS_MAX).contains(&id.len()) && id.chars().all(|c| c.is_ascii_alphanumeric() || c == '-');
    if !is_id || !seen.insert(id) {
        let message = format!("write an id of its own: 1 to {ID_CHARS_MAX} letters, digits and hyphens");
        problems.push(FieldProblem::new(field, "id", message));
    }
}

fn text(problems: &mut Vec<FieldProblem>, field: String, text: &str, chars_max: usize) {
    if text.trim().is_empty() || text.chars().count() > chars_max {
        problems.push(FieldProblem::new(field, "length", format!("write 1 to {chars_max} characters")));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn step(id: &str, to: &[&str]) -> ScriptStep {
        let answers = to.iter().map(|next| ScriptAnswer { label: "yes".to_owned(), next: (*next).to_owned() });
        ScriptStep { id: id.to_owned(), say: "?".to_owned(), answers: answers.collect() }
    }

    fn codes(doc: &PlaybookDoc) -> Vec<String> {
        doc.problems().into_iter().map(|problem| format!("{} {}", problem.field, problem.code)).collect()
    }

    #[test]
    fn a_script_leads_somewhere_and_ends() {
        let good = PlaybookDoc { steps: vec![step("a", &["b", "a"]), step("b", &[])], ..PlaybookDoc::default() };
        assert!(codes(&good).is_empty());
        let path = |ids: &[&str]| ids.iter().map(|id| (*id).to_owned()).collect::<Vec<_>>();
        assert!(good.is_path(&path(&["a", "a", "b"])) && good.is_path(&[]));
        assert!(!good.is_path(&path(&["b"])) && !good.is_path(&path(&["a", "b", "a"])));
        assert!(good.is_end(&path(&["a", "b"])) && !good.is_end(&path(&["a"])) && !good.is_end(&[]));
        let bad = PlaybookDoc { steps: vec![step("a", &["x"]), step("a", &["a"]), step("c", &["a"])], ..good.clone() };
        assert_eq!(
            codes(&bad),
            [
                "document.steps[0].answers[0].next unknown",
                "document.steps[1].id id",
                "document.steps[2] unreachable",
                "document.steps endless"
            ]
        );
        assert_eq!(codes(&PlaybookDoc::default()), ["document.steps empty"]);
    }

    #[test]
    fn it_is_for_stages_and_roles() {
        let all = PlaybookDoc::default();
        assert!(all.is_for("interest", None));
        let some = PlaybookDoc { stages: vec!["interest".into()], roles: vec![Role::Rep], ..all };
        assert!(some.is_for("interest", Some(Role::Rep)));
        assert!(!some.is_for("decision", Some(Role::Rep)) && !some.is_for("interest", Some(Role::Marketer)));
    }
}
