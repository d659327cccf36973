//! `suppilo serve` and `suppilo demo`.

use std::sync::Arc;

use app::permission::Role;
use app::{Actor, App, keys};
use serde::Serialize;
use store::keys::KeyKind;
use tokio::net::TcpListener;
use worker::Worker;

use super::Failure;
use crate::cli::{DataArgs, DemoArgs, ListenArgs, ServeArgs};
use crate::config::Config;
use crate::demo;
use crate::installation::{self, Outside};
use crate::server;

/// What a program that drives Suppilo needs to know.
#[derive(Debug, Default, Serialize)]
struct Started {
    url: String,
    email: Option<String>,
    password: Option<String>,
    write_key: Option<String>,
    secret_key: Option<String>,
}

/// Serve a data folder until told to stop.
pub async fn serve(args: ServeArgs) -> Result<(), Failure> {
    let config = Config::read(&args.data)?.listening(&args.listen);
    let app = installation::open(&args.data.data, &config, Outside::default()).await?;
    let is_new = keys::list(&app, &Actor::SYSTEM).await?.is_empty();
    let mut started = Started::default();
    if is_new || args.show_keys {
        make_keys(&app, &mut started).await?;
    }
    listen(app, &config, &args.listen, started).await
}

/// Serve the demo company, made first when the folder is new.
pub async fn demo(args: DemoArgs) -> Result<(), Failure> {
    let data = DataArgs { data: args.data, config: None };
    let config = Config::read(&data)?.listening(&args.listen);
    let access = match demo::access(&data.data)? {
        Some(access) => access,
        None => {
            let access = demo::make(&data.data, &config, args.days, args.listen.json).await?;
            begin_anew();
            access
        }
    };
    let app = installation::open(&data.data, &config, Outside::default()).await?;
    let started = Started {
        url: String::new(),
        email: Some(access.email),
        password: Some(access.password),
        write_key: Some(access.write_key),
        secret_key: Some(access.secret_key),
    };
    listen(app, &config, &args.listen, started).await
}

/// Making the history took memory that is not given back soon: the same process begins anew, as one that only
/// serves. Where that cannot be it goes on, larger.
fn begin_anew() {
    #[cfg(unix)]
    if let Ok(program) = std::env::current_exe() {
        use std::os::unix::process::CommandExt as _;
        let mut arguments = std::env::args_os();
        let name = arguments.next().unwrap_or_else(|| program.clone().into());
        let error = std::process::Command::new(program).arg0(name).args(arguments).exec();
        tracing::warn!(%error, "the program could not begin anew after making the history");
    }
}

async fn make_keys(app: &App, started: &mut Started) -> Result<(), Failure> {
    let write = keys::create(app, &Actor::SYSTEM, "command line", KeyKind::Write, Role::Viewer).await?;
    let secret = keys::create(app, &Actor::SYSTEM, "command line", KeyKind::Secret, Role::Admin).await?;
    started.write_key = Some(write.token);
    started.secret_key = Some(secret.token);
    Ok(())
}

async fn listen(app: Arc<App>, config: &Config, listen: &ListenArgs, mut started: Started) -> Result<(), Failure> {
    let listener = TcpListener::bind((config.host, config.port)).await.map_err(|error| {
        let port = config.port;
        Failure::new(format!("port {port} of {} cannot be used: {error}; choose another with --port", config.host))
    })?;
    let address = listener.local_addr()?;
    started.url = format!("http://{address}");
    app::company::assume_base_url(&app, &started.url);
    let web = web::build(app.clone(), &config.trusted_proxies);
    let router = web.router.merge(admin_ui::router());
    let worker = Worker::start(&app);
    announce(listen.json, &started)?;
    let front = web.front;
    server::serve(listener, move |parts, peer| front.answer(parts, peer), router, stop_signal()).await;
    tracing::info!("stopping");
    web.views.close().await;
    worker.stop().await;
    installation::close(&app).await
}

fn announce(as_json: bool, started: &Started) -> Result<(), Failure> {
    if as_json {
        println!("{}", serde_json::to_string(started)?);
        return Ok(());
    }
    println!("\n  Suppilo serves at  {}/admin/", started.url);
    if let (Some(email), Some(password)) = (&started.email, &started.password) {
        println!("  log in with        {email}");
        println!("  password           {password}");
    }
    if let (Some(write), Some(secret)) = (&started.write_key, &started.secret_key) {
        println!("  write key          {write}");
        println!("  secret key         {secret}   (shown once)");
    }
    println!("\n  Ctrl-C stops it.\n");
    Ok(())
}

/// Until the operator or the system asks the program to stop.
async fn stop_signal() {
    let interrupt = async {
        if let Err(error) = tokio::signal::ctrl_c().await {
            tracing::error!(%error, "Ctrl-C cannot be heard");
            std::future::pending::<()>().await;
        }
    };
    #[cfg(unix)]
    let terminate = async {
        match tokio::signal::unix::signal(tokio::signal::unix::SignalKind::terminate()) {
            Ok(mut signal) => drop(signal.recv().await),
            Err(error) => {
                tracing::error!(%error, "SIGTERM cannot be heard");
                std::future::pending::<()>().await;
            }
        }
    };
    #[cfg(not(unix))]
    let terminate = std::future::pending::<()>();
    tokio::select! {
        () = interrupt => {}
        () = terminate => {}
    }
}
