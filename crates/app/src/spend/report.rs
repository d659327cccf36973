//! What a lead and a sale cost by channel: the funnel report broken down by channel, beside what was spent.

use std::collections::{BTreeMap, HashMap, HashSet};

use base::{Currency, Money, Timestamp};
use insight::costs::{CostSteps, Costs, Effort, cost_steps};
use insight::funnel::{self, At, FunnelAnswer, PersonAtStep};
use insight::query::{Attribution, Filter as StepFilter, FunnelQuery, Query};
use insight::record::{Plan, Record, Records, Value};
use serde::{Deserialize, Serialize};
use store::spend::Filter;

use crate::{Actor, App, AppError, Result, insights, permission::Permission};

const CHANNEL: &str = "channel";
const ORDER_COMPLETED: &str = "Order Completed";
/// An order of which one of these is told brought nothing.
const UNDONE: [&str; 2] = ["Order Cancelled", "Order Refunded"];

/// Which funnel over which time.
#[derive(Debug, Clone, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct SpendReportQuery {
    /// A funnel, as `POST /api/v1/insights/query` takes it, broken down by the property `channel`.
    #[schema(value_type = insight::query::Query)]
    pub query: serde_json::Value,
}

/// What one channel cost and brought.
#[derive(Debug, Clone, PartialEq, Serialize, utoipa::ToSchema)]
pub struct ChannelCosts {
    /// The channel's id; empty for people of whom none is known.
    pub channel: String,
    #[serde(flatten)]
    pub costs: Costs,
}

/// Spend that is not counted, for it is in another currency.
#[derive(Debug, Clone, PartialEq, Serialize, utoipa::ToSchema)]
pub struct OtherSpend {
    /// The channel's id.
    pub channel: String,
    /// How much.
    pub amount: Money,
}

/// What a lead and a sale cost, by channel.
#[derive(Debug, Clone, PartialEq, Serialize, utoipa::ToSchema)]
pub struct SpendReport {
    /// What all amounts are in: the company's currency.
    #[schema(value_type = String)]
    pub currency: Currency,
    /// The first day whose spend is counted, in the company's zone; null for all.
    #[schema(required)]
    pub first_day: Option<String>,
    /// The last such day.
    #[schema(required)]
    pub last_day: Option<String>,
    /// The step (from 0) at which people count as leads.
    pub lead_step: usize,
    /// The step at which people count as buyers.
    pub sale_step: usize,
    /// Whether revenue can be told: each person counts in one channel, and a sale is any completed order.
    pub has_revenue: bool,
    /// Each channel that brought people or cost something; the dearest first, then the one with most leads.
    pub channels: Vec<ChannelCosts>,
    /// All of them. A person who counts in several channels counts once here.
    pub total: Costs,
    /// What is left out, for it is in another currency.
    pub other_currencies: Vec<OtherSpend>,
}

/// What a lead and a sale cost, by channel.
///
/// Leads and buyers are the people of the funnel's steps (see [`cost_steps`]), split as the question asks. Spend
/// is that of the days which the question's period touches. Revenue is what the buyers' completed orders of the
/// period come to without tax, less those cancelled or refunded since.
pub async fn report(app: &App, actor: &Actor, request: SpendReportQuery) -> Result<SpendReport> {
    actor.may(Permission::SpendRead)?;
    actor.may(Permission::InsightsRead)?;
    let query = match insights::read(app, actor, request.query).await? {
        Query::Funnel(query) if query.breakdown.as_ref().is_some_and(|by| by.prop.only() == Some(CHANNEL)) => query,
        _ => {
            let message = "ask for a funnel with the breakdown {\"prop\": \"channel\"}";
            return Err(AppError::invalid("query.breakdown", "channel", message));
        }
    };
    let steps = cost_steps(&query);
    let currency = app.company().currency;
    let (first_day, last_day) = days_of(app, &query);
    let filter = Filter { from: first_day.clone(), to: last_day.clone(), channel: None };
    let (own, other): (Vec<_>, Vec<_>) = store::spend::sums(app.store.reader(), &filter)
        .await?
        .into_iter()
        .partition(|(_, sum)| sum.currency == currency);

    let has_revenue = has_revenue(&query, steps);
    let orders = if has_revenue { app.log.scan(&orders_plan(&query)).await? } else { Records::default() };
    let records = app.log.scan(&funnel::plan(&query)).await?;
    let (answer, buyers) = insights::off_the_runtime(move || {
        let buyers = funnel::people(&query, &records, steps.sale, At::Converted, None);
        let revenue = has_revenue.then(|| revenue(&buyers, &paid(&query, &orders, currency)));
        (funnel::funnel(&query, &records), revenue)
    })
    .await?;
    let efforts = efforts(&own, &answer, steps, buyers.as_ref());
    let total = Effort {
        spend_minor: efforts.values().filter_map(|effort| effort.spend_minor).reduce(|sum, minor| sum + minor),
        leads: answer.counts.get(steps.lead).copied().unwrap_or(0),
        sales: answer.counts.get(steps.sale).copied().unwrap_or(0),
        revenue_minor: buyers.map(|revenue| revenue.values().sum()),
    };
    Ok(SpendReport {
        currency,
        first_day,
        last_day,
        lead_step: steps.lead,
        sale_step: steps.sale,
        has_revenue,
        channels: sorted(efforts),
        total: total.costs(),
        other_currencies: other.into_iter().map(|(channel, amount)| OtherSpend { channel, amount }).collect(),
    })
}

/// The days of the company's calendar that the period touches.
fn days_of(app: &App, query: &FunnelQuery) -> (Option<String>, Option<String>) {
    let zone = app.company().zone();
    let day = |at: Timestamp| at.to_jiff().to_zoned(zone.clone()).date().to_string();
    (query.from.map(day), query.to.map(|to| day(to.plus_ms(-1))))
}

/// Whether what buyers paid can be told apart by channel: a person counts in one channel only, and every order
/// of a buyer belongs to the sale.
fn has_revenue(query: &FunnelQuery, steps: CostSteps) -> bool {
    let is_of_one = query
        .breakdown
        .as_ref()
        .is_some_and(|by| matches!(by.attribution, Attribution::FirstTouch | Attribution::LastTouch));
    let sale = &query.steps[steps.sale];
    is_of_one && sale.event.0.iter().any(|name| name == ORDER_COMPLETED) && sale.filter == StepFilter::default()
}

/// Where each value stands in a row of [`orders_plan`].
const COLUMNS: [&str; 5] = ["value", "tax", "currency", "order", "order_id"];

/// The orders of the period, and what became of them until today.
fn orders_plan(query: &FunnelQuery) -> Plan {
    let mut names = vec![ORDER_COMPLETED.to_owned()];
    names.extend(UNDONE.map(str::to_owned));
    Plan {
        names: Some(names),
        columns: COLUMNS.map(str::to_owned).to_vec(),
        from: query.from,
        to: None,
        is_loose: false,
    }
}

/// The number of an order: our own id, else the one that another shop gave it.
fn order_of(row: &Record) -> Option<String> {
    [3, 4].into_iter().find_map(|column| match &row.values[column] {
        Value::Text(text) => Some(text.to_string()),
        Value::Number(number) => Some(number.to_string()),
        _ => None,
    })
}

/// What each person's orders of the period come to in minor units, without tax. Orders in other currencies, those
/// undone since, and a second telling of the same order are left out.
fn paid(query: &FunnelQuery, orders: &Records, currency: Currency) -> HashMap<u32, i64> {
    let name = |row: &Record| orders.names.get(row.name as usize).map_or("", |name| &**name);
    let undone: HashSet<String> =
        orders.rows.iter().filter(|row| UNDONE.contains(&name(row))).filter_map(order_of).collect();
    let to_ms = funnel::plan(query).to.map_or(i64::MAX, Timestamp::ms);
    let scale = 10f64.powi(i32::try_from(currency.exponent()).unwrap_or(2));
    let mut told = HashSet::new();
    let mut sums: HashMap<u32, i64> = HashMap::new();
    for row in orders.rows.iter().filter(|row| name(row) == ORDER_COMPLETED && row.at_ms < to_ms) {
        let is_ours = matches!(&row.values[2], Value::Text(code) if **code == *currency.code());
        let Value::Number(value) = row.values[0] else { continue };
        let order = order_of(row);
        if !is_ours || order.as_ref().is_some_and(|order| undone.contains(order) || !told.insert(order.clone())) {
            continue;
        }
        let tax = if let Value::Number(tax) = row.values[1] { tax } else { 0.0 };
        *sums.entry(row.person).or_default() += ((value - tax) * scale).round() as i64;
    }
    sums
}

/// What the buyers of each channel paid.
fn revenue(buyers: &[PersonAtStep], paid: &HashMap<u32, i64>) -> BTreeMap<String, i64> {
    let mut by_channel = BTreeMap::new();
    for buyer in buyers {
        let channel = buyer.value.as_deref().unwrap_or_default();
        *by_channel.entry(channel.to_owned()).or_default() += paid.get(&buyer.person).copied().unwrap_or(0);
    }
    by_channel
}

fn efforts(
    spend: &[(String, Money)],
    answer: &FunnelAnswer,
    steps: CostSteps,
    revenue: Option<&BTreeMap<String, i64>>,
) -> BTreeMap<String, Effort> {
    let revenue_of = |channel: &str| revenue.map(|revenue| revenue.get(channel).copied().unwrap_or(0));
    let mut efforts: BTreeMap<String, Effort> = BTreeMap::new();
    for (channel, counts) in answer.breakdown.iter().flatten() {
        let effort = Effort {
            spend_minor: None,
            leads: counts.get(steps.lead).copied().unwrap_or(0),
            sales: counts.get(steps.sale).copied().unwrap_or(0),
            revenue_minor: revenue_of(channel),
        };
        efforts.insert(channel.clone(), effort);
    }
    for (channel, sum) in spend {
        let brought_nobody = Effort { revenue_minor: revenue_of(channel), ..Effort::default() };
        efforts.entry(channel.clone()).or_insert(brought_nobody).spend_minor = Some(sum.minor);
    }
    efforts
}

fn sorted(efforts: BTreeMap<String, Effort>) -> Vec<ChannelCosts> {
    let mut channels: Vec<ChannelCosts> =
        efforts.into_iter().map(|(channel, effort)| ChannelCosts { channel, costs: effort.costs() }).collect();
    // Stable: of equals the first in the alphabet.
    channels.sort_by_key(|row| std::cmp::Reverse((row.costs.spend_minor, row.costs.leads)));
    channels
}
