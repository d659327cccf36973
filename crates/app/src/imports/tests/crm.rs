//! What other programs export of a company's people, companies and deals, brought in whole.

use funnel::deal::DealStatus;
use funnel::document::Gate;
use serde_json::json;
use store::imports::ImportState;

use super::super::*;
use super::cases::{bring_in, undo};
use crate::activities::timeline::{self, RecordTimelineQuery};
use crate::companies::{self, CompanyQuery};
use crate::contacts::{self, ContactQuery};
use crate::deals::{self, DealQuery, OpenDeals};
use crate::funnels::{self, FunnelChange};
use crate::testing::{self, TestApp};
use crate::{accounts, consent, permission::Role};

const COMPANIES: &str = "Record ID,Company name,Company Domain Name,Phone Number,Company owner,Create Date,Industry\n\
    7001,Tannlegen AS,tannlegen.no,+47 22 33 44 55,Kari Selger,2024-01-05 08:00,DENTAL\n\
    7002,Fjord Bygg AS,fjordbygg.no,,,2024-01-06 08:00,\n";
const CONTACTS: &str = "Record ID,First Name,Last Name,Email,Phone Number,Contact owner,Lifecycle Stage,Lead Status,Create Date,Associated Company IDs,Unsubscribed from all email\n\
    101,Ola,Nordmann,ola@tannlegen.no,+47 900 00 001,kari@selger.example,Customer,Connected,2024-03-01 09:00,7001,No\n\
    102,Eva,Berg,eva@fjordbygg.no,,Nobody Known,Lead,New,2024-03-02 09:00,7002;7001,Yes\n";
const DEALS: &str = "Record ID,Deal Name,Deal Stage,Pipeline,Amount,Close Date,Deal owner,Create Date,Associated Contact IDs,Closed Lost Reason\n\
    901,Braces,Closed Won (Sales Pipeline),Sales Pipeline,\"12,500.50\",2024-06-01 09:00,Kari Selger,2024-04-01 09:00,101,\n\
    902,Whitening,Closed Lost,Sales Pipeline,900,2024-06-05 09:00,Kari Selger,2024-05-01 09:00,102;101,Too dear\n\
    903,Checkup,Interest,Sales Pipeline,,,,2024-06-10 09:00,102,\n\
    904,Crown,Decision,Sales Pipeline,4000,,,2024-06-11 09:00,101,\n\
    905,Bridge,Qualified to buy,Sales Pipeline,4000,,,2024-06-11 09:00,101,\n\
    906,Nobody's,Interest,Sales Pipeline,4000,,,2024-06-11 09:00,999,\n";

async fn salesperson(test: &TestApp) {
    let user = serde_json::from_value(json!({"name": "Kari Selger", "email": "kari@selger.example",
        "password": testing::PASSWORD, "role": "rep", "locale": "nb"}));
    accounts::create(&test.app, &test.owner, user.unwrap()).await.unwrap();
}

/// A gate before a stage of the first funnel.
pub(super) async fn gate(test: &TestApp, place: usize, gate: serde_json::Value) {
    let first = funnels::list(&test.app, &test.owner).await.unwrap().remove(0);
    let mut document = first.document;
    document.stages[place].gate = Some(serde_json::from_value::<Gate>(gate).unwrap());
    let deals = OpenDeals::default();
    let change = FunnelChange { document, base_version: None, message: String::new(), source: None, deals };
    funnels::publish(&test.app, &test.owner, first.id, change).await.unwrap();
}

async fn all_deals(test: &TestApp) -> Vec<deals::DealView> {
    let mut all = deals::list(&test.app, &test.owner, DealQuery::default()).await.unwrap().items;
    all.sort_by(|a, b| a.title.cmp(&b.title));
    all
}

#[tokio::test]
async fn hubspots_files_bring_in_companies_people_and_deals() {
    for test in testing::all().await {
        let (app, owner) = (&test.app, &test.owner);
        salesperson(&test).await;
        gate(&test, 3, json!({"requires": ["deal.need"]})).await;
        let view = bring_in(&test, "companies.csv", COMPANIES.as_bytes()).await;
        assert_eq!(
            (view.state, view.counts.companies_added, view.counts.refused),
            (ImportState::Done, 2, 0),
            "{view:?}"
        );
        let view = bring_in(&test, "contacts.csv", CONTACTS.as_bytes()).await;
        assert_eq!((view.counts.contacts_added, view.counts.refused), (2, 0), "{view:?}");

        let people = contacts::list(app, owner, ContactQuery::default()).await.unwrap().items;
        let [ola, eva] = ["Ola", "Eva"].map(|name| people.iter().find(|person| person.first_name == name).unwrap());
        assert_eq!((ola.company_name.as_deref(), ola.owner_id.is_some()), (Some("Tannlegen AS"), true));
        assert_eq!((eva.company_name.as_deref(), eva.owner_id), (Some("Fjord Bygg AS"), None), "{}", test.name);
        assert_eq!(
            (&ola.traits["lifecycle_stage"], &ola.traits["lead_status"]),
            (&json!("Customer"), &json!("Connected"))
        );
        let found = companies::list(app, owner, CompanyQuery::default()).await.unwrap().items;
        let dentist = found.iter().find(|company| company.name == "Tannlegen AS").unwrap();
        assert_eq!((dentist.domain.as_str(), dentist.phone.as_str()), ("tannlegen.no", "+4722334455"));
        assert_eq!((dentist.owner_id, dentist.people), (ola.owner_id, 1));

        // Won means past the gate, too.
        let view = bring_in(&test, "deals.csv", DEALS.as_bytes()).await;
        assert_eq!((view.counts.deals_added, view.counts.refused), (2, 4), "{view:?}");
        let page = refused(app, owner, view.id, ReportKind::Import, None, None).await.unwrap();
        let reasons: Vec<(u64, &str)> =
            page.items.iter().map(|row| (row.refused.line, row.refused.reason.as_str())).collect();
        assert!(reasons[0].0 == 2 && reasons[0].1.contains("need"), "{reasons:?}");
        assert!(reasons[1].0 == 5 && reasons[1].1.contains("need"), "{reasons:?}");
        assert!(reasons[2].0 == 6 && reasons[2].1.contains("no stage Qualified to buy"), "{reasons:?}");
        assert!(reasons[3].0 == 7 && reasons[3].1.contains("no contact 999"), "{reasons:?}");
        assert!(page.items[1].row.starts_with("904,Crown,Decision"));
        let all = all_deals(&test).await;
        let seen: Vec<_> = all.iter().map(|deal| (deal.title.as_str(), deal.stage.as_str(), deal.status)).collect();
        assert_eq!(seen, [("Checkup", "interest", DealStatus::Open), ("Whitening", "interest", DealStatus::Lost)]);
        assert_eq!((all[1].value.minor, all[1].reason.as_str(), all[1].owner_id), (90_000, "Too dear", ola.owner_id));
        assert_eq!(all[1].closed_at.unwrap().to_string(), "2024-06-05T09:00:00.000Z");
        assert_eq!(all[1].created_at.to_string(), "2024-05-01T09:00:00.000Z");
        assert_eq!(all[1].contact_id, eva.id);
    }
}

#[tokio::test]
async fn an_open_gate_lets_won_deals_in_and_a_second_file_adds_nothing() {
    for test in testing::all().await {
        let (app, owner) = (&test.app, &test.owner);
        salesperson(&test).await;
        for (name, text) in [("companies.csv", COMPANIES), ("contacts.csv", CONTACTS)] {
            bring_in(&test, name, text.as_bytes()).await;
        }
        let first = bring_in(&test, "deals.csv", DEALS.as_bytes()).await;
        assert_eq!((first.counts.deals_added, first.counts.refused), (4, 2), "{first:?}");
        let braces = all_deals(&test).await.remove(0);
        assert_eq!((braces.status, braces.value.minor), (DealStatus::Won, 1_250_050));
        assert_eq!(braces.closed_at.unwrap().to_string(), "2024-06-01T09:00:00.000Z");
        test.clock.advance_ms(1);
        let again = bring_in(&test, "deals.csv", DEALS.as_bytes()).await;
        assert_eq!((again.counts.deals_added, again.counts.deals_repeated), (0, 4), "{again:?}");
        let companies = bring_in(&test, "companies.csv", COMPANIES.as_bytes()).await;
        assert_eq!((companies.counts.companies_added, companies.counts.companies_repeated), (0, 2));

        // What somebody worked on since stays.
        let patch = serde_json::from_value(json!({"title": "Braces, top"})).unwrap();
        test.clock.advance_ms(1_000);
        deals::update(app, owner, braces.id, patch).await.unwrap();
        undo(&test, first.id).await.unwrap();
        test.settle().await;
        let view = get(app, owner, first.id).await.unwrap();
        assert_eq!((view.state, view.undo.unwrap().deals_removed), (ImportState::Undone, 3));
        let left: Vec<String> = all_deals(&test).await.into_iter().map(|deal| deal.title).collect();
        assert_eq!(left, ["Braces, top"], "{}", test.name);
    }
}

const MAILCHIMP: &str = "Email Address,First Name,Last Name,MEMBER_RATING,OPTIN_TIME,OPTIN_IP,CONFIRM_TIME,CONFIRM_IP,LATITUDE,LONGITUDE,GMTOFF,DSTOFF,TIMEZONE,CC,REGION,LAST_CHANGED,LEID,EUID,NOTES,TAGS";

fn member(email: &str, more: &str) -> String {
    format!(
        "{email},Kari,Nordmann,4,2024-01-02 10:00:00,192.0.2.7,{more},192.0.2.7,59.9,10.7,1,2,Europe/Oslo,NO,03,2024-05-05 05:05:05,1,a1,Liker kaffe,\"\"\"VIP\"\",\"\"Ny\"\"\"\n"
    )
}

#[tokio::test]
async fn mailchimps_files_carry_their_consent() {
    for test in testing::all().await {
        let (app, owner) = (&test.app, &test.owner);
        // The one who left is in no file of subscribers any more; an old file of them comes last.
        let left = format!("{MAILCHIMP},UNSUB_TIME\n{}", member("left@example.no", "2024-01-02 10:05:00").trim_end());
        bring_in(&test, "unsubscribed_1.csv", format!("{left},2024-06-01 12:00:00\n").as_bytes()).await;
        let bad = format!("{MAILCHIMP},CLEAN_TIME\n{}", member("bad@example.no", "2024-01-02 10:05:00").trim_end());
        bring_in(&test, "cleaned_1.csv", format!("{bad},2024-06-01 12:00:00\n").as_bytes()).await;
        let rows = [member("kari@example.no", ""), member("left@example.no", "2024-01-02 10:05:00")].concat();
        let text = format!("{MAILCHIMP}\n{rows}");
        let view = bring_in(&test, "subscribed_1.csv", text.as_bytes()).await;
        assert_eq!((view.counts.contacts_added, view.counts.refused), (1, 0), "{view:?}");
        test.clock.advance_ms(1);
        let again = bring_in(&test, "subscribed_1.csv", text.as_bytes()).await;
        assert_eq!((again.counts.contacts_added, again.counts.contacts_repeated), (0, 2), "{again:?}");

        let people = contacts::list(app, owner, ContactQuery::default()).await.unwrap().items;
        let by = |email: &str| people.iter().find(|person| person.email.as_ref().unwrap().as_str() == email).unwrap();
        for (email, expected) in [("kari@example.no", true), ("left@example.no", false), ("bad@example.no", false)] {
            let given = consent::is_given(app.store.reader(), by(email).id, consent::Purpose::Marketing).await.unwrap();
            assert_eq!(given, expected, "{email} on {}", test.name);
        }
        let kari = by("kari@example.no");
        let ledger = contacts::consents(app, owner, kari.id).await.unwrap();
        assert_eq!(ledger[0].wording, "subscribed_1.csv: subscribed, from 192.0.2.7");
        // Nobody asked for a confirmation: the time of entry is that of the yes.
        assert_eq!((ledger.len(), ledger[0].at.to_string().as_str()), (1, "2024-01-02T10:00:00.000Z"));
        assert_eq!(kari.tags, ["VIP", "Ny"]);
        assert_eq!((&kari.traits["MEMBER_RATING"], &kari.traits["TIMEZONE"]), (&json!(4), &json!("Europe/Oslo")));
        assert_eq!((&kari.traits["CC"], &kari.traits["REGION"]), (&json!("NO"), &json!("03")));
        assert_eq!(by("bad@example.no").traits[consent::BOUNCES_TRAIT], json!(true));
        let query = RecordTimelineQuery { contact: Some(kari.id), kind: Some("note".into()), ..Default::default() };
        let notes = timeline::of_record(app, owner, query).await.unwrap().items;
        // Once for each file, and a file that comes twice is two files.
        assert!(
            notes.iter().all(|item| item.activity.as_ref().is_some_and(|note| note.body == "Liker kaffe")),
            "{notes:?}"
        );
        assert_eq!(notes.len(), 1, "{notes:?}");
    }
}

#[tokio::test]
async fn address_cards_become_contacts() {
    for test in testing::all().await {
        let text = "BEGIN:VCARD\r\nVERSION:3.0\r\nN:Nordmann;Kari;;;\r\nFN:Kari Nordmann\r\nEMAIL;TYPE=INTERNET:Kari@Acme.example\r\n\
            TEL;TYPE=CELL:+47 900 00 000\r\nORG:Acme;Salg\r\nTITLE:Sjef\r\nCATEGORIES:VIP\r\nNOTE:Ring etter ti\r\nBDAY:1985-03-02\r\n\
            PHOTO;ENCODING=b:AAAA\r\nEND:VCARD\r\nBEGIN:VCARD\r\nVERSION:3.0\r\nFN:Uten Adresse\r\nTEL:22334455\r\nEND:VCARD\r\n";
        let view = bring_in(&test, "people.vcf", text.as_bytes()).await;
        assert_eq!((view.counts.contacts_added, view.counts.refused), (2, 0), "{view:?}");
        let all = contacts::list(&test.app, &test.owner, ContactQuery::default()).await.unwrap().items;
        let kari = all.into_iter().find(|contact| contact.first_name == "Kari").unwrap();
        assert_eq!((kari.display_name.as_str(), kari.email.unwrap().as_str()), ("Kari Nordmann", "kari@acme.example"));
        assert_eq!(
            (kari.phone.as_str(), kari.company.as_str(), &kari.tags[..]),
            ("+4790000000", "Acme", &["VIP".to_owned()][..])
        );
        assert_eq!((&kari.traits["job_title"], &kari.traits["birthday"]), (&json!("Sjef"), &json!("1985-03-02")));
    }
}

#[tokio::test]
async fn a_rep_brings_in_nothing() {
    let test = testing::sqlite().await;
    let rep = test.actor(Role::Rep).await;
    assert!(Upload::begin(&test.app, &rep, "deals.csv").await.is_err());
}
