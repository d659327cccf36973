//! Links that came by mail: download, confirm, unsubscribe.
//!
//! Programs in front of a mailbox open every link, so a `GET` confirms nothing and unsubscribes nobody.

use app::capture;
use app::links::{self, Link};
use app::magnets;
use axum::extract::{Path, State as Extract};
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use base::id;
use store::magnets::Gift;

use super::render::{self, ConfirmView, ExpiredView, UnsubscribeView};
use super::visitor::Visitor;
use super::{Public, State, files, html};

/// `GET /d/{signed}`: the lead magnet.
pub(super) async fn download(Extract(public): State, visitor: Visitor, Path(signed): Path<String>) -> Response {
    let app = &public.app;
    match magnets::download(app, &signed, Some(&visitor.key()), visitor.is_robot).await {
        Ok(Gift::File(id)) => files::send(&public, &visitor, id, files::Disposition::Attachment).await,
        Ok(Gift::Url(url)) => match HeaderValue::from_str(&url) {
            Ok(location) => (StatusCode::FOUND, [(header::LOCATION, location)]).into_response(),
            Err(_) => public.not_found(&visitor),
        },
        Ok(Gift::Code(code)) => public.message(&visitor, StatusCode::OK, &code, " ", render::render_thanks),
        Err(app::AppError::Conflict { code: "link_expired", .. }) => expired(&public, &visitor),
        Err(error) => public.failed(&visitor, &error),
    }
}

fn expired(public: &Public, visitor: &Visitor) -> Response {
    let (look, locale) = (public.look(), public.language(visitor));
    let site = render::Site { tracking: None, ..public.site(&look, visitor, &locale) };
    let view = ExpiredView { site, renew_action: None, token: "", is_renewed: false };
    html(StatusCode::GONE, render::render_download_expired(&view))
}

/// `GET /c/{signed}`: a page with a button.
pub(super) async fn ask_to_confirm(Extract(public): State, visitor: Visitor, Path(signed): Path<String>) -> Response {
    match links::open::<id::Submission>(&public.app, Link::Confirm, &signed) {
        Ok(_) => {
            let (look, locale) = (public.look(), public.language(&visitor));
            let site = render::Site { tracking: None, ..public.site(&look, &visitor, &locale) };
            html(StatusCode::OK, render::render_confirm(&ConfirmView { site, action: visitor.path() }))
        }
        Err(error) => public.failed(&visitor, &error),
    }
}

/// `POST /c/{signed}`: the button.
pub(super) async fn confirm(Extract(public): State, visitor: Visitor, Path(signed): Path<String>) -> Response {
    match capture::confirm(&public.app, &signed, &visitor.key()).await {
        Ok(_) => public.message(&visitor, StatusCode::OK, "", "", render::render_confirmed),
        Err(error) => public.failed(&visitor, &error),
    }
}

/// `GET /u/{signed}`: a page with a button.
pub(super) async fn ask_to_unsubscribe(
    Extract(public): State,
    visitor: Visitor,
    Path(signed): Path<String>,
) -> Response {
    let opened = links::open::<id::Message>(&public.app, Link::Unsubscribe, &signed);
    let found = match opened {
        Ok((_, contact)) => app::contacts::get(&public.app, &app::Actor::SYSTEM, contact).await,
        Err(error) => Err(error),
    };
    match found {
        Ok(contact) => unsubscribe_page(&public, &visitor, contact.email.as_ref(), false),
        Err(error) => public.failed(&visitor, &error),
    }
}

/// `POST /u/{signed}`: the button, or the mail program's own (RFC 8058: no cookie, no redirect).
pub(super) async fn unsubscribe(Extract(public): State, visitor: Visitor, Path(signed): Path<String>) -> Response {
    match capture::unsubscribe(&public.app, &signed).await {
        Ok(contact) => unsubscribe_page(&public, &visitor, contact.email.as_ref(), true),
        Err(error) => public.failed(&visitor, &error),
    }
}

fn unsubscribe_page(public: &Public, visitor: &Visitor, email: Option<&base::Email>, is_done: bool) -> Response {
    let (look, locale) = (public.look(), public.language(visitor));
    let site = render::Site { tracking: None, ..public.site(&look, visitor, &locale) };
    let email = email.map_or("", base::Email::as_str);
    let view = UnsubscribeView { site, email, action: visitor.path(), token: "", is_done };
    html(StatusCode::OK, render::render_unsubscribe(&view))
}
