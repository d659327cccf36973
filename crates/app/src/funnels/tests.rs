use base::{Locale, Money};
use funnel::document::{FunnelDoc, Patch};
use funnel::lint;
use funnel::template::templates as all_templates;
use serde_json::json;

use super::drafts::{self, DraftChange, NewDraft, Publication};
use super::findings::{self, CheckRequest, FindingView};
use super::history::{self, Reversion};
use super::*;
use crate::permission::Role;
use crate::testing::{self, TestApp};
use crate::{contacts, deals, offers, pages};

fn en() -> Locale {
    Locale::english()
}

async fn found(test: &TestApp, doc: &FunnelDoc) -> Vec<FindingView> {
    let request = CheckRequest { document: Some(doc.clone()), source: None };
    findings::check(&test.app, &test.owner, request, &en()).await.unwrap().items
}

async fn first(test: &TestApp) -> FunnelView {
    list(&test.app, &test.owner).await.unwrap().remove(0)
}

fn new(slug: &str, template: &str) -> NewDraft {
    NewDraft { slug: slug.to_owned(), template: Some(template.to_owned()), ..NewDraft::default() }
}

fn publication(revision: i64, message: &str) -> Publication {
    Publication { revision, message: message.to_owned(), deals: Default::default() }
}

/// A company of one person, on its first day, with nothing but what the setup made.
#[tokio::test]
async fn no_template_gives_a_false_alarm_in_a_fresh_company() {
    let test = testing::sqlite().await;
    let own = first(&test).await;
    assert_eq!(own.document.template, "six-stage");
    assert_eq!(findings::of_funnel(&test.app, &test.owner, own.id, &en()).await.unwrap().items, []);
    for template in all_templates() {
        let doc = templates::start(template, FIRST_SLUG, &test.app.company()).unwrap();
        assert_eq!(found(&test, &doc).await, [], "{}", template.id);
    }
}

#[tokio::test]
async fn a_draft_becomes_a_funnel_with_a_history() {
    for test in testing::all().await {
        let (app, owner) = (&test.app, &test.owner);
        let draft = drafts::create(app, owner, new("clinic", "consultation")).await.unwrap();
        assert_eq!((draft.revision, draft.is_running, draft.document.currency), (1, false, app.company().currency));
        assert!(drafts::create(app, owner, new("clinic", "aida")).await.is_err(), "the slug is taken");
        let id = draft.funnel_id;
        let mut doc = draft.document;
        doc.stages[0].owner = "Ola Owner".to_owned();
        // A lead opens a deal in the first funnel already.
        doc.stages[1].enters_on.event = "Advice Wanted".to_owned();
        doc.stages[1].deal = Some(funnel::document::DealEffect::Opens);
        let change = |revision, doc: &FunnelDoc| DraftChange { revision, document: Some(doc.clone()), source: None };
        let saved = drafts::save(app, owner, id, change(1, &doc)).await.unwrap();
        assert_eq!((saved.revision, saved.updated_by.as_str()), (2, "Ola Owner"));
        let AppError::Conflict { code, detail } = drafts::save(app, owner, id, change(1, &doc)).await.unwrap_err()
        else {
            panic!("a second writer is told");
        };
        assert!(code == "draft_passed" && detail.starts_with("Ola Owner saved"), "{detail}");

        let view = drafts::publish(app, owner, id, publication(2, "The first one")).await.unwrap();
        assert_eq!((view.id, view.version), (id, 1), "{}", test.name);
        assert!(drafts::list(app, owner).await.unwrap().is_empty());
        // A draft of what runs begins with the first change.
        let untouched = drafts::get(app, owner, id).await.unwrap();
        assert_eq!((untouched.revision, untouched.base_version), (0, 1));
        doc.stages[0].owner = "marketer".to_owned();
        let saved = drafts::save(app, owner, id, change(0, &doc)).await.unwrap();
        let told = history::compare(app, owner, id, Some(1), None, &"nb".parse().unwrap()).await.unwrap().items;
        assert_eq!(told.len(), 1);
        assert_eq!(told[0].told, "Ola Owner → marketer");
        drafts::publish(app, owner, id, publication(saved.revision, "Another owner")).await.unwrap();
        let request =
            Reversion { version: 1, base_version: Some(2), message: "Back".to_owned(), deals: Default::default() };
        let view = history::revert(app, owner, id, request).await.unwrap();
        assert_eq!((view.version, view.document.stages[0].owner.as_str()), (3, "Ola Owner"));
        let versions = versions(app, owner, id, None, None).await.unwrap().items;
        let said: Vec<_> = versions.iter().map(|one| (one.version, one.message.as_str())).collect();
        assert_eq!(said, [(3, "Back"), (2, "Another owner"), (1, "The first one")]);
        assert!(versions.iter().all(|version| version.published_by_name == "Ola Owner"));
    }
}

/// The funnel that the setup made is replaced by what suits the company better, and keeps its id and history.
#[tokio::test]
async fn a_template_takes_the_place_of_a_funnel() {
    let test = testing::sqlite().await;
    let (app, owner) = (&test.app, &test.owner);
    let main = first(&test).await;
    for template in all_templates() {
        let request = NewDraft { replaces: Some(main.id), ..new("", template.id) };
        let draft = drafts::create(app, owner, request).await.unwrap();
        assert_eq!((draft.funnel_id, draft.document.id.as_str()), (main.id, "main"));
        let view = drafts::publish(app, owner, main.id, publication(draft.revision, template.id)).await.unwrap();
        assert_eq!(view.document.template, template.id);
        assert_eq!(findings::of_funnel(app, owner, main.id, &en()).await.unwrap().items, [], "{}", template.id);
    }
}

#[tokio::test]
async fn comments_outlive_changes_that_are_made_elsewhere() {
    let test = testing::sqlite().await;
    let (app, owner) = (&test.app, &test.owner);
    let view = first(&test).await;
    let text = format!("# Ours.\n{}", view.document.to_yaml()).replace("currency: NOK", "currency: NOK  # kroner");
    let view = history::apply(app, owner, view.document, text.clone(), String::new()).await.unwrap();
    assert_eq!(view.version, 1, "comments are no change");
    assert_eq!(history::yaml(app, owner, view.id, None).await.unwrap(), text);
    let mut doc = view.document;
    doc.stages[2].owner = "rep".to_owned();
    let change = FunnelChange {
        document: doc.clone(),
        base_version: Some(1),
        message: String::new(),
        source: None,
        deals: Default::default(),
    };
    publish(app, owner, view.id, change).await.unwrap();
    let exported = history::yaml(app, owner, view.id, None).await.unwrap();
    assert!(exported.starts_with("# Ours.\n") && exported.contains("# kroner"), "{exported}");
    assert_eq!(FunnelDoc::from_yaml(&exported).unwrap(), doc);
}

#[tokio::test]
async fn a_text_that_cannot_be_read_is_kept_and_told() {
    let test = testing::sqlite().await;
    let (app, owner) = (&test.app, &test.owner);
    let view = first(&test).await;
    let broken = view.document.to_yaml().replacen("enters_on:", "enters_no:", 1);
    let change = DraftChange { revision: 0, document: None, source: Some(broken.clone()) };
    let draft = drafts::save(app, owner, view.id, change).await.unwrap();
    let problem = draft.source_problem.unwrap();
    assert_eq!((draft.document, draft.source), (view.document, broken.clone()));
    assert!(problem.path.starts_with("stages[0]") && problem.place.is_some(), "{problem:?}");
    assert!(drafts::publish(app, owner, view.id, publication(1, "")).await.is_err());
    let request = CheckRequest { document: None, source: Some(broken) };
    let items = findings::check(app, owner, request, &en()).await.unwrap().items;
    assert_eq!((items.len(), items[0].rule), (1, "unreadable"));
    assert_eq!(items[0].place, problem.place);
}

#[tokio::test]
async fn what_check_calls_an_error_is_not_published() {
    let test = testing::sqlite().await;
    let view = first(&test).await;
    let mut doc = view.document.clone();
    doc.stages[4].loops_to = Some("nowhere".into());
    doc.ladder.push(funnel::document::Rung { rung: "core".to_owned(), offer: "braces".to_owned(), stage: None });
    let change = FunnelChange {
        document: doc,
        base_version: None,
        message: String::new(),
        source: None,
        deals: Default::default(),
    };
    let AppError::Invalid(problems) = publish(&test.app, &test.owner, view.id, change).await.unwrap_err() else {
        panic!("refused with the places");
    };
    let fields: Vec<&str> = problems.iter().map(|problem| problem.field.as_str()).collect();
    assert_eq!(fields, ["document.stages[4].loops_to", "document.ladder[0].offer"]);
    assert!(problems[1].message.contains("There is no offer called braces."), "{}", problems[1].message);
}

/// Each mistake that keeps a funnel from running is found by a check, and refused when somebody publishes it, at its
/// place and with what mends it.
#[tokio::test]
async fn bad_input_is_found_and_refused_with_its_place_and_its_mend() {
    let test = testing::sqlite().await;
    let (app, owner) = (&test.app, &test.owner);
    let marketer = test.actor(Role::Marketer).await.user_id().unwrap();
    let gone = crate::accounts::UserChange { is_active: Some(false), ..Default::default() };
    crate::accounts::update(app, owner, marketer, gone).await.unwrap();
    let view = first(&test).await;
    let mut good = view.document.clone();
    good.stages.iter_mut().for_each(|stage| stage.owner = "owner".to_owned());
    assert!(found(&test, &good).await.iter().all(|finding| finding.severity != lint::Severity::Error));
    let other = FunnelDoc { id: "other".to_owned(), ..good.clone() };

    let gate = |gate: serde_json::Value| Some(serde_json::from_value(gate).unwrap());
    let with = |change: &dyn Fn(&mut FunnelDoc)| {
        let mut doc = good.clone();
        change(&mut doc);
        doc
    };
    let shut = json!({"evidence": [{"event": "Deposit Paid", "undone_by": "Deposit Paid"}]});
    for (rule, place, doc) in [
        ("cycle", "stages[1].loops_to", with(&|doc| doc.stages[1].loops_to = Some(doc.stages[3].id.clone()))),
        ("unknown_reference", "stages[4].loops_to", with(&|doc| doc.stages[4].loops_to = Some("nowhere".into()))),
        ("gate_never_opens", "stages[3].gate.evidence[0]", with(&|doc| doc.stages[3].gate = gate(shut.clone()))),
        ("dead_end", "stages[2]", with(&|doc| doc.stages[3].gate = gate(shut.clone()))),
        ("claimed_twice", "stages[1].enters_on", other),
        ("role_without_holder", "stages[0].owner", with(&|doc| doc.stages[0].owner = "marketer".to_owned())),
    ] {
        let all = found(&test, &doc).await;
        let finding = all.iter().find(|finding| finding.rule == rule && finding.path == place);
        let finding = finding.unwrap_or_else(|| panic!("{rule} at {place} is not in {:?}", rules_of(&all)));
        assert_eq!(finding.severity, lint::Severity::Error, "{rule}");
        assert!(!finding.mend.is_empty(), "{rule} says how to mend it");
        let (refused, field) = if doc.id == view.document.id {
            let message = String::new();
            let deals = Default::default();
            let change = FunnelChange { document: doc, base_version: None, message, source: None, deals };
            (publish(app, owner, view.id, change).await, format!("document.{place}"))
        } else {
            (create(app, owner, doc).await, place.to_owned())
        };
        let Err(AppError::Invalid(problems)) = refused else { panic!("{rule} is published") };
        let problem = problems.iter().find(|problem| problem.field == field);
        let problem = problem.unwrap_or_else(|| panic!("{rule}: {field} is not in {problems:?}"));
        assert!(problem.message.contains(&finding.mend), "{rule}: {}", problem.message);
    }
    let document = with(&|doc| doc.title = "Mended".into());
    let message = String::new();
    let change = FunnelChange { document, base_version: None, message, source: None, deals: Default::default() };
    publish(app, owner, view.id, change).await.unwrap();
}

/// A role is done by the owner until somebody has it; when the last one goes, it has lost its owner.
#[tokio::test]
async fn a_role_without_its_last_owner_is_told() {
    let test = testing::sqlite().await;
    let doc = first(&test).await.document;
    let has = async |rule: &str| found(&test, &doc).await.iter().any(|finding| finding.rule == rule);
    assert!(!has("role_without_holder").await);
    let marketer = test.actor(Role::Marketer).await.user_id().unwrap();
    assert!(!has("role_without_holder").await);
    let change = crate::accounts::UserChange { is_active: Some(false), ..Default::default() };
    crate::accounts::update(&test.app, &test.owner, marketer, change).await.unwrap();
    assert!(has("role_without_holder").await);
}

async fn offer(test: &TestApp, slug: &str, minor: i64) -> offers::OfferView {
    let document = serde_json::from_value(json!({
        "slug": slug, "name": slug, "price": {"minor": minor, "currency": "NOK"},
        "unit_cost": {"minor": minor * 9 / 10, "currency": "NOK"}, "discount_max": "20%",
        "market": {"low": {"minor": minor / 4, "currency": "NOK"}, "high": {"minor": minor / 3, "currency": "NOK"}}
    }));
    let request = offers::OfferRequest { document: document.unwrap(), is_published: true };
    offers::create(&test.app, &test.owner, request).await.unwrap()
}

/// Mistakes in offers, pages and mails of the company are found beside those of the document.
#[tokio::test]
async fn mistakes_in_the_content_are_found() {
    let test = testing::sqlite().await;
    let (app, owner) = (&test.app, &test.owner);
    offer(&test, "braces", 1_000_000).await;
    offer(&test, "kit", 500_000).await;
    let fields = |name: &str, kind: &str| json!({"name": name, "type": kind, "label": name, "required": true});
    let doc = json!({"root": {"props": {"title": "Free check", "slug": "free-check", "description": "x"}}, "content": [
        {"type": "Hero", "props": {"id": "h", "heading": "Braces",
            "primary": {"label": "Buy for 9 000 kr", "url": "/o/braces"}, "secondary": {"label": "More", "url": "/gone"}}},
        {"type": "Guarantee", "props": {"id": "g", "heading": "60 days money back", "text": "Send it back."}},
        {"type": "Form", "props": {"id": "f", "form": {"fields": [
            fields("email", "email"), fields("a", "text"), fields("b", "text"), fields("c", "text"), fields("d", "text"),
            fields("e", "text"), fields("g", "text")]}}},
    ]});
    let page = pages::NewPage { name: "Free check".to_owned(), locale: Some(en()), doc: Some(doc) };
    let page = pages::create(app, owner, page).await.unwrap();
    pages::publish(app, owner, page.page.id, &en()).await.unwrap();
    let body = crate::messages::templates::TemplateBody {
        subject: "Until 2026-02-01".to_owned(),
        mjml: "<mjml><mj-body><mj-text><a href=\"/gone\">x</a></mj-text></mj-body></mjml>".to_owned(),
        preheader: String::new(),
        text: None,
    };
    crate::messages::templates::save(app, owner, "spring", &"nb".parse().unwrap(), body).await.unwrap();

    let mut doc = first(&test).await.document;
    let rung = |rung: &str, offer: &str| json!({"rung": rung, "offer": offer});
    doc.ladder = serde_json::from_value(json!([rung("tripwire", "kit"), rung("core", "braces")])).unwrap();
    doc.stages[1].content.push(serde_json::from_value(json!({"kind": "page", "id": "free-check"})).unwrap());
    let found = found(&test, &doc).await;
    let has = |rule: &str, path: &str| found.iter().any(|finding| finding.rule == rule && finding.path == path);
    for (rule, path) in [
        ("broken_promise", "pages.free-check"),
        ("broken_link", "pages.free-check"),
        ("broken_link", "messages.spring"),
        ("form_too_long", "pages.free-check"),
        ("missing_consent", "pages.free-check"),
        ("text_out_of_date", "messages.spring"),
        ("missing_locale", "messages.spring"),
        ("tripwire_too_dear", "ladder[0]"),
        ("discount_eats_margin", "offers.braces"),
        ("price_off_market", "offers.braces"),
    ] {
        assert!(has(rule, path), "{rule} at {path} is not in {:?}", rules_of(&found));
    }
    assert_eq!(found.iter().filter(|finding| finding.rule == "broken_promise").count(), 2, "price and guarantee");
}

fn rules_of(found: &[FindingView]) -> Vec<(&str, &str)> {
    found.iter().map(|finding| (finding.rule, finding.path.as_str())).collect()
}

/// Visitors by the log, deals by their stages; and what is lost costs money.
#[tokio::test]
async fn figures_come_from_people_and_from_deals() {
    let test = testing::sqlite().await;
    let (app, owner) = (&test.app, &test.owner);
    let view = first(&test).await;
    for number in 0..120 {
        visit(&test, number).await;
    }
    for number in 0..10 {
        let contact = json!({"email": format!("lead{number}@example.com"), "phone": "+4722334455"});
        let contact = serde_json::from_value(contact).unwrap();
        let contact = contacts::create(app, owner, contact).await.unwrap();
        let value = Some(Money::new(100_000, "NOK".parse().unwrap()));
        let deal = serde_json::from_value(json!({"contact_id": contact.id, "value": value})).unwrap();
        deals::create(app, owner, deal).await.unwrap();
    }
    test.settle().await;
    test.clock.advance_to(app.now().plus_ms(30 * 24 * 3600 * 1000));
    let measured = app.running.measured.of(app, &facts::running(app, view.id).unwrap(), facts::Figures::Fresh).await;
    let measured = measured.unwrap().expect("enough people came");
    assert_eq!((measured.stages[0].entered, measured.stages[0].went_on), (120, 0));
    assert_eq!(measured.stages[1].entered, 10, "deals, not people");
    let found = found(&test, &view.document).await;
    assert!(found.iter().any(|finding| finding.rule == "nobody_leaves" && finding.path == "stages[0]"));
}

async fn visit(test: &TestApp, number: usize) {
    let event = events::NewEvent {
        message_id: format!("visit-{number}"),
        name: "Page Viewed".to_owned(),
        at: test.app.now(),
        received_at: test.app.now(),
        person: events::PersonKey::anonymous(&format!("visitor-{number}")).unwrap(),
        links: Vec::new(),
        props: "{}".to_owned(),
        person_props: None,
        source: None,
    };
    test.app.log.append(vec![event]).await.unwrap();
}

#[tokio::test]
async fn every_night_what_is_new_is_told_apart() {
    for test in testing::all().await {
        let (app, owner) = (&test.app, &test.owner);
        let view = first(&test).await;
        findings::nightly(app).await.unwrap();
        assert_eq!(findings::summary(app, owner).await.unwrap()[0].warnings, 0);
        let mut doc = view.document;
        doc.stages[0].owner.clear();
        let change = FunnelChange {
            document: doc,
            base_version: None,
            message: String::new(),
            source: None,
            deals: Default::default(),
        };
        publish(app, owner, view.id, change).await.unwrap();
        findings::nightly(app).await.unwrap();
        assert_eq!(findings::summary(app, owner).await.unwrap()[0].new, 0, "once a day");
        test.clock.advance_to(app.now().plus_ms(24 * 3600 * 1000));
        findings::nightly(app).await.unwrap();
        let summary = findings::summary(app, owner).await.unwrap().remove(0);
        assert_eq!((summary.new, summary.errors + summary.warnings + summary.advice), (1, 1), "{}", test.name);
        test.clock.advance_to(app.now().plus_ms(8 * 24 * 3600 * 1000));
        findings::nightly(app).await.unwrap();
        assert_eq!(findings::summary(app, owner).await.unwrap()[0].new, 0);
    }
}

#[tokio::test]
async fn a_fix_mends_what_it_belongs_to() {
    let test = testing::sqlite().await;
    let mut doc = first(&test).await.document;
    doc.stages[0].metrics.clear();
    doc.stages[0].target = None;
    doc.stages[0].goals.clear();
    let finding = found(&test, &doc).await.into_iter().find(|finding| finding.rule == "step_unmeasured").unwrap();
    let fix: Patch = finding.fix.unwrap();
    let mended = fix.apply(&doc).unwrap();
    assert!(!found(&test, &mended).await.iter().any(|finding| finding.rule == "step_unmeasured"));
}
