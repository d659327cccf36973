//! Icons drawn on a grid of 24, in strokes that take the colour of the text beside them.

use funnel::page::Icon;

/// An icon as SVG, hidden from screen readers: it stands beside its words.
pub(super) fn icon(icon: Icon) -> String {
    format!("<svg class=\"i\" viewBox=\"0 0 24 24\" aria-hidden=\"true\">{}</svg>", strokes(icon))
}

#[rustfmt::skip]
fn strokes(icon: Icon) -> &'static str {
    match icon {
        Icon::Check => r#"<path d="m5 12.5 4.5 4.5L19 7.5"/>"#,
        Icon::Clock => r#"<circle cx="12" cy="12" r="8.5"/><path d="M12 7v5l3.2 2"/>"#,
        Icon::Calendar => r#"<rect x="4" y="5.5" width="16" height="14.5" rx="2.5"/><path d="M4 10h16M8.5 3.5v4M15.5 3.5v4"/>"#,
        Icon::Shield => r#"<path d="M12 3.5 19 6v5.5c0 4.3-2.9 7.6-7 9-4.1-1.4-7-4.7-7-9V6z"/><path d="m9 12 2.2 2.2L15.2 10"/>"#,
        Icon::Heart => r#"<path d="M12 19.8S4.2 15.2 4.2 9.7A4.2 4.2 0 0 1 12 7.5a4.2 4.2 0 0 1 7.8 2.2c0 5.5-7.8 10.1-7.8 10.1z"/>"#,
        Icon::Star => r#"<path d="m12 4 2.5 5.2 5.7.8-4.1 4 1 5.7-5.1-2.7-5.1 2.7 1-5.7-4.1-4 5.7-.8z"/>"#,
        Icon::Phone => r#"<path d="M8.2 4H5.5A1.5 1.5 0 0 0 4 5.6C4.5 13.3 10.7 19.5 18.4 20a1.5 1.5 0 0 0 1.6-1.5v-2.7l-4.3-1.6-1.8 2.2a13 13 0 0 1-6.3-6.3l2.2-1.8z"/>"#,
        Icon::Mail => r#"<rect x="3.5" y="5.5" width="17" height="13" rx="2.5"/><path d="m4.5 7.5 7.5 5.8 7.5-5.8"/>"#,
        Icon::Pin => r#"<path d="M12 21s6.5-5.8 6.5-10.8a6.5 6.5 0 1 0-13 0C5.5 15.2 12 21 12 21z"/><circle cx="12" cy="10" r="2.3"/>"#,
        Icon::Gift => r#"<rect x="4" y="9" width="16" height="4" rx="1"/><path d="M5.5 13v7h13v-7M12 9v11M12 9S10.8 4.5 8.5 4.5a2.2 2.2 0 0 0 0 4.5zM12 9s1.2-4.5 3.5-4.5a2.2 2.2 0 0 1 0 4.5z"/>"#,
        Icon::People => r#"<circle cx="9" cy="8.5" r="3.3"/><path d="M3 19.5c.4-3.5 2.8-5.3 6-5.3s5.6 1.8 6 5.3M16 5.5a3.2 3.2 0 0 1 0 6.1M17.3 14.5c2.2.6 3.4 2.3 3.7 5"/>"#,
        Icon::Chart => r#"<path d="M4 4v16h16"/><path d="m7.5 15 3.5-4.5 3 2.5L19 7"/>"#,
        Icon::Leaf => r#"<path d="M5 19c0-8.5 5-13.5 14.5-14C20 14 15.5 19 8.5 18.5M5 21c.5-4.5 3-8 7.5-10"/>"#,
        Icon::Spark => r#"<path d="M11 4.5 12.8 10l5.5 1.8-5.5 1.8L11 19l-1.8-5.4-5.5-1.8L9.2 10zM18.5 3.5v4M16.5 5.5h4"/>"#,
        Icon::Lock => r#"<rect x="5" y="10.5" width="14" height="9.5" rx="2.5"/><path d="M8.2 10.5V8a3.8 3.8 0 0 1 7.6 0v2.5"/>"#,
        Icon::Wallet => r#"<path d="M17.5 7.5V6a1.8 1.8 0 0 0-2.2-1.8L5.5 6.5A2 2 0 0 0 4 8.4V17a2.5 2.5 0 0 0 2.5 2.5h11A2.5 2.5 0 0 0 20 17v-7a2.5 2.5 0 0 0-2.5-2.5h-12M15.8 13.5h.1"/>"#,
        Icon::Chat => r#"<path d="M4 11.5C4 7.6 7.5 5 12 5s8 2.6 8 6.5-3.5 6.5-8 6.5c-1 0-2-.1-2.9-.4L5 19.5l.9-3.3A6 6 0 0 1 4 11.5zM8.5 11.5h.1M12 11.5h.1M15.5 11.5h.1"/>"#,
        Icon::Tooth => r#"<path d="M12 6.2c-1.5-.9-3.2-1.7-4.8-1.1C4.7 6 4.3 9 5 11.5c.5 1.7 1 2.5 1.2 4.5.3 2.3.6 4 1.8 4 1.6 0 1.3-5 4-5s2.4 5 4 5c1.2 0 1.5-1.7 1.8-4 .2-2 .7-2.8 1.2-4.5.7-2.5.3-5.5-2.2-6.4-1.6-.6-3.3.2-4.8 1.1z"/>"#,
        Icon::Smile => r#"<circle cx="12" cy="12" r="8.5"/><path d="M8.3 13.8c.8 1.6 2.1 2.5 3.7 2.5s2.9-.9 3.7-2.5M9 9.5h.1M15 9.5h.1"/>"#,
        Icon::Truck => r#"<path d="M3 6.5h11v10H3zM14 10h4l3 3.2v3.3h-7"/><circle cx="7.5" cy="17.5" r="1.9"/><circle cx="17" cy="17.5" r="1.9"/>"#,
    }
}
