//! One person at a browser: requests to the routes, as if over the network.

use std::net::{IpAddr, Ipv4Addr, SocketAddr};

use axum::Router;
use axum::body::{Body, to_bytes};
use axum::extract::ConnectInfo;
use axum::http::{Request, StatusCode, header};
use tower::ServiceExt as _;

use crate::commands::Failure;

/// Longest answer that is read, bytes.
const ANSWER_BYTES_MAX: usize = 4 * 1024 * 1024;

/// A browser: an address and a user agent, which is what a cookieless visitor is told apart by.
#[derive(Debug, Clone)]
pub struct Browser {
    ip: IpAddr,
    user_agent: &'static str,
    language: &'static str,
    /// The cookie of somebody who said yes to it.
    cookie: Option<String>,
}

const USER_AGENTS: [&str; 4] = [
    "Mozilla/5.0 (iPhone; CPU iPhone OS 19_1 like Mac OS X) AppleWebKit/605.1.15 Mobile/15E148 Safari/604.1",
    "Mozilla/5.0 (Linux; Android 16; Pixel 9) AppleWebKit/537.36 Chrome/155.0 Mobile Safari/537.36",
    "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 Chrome/155.0 Safari/537.36",
    "Mozilla/5.0 (Macintosh; Intel Mac OS X 15_2) AppleWebKit/605.1.15 Version/19.0 Safari/605.1.15",
];

impl Browser {
    /// The browser of person number `n`.
    pub fn of(n: u32, language: &'static str, takes_cookie: bool) -> Self {
        let [_, a, b, c] = n.to_be_bytes();
        let cookie = takes_cookie.then(|| format!("sup_id=demo{n}"));
        // 10.0.0.0/8 belongs to nobody on the net.
        Self { ip: IpAddr::V4(Ipv4Addr::new(10, a, b, c)), user_agent: USER_AGENTS[(n % 4) as usize], language, cookie }
    }

    /// `GET`.
    pub async fn get(&self, router: &Router, path: &str) -> Result<(StatusCode, String), Failure> {
        self.send(router, Request::get(path), Body::empty()).await
    }

    /// `POST` of a form that stands on a page.
    pub async fn post(
        &self,
        router: &Router,
        action: &str,
        page: &str,
        pairs: &[(&str, &str)],
    ) -> Result<(StatusCode, String), Failure> {
        let body = url::form_urlencoded::Serializer::new(String::new()).extend_pairs(pairs).finish();
        let request = Request::post(action)
            .header(header::CONTENT_TYPE, "application/x-www-form-urlencoded")
            .header(header::REFERER, format!("http://localhost{page}"));
        self.send(router, request, Body::from(body)).await
    }

    async fn send(
        &self,
        router: &Router,
        request: axum::http::request::Builder,
        body: Body,
    ) -> Result<(StatusCode, String), Failure> {
        let request = request
            .header(header::HOST, "localhost")
            .header(header::USER_AGENT, self.user_agent)
            .header(header::ACCEPT_LANGUAGE, self.language)
            .header(header::COOKIE, self.cookie.as_deref().unwrap_or_default())
            .extension(ConnectInfo(SocketAddr::new(self.ip, 50_000)))
            .body(body)
            .map_err(|error| Failure::new(error.to_string()))?;
        let answer = match router.clone().oneshot(request).await {
            Ok(answer) => answer,
            Err(never) => match never {},
        };
        let status = answer.status();
        let bytes = to_bytes(answer.into_body(), ANSWER_BYTES_MAX).await.map_err(|e| Failure::new(e.to_string()))?;
        Ok((status, String::from_utf8_lossy(&bytes).into_owned()))
    }
}

/// The value of a hidden field of a page.
pub fn hidden<'a>(html: &'a str, name: &str) -> Option<&'a str> {
    attribute_after(html, &format!("name=\"{name}\" value=\""))
}

/// The address that the form of a page is sent to, without its fragment.
pub fn action(html: &str) -> Option<&str> {
    let form = &html[html.find("<form method=\"post\"")?..];
    attribute_after(form, "action=\"").map(|action| action.split('#').next().unwrap_or(action))
}

/// The first choice of the first list of a page that is a choice.
pub fn first_choice(html: &str) -> Option<&str> {
    html.match_indices("<option value=\"").map(|(at, start)| &html[at + start.len()..]).find_map(|rest| {
        let value = rest.split('"').next()?;
        (!value.is_empty()).then_some(value)
    })
}

fn attribute_after<'a>(text: &'a str, start: &str) -> Option<&'a str> {
    let rest = &text[text.find(start)? + start.len()..];
    rest.split('"').next()
}
