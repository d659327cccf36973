use serde_json::Value;

use super::*;
use crate::document::{check, schema, texts, validator};
use crate::format::Language;
use crate::lint::{self, facts::Facts};

const GOALS: [Goal; 7] =
    [Goal::Leads, Goal::SellOnline, Goal::SellInPerson, Goal::Repeat, Goal::Event, Goal::Launch, Goal::Traffic];
const BUSINESSES: [Business; 6] = [
    Business::InformationProducts,
    Business::Retail,
    Business::Ecommerce,
    Business::B2b,
    Business::Wholesale,
    Business::Services,
];

#[test]
fn every_template_reads_writes_back_and_is_found_faultless() {
    let schema = schema();
    for template in templates() {
        let doc = template.document().unwrap_or_else(|error| panic!("{}: {error}", template.id));
        assert_eq!((doc.id.as_str(), doc.template.as_str()), (template.id, template.id));
        assert_eq!(FunnelDoc::from_yaml(&doc.to_yaml()).unwrap(), doc);
        assert_eq!(FunnelDoc::from_json(&serde_json::to_string(&doc).unwrap()).unwrap(), doc);
        let written: Value = serde_yaml_ng::from_str(template.yaml()).unwrap();
        assert_eq!(serde_json::to_value(&doc).unwrap(), written, "{} loses something", template.id);
        assert_eq!(validator::misfit(&schema, &schema, &written, template.id), None);
        assert_eq!(check(&doc), [], "{}", template.id);
        let content = lint::facts::Content::default();
        let facts = Facts { today: Some("2026-11-22".parse().unwrap()), content: Some(&content), ..Facts::default() };
        assert_eq!(lint::check(&doc, &facts), [], "{}", template.id);
    }
}

/// With a team, figures exactly on target and content without fault there is nothing to tell either.
#[test]
fn no_template_gives_a_false_alarm_on_good_figures() {
    use crate::document::Role;
    use crate::lint::facts::{Content, Measured, StageMeasured, Team};
    let team = Team { roles: Role::ALL.map(|role| (role, 1)).to_vec(), names: Vec::new() };
    for template in templates() {
        let doc = template.document().unwrap();
        let events = doc.stages.iter().flat_map(|stage| {
            let evidence = stage.gate.iter().flat_map(|gate| &gate.evidence).map(|rule| rule.event.clone());
            evidence.chain([stage.enters_on.event.clone()]).collect::<Vec<_>>()
        });
        let content = Content { events_seen: events.collect(), ..Content::default() };
        let stages = doc.stages.iter().map(|stage| {
            let target = stage.target.and_then(|target| target.converts).map_or(5_000, |rate| rate.basis_points);
            StageMeasured { stage: stage.id.clone(), entered: 10_000, went_on: u64::from(target), median_time: None }
        });
        let sale_value = Some(base::Money::new(100_000, doc.currency));
        let measured = Measured { days: 30, stages: stages.collect(), sale_value };
        let others = [FunnelDoc { id: "other".to_owned(), stages: Vec::new(), ..doc.clone() }];
        let facts = Facts {
            today: Some("2026-11-22".parse().unwrap()),
            content: Some(&content),
            measured: Some(&measured),
            team: Some(&team),
            others: &others,
        };
        assert_eq!(lint::check(&doc, &facts), [], "{}", template.id);
    }
}

#[test]
fn every_text_is_there_in_all_five_languages() {
    for template in templates() {
        let doc = template.document().unwrap();
        let codes = Language::ALL.map(Language::code);
        assert_eq!(doc.locales.iter().map(Locale::as_str).collect::<Vec<_>>(), codes);
        for (path, text) in texts(&doc) {
            let Localized::Many(by_language) = text else {
                assert_eq!((template.id, path.as_str()), ("aida", "title"), "a text for all languages");
                continue;
            };
            let mut have: Vec<&str> = by_language.keys().map(Locale::as_str).collect();
            let mut want = codes.to_vec();
            have.sort_unstable();
            want.sort_unstable();
            assert_eq!(have, want, "{} {path}", template.id);
            for text in by_language.values() {
                assert!(!text.trim().is_empty() && text.trim() == text, "{} {path}: {text:?}", template.id);
            }
            // Names may be the same word in some languages; whole sentences in Finnish and English never are.
            if text.chars_max() > 30 {
                let of = |code: &str| text.get(&code.parse().unwrap()).to_owned();
                assert_ne!(of("en"), of("fi"), "{} {path}", template.id);
                assert_ne!(of("en"), of("nb"), "{} {path}", template.id);
            }
        }
    }
}

#[test]
fn every_template_can_be_used_as_it_is() {
    for template in templates() {
        let doc = template.document().unwrap();
        assert!(doc.stages.iter().any(|stage| stage.gate.is_some()), "{} has no gate", template.id);
        assert!(doc.stages.iter().any(|stage| doc.opens_deal(stage)), "{} opens no deal", template.id);
        assert!(crate::gate::winning_stage(&doc).is_some(), "{} wins no deal", template.id);
        for stage in &doc.stages {
            assert!(!stage.tactics.is_empty() && !stage.metrics.is_empty() && !stage.purpose.is_empty());
            let role = crate::document::Role::ALL.into_iter().any(|role| role.as_str() == stage.owner);
            assert!(role, "{}: {} is no role", template.id, stage.owner);
        }
        let locales = vec!["nb".parse().unwrap(), "en".parse().unwrap()];
        let started = template.start("main", "NOK".parse().unwrap(), "Europe/Oslo", locales).unwrap();
        assert_eq!(check(&started), []);
        assert_eq!((started.id.as_str(), started.template.as_str()), ("main", template.id));
        assert!(!started.channels.is_empty());
        assert_eq!(lint::check(&started, &Facts::default()), []);
        assert_eq!(template.view().unwrap().stages.len(), doc.stages.len());
    }
    assert_eq!(template("aida").unwrap().id, "aida");
    assert!(template("nirvana").is_none());
}

/// Who walks in or calls has no address yet, so no deal waits for one where deals open, unless it opens with a call. What
/// only the world outside can prove may be missing although it is true: somebody can say so, with a reason.
#[test]
fn no_template_keeps_an_ordinary_deal_out() {
    for template in templates() {
        let doc = template.document().unwrap();
        let opens = doc.stages.iter().find(|stage| doc.opens_deal(stage)).unwrap();
        let is_called = opens.enters_on.event == "Call Answered";
        assert!(opens.gate.is_none() || is_called, "{} asks for something before it knows anybody", template.id);
        for stage in &doc.stages {
            let Some(gate) = &stage.gate else { continue };
            let asks_outside =
                !gate.evidence.is_empty() || gate.requires.iter().any(|one| one.field == "contact.email");
            let chars_min = gate.overriding.as_ref().and_then(|rule| rule.reason_chars_min).unwrap_or(0);
            assert!(!asks_outside || chars_min >= 10, "{} {} is passed with a reason", template.id, stage.id);
        }
    }
}

#[test]
fn every_template_of_the_map_is_there() {
    let stages = |id: &str| template(id).unwrap().document().unwrap().stages.len();
    for (id, count) in [
        ("aida", 4),
        ("two-phase", 2),
        ("tofu-mofu-bofu", 3),
        ("five-stage", 5),
        ("six-stage", 6),
        ("seven-stage", 7),
        ("eight-level", 8),
        ("eight-level-b2b", 8),
        ("eight-level-retail", 8),
        ("four-level", 4),
        ("automated-ladder", 5),
        ("offline-event", 5),
        ("product-launch", 5),
        ("traffic", 4),
        ("consultation", 5),
        ("webinar-live", 5),
        ("webinar-evergreen", 5),
    ] {
        assert_eq!(stages(id), count, "{id}");
    }
    assert_eq!(templates().len(), 17);
}

/// A person who does everything that a funnel waits for is won in it, one event after the other.
#[test]
fn every_template_leads_from_the_first_event_to_the_last_stage() {
    use crate::gate::{Deal, Evidence, Seen, advance_through};
    use base::Timestamp;
    let fields = serde_json::json!({
        "contact.email": "kari@example.no", "contact.phone": "22 33 44 55", "company.name": "Fjord AS",
        "deal.value": 9900, "deal.close_date": "2099-01-01", "deal.need": "straight teeth",
    });
    let fields = fields.as_object().cloned().unwrap();
    for template in templates() {
        let doc = template.document().unwrap();
        let mut events: Vec<Seen> = Vec::new();
        let (mut stage, mut entered_at, mut clock) = (None, Timestamp::from_ms(0), 0);
        for target in &doc.stages {
            let mut wanted = vec!["Proposal Viewed".to_owned()];
            let times = target.enters_on.occurrence as usize;
            let have = events.iter().filter(|seen| seen.name == target.enters_on.event).count();
            wanted.extend(std::iter::repeat_n(target.enters_on.event.clone(), times.saturating_sub(have)));
            for name in wanted {
                clock += 60_000;
                events.push(Seen { name, at: Timestamp::from_ms(clock), ..Seen::default() });
            }
            let deal = Deal {
                status: crate::deal::DealStatus::Open,
                stage: stage.as_ref(),
                opened_at: Timestamp::from_ms(0),
                entered_at,
                moved_back_at: None,
                owner: Some("rita"),
                fields: &fields,
                approvals: &[],
            };
            let now = Timestamp::from_ms(clock);
            let arrival = advance_through(&doc, &deal, &Evidence { events: &events, consents: &[] }, now);
            assert_eq!(arrival.moves, std::slice::from_ref(&target.id), "{} {:?}", template.id, arrival.reasons);
            (stage, entered_at) = (Some(target.id.clone()), now);
        }
    }
}

#[test]
fn a_wizard_is_told_what_suits() {
    let first = |goal, business, channels: &[Reach]| suggest(goal, business, channels)[0].template.clone();
    for (goal, business, channels, wanted) in [
        (Goal::SellInPerson, Business::B2b, vec![Reach::Phone], "eight-level-b2b"),
        (Goal::SellInPerson, Business::Wholesale, vec![Reach::Phone, Reach::Events], "eight-level-b2b"),
        (Goal::SellInPerson, Business::Retail, vec![Reach::Store], "eight-level-retail"),
        (Goal::SellInPerson, Business::Services, vec![Reach::Search, Reach::Phone], "consultation"),
        (Goal::SellOnline, Business::InformationProducts, vec![Reach::Ads, Reach::Email], "automated-ladder"),
        (Goal::Launch, Business::InformationProducts, vec![Reach::Email], "product-launch"),
        (Goal::Event, Business::Services, vec![Reach::Events, Reach::Phone], "offline-event"),
        (Goal::Event, Business::InformationProducts, vec![Reach::Events, Reach::Email], "webinar-live"),
        (Goal::Traffic, Business::Ecommerce, vec![Reach::Search], "traffic"),
        (Goal::Leads, Business::Services, vec![Reach::Ads, Reach::Phone], "two-phase"),
    ] {
        assert_eq!(first(goal, business, &channels), wanted, "{goal:?} {business:?}");
    }
    for goal in GOALS {
        for business in BUSINESSES {
            let all = suggest(goal, business, &[]);
            assert_eq!(all.len(), templates().len());
            assert!(all[0].fits_goal, "{goal:?} {business:?} gets {}", all[0].template);
            assert!(all.iter().all(|one| one.points <= 100) && all.is_sorted_by_key(|one| u32::MAX - one.points));
        }
    }
}
