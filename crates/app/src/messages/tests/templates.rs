//! The company's own words over the built-in ones.

use super::*;
use crate::AppError;
use crate::messages::templates::{self, PreviewRequest, TemplateTest};
use crate::testing;

fn field_of(error: AppError) -> (String, String) {
    match error {
        AppError::Invalid(mut problems) => {
            let problem = problems.remove(0);
            (problem.field, problem.message)
        }
        other => panic!("{other:?}"),
    }
}

#[tokio::test]
async fn own_words_replace_the_built_in_ones_until_they_are_reset() {
    for test in testing::all().await {
        let (app, owner, nb) = (&test.app, &test.owner, "nb".parse().unwrap());
        let start = templates::get(app, owner, "lead_magnet", &nb).await.unwrap();
        assert!(start.is_builtin && !start.is_saved && start.id.is_none(), "{}", test.name);
        let words = TemplateBody { subject: "Her, {{ contact.first_name }}!".to_owned(), ..start.body.clone() };
        let saved = templates::save(app, owner, "lead_magnet", &nb, words.clone()).await.unwrap();
        let again = templates::save(app, owner, "lead_magnet", &nb, words).await.unwrap();
        assert!(saved.is_saved && saved.id == again.id, "saved over itself, with the same id");
        ask_for_magnet(&test).await;
        test.settle().await;
        assert_eq!(test.mailer.take().remove(0).subject, "Her, Kari!");

        templates::save(app, owner, "spring", &nb, own_words()).await.unwrap();
        let listed: Vec<(String, bool, usize)> = templates::list(app, owner)
            .await
            .unwrap()
            .into_iter()
            .map(|template| (template.name, template.is_builtin, template.locales.len()))
            .collect();
        let named = |name: &str, is_builtin, count| (name.to_owned(), is_builtin, count);
        let wanted = [
            named("lead_magnet", true, 2),
            named("confirm_email", true, 2),
            named("order_confirmation", true, 2),
            named("new_lead_notice", true, 2),
            named("spring", false, 1),
        ];
        assert_eq!(listed, wanted);
        templates::reset(app, owner, "lead_magnet", &nb).await.unwrap();
        assert_eq!(templates::get(app, owner, "lead_magnet", &nb).await.unwrap().body.subject, start.body.subject);
        assert!(matches!(templates::reset(app, owner, "lead_magnet", &nb).await, Err(AppError::NotFound(_))));
        templates::reset(app, owner, "spring", &nb).await.unwrap();
        assert!(matches!(templates::get(app, owner, "spring", &nb).await, Err(AppError::NotFound(_))));
    }
}

#[tokio::test]
async fn what_cannot_be_used_is_refused_with_part_and_line() {
    let test = testing::sqlite().await;
    let (app, owner, nb) = (&test.app, &test.owner, "nb".parse().unwrap());
    for (change, field, word) in [
        (TemplateBody { subject: " ".to_owned(), ..own_words() }, "subject", "write a subject"),
        (TemplateBody { subject: "{{ x".to_owned(), ..own_words() }, "subject", "correct"),
        (TemplateBody { mjml: "<mjml><mj-bdy/></mjml>".to_owned(), ..own_words() }, "mjml", "line 1"),
        (TemplateBody { text: Some("{% if %}".to_owned()), ..own_words() }, "text", "correct"),
    ] {
        let refused = field_of(templates::save(app, owner, "spring", &nb, change).await.unwrap_err());
        assert!(refused.0 == field && refused.1.contains(word), "{refused:?}");
    }
    let refused = field_of(templates::save(app, owner, "smtp_test", &nb, own_words()).await.unwrap_err());
    assert_eq!(refused.0, "name");
}

#[tokio::test]
async fn words_that_fail_with_real_facts_give_way_to_the_built_in_ones() {
    let test = testing::sqlite().await;
    let nb = "nb".parse().unwrap();
    // Without any value this passes the check; with a title that is a text it cannot be worked out.
    let words =
        TemplateBody { subject: "{% if magnet.title %}{{ magnet.title / 2 }}{% endif %}x".to_owned(), ..own_words() };
    templates::save(&test.app, &test.owner, "lead_magnet", &nb, words).await.unwrap();
    ask_for_magnet(&test).await;
    test.settle().await;
    let message = only_message(&test).await.message;
    assert_eq!((message.state, message.subject.as_str()), ("sent", "Her er den: Hvitere tenner hjemme"));
    assert!(message.remark.unwrap().contains("your own could not be filled in: subject"));
}

#[tokio::test]
async fn a_preview_shows_saved_or_unsaved_words_with_anybodys_facts() {
    let test = testing::sqlite().await;
    on_the_web(&test).await;
    let contact = kari(&test).await;
    let (app, owner, nb) = (&test.app, &test.owner, "nb".parse().unwrap());
    let shown = templates::preview(app, owner, "lead_magnet", &nb, PreviewRequest::default()).await.unwrap();
    assert!(shown.html.contains("Test Clinic") && shown.text.contains("Hei Kari"), "{}", shown.text);
    let change = ContactChange { first_name: Some("<b>Åse</b>".to_owned()), ..ContactChange::default() };
    contacts::update(app, owner, contact.id, change).await.unwrap();
    let request = PreviewRequest { body: Some(own_words()), contact: Some(contact.id) };
    let shown = templates::preview(app, owner, "spring", &nb, request).await.unwrap();
    assert_eq!(shown.subject, "Vår for <b>Åse</b>");
    assert!(shown.html.contains("&lt;b&gt;Åse") && !shown.html.contains("<b>Åse"), "{}", shown.html);
    // In a language nobody wrote, the words to start from are the company's.
    let start = templates::get(app, owner, "lead_magnet", &"sv".parse().unwrap()).await.unwrap();
    assert_eq!((start.locale.as_str(), start.source_locale.as_str()), ("sv", "nb"));
}

#[tokio::test]
async fn a_test_goes_out_at_once_and_stands_in_the_log() {
    let test = testing::sqlite().await;
    let request = TemplateTest { to: "me@example.com".to_owned(), body: None, contact: None };
    let nb = "nb".parse().unwrap();
    let told = templates::test(&test.app, &test.owner, "order_confirmation", &nb, request.clone()).await.unwrap();
    assert!(told.is_sent);
    assert_eq!(test.mailer.take().remove(0).to.email.as_str(), "me@example.com");
    assert_eq!(only_message(&test).await.message.template, "order_confirmation");
    assert!(mail_facts(&test.app).await.is_empty(), "a test is nobody's history");
    let request = TemplateTest { to: "me".to_owned(), ..request };
    let refused = templates::test(&test.app, &test.owner, "order_confirmation", &nb, request).await;
    assert_eq!(field_of(refused.unwrap_err()).0, "to");
}
