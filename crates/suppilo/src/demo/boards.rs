//! The dashboard that the demo company begins with, in its own language.

use app::dashboards;
use app::saved_insights;
use app::{Actor, App};
use serde_json::{Value, json};

use crate::commands::Failure;

/// Thirty days rather than the month of the calendar, of which the first days show nothing.
const PERIOD: &str = "30d";

/// A saved insight and its place: name and description in English and Norwegian, question, view, width and height.
struct Saved {
    name: [&'static str; 2],
    description: [&'static str; 2],
    query: Value,
    view: Value,
    width: u8,
    height: u8,
}

/// Make the dashboard and the insights that it shows.
pub async fn make(app: &App, marketer: &Actor) -> Result<(), Failure> {
    let company = app.company();
    let language = usize::from(company.default_locale().as_str() == "nb");
    let mut tiles = Vec::new();
    for saved in insights(&company.timezone, language) {
        let request = json!({
            "name": saved.name[language], "description": saved.description[language],
            "query": saved.query, "view": saved.view,
        });
        let made = saved_insights::create(app, marketer, serde_json::from_value(request)?).await?;
        tiles.push(json!({"insight_id": made.id, "width": saved.width, "height": saved.height}));
    }
    let text = [
        "**How to read this.** The funnel counts the people who visited in the period, by the channel that first brought \
         them. Click a number to see who they are.",
        "**Slik leser du dette.** Trakten teller dem som besøkte nettstedet i perioden, fordelt på kanalen som først \
         førte dem hit. Klikk på et tall for å se hvem de er.",
    ];
    // Beside the funnel.
    tiles.insert(3, json!({"id": "how-to-read", "text": text[language], "width": 4, "height": 6}));
    let name = ["Growth this month", "Vekst denne måneden"];
    let description = [
        "Where people come from, what becomes of them, and whether they come back.",
        "Hvor folk kommer fra, hva det blir av dem, og om de kommer tilbake.",
    ];
    let request = json!({
        "name": name[language], "description": description[language], "tiles": tiles,
        "period": {"period": PERIOD}, "is_pinned": true,
    });
    dashboards::create(app, marketer, serde_json::from_value(request)?).await?;
    Ok(())
}

fn insights(time_zone: &str, language: usize) -> Vec<Saved> {
    let step = |event: &str, name: [&str; 2]| json!({"event": event, "name": name[language]});
    vec![
        Saved {
            name: ["Leads each day", "Henvendelser per dag"],
            description: [
                "People who left their address, and the mean of a week.",
                "De som la igjen adressen sin, og snittet av en uke.",
            ],
            query: json!({"insight": "trend", "event": "Lead Captured", "measure": "unique", "interval": "day",
                "moving_average": 7, "time_zone": time_zone}),
            view: json!({"period": PERIOD, "chart": "line"}),
            width: 6,
            height: 4,
        },
        Saved {
            name: ["Revenue each day", "Omsetning per dag"],
            description: ["What was ordered, with tax.", "Det som ble bestilt, med mva."],
            query: json!({"insight": "trend", "event": "Order Completed", "measure": "sum", "prop": "value",
                "interval": "day", "time_zone": time_zone}),
            view: json!({"period": PERIOD, "chart": "bars"}),
            width: 6,
            height: 4,
        },
        Saved {
            name: ["From visit to order, by channel", "Fra besøk til bestilling, etter kanal"],
            description: [
                "Each channel by the visit that brought them.",
                "Hver kanal etter besøket som førte dem hit.",
            ],
            query: json!({"insight": "funnel", "order": "ordered", "window_s": 30 * 86_400,
                "breakdown": {"prop": "channel", "attribution": "first_touch"},
                "steps": [step("Page Viewed", ["Visit", "Besøk"]), step("Lead Captured", ["Lead", "Henvendelse"]),
                    step("Offer Viewed", ["Offer seen", "Tilbud sett"]), step("Order Completed", ["Order", "Bestilling"])]}),
            view: json!({"period": PERIOD, "chart": "funnel"}),
            width: 8,
            height: 6,
        },
        Saved {
            name: ["Leads who come back, week by week", "Henvendelser som kommer tilbake, uke for uke"],
            description: [
                "People by the week in which they left their address, and how many were seen in the weeks after.",
                "Folk etter uken de la igjen adressen sin, og hvor mange som ble sett i ukene etter.",
            ],
            query: json!({"insight": "retention", "event": "Lead Captured", "period": "week", "periods": 5,
                "returning": ["Page Viewed", "Lead Magnet Downloaded", "Offer Viewed", "Order Completed"],
                "time_zone": time_zone}),
            view: json!({"period": PERIOD, "chart": "heat"}),
            width: 6,
            height: 6,
        },
        Saved {
            name: ["Ways to an order", "Veier til en bestilling"],
            description: [
                "What people do next, as long as no week passes between.",
                "Hva folk gjør videre, så lenge det ikke går en uke imellom.",
            ],
            query: json!({"insight": "paths", "by_prop": {"Page Viewed": "path"}, "max_steps": 5, "top": 20,
                "session_gap_s": 7 * 86_400,
                "events": ["Page Viewed", "Lead Captured", "Lead Magnet Downloaded", "Offer Viewed", "Order Completed"]}),
            view: json!({"period": PERIOD, "chart": "sankey"}),
            width: 6,
            height: 6,
        },
    ]
}
