//! `/o/{slug}`: an offer, and its order by invoice.

use app::orders::{self, OfferOrder, OrderDetail};
use axum::extract::rejection::FormRejection;
use axum::extract::{Form, Path, State as Extract};
use axum::http::StatusCode;
use axum::response::Response;
use base::{Locale, Timestamp};
use funnel::form::{self, FieldError, FormDef, Submission, TOKEN_FIELD, Verdict};
use funnel::order::{Address, Buyer};
use funnel::page::ImageRef;
use serde::Serialize;
use serde_json::Value;
use store::offers::Offer;

use super::arrival::Arrival;
use super::pages::sign;
use super::render::{self, FormState, FormTarget, Html, MAX_QUANTITY, OfferView, OrderLineView, OrderView};
use super::visitor::Visitor;
use super::{Public, State, html};

const FORM_ID: &str = "order";

/// `GET /o/{slug}`.
pub(super) async fn show(Extract(public): State, visitor: Visitor, Path(slug): Path<String>) -> Response {
    match app::offers::published(&public.app, &slug).await {
        Ok(Some(offer)) => {
            note_view(&public, &offer, &visitor);
            draw(&public, &visitor, &offer, StatusCode::OK, None)
        }
        Ok(None) => public.not_found(&visitor),
        Err(error) => public.failed(&visitor, &error),
    }
}

fn scope(offer: &Offer) -> String {
    format!("offer {}", offer.id)
}

fn max_quantity(offer: &Offer) -> u32 {
    if offer.doc.look.asks_quantity { MAX_QUANTITY } else { 1 }
}

fn order_form(offer: &Offer, locale: &Locale) -> FormDef {
    let look = &offer.doc.look;
    let mut form = render::order_form(locale, max_quantity(offer));
    let is_company = |name: &str| matches!(name, "company" | "org_number");
    let is_address = |name: &str| matches!(name, "address" | "postal_code" | "city");
    form.fields.retain(|field| look.asks_company || !is_company(&field.name));
    form.fields.retain(|field| look.asks_address || !is_address(&field.name));
    let button = look.button.get(locale);
    if !button.is_empty() {
        form.submit_label = button.to_owned();
    }
    form
}

fn draw(
    public: &Public,
    visitor: &Visitor,
    offer: &Offer,
    status: StatusCode,
    state: Option<FormState<'_>>,
) -> Response {
    let (look, locale) = (public.look(), public.language(visitor));
    let token = form::issue_token(&scope(offer), visitor.now, |message| sign(public, message));
    let doc = &offer.doc;
    let headline = doc.look.headline.get(&locale);
    let features: Vec<String> = doc.features.iter().map(|feature| feature.get(&locale).to_owned()).collect();
    let image = ImageRef {
        src: doc.look.image.clone(),
        alt: doc.look.image_alt.get(&locale).to_owned(),
        ..ImageRef::default()
    };
    let guarantee = doc.guarantee.get(&locale);
    let form = order_form(offer, &locale);
    let view = OfferView {
        site: public.site(&look, visitor, &locale),
        name: if headline.is_empty() { doc.name.get(&locale) } else { headline },
        summary: "",
        description: doc.description.get(&locale),
        image: &image,
        features: &features,
        guarantee: (!guarantee.is_empty()).then_some(("", guarantee)),
        price: doc.price,
        compare_at: None,
        tax_rate_bp: u32::from(doc.tax_rate_bp),
        is_tax_included: doc.includes_tax,
        max_quantity: max_quantity(offer),
        deadline: None,
        is_open: true,
        form: Some(&form),
        target: FormTarget { action: visitor.path(), token: &token },
        state,
    };
    html(status, render::render_offer(&view))
}

/// `POST /o/{slug}`.
pub(super) async fn order(
    Extract(public): State,
    visitor: Visitor,
    Path(slug): Path<String>,
    pairs: Result<Form<Vec<(String, String)>>, FormRejection>,
) -> Response {
    let offer = match app::offers::published(&public.app, &slug).await {
        Ok(Some(offer)) => offer,
        Ok(None) => return public.not_found(&visitor),
        Err(error) => return public.failed(&visitor, &error),
    };
    match pairs {
        Ok(Form(pairs)) => take(&public, &visitor, &offer, &pairs).await,
        Err(rejection) => {
            let text = rejection.body_text();
            public.message(&visitor, rejection.status(), "", &text, render::render_form_error)
        }
    }
}

async fn take(public: &Public, visitor: &Visitor, offer: &Offer, pairs: &[(String, String)]) -> Response {
    let again = |errors: &[FieldError], is_stale: bool| {
        let state = FormState { form_id: FORM_ID, values: pairs, errors, is_stale, is_sent: false };
        draw(public, visitor, offer, StatusCode::UNPROCESSABLE_ENTITY, Some(state))
    };
    match form::judge(&scope(offer), pairs, visitor.now, |message| sign(public, message)) {
        Verdict::Person => {}
        // A robot's order is no order; it is shown the form again as anybody whose page is too old.
        Verdict::AskAgain(_) | Verdict::Robot(_) => return again(&[], true),
    }
    let locale = public.language(visitor);
    let answers = match form::validate(&order_form(offer, &locale), pairs, &locale) {
        Ok(answers) => answers,
        Err(errors) => return again(&errors, false),
    };
    let token = pairs.iter().find(|(name, _)| name == TOKEN_FIELD).map(|(_, value)| value.as_str()).unwrap_or_default();
    let request = request(public, visitor, offer, &answers, token, locale);
    match orders::place(&public.app, request).await {
        Ok(placed) => {
            tracing::info!(order = %placed.order.order.id, offer = offer.doc.slug, "an order was placed");
            show_order(public, visitor, &placed.order, render::render_order_confirmation)
        }
        Err(app::AppError::Invalid(problems)) => {
            let field = |path: &str| path.rsplit('.').next().unwrap_or(path).to_owned();
            let errors: Vec<FieldError> = problems
                .into_iter()
                .map(|problem| FieldError {
                    field: field(&problem.field),
                    code: form::ErrorCode::NotAChoice,
                    message: problem.message,
                })
                .collect();
            again(&errors, false)
        }
        Err(error) => public.failed(visitor, &error),
    }
}

fn request(
    public: &Public,
    visitor: &Visitor,
    offer: &Offer,
    answers: &Submission,
    token: &str,
    locale: Locale,
) -> OfferOrder {
    let field = |name: &str| answers.field(name).unwrap_or_default().to_owned();
    OfferOrder {
        offer: offer.doc.slug.clone(),
        quantity: field("quantity").parse().unwrap_or(1),
        buyer: Buyer {
            name: field("name"),
            email: answers.email.clone(),
            phone: field("phone"),
            company: field("company"),
            org_number: field("org_number"),
            address: Address {
                street: field("address"),
                postal_code: field("postal_code"),
                city: field("city"),
                ..Address::default()
            },
        },
        locale,
        consents: Vec::new(),
        channel: Arrival::of_deed(public, visitor).channel,
        origin: visitor.path().to_owned(),
        visitor: Some(visitor.key()),
        // With the address it names one sending of one person: see the forms of pages.
        form_token: Some(format!("{token} {}", answers.email)),
    }
}

/// `GET /order/{signed}`: the buyer comes back to the order by the link in its confirmation.
pub(super) async fn later(Extract(public): State, visitor: Visitor, Path(signed): Path<String>) -> Response {
    match orders::open_by_link(&public.app, &signed, &visitor.key(), visitor.is_robot).await {
        Ok(order) => {
            let invoice_number = order.order.invoice_number.map(|number| number.to_string());
            let draw = |view: &OrderView<'_>| {
                let of_system = render::Site { tracking: None, ..view.site };
                let view = OrderView { site: of_system, ..*view };
                render::render_order(&view, order.order.status, invoice_number.as_deref())
            };
            show_order(&public, &visitor, &order, draw)
        }
        Err(error) => public.failed(&visitor, &error),
    }
}

/// An order, drawn as its buyer sees it now.
fn show_order(
    public: &Public,
    visitor: &Visitor,
    order: &OrderDetail,
    draw: impl Fn(&OrderView<'_>) -> Html,
) -> Response {
    let look = public.look();
    let head = &order.order;
    let lines: Vec<OrderLineView> = order
        .lines
        .iter()
        .map(|line| OrderLineView {
            name: line.description.clone(),
            quantity: i64::from(line.quantity),
            sum: line.total,
        })
        .collect();
    let taxes: Vec<(u32, base::Money)> = head
        .taxes
        .iter()
        .map(|tax| (u32::from(tax.rate_bp), base::Money::new(tax.amounts.tax_minor, head.total.currency)))
        .collect();
    let address = &head.buyer.address;
    let buyer = [
        head.buyer.name.clone(),
        head.buyer.company.clone(),
        address.street.clone(),
        format!("{} {}", address.postal_code, address.city),
    ];
    let buyer: Vec<String> = buyer.into_iter().filter(|line| !line.trim().is_empty()).collect();
    let due = head.due_on.as_deref().and_then(|date| midnight(date, &look.company.zone()));
    let view = OrderView {
        site: public.site(&look, visitor, &head.locale),
        number: &head.number.to_string(),
        placed: head.placed_at,
        due,
        lines: &lines,
        net: head.net,
        taxes: &taxes,
        total: head.total,
        email: head.buyer.email.as_ref().map(|email| email.as_str()).unwrap_or_default(),
        buyer: &buyer.join("\n"),
        pay_to: &look.company.bank_account,
    };
    html(StatusCode::OK, draw(&view))
}

/// The start of a calendar date in the company's zone.
fn midnight(date: &str, zone: &jiff::tz::TimeZone) -> Option<Timestamp> {
    let date: jiff::civil::Date = date.parse().ok()?;
    Some(Timestamp::from_jiff(date.to_zoned(zone.clone()).ok()?.timestamp()))
}

/// What the log is told of an offer that was seen.
#[derive(Serialize)]
struct Seen<'a> {
    #[serde(flatten)]
    arrival: Arrival,
    #[serde(flatten)]
    offer: serde_json::Map<String, Value>,
    path: &'a str,
    device: &'static str,
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    is_bot: bool,
}

fn note_view(public: &Public, offer: &Offer, visitor: &Visitor) {
    let seen = Seen {
        arrival: Arrival::of_view(public, visitor),
        offer: app::offers::viewed_properties(offer),
        path: visitor.path(),
        device: visitor.device,
        is_bot: visitor.is_robot,
    };
    public.views.note("Offer Viewed", visitor, &seen);
}
