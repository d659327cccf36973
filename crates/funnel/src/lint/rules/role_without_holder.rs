//! The document names somebody whom the team does not have.

use super::{Report, Rule, Severity, Value, text};
use crate::document::Role;

pub(super) static RULE: Rule = Rule {
    id: "role_without_holder",
    severity: Severity::Error,
    texts: [
        text(
            "{owner} is to answer for this, but there is nobody of that name or role in the team.",
            "Work that belongs to nobody is not done, and approvals nobody can give hold deals up.",
            "Name somebody who is there, or invite them.",
        ),
        text(
            "{owner} skal ha ansvar for dette, men ingen i teamet har det navnet eller den rollen.",
            "Arbeid som ikke tilhører noen, blir ikke gjort, og godkjenninger ingen kan gi, stopper avtaler.",
            "Sett noen som finnes, eller inviter dem.",
        ),
        text(
            "{owner} ska ansvara för detta, men ingen i teamet har det namnet eller den rollen.",
            "Arbete som inte tillhör någon blir inte gjort, och godkännanden som ingen kan ge stoppar affärer.",
            "Ange någon som finns, eller bjud in dem.",
        ),
        text(
            "{owner} skal have ansvar for dette, men ingen i teamet har det navn eller den rolle.",
            "Arbejde, der ikke tilhører nogen, bliver ikke gjort, og godkendelser, ingen kan give, stopper handler.",
            "Angiv nogen, der findes, eller inviter dem.",
        ),
        text(
            "{owner} on merkitty vastuuseen, mutta tiimissä ei ole sen nimistä eikä siinä roolissa ketään.",
            "Kenellekään kuulumaton työ jää tekemättä, ja hyväksynnät, joita kukaan ei voi antaa, pysäyttävät kaupat.",
            "Nimeä joku, joka on olemassa, tai kutsu hänet.",
        ),
    ],
    find,
};

fn find(report: &mut Report<'_>) {
    let Some(team) = report.facts.team else { return };
    let count =
        |role: Role| team.roles.iter().filter(|(known, _)| *known == role).map(|(_, count)| *count).sum::<u32>();
    let is_there = |owner: &str| {
        let is_role = Role::ALL.into_iter().any(|role| role.as_str() == owner && count(role) > 0);
        is_role || team.names.iter().any(|name| name == owner)
    };
    let doc = report.doc;
    let mut told: Vec<(String, String)> = Vec::new();
    for (index, stage) in doc.stages.iter().enumerate() {
        told.push((format!("stages[{index}].owner"), stage.owner.clone()));
        let tactics = stage.tactics.iter().enumerate();
        told.extend(tactics.map(|(at, one)| (format!("stages[{index}].tactics[{at}].owner"), one.owner.clone())));
        let content = stage.content.iter().enumerate();
        told.extend(content.map(|(at, one)| (format!("stages[{index}].content[{at}].owner"), one.owner.clone())));
    }
    told.extend(doc.clusters.iter().enumerate().map(|(at, one)| (format!("clusters[{at}].owner"), one.owner.clone())));
    told.extend(doc.goals.iter().enumerate().map(|(at, one)| (format!("goals[{at}].owner"), one.owner.clone())));
    told.retain(|(_, owner)| !owner.is_empty() && !is_there(owner));
    // Four eyes need two people: one who approves and one who does not own the deal.
    for (index, stage) in doc.stages.iter().enumerate() {
        for (at, rule) in stage.gate.iter().flat_map(|gate| &gate.approvals).enumerate() {
            let able: u32 = Role::ALL.into_iter().filter(|role| role.is_among(&rule.by)).map(count).sum();
            let others: u32 = Role::ALL.into_iter().filter(|role| *role != Role::Viewer).map(count).sum();
            if able == 0 || (rule.four_eyes && others < 2) {
                let by = rule.by.iter().map(|role| role.as_str()).collect::<Vec<_>>().join(", ");
                told.push((format!("stages[{index}].gate.approvals[{at}].by"), by));
            }
        }
    }
    for (path, owner) in told {
        report.found(path, [("owner", Value::Text(owner))]);
    }
}

#[cfg(test)]
mod tests {
    use super::super::testing::*;
    use super::*;
    use crate::lint::facts::Team;

    #[test]
    fn everybody_named_is_there() {
        let (good, mut bad) = (doc(), doc());
        let names = ["marketing", "sales", "clinic"].map(str::to_owned).to_vec();
        let team = Team { roles: vec![(Role::Owner, 1), (Role::Manager, 1), (Role::Rep, 3)], names };
        let facts = Facts { team: Some(&team), ..none() };
        bad.stages[0].owner = "marketting".to_owned();
        holds(&RULE, (&good, &facts), (&bad, &facts), "stages[0].owner");
        let alone = Team { roles: vec![(Role::Owner, 1)], ..team.clone() };
        let mut strict = good.clone();
        let rule = "{ by: [manager], four_eyes: true }";
        strict.stages[3].gate.as_mut().unwrap().approvals = vec![serde_yaml_ng::from_str(rule).unwrap()];
        let alone = Facts { team: Some(&alone), ..none() };
        holds(&RULE, (&strict, &facts), (&strict, &alone), "stages[3].gate.approvals[0].by");
    }
}
