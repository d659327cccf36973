//! The page of an offer with its order form, and what the buyer sees afterwards.

use askama::Template;
use base::{Locale, Money, Timestamp};
use funnel::form::{FieldDef, FieldKind, FieldOption, FormDef};
use funnel::format;
use funnel::order::Status;
use funnel::page::{Icon, ImageRef};

use super::document::{Document, Head, Html, draw};
use super::form::FormHtml;
use super::icons::icon;
use super::markup::{self, Loading, clean, escape, fill};
use super::style::{Part, Parts};
use super::texts::Texts;
use super::view::{FormState, FormTarget, Site};

/// The most of one thing that can be ordered at once.
pub const MAX_QUANTITY: u32 = 50;

/// An offer as a visitor sees it.
#[derive(Debug, Clone, Copy)]
pub struct OfferView<'a> {
    /// What every page has.
    pub site: Site<'a>,
    /// What is offered.
    pub name: &'a str,
    /// In a sentence.
    pub summary: &'a str,
    /// In full; HTML as the editor writes it, cleaned here.
    pub description: &'a str,
    /// A picture of it.
    pub image: &'a ImageRef,
    /// What it includes.
    pub features: &'a [String],
    /// A promise: heading and text.
    pub guarantee: Option<(&'a str, &'a str)>,
    /// The price of one.
    pub price: Money,
    /// What it cost before.
    pub compare_at: Option<Money>,
    /// Hundredths of a per cent: 2500 is 25 %.
    pub tax_rate_bp: u32,
    /// Whether the price includes the tax, as it must towards consumers.
    pub is_tax_included: bool,
    /// The most one order may have, at most [`MAX_QUANTITY`].
    pub max_quantity: u32,
    /// When the offer ends.
    pub deadline: Option<Timestamp>,
    /// Whether it can be ordered.
    pub is_open: bool,
    /// What the order form says and asks beyond the usual; `None` takes [`order_form`].
    pub form: Option<&'a FormDef>,
    /// Where the order is sent.
    pub target: FormTarget<'a>,
    /// The order that was just sent and must be mended.
    pub state: Option<FormState<'a>>,
}

/// The order form's block id: what `FormState::form_id` names.
const ORDER_ID: &str = "order";

#[derive(Template)]
#[template(path = "site/offer.html")]
struct OfferTemplate<'a> {
    t: &'static Texts,
    img: String,
    name: &'a str,
    summary: &'a str,
    price: String,
    compare_at: String,
    tax_note: String,
    deadline: String,
    features: &'a [String],
    tick: String,
    description: String,
    shield: String,
    guarantee_heading: &'a str,
    guarantee_text: &'a str,
    is_open: bool,
    form: String,
}

/// What is asked of a buyer who pays by invoice. Validate with it what was sent: the names are `name`,
/// `company`, `org_number`, `email`, `phone`, `address`, `postal_code`, `city` and `quantity` (a number from 1).
pub fn order_form(locale: &Locale, max_quantity: u32) -> FormDef {
    let t = Texts::of(locale);
    let field = |name: &str, kind, label: &str, required, max_length| FieldDef {
        name: name.to_owned(),
        kind,
        label: label.to_owned(),
        required,
        max_length: Some(max_length),
        ..FieldDef::default()
    };
    let mut fields = vec![
        field("name", FieldKind::Text, t.name, true, 120),
        FieldDef { help: t.email_help.to_owned(), ..field("email", FieldKind::Email, t.email, true, 254) },
        field("phone", FieldKind::Phone, t.phone, false, 30),
        field("address", FieldKind::Text, t.address, true, 200),
        field("postal_code", FieldKind::Text, t.postal_code, true, 12),
        field("city", FieldKind::Text, t.city, true, 80),
        field("company", FieldKind::Text, t.company, false, 160),
        field("org_number", FieldKind::Text, t.company_number, false, 30),
    ];
    if max_quantity > 1 {
        let choice = |count: u32| FieldOption { value: count.to_string(), label: count.to_string() };
        fields.push(FieldDef {
            options: (1..=max_quantity.min(MAX_QUANTITY)).map(choice).collect(),
            value: "1".to_owned(),
            ..field("quantity", FieldKind::Select, t.quantity, true, 4)
        });
    }
    FormDef { name: t.order_heading.to_owned(), fields, submit_label: t.order_submit.to_owned(), ..FormDef::default() }
}

/// The page of an offer.
pub fn render_offer(view: &OfferView<'_>) -> Html {
    let site = &view.site;
    let t = Texts::of(site.locale);
    let usual = order_form(site.locale, view.max_quantity);
    let order = FormHtml {
        form: view.form.unwrap_or(&usual),
        id: ORDER_ID,
        locale: site.locale,
        target: view.target,
        variant: None,
        state: view.state,
        extra: total(view, t),
        submit: t.order_submit,
        note: t.order_note,
    };
    let (guarantee_heading, guarantee_text) = view.guarantee.unwrap_or_default();
    let body = draw(&OfferTemplate {
        t,
        img: markup::image(view.image, Loading::Eager, ""),
        name: view.name,
        summary: view.summary,
        price: format::money(view.price, site.locale),
        compare_at: view.compare_at.map(|price| format::money(price, site.locale)).unwrap_or_default(),
        tax_note: tax_note(view, t),
        deadline: view
            .deadline
            .map(|time| fill(t.order_by, "time", &format::date_time(time, site.time_zone, site.locale)))
            .unwrap_or_default(),
        features: view.features,
        tick: icon(Icon::Check),
        description: clean(view.description),
        shield: icon(Icon::Shield),
        guarantee_heading,
        guarantee_text,
        is_open: view.is_open,
        form: if view.is_open { order.render() } else { String::new() },
    });
    let parts = Parts::from([Part::Form, Part::Text, Part::Offer]);
    Document {
        site,
        head: Head::of_public(site, view.name, view.summary, &view.image.src),
        parts,
        body: &body,
        redirects: Vec::new(),
    }
    .render()
}

fn tax_note(view: &OfferView<'_>, t: &'static Texts) -> String {
    let text = match (view.tax_rate_bp, view.is_tax_included) {
        (0, _) => t.tax_none,
        (_, true) => t.tax_included,
        (_, false) => t.tax_excluded,
    };
    fill(text, "rate", &format::percent(view.tax_rate_bp, view.site.locale))
}

/// The sum below the form. With script it follows the quantity; without, the confirmation says it.
fn total(view: &OfferView<'_>, t: &'static Texts) -> String {
    let locale = view.site.locale;
    let chosen = view.state.and_then(|state| {
        let quantity = state.values.iter().find(|(name, _)| name == "quantity")?;
        quantity.1.trim().parse::<i64>().ok().filter(|count| (1..=i64::from(view.max_quantity)).contains(count))
    });
    let sum = view.price.times(chosen.unwrap_or(1)).unwrap_or(view.price);
    // The pattern is the money of nothing, whose only digit the script replaces.
    let pattern = format::money(Money::zero(view.price.currency), locale);
    format!(
        "<p class=\"tot\"><span>{}</span><b data-unit=\"{}\" data-digits=\"{}\" data-pattern=\"{}\" aria-live=\"polite\">{}</b></p>",
        escape(t.total),
        view.price.minor,
        view.price.currency.exponent(),
        escape(&pattern),
        escape(&format::money(sum, locale))
    )
}

/// One line of an order.
#[derive(Debug, Clone)]
pub struct OrderLineView {
    /// What was bought.
    pub name: String,
    /// How many.
    pub quantity: i64,
    /// What the line costs, tax included.
    pub sum: Money,
}

/// An order as its buyer sees it.
#[derive(Debug, Clone, Copy)]
pub struct OrderView<'a> {
    /// What every page has.
    pub site: Site<'a>,
    /// The number in the series.
    pub number: &'a str,
    /// When it was placed.
    pub placed: Timestamp,
    /// By when it is to be paid.
    pub due: Option<Timestamp>,
    /// What was bought.
    pub lines: &'a [OrderLineView],
    /// The sum without tax.
    pub net: Money,
    /// Tax by rate: hundredths of a per cent, amount.
    pub taxes: &'a [(u32, Money)],
    /// What is to be paid.
    pub total: Money,
    /// Where the confirmation was sent.
    pub email: &'a str,
    /// Name and address of the buyer, one part a line.
    pub buyer: &'a str,
    /// Where to pay, one part a line; empty when the invoice says it.
    pub pay_to: &'a str,
}

#[derive(Template)]
#[template(path = "site/order.html")]
struct OrderTemplate<'a> {
    t: &'static Texts,
    tick: String,
    heading: &'a str,
    text: String,
    lines: Vec<LineHtml<'a>>,
    sums: Vec<(String, String)>,
    facts: Vec<(&'static str, String)>,
}

struct LineHtml<'a> {
    name: &'a str,
    quantity: String,
    sum: String,
}

/// What the buyer sees once the order is placed.
pub fn render_order_confirmation(view: &OrderView<'_>) -> Html {
    let t = Texts::of(view.site.locale);
    let words = OrderWords {
        tick: icon(Icon::Check),
        heading: t.order_done_heading.to_owned(),
        text: fill(t.order_done_text, "email", view.email),
        invoice_number: "",
        is_open: true,
    };
    draw_order(view, words)
}

/// What the buyer sees who comes back to the order later.
pub fn render_order(view: &OrderView<'_>, status: Status, invoice_number: Option<&str>) -> Html {
    let t = Texts::of(view.site.locale);
    let [placed, invoiced, paid, cancelled, refunded] = t.order_states;
    let (state, text) = match status {
        Status::Placed => (Icon::Check, placed),
        Status::Invoiced => (Icon::Check, invoiced),
        Status::Paid => (Icon::Check, paid),
        Status::Cancelled => (Icon::Clock, cancelled),
        Status::Refunded => (Icon::Clock, refunded),
    };
    let words = OrderWords {
        tick: icon(state),
        heading: fill(t.order_heading_later, "number", view.number),
        text: text.to_owned(),
        invoice_number: invoice_number.unwrap_or_default(),
        is_open: matches!(status, Status::Placed | Status::Invoiced),
    };
    draw_order(view, words)
}

/// What the page of an order says around its lines.
struct OrderWords<'a> {
    tick: String,
    heading: String,
    text: String,
    invoice_number: &'a str,
    /// Whether there is something left to pay.
    is_open: bool,
}

fn draw_order(view: &OrderView<'_>, words: OrderWords<'_>) -> Html {
    let (site, locale) = (&view.site, view.site.locale);
    let t = Texts::of(locale);
    let exact = |money| format::money_exact(money, locale);
    let mut sums = vec![(t.net.to_owned(), exact(view.net))];
    for (rate, tax) in view.taxes {
        sums.push((fill(t.tax, "rate", &format::percent(*rate, locale)), exact(*tax)));
    }
    sums.push((if words.is_open { t.to_pay } else { t.total }.to_owned(), exact(view.total)));
    let day = |time| format::date(time, site.time_zone, locale);
    let if_open = |text: String| if words.is_open { text } else { String::new() };
    let facts = [
        (t.order_number, view.number.to_owned()),
        (t.invoice_number, words.invoice_number.to_owned()),
        (t.order_date, day(view.placed)),
        (t.pay_by, if_open(view.due.map(day).unwrap_or_default())),
        (t.pay_to, if_open(view.pay_to.to_owned())),
        (t.ordered_by, view.buyer.to_owned()),
    ];
    let body = draw(&OrderTemplate {
        t,
        tick: words.tick,
        heading: &words.heading,
        text: words.text,
        lines: view
            .lines
            .iter()
            .map(|line| LineHtml {
                name: &line.name,
                quantity: format::integer(line.quantity, locale),
                sum: exact(line.sum),
            })
            .collect(),
        sums,
        facts: facts.into_iter().filter(|(_, value)| !value.trim().is_empty()).collect(),
    });
    let parts = Parts::from([Part::Form, Part::Offer, Part::System]);
    Document { site, head: Head::of_system(site, &words.heading), parts, body: &body, redirects: Vec::new() }.render()
}
