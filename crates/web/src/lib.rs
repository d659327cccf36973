//! Everything that speaks HTTP: the admin API, the public site, and ingestion of events.

pub mod api;
pub mod ingest;
pub mod site;

use std::net::IpAddr;
use std::sync::Arc;
use std::time::Duration;

use app::App;
use axum::Router;
use axum::http::{HeaderName, HeaderValue, StatusCode};
use funnel::channel::Channel;
use ingest::{Channels, DailySalt, Ingest, TrustedProxies, WriteKeys};
use tower_http::catch_panic::CatchPanicLayer;
use tower_http::set_header::SetResponseHeaderLayer;
use tower_http::timeout::TimeoutLayer;

/// How long a request may take, uploads and live views aside, which answer first and stream on.
const REQUEST_MAX: Duration = Duration::from_secs(60);

/// What ingestion asks of the app.
struct OfApp(Arc<App>);

impl WriteKeys for OfApp {
    fn admits(&self, key: &str) -> bool {
        self.0.write_keys.admits(key)
    }
}

impl Channels for OfApp {
    fn channels(&self) -> Arc<[Channel]> {
        self.0.running.channels()
    }
}

impl DailySalt for OfApp {
    fn salt(&self, day: i64) -> [u8; 16] {
        self.0.salts.of_day(day)
    }
}

/// The routes, and what must be closed after them.
pub struct Web {
    /// Everything but the admin interface's files.
    pub router: Router,
    /// Published pages, to be asked before the routes.
    pub front: site::Front,
    /// Writes the page views; close it before the log.
    pub views: site::ViewWriter,
}

/// Put the routes together.
pub fn build(app: Arc<App>, trusted_proxies: &[IpAddr]) -> Web {
    let proxies = trusted_proxies.iter().map(IpAddr::to_string).collect::<Vec<_>>();
    let proxies = TrustedProxies::parse(proxies.iter().map(String::as_str)).unwrap_or_default();
    let of_app = Arc::new(OfApp(app.clone()));
    // One salt for the pages and for the snippet on them: a visitor is the same person to both.
    let salt: Arc<dyn DailySalt> = of_app.clone();
    let ingest = Ingest::new(app.log.clone(), of_app.clone(), app.clock.clone(), app.random.clone())
        .with_salt(salt.clone())
        .with_channels(of_app)
        .with_proxies(proxies.clone());
    let refusals = ingest.refusals();
    let (site, front, views) = site::router(app.clone(), salt, proxies);
    let router = Router::new()
        .merge(api::router(app, refusals))
        .merge(ingest::router(Arc::new(ingest)))
        .merge(site)
        .layer(TimeoutLayer::with_status_code(StatusCode::SERVICE_UNAVAILABLE, REQUEST_MAX))
        .layer(SetResponseHeaderLayer::if_not_present(
            HeaderName::from_static("x-content-type-options"),
            HeaderValue::from_static("nosniff"),
        ))
        .layer(CatchPanicLayer::new());
    Web { router, front, views }
}
