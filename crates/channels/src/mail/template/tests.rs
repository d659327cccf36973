//! Rendering, its refusals, and every built-in template as its reader sees it.

use base::Locale;
use serde_json::json;

use super::*;
use crate::mail::{Builtin, builtin, sample};

fn body(content: &str) -> TemplateSource {
    let mjml = format!(
        "<mjml>\n<mj-body>\n<mj-section><mj-column>\n{content}\n</mj-column></mj-section>\n</mj-body>\n</mjml>"
    );
    TemplateSource { subject: "Hi".into(), mjml, ..TemplateSource::default() }
}

fn subject(source: &str, context: &serde_json::Value) -> String {
    let source = TemplateSource { subject: source.into(), ..body("<mj-text>x</mj-text>") };
    render(&source, context).map_or_else(|error| error.to_string(), |rendered| rendered.subject)
}

fn refusal(source: &TemplateSource) -> String {
    match (render(source, &json!({})), check(source)) {
        (Err(sending), Err(editor)) if sending == editor => sending.to_string(),
        (sending, editor) => format!("sending says {sending:?}, the editor {editor:?}"),
    }
}

#[test]
fn every_builtin_reads_well_in_plain_text() {
    for locale in ["en", "nb"] {
        for name in Builtin::ALL {
            let locale = locale.parse().unwrap();
            let source = builtin(name, &locale);
            check(&source).unwrap();
            let mail = render(&source, &sample(name, &locale)).unwrap();
            assert!(mail.html.len() < 60_000, "{name} is {} bytes", mail.html.len());
            assert!(!mail.html.contains("@@") && !mail.html.contains("fonts.googleapis"), "{name}");
            insta::assert_snapshot!(format!("{name}.{locale}"), format!("Subject: {}\n\n{}", mail.subject, mail.text));
        }
    }
}

#[test]
fn builtins_hold_with_no_facts_at_all() {
    for name in Builtin::ALL {
        let mail = render(&builtin(name, &Locale::english()), &json!({})).unwrap();
        assert!(!mail.text.contains("None") && !mail.text.contains("undefined"), "{name}: {}", mail.text);
    }
}

#[test]
fn default_stands_in_for_missing_null_and_blank() {
    let source = "Hi {{ contact.first_name | default(\"there\") }}!";
    for context in [
        json!({}),
        json!({"contact": null}),
        json!({"contact": {}}),
        json!({"contact": {"first_name": null}}),
        json!({"contact": {"first_name": ""}}),
        json!({"contact": {"first_name": "  "}}),
    ] {
        assert_eq!(subject(source, &context), "Hi there!", "{context}");
    }
    assert_eq!(subject(source, &json!({"contact": {"first_name": "Åse"}})), "Hi Åse!");
    assert_eq!(subject("{{ count | default(7) }} {{ is_new }}", &json!({"count": 0, "is_new": null})), "0");
}

#[test]
fn what_strangers_type_stays_text() {
    let hostile = "</mj-text><img src=x onerror=\"a()\">'&{{ 7*7 }}\r\nBcc: b@example.no";
    let source = TemplateSource {
        subject: "{{ name }}".into(),
        preheader: "{{ name }} <b>".into(),
        ..body("<mj-text>{{ name }}</mj-text><mj-button href=\"{{ name }}\">x</mj-button>")
    };
    let mail = render(&source, &json!({"name": hostile})).unwrap();
    assert_eq!(mail.subject, "</mj-text><img src=x onerror=\"a()\">'&{{ 7*7 }} Bcc: b@example.no");
    assert!(!mail.html.contains("<img") && !mail.html.contains("49"), "{}", mail.html);
    assert_eq!(mail.html.matches("&lt;img src=x onerror=&quot;a()&quot;&gt;").count(), 3);
    assert!(mail.html.contains("&lt;b&gt;"), "the preheader is text too");
    assert!(mail.text.starts_with("</mj-text><img src=x"), "{}", mail.text);
}

#[test]
fn links_survive_in_the_plain_part() {
    let link = format!("https://example.no/d?a=1&b={}", "x".repeat(300));
    let source = body(
        "<mj-text>See <a href=\"{{ link }}\">the guide</a>.</mj-text><mj-button href=\"{{ link }}\">Open</mj-button>",
    );
    let mail = render(&source, &json!({"link": link})).unwrap();
    assert_eq!(mail.text, format!("See the guide: {link}.\n\nOpen: {link}\n"));
    assert!(mail.html.contains("https://example.no/d?a=1&amp;b=xxx"), "slashes are left as they are");
    let own = TemplateSource { text: Some("Own {{ link }} & <more>".into()), ..source };
    assert_eq!(render(&own, &json!({"link": "a&b"})).unwrap().text, "Own a&b & <more>");
}

#[test]
fn refusals_say_part_line_and_what_to_do() {
    let part = |subject: &str, preheader: &str, text: &str| TemplateSource {
        subject: subject.into(),
        preheader: preheader.into(),
        text: Some(text.into()),
        ..body("<mj-text>x</mj-text>")
    };
    let sources = [
        part("Hi {{ contact.first_name", "", ""),
        part("x", "{% if %}", ""),
        part("x", "", "one\n{{ a | defualt }}"),
        part("x", "", "{% for i in range(100000) %}{% for j in range(1000) %}{% endfor %}{% endfor %}"),
        part("x", "", "{% for i in range(60) %}{{ 'xxxxxxxxxx' * 1000 }}{% endfor %}"),
        part("x", "", "{% macro again() %}{{ again() }}{% endmacro %}{{ again() }}"),
        part("x", "", "{% include 'secret.txt' %}"),
        part("x", "", "{{ launch() }}"),
        body("<mj-txt>x</mj-txt>"),
        body("{% for i in range(3) %}\n<mj-text>{{ i }}</mj-text>\n{% endfor %}\n<mj-nonsense />"),
        body("<mj-text>never closed"),
        body("loose text </mj-column>"),
        body("<mj-include path=\"/etc/passwd\" />"),
        body(&format!("<mj-text>\n{}</mj-text>", "<b><!-- </b> --><i title='</i>'>".repeat(60))),
        TemplateSource { mjml: "Hello".into(), ..part("x", "", "") },
        TemplateSource { mjml: "<mjml></mjml>".into(), ..part("x", "", "") },
        TemplateSource { mjml: "x".repeat(SOURCE_BYTES_MAX + 1), ..part("x", "", "") },
    ];
    let seen: Vec<String> = sources.iter().map(refusal).collect();
    insta::assert_snapshot!(seen.join("\n"));
}

#[test]
fn check_forgives_what_only_values_can_tell() {
    check(&body("<mj-text>{{ order.total / 2 }}</mj-text>")).unwrap();
    check(&body("<mj-text>{% for line in order.lines %}{{ line.total | money }}{% endfor %}</mj-text>")).unwrap();
    assert_eq!(check(&TemplateSource { subject: " ".into(), ..body("") }).unwrap_err().part, Part::Subject);
}

#[test]
fn money_numbers_and_dates_are_written_in_the_readers_language() {
    let context = |locale: &str| {
        json!({
            "locale": locale, "price": {"minor": -123_456_789, "currency": "NOK"}, "euro": {"minor": 9900, "currency": "EUR"},
            "yen": {"minor": 5000, "currency": "JPY"}, "count": 1_234_567, "rate": 12.5, "whole": 25.0,
            "time": "2026-11-22T23:30:00Z", "company": {"time_zone": "Europe/Oslo"},
        })
    };
    let source = "{{ price|money }} | {{ euro|money }} | {{ yen|money }} | {{ count|number }} | {{ rate|number }} | \
                  {{ whole|number }} | {{ time|date }} | {{ '2026-03-01'|date }} | {{ missing|money }}{{ missing|date }}";
    let seen: Vec<String> = ["en", "nb", "da", "sv", "fi", "xx-yy"]
        .iter()
        .map(|locale| format!("{locale}: {}", subject(source, &context(locale)).replace('\u{a0}', "~")))
        .collect();
    insta::assert_snapshot!(seen.join("\n"));
    assert!(subject("{{ 'soon' | date }}", &json!({})).contains("date takes a time such as"));
    assert!(subject("{{ 5 | money }}", &json!({})).contains("money takes an amount such as"));
}

#[test]
fn colours_are_colours_and_readable() {
    let ink = |accent: &str| subject("{{ a|color }} {{ a|ink }}", &json!({"a": accent}));
    assert_eq!(ink("#0f6e6e"), "#0F6E6E #FFFFFF");
    assert_eq!(ink("#fc0"), "#FFCC00 #14201F");
    assert_eq!(ink("red;background:url(x)"), "#0F6E6E #FFFFFF");
    assert_eq!(subject("{{ '#0F6E6E' | tint }}", &json!({})), "#EBF3F3");
}

#[test]
fn the_preheader_replaces_the_authors_and_stays_out_of_the_text() {
    let mut source = body("<mj-text>x</mj-text>");
    source.mjml = source.mjml.replace("<mj-body>", "<mj-head><mj-preview>old</mj-preview></mj-head><mj-body>");
    source.preheader = "new".into();
    let mail = render(&source, &json!({})).unwrap();
    assert!(mail.html.contains(">new&#847;") && !mail.html.contains("old"), "{}", mail.html);
    assert!(!mail.text.contains("new"), "{}", mail.text);
}

#[test]
fn the_deepest_nesting_allowed_fits_the_stack() {
    // mjml, body, section, column and text are five of the levels.
    let depth = DEPTH_MAX - 5;
    let deep = body(&format!("<mj-text>{}x{}</mj-text>", "<b>".repeat(depth), "</b>".repeat(depth)));
    // What a thread of the server has.
    let thread = std::thread::Builder::new().stack_size(2 * 1024 * 1024);
    let mail = thread.spawn(move || render(&deep, &json!({})).unwrap()).unwrap().join().unwrap();
    assert_eq!(mail.text, "x\n");
}
