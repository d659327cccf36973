//! What the demo company's channels cost, day by day.

use app::spend::SpendEntry;
use base::{Currency, Money, Random as _, SeededRandom};
use jiff::civil::{Date, Weekday};

/// Apart from the people's own choices: another price of a click must not send other people.
const SEED: u64 = 4711;

/// What of an advertiser's budget is spent on a day.
struct Budget {
    channel: &'static str,
    campaign: &'static str,
    /// Minor units of a usual working day.
    usual_minor: i64,
    /// Share of it that is spent on a Saturday or Sunday.
    at_weekend: f64,
}

/// The two that are paid by the click. A click on a search costs more than twice one on a picture, and is worth it.
const BUDGETS: [Budget; 2] = [
    Budget { channel: "google-ads", campaign: "free-check", usual_minor: 64_000, at_weekend: 0.6 },
    Budget { channel: "instagram", campaign: "smile", usual_minor: 31_000, at_weekend: 0.8 },
];
/// The newsletter's tool costs 549 kroner a month, whatever is sent.
const NEWSLETTER_DAY_MINOR: i64 = 1_830;
/// A cinema ticket for whoever recommended the clinic to a friend, handed out on Fridays.
const THANKS_MINOR: i64 = 16_500;

/// What the channels cost on a day, the `number`th of the story; the same in every demo.
pub fn of_day(date: Date, number: u32, currency: Currency) -> Vec<SpendEntry> {
    let random = SeededRandom::new(SEED.wrapping_add(u64::from(number)));
    let is_weekend = matches!(date.weekday(), Weekday::Saturday | Weekday::Sunday);
    let entry = |channel: &str, campaign: &str, minor: i64, note: &str| SpendEntry {
        day: date.to_string(),
        until: None,
        channel: channel.to_owned(),
        amount: Money::new(minor, currency),
        campaign: campaign.to_owned(),
        note: note.to_owned(),
    };
    let paid = BUDGETS.iter().map(|budget| {
        // Auctions: a day costs between five sixths and seven sixths of the usual, more as the clinic grows.
        let mood = 0.83 + 0.34 * random.unit() + 0.002 * f64::from(number.min(100));
        let share = if is_weekend { budget.at_weekend } else { 1.0 };
        entry(budget.channel, budget.campaign, (budget.usual_minor as f64 * mood * share) as i64, "")
    });
    let mut entries: Vec<SpendEntry> = paid.collect();
    entries.push(entry("newsletter", "", NEWSLETTER_DAY_MINOR, ""));
    if date.weekday() == Weekday::Friday {
        let tickets = 1 + i64::try_from(random.below(3)).unwrap_or(0);
        entries.push(entry("recommendation", "", tickets * THANKS_MINOR, "cinema tickets as thanks"));
    }
    entries
}
