//! Contacts of many files.

use super::super::*;
use super::*;

#[test]
fn mailchimp_files_carry_their_consent() {
    let columns = "Email Address,First Name,Last Name,Phone Number,MEMBER_RATING,OPTIN_TIME,OPTIN_IP,CONFIRM_TIME,LEID,EUID,NOTES,TAGS";
    let row = "Kari@Example.no,Kari,Nordmann,+47 22 33 44 55,4,2024-01-02 10:00:00,10.0.0.1,2024-01-02 10:05:00,1,abc,,\"\"\"VIP\"\",\"\"ny\"\"\"";
    let file = |more: &str, value: &str| format!("{columns}{more}\n{row}{value}\n");
    let named = |name: &str| GuessHint { file_name: Some(name.into()), ..Default::default() };
    let cases = [
        (file("", ""), "subscribed_members_export_1.csv", ConsentStatus::Subscribed),
        (file(",UNSUB_TIME", ",2024-05-01 08:00:00"), "members.csv", ConsentStatus::Unsubscribed),
        (file("", ""), "unsubscribed_members_export_1.csv", ConsentStatus::Unsubscribed),
        (file(",CLEAN_TIME", ",2024-05-01 08:00:00"), "cleaned.csv", ConsentStatus::Cleaned),
        (file("", ""), "nonsubscribed_members_export.csv", ConsentStatus::NotAsked),
    ];
    for (text, name, status) in cases {
        let all = all(&text, &named(name), |_| {});
        assert_eq!(all.refused, [], "{name}");
        let contact = &all.contacts[0];
        let consent = contact.consent.as_ref().unwrap();
        assert_eq!(consent.status, status, "{name}");
        let since = if text.contains("2024-05-01") { "2024-05-01T08:00:00.000Z" } else { "2024-01-02T10:05:00.000Z" };
        assert_eq!(consent.at.unwrap().to_string(), since, "{name}");
        assert_eq!(
            (contact.email.as_ref().unwrap().as_str(), contact.first_name.as_str()),
            ("kari@example.no", "Kari")
        );
        assert_eq!(
            (contact.phone.as_str(), &contact.tags[..]),
            ("+4722334455", &["VIP".to_owned(), "ny".to_owned()][..])
        );
        assert_eq!(contact.created_at.unwrap().to_string(), "2024-01-02T10:00:00.000Z");
        assert_eq!(contact.traits.get("MEMBER_RATING"), Some(&serde_json::json!(4)));
        assert!(!contact.traits.contains_key("OPTIN_IP") && all.events.is_empty());
    }
}

#[test]
fn hubspot_contacts_come_with_their_opt_out() {
    let text = "Record ID,First Name,Last Name,Email,Phone Number,Lifecycle Stage,Lead Status,Create Date,Company Name,Unsubscribed from all email\n\
        101,Ola,Nordmann,ola@example.no,,Lead,New,2024-03-01 09:00,Tannlegen AS,Yes\n\
        102,Kari,Nordmann,kari@example.no,,Customer,,2024-03-02 09:00,,No\n";
    let guess = guessed(text, &GuessHint::default());
    assert_eq!((guess.mapping.kind, guess.mapping.shape), (ImportKind::Contacts, Shape::Hubspot));
    let all = all(text, &GuessHint::default(), |_| {});
    let [ola, kari] = &all.contacts[..] else { panic!("two contacts") };
    assert_eq!(ola.consent.as_ref().unwrap().status, ConsentStatus::Unsubscribed);
    assert_eq!(kari.consent, None);
    assert_eq!((ola.company.as_str(), ola.person.as_ref().unwrap().as_str()), ("Tannlegen AS", "user:101"));
    assert_eq!(ola.traits["lifecycle_stage"], "Lead");
}

#[test]
fn hubspot_deals_are_events_by_their_stage() {
    let text = "Record ID,Deal Name,Deal Stage,Pipeline,Amount,Close Date,Deal owner,Associated Contact IDs\n\
        9,Braces,Closed Won,Sales,12000,2024-03-01 09:00,Ann,101\n\
        10,Whitening,Closed Lost,Sales,900,2024-03-05 09:00,Ann,102\n";
    let events = GuessHint { kind: Some(ImportKind::Events), ..Default::default() };
    let all = all(text, &events, |mapping| {
        mapping.set_only("Associated Contact IDs", Target::Person { namespace: PersonNamespace::User });
    });
    assert_eq!(all.refused, []);
    let events: Vec<(&str, &str)> = all.events.iter().map(|e| (e.name.as_str(), e.person.as_str())).collect();
    assert_eq!(events, [("Deal Won", "user:101"), ("Deal Lost", "user:102")]);
}

#[test]
fn contacts_of_any_file_and_bad_ones() {
    let text = "Navn;E-post;Telefon;Firma;Språk;Nyhetsbrev\n\
        Kari Nordmann;kari@example.no;22 33 44 55;Tann AS;norsk;ja\n\
        Nordmann, Ola;ola@example.no;ring;;xx-klingon;nei\n\
        Feil;ikke en adresse;;;;ja\n\
        Tom;;;;;nei\n";
    let guess = guessed(text, &GuessHint::default());
    assert_eq!(target(&guess, "Navn").target, Target::FullName);
    let all = all(text, &GuessHint::default(), |_| {});
    let [kari, ola] = &all.contacts[..] else { panic!("two contacts, not {}", all.contacts.len()) };
    assert_eq!((kari.first_name.as_str(), kari.last_name.as_str()), ("Kari", "Nordmann"));
    assert_eq!(kari.locale.as_ref().unwrap().as_str(), "nb");
    assert_eq!(kari.consent.as_ref().unwrap().status, ConsentStatus::Subscribed);
    assert_eq!((ola.first_name.as_str(), ola.phone.as_str(), ola.locale.as_ref()), ("Ola", "ring", None));
    assert_eq!(ola.traits["Språk"], "xx-klingon");
    let refused: Vec<(u64, &str)> = all.refused.iter().map(|row| (row.line, row.reason.as_str())).collect();
    assert_eq!(refused[0].0, 4);
    assert!(refused[0].1.contains("name@example.com"), "{}", refused[0].1);
    assert_eq!(refused[1], (5, "the row has no e-mail address, and a contact is known by it"));
}

#[test]
fn a_list_of_addresses_without_a_header_is_enough() {
    let all = all("kari@example.no\nola@example.no\n", &GuessHint::default(), |_| {});
    assert_eq!(all.contacts.len(), 2);
    assert_eq!(all.contacts[0].consent, None);
}

#[test]
fn events_with_addresses_can_make_contacts() {
    let text = "email,event,time,first_name\nkari@example.no,Signed Up,2024-01-01,Kari\n";
    let all = all(text, &GuessHint::default(), |mapping| {
        mapping.makes_contacts = true;
        mapping.set("first_name", Target::FirstName);
    });
    assert_eq!((all.events.len(), all.contacts.len()), (1, 1));
    assert_eq!(all.events[0].person.as_str(), "email:kari@example.no");
    assert_eq!(all.contacts[0].first_name, "Kari");
}
