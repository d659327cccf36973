//! The tables of a funnel's answer, the steps first.

use std::borrow::Cow;

use insight::funnel::{
    BreakdownSteps, Change, FunnelAnswer, FunnelTrendPoint, HistogramAnswer, Rest, StepAnswer, Survival,
};
use insight::query::FunnelQuery;

use super::answers::{Named, OTHER_VALUES, day, value_name, zone};
use super::table::{Cell, Table};

const STEP_HEADER: [&str; 16] = [
    "Step",
    "Name",
    "People",
    "Share of the step before",
    "Share, 95 % low",
    "Share, 95 % high",
    "Share of the first step",
    "Lost before this step",
    "Mean seconds from the step before",
    "Median seconds from the step before",
    "A quarter within seconds",
    "Three quarters within seconds",
    "Nine of ten within seconds",
    "Nineteen of twenty within seconds",
    "Sum of the values",
    "Mean value",
];

fn step(index: usize, step: &StepAnswer) -> Vec<Cell<'_>> {
    vec![
        Cell::Count(index as u64 + 1),
        Cell::text(&step.name),
        Cell::Count(step.count),
        Cell::Share(step.conversion_from_prev),
        Cell::Share(step.ci_low),
        Cell::Share(step.ci_high),
        Cell::Share(step.conversion_from_first),
        Cell::Count(step.dropped),
        Cell::number(step.avg_s),
        Cell::number(step.median_s),
        Cell::number(step.p25_s),
        Cell::number(step.p75_s),
        Cell::number(step.p90_s),
        Cell::number(step.p95_s),
        Cell::number(step.value_sum),
        Cell::number(step.value_mean.flatten()),
    ]
}

/// What the tables of one period are called.
struct Names {
    steps: Named,
    breakdown: Named,
    time_to_convert: Named,
    trend: Named,
    survival: Named,
}

const FIRST: Names = Names {
    steps: ("steps", "Steps"),
    breakdown: ("breakdown", "Breakdown"),
    time_to_convert: ("time_to_convert", "Time to convert"),
    trend: ("trend", "By entry"),
    survival: ("survival", "Conversion over time"),
};

const SECOND: Names = Names {
    steps: ("compared", "Second period"),
    breakdown: ("compared_breakdown", "Second period, breakdown"),
    time_to_convert: ("compared_time_to_convert", "Second period, time"),
    trend: ("compared_trend", "Second period, by entry"),
    survival: ("compared_survival", "Second period, over time"),
};

/// All tables; those of a second period after a table of what changed.
pub(super) fn tables<'a>(query: &'a FunnelQuery, answer: &'a FunnelAnswer) -> Vec<Table<'a>> {
    let mut tables = of_period(&FIRST, query, answer);
    if let Some(second) = &answer.compared {
        tables.push(changes(answer, second));
        tables.extend(of_period(&SECOND, query, second));
    }
    tables
}

fn of_period<'a>(names: &Names, query: &'a FunnelQuery, answer: &'a FunnelAnswer) -> Vec<Table<'a>> {
    let mut tables = vec![steps(names.steps, answer)];
    if let Some(values) = &answer.breakdown_steps {
        tables.push(breakdown(names.breakdown, answer, values, answer.rest.as_ref()));
    }
    tables.extend(answer.time_to_convert.as_ref().map(|bars| histogram(names.time_to_convert, bars)));
    tables.extend(answer.trend.as_ref().map(|points| by_entry(names.trend, query, answer, points)));
    tables.extend(answer.survival.as_ref().map(|curve| survival(names.survival, curve)));
    tables
}

fn steps<'a>((word, title): Named, answer: &'a FunnelAnswer) -> Table<'a> {
    let rows = answer.steps.iter().enumerate().map(|(index, answer)| step(index, answer));
    Table::new(word, title, STEP_HEADER, answer.steps.len(), rows)
}

const CHANGE_HEADER: [&str; 14] = [
    "Step",
    "Name",
    "Share of the step before",
    "Second period",
    "Difference",
    "Difference, 95 % low",
    "Difference, 95 % high",
    "Chance of it without a change (p)",
    "Share of the first step",
    "Second period, of the first",
    "Difference, of the first",
    "Of the first, 95 % low",
    "Of the first, 95 % high",
    "Of the first, p",
];

/// What became of each step but the first since the second period, of the step before and of the first.
fn changes<'a>(answer: &'a FunnelAnswer, second: &'a FunnelAnswer) -> Table<'a> {
    let changed = |now: f64, then: f64, change: Option<&Change>| {
        let difference = change.map(|change| [change.diff, change.ci_low, change.ci_high].map(Cell::Share));
        let cells = difference.unwrap_or([Cell::Empty, Cell::Empty, Cell::Empty]);
        let chance = Cell::number(change.and_then(|change| change.p_value));
        [Cell::Share(now), Cell::Share(then)].into_iter().chain(cells).chain([chance])
    };
    let pairs = answer.steps.iter().zip(&second.steps).enumerate().skip(1);
    let rows = pairs.map(move |(index, (now, then))| {
        let previous = changed(now.conversion_from_prev, then.conversion_from_prev, now.change.as_ref());
        let first = changed(now.conversion_from_first, then.conversion_from_first, now.change_from_first.as_ref());
        [Cell::Count(index as u64 + 1), Cell::text(&now.name)].into_iter().chain(previous).chain(first).collect()
    });
    Table::new("changes", "What changed", CHANGE_HEADER, answer.steps.len().saturating_sub(1), rows)
}

fn by_entry<'a>(
    (word, title): Named,
    query: &'a FunnelQuery,
    answer: &'a FunnelAnswer,
    points: &'a [FunnelTrendPoint],
) -> Table<'a> {
    let zone = zone(query.trend.as_ref().map_or("UTC", |trend| &trend.time_zone));
    let names = answer.steps.iter().map(|step| Cow::Borrowed(step.name.as_str()));
    let header = [Cow::Borrowed("Entered from")].into_iter().chain(names);
    let header = header.chain(["Share of the first step", "Unfinished"].map(Cow::Borrowed));
    let rows = points.iter().map(move |point| {
        let counts = point.counts.iter().map(|count| Cell::Count(*count));
        let share = point.conversion.map_or(Cell::Empty, Cell::Share);
        let is_unfinished = Cell::text(if point.is_unfinished { "yes" } else { "no" });
        [day(point.start, &zone)].into_iter().chain(counts).chain([share, is_unfinished]).collect()
    });
    Table::new(word, title, header, points.len(), rows)
}

fn survival((word, title): Named, curve: &Survival) -> Table<'_> {
    let rows = curve.points.iter().map(|point| {
        let shares = [point.converted, point.ci_low, point.ci_high].map(Cell::Share);
        [Cell::Number(point.s)].into_iter().chain(shares).chain([Cell::Count(point.at_risk)]).collect()
    });
    let header = ["Seconds", "Come through", "95 % low", "95 % high", "Still seen and not through"];
    Table::new(word, title, header, curve.points.len(), rows)
}

fn breakdown<'a>(
    (word, title): Named,
    answer: &'a FunnelAnswer,
    values: &'a [BreakdownSteps],
    rest: Option<&'a Rest>,
) -> Table<'a> {
    // One column for each property.
    let width = values.iter().filter_map(|value| value.values.as_ref()).map(Vec::len).max().unwrap_or(1);
    let of_value = |value: &'a BreakdownSteps| {
        let names: Vec<_> = match &value.values {
            Some(parts) => parts.iter().map(|part| Cell::Text(value_name(part))).collect(),
            None => vec![Cell::Text(value_name(&value.value))],
        };
        let row = move |(index, answer)| names.iter().cloned().chain(step(index, answer)).collect();
        value.steps.iter().enumerate().map(row)
    };
    // The rest is a sum of people who may be in several values: shares of it would say nothing.
    let rest = rest.filter(|rest| rest.values > 0);
    let of_rest = rest.into_iter().flat_map(move |rest| {
        rest.counts.iter().zip(&answer.steps).enumerate().map(move |(index, (count, step))| {
            let number = Cell::Count(index as u64 + 1);
            let names = std::iter::repeat_n(Cell::Text(OTHER_VALUES.into()), width);
            names.chain([number, Cell::text(&step.name), Cell::Count(*count)]).collect()
        })
    });
    let row_count = values.iter().map(|value| value.steps.len()).sum::<usize>() + rest.map_or(0, |r| r.counts.len());
    let header = ["Value", "Second value"].into_iter().take(width).chain(STEP_HEADER);
    Table::new(word, title, header, row_count, values.iter().flat_map(of_value).chain(of_rest))
}

fn histogram((word, title): Named, answer: &HistogramAnswer) -> Table<'_> {
    let row = |(from_s, people): &(f64, u64)| {
        vec![Cell::Number(*from_s), Cell::Number(from_s + answer.width_s), Cell::Count(*people)]
    };
    let header = ["From seconds", "To seconds", "People"];
    Table::new(word, title, header, answer.bins.len(), answer.bins.iter().map(row))
}
