//! `POST /f/{page}`: a form that was sent.

use app::capture::{self, Captured, Sent};
use axum::extract::rejection::FormRejection;
use axum::extract::{Form, Path, State as Extract};
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};
use base::{Id, id};
use funnel::form::{self, FORM_FIELD, FieldError, TOKEN_FIELD, VARIANT_FIELD, Verdict};

use super::arrival::Arrival;
use super::pages::{draw, sign};
use super::render::{self, FormState};
use super::visitor::Visitor;
use super::{Public, State};

type Pairs = Vec<(String, String)>;

/// Take a form: a lead, or the page again with what must be mended.
pub(super) async fn submit(
    Extract(public): State,
    visitor: Visitor,
    Path(page): Path<String>,
    pairs: Result<Form<Pairs>, FormRejection>,
) -> Response {
    let Ok(page) = page.parse::<Id<id::Page>>() else { return public.not_found(&visitor) };
    let pairs = match pairs {
        Ok(Form(pairs)) => pairs,
        Err(rejection) => {
            let status = rejection.status();
            return public.message(&visitor, status, "", &rejection.body_text(), render::render_form_error);
        }
    };
    take(&public, &visitor, page, &pairs).await
}

async fn take(public: &Public, visitor: &Visitor, page_id: Id<id::Page>, pairs: &Pairs) -> Response {
    let look = public.look();
    let answer = |name: &str| pairs.iter().find(|(field, _)| field == name).map_or("", |(_, value)| value.as_str());
    let (form_id, variant) = (answer(FORM_FIELD), answer(VARIANT_FIELD));
    // Of the languages the page is published in, the one the form was on.
    let on_page =
        look.site.of_page(page_id).find(|page| page.doc.form(form_id).is_some() && is_from(visitor, &page.slug));
    let Some(page) = on_page.or_else(|| look.site.of_page(page_id).find(|page| page.doc.form(form_id).is_some()))
    else {
        return public.not_found(visitor);
    };
    let seen = page.variants.iter().find(|(id, _)| id == variant);
    let (doc, variant) = seen.map_or((&page.doc, None), |(id, doc)| (doc, Some(id.as_str())));
    let Some(block) = doc.form(form_id) else { return public.not_found(visitor) };
    let again = |errors: &[FieldError], is_stale: bool| {
        let state = FormState { form_id, values: pairs, errors, is_stale, is_sent: false };
        draw(public, &look, visitor, page, doc, variant, StatusCode::UNPROCESSABLE_ENTITY, state)
    };
    match form::judge(&page_id.to_string(), pairs, visitor.now, |message| sign(public, message)) {
        Verdict::Person => {}
        Verdict::AskAgain(_) => return again(&[], true),
        Verdict::Robot(reason) => {
            tracing::info!(reason, path = page.slug, "a robot's form was not taken");
            return thanks(&page.slug, form_id, &block.form.redirect_url);
        }
    }
    let answers = match form::validate(&block.form, pairs, &page.locale) {
        Ok(answers) => answers,
        Err(errors) => return again(&errors, false),
    };
    let arrival = Arrival::of_deed(public, visitor);
    let sent = Sent {
        page_id,
        page_name: &page.name,
        form_id,
        form: &block.form,
        locale: page.locale.clone(),
        path: format!("/{}", page.slug),
        variant: variant.map(str::to_owned),
        token: once(public, answer(TOKEN_FIELD), form_id, answers.email.as_str()),
        visitor: visitor.key(),
        touch: arrival.campaign().map(|(name, value)| (name.to_owned(), value.into())).collect(),
        channel: arrival.channel,
        answers,
    };
    match capture::submit(&public.app, sent).await {
        Ok(Captured::Now | Captured::AwaitsConfirmation | Captured::Repeated) => {
            thanks(&page.slug, form_id, &block.form.redirect_url)
        }
        Err(error) => public.failed(visitor, &error),
    }
}

fn is_from(visitor: &Visitor, slug: &str) -> bool {
    crate::ingest::path(visitor.referrer()).is_some_and(|path| path.trim_start_matches('/') == slug)
}

/// A page's token is the same for all who got it in one millisecond; with the form and the address it names
/// one sending of one person.
fn once(public: &Public, token: &str, form_id: &str, email: &str) -> String {
    base::hex(&public.app.signer.mac("form once", format!("{token}\n{form_id}\n{email}").as_bytes()))
}

/// See other: loading the page again must not send the form again.
fn thanks(slug: &str, form_id: &str, redirect_url: &str) -> Response {
    let safe = funnel::page::safe_url(redirect_url).filter(|url| !url.is_empty());
    let location = safe.map(str::to_owned).unwrap_or_else(|| {
        let form_id: String = url::form_urlencoded::byte_serialize(form_id.as_bytes()).collect();
        format!("/{slug}?sent={form_id}#{form_id}")
    });
    (StatusCode::SEE_OTHER, [(header::LOCATION, location)]).into_response()
}
