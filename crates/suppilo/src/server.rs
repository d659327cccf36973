//! Taking connections: how many, how long each may take to ask, and how they end.

use std::{io, net::SocketAddr, sync::Arc, time::Duration};

use axum::{Router, body::Body, extract::ConnectInfo, http::header::CONTENT_TYPE, response::Response};
use futures::{StreamExt, future::Either};
use hyper::{Request, body::Incoming, http::request::Parts, server::conn::http1, service::service_fn};
use hyper_util::{
    rt::{TokioIo, TokioTimer},
    server::graceful::GracefulShutdown,
};
use tokio::{
    net::TcpListener,
    sync::{Semaphore, watch},
    task::JoinSet,
};
use tower::Service;

/// Connections served at once; more wait in the system's queue.
const CONNECTIONS_MAX: usize = 8192;
/// For the head of a request, from its first byte or from the end of the answer before it: a client that sends
/// half of it, or keeps a connection that it does not use, gives its place back. Bodies have limits of their own.
const HEAD_TIMEOUT: Duration = Duration::from_secs(30);
/// For requests under way when the program is told to stop.
const STOP_TIMEOUT: Duration = Duration::from_secs(5);
/// When the system has no room for another connection.
const RETRY_ACCEPT_AFTER: Duration = Duration::from_millis(200);

/// Serve until `stop` ends, then let requests under way end. `front` is asked first; what it has no answer to goes to
/// the routes. Nothing of either is held any more when this returns.
pub async fn serve(
    listener: TcpListener,
    front: impl Fn(&Parts, SocketAddr) -> Option<Response> + Clone + Send + 'static,
    router: Router,
    stop: impl Future<Output = ()>,
) {
    let places = Arc::new(Semaphore::new(CONNECTIONS_MAX));
    let graceful = GracefulShutdown::new();
    let stopping = Arc::new(watch::Sender::new(false));
    let mut http = http1::Builder::new();
    http.timer(TokioTimer::new()).header_read_timeout(HEAD_TIMEOUT);
    let mut stop = std::pin::pin!(stop);
    let mut connections = JoinSet::new();
    loop {
        let accepted = async {
            let place = places.clone().acquire_owned().await;
            (place, listener.accept().await)
        };
        let (place, accepted) = tokio::select! {
            () = &mut stop => break,
            next = accepted => next,
        };
        let (stream, peer) = match accepted {
            Ok(accepted) => accepted,
            Err(error) => {
                after_failed_accept(&error).await;
                continue;
            }
        };
        // Answers are small, and waiting for more to send only delays them.
        if let Err(error) = stream.set_nodelay(true) {
            tracing::debug!(%error, "TCP_NODELAY was refused");
        }
        let (front, router, stopping) = (front.clone(), router.clone(), stopping.clone());
        let service = service_fn(move |request: Request<Incoming>| {
            let (mut parts, body) = request.into_parts();
            if let Some(answer) = front(&parts, peer) {
                return Either::Left(std::future::ready(Ok(answer)));
            }
            parts.extensions.insert(ConnectInfo(peer));
            let answer = router.clone().call(Request::from_parts(parts, Body::new(body)));
            let stopping = stopping.clone();
            Either::Right(async move { answer.await.map(|answer| end_when_stopping(answer, &stopping)) })
        });
        let connection = graceful.watcher().watch(http.serve_connection(TokioIo::new(stream), service));
        connections.spawn(async move {
            if let Err(error) = connection.await {
                tracing::debug!(%error, %peer, "a connection broke");
            }
            drop(place);
        });
        while connections.try_join_next().is_some() {}
    }
    drop(listener);
    stopping.send_replace(true);
    if tokio::time::timeout(STOP_TIMEOUT, graceful.shutdown()).await.is_err() {
        tracing::warn!("requests that did not end in time are cut off");
    }
    connections.shutdown().await;
}

/// What is told as it happens has no end of its own, and would hold the stop up.
fn end_when_stopping(answer: Response, stopping: &watch::Sender<bool>) -> Response {
    if answer.headers().get(CONTENT_TYPE).is_none_or(|kind| kind != "text/event-stream") {
        return answer;
    }
    let mut stopping = stopping.subscribe();
    let stop = async move { drop(stopping.wait_for(|is_stopping| *is_stopping).await) };
    answer.map(|body| Body::from_stream(body.into_data_stream().take_until(Box::pin(stop))))
}

/// A connection that was gone before it was taken is nothing; anything else, such as too many open files, passes.
async fn after_failed_accept(error: &io::Error) {
    use io::ErrorKind::{ConnectionAborted, ConnectionRefused, ConnectionReset};
    if !matches!(error.kind(), ConnectionAborted | ConnectionRefused | ConnectionReset) {
        tracing::error!(%error, "no connection can be taken now");
        tokio::time::sleep(RETRY_ACCEPT_AFTER).await;
    }
}

#[cfg(test)]
mod tests {
    use axum::{response::IntoResponse, routing::get};
    use tokio::{
        io::{AsyncReadExt, AsyncWriteExt},
        net::TcpStream,
    };

    use super::*;

    async fn started(stop: impl Future<Output = ()> + Send + 'static) -> (SocketAddr, tokio::task::JoinHandle<()>) {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let slow = get(async || {
            tokio::time::sleep(Duration::from_secs(1)).await;
            "slow"
        });
        let live = get(async || {
            let ticks = futures::stream::repeat(()).then(async |()| {
                tokio::time::sleep(Duration::from_millis(100)).await;
                Ok::<_, std::convert::Infallible>(axum::response::sse::Event::default().data("tick"))
            });
            axum::response::sse::Sse::new(ticks)
        });
        let peer = get(async |ConnectInfo(peer): ConnectInfo<SocketAddr>| peer.ip().to_string());
        let router = Router::new().route("/slow", slow).route("/live", live).route("/peer", peer);
        let front = |parts: &Parts, _| (parts.uri.path() == "/front").then(|| "front".into_response());
        (address, tokio::spawn(serve(listener, front, router, stop)))
    }

    async fn ask(address: SocketAddr, request: &str) -> String {
        let mut stream = TcpStream::connect(address).await.unwrap();
        stream.write_all(request.as_bytes()).await.unwrap();
        let mut answer = String::new();
        stream.read_to_string(&mut answer).await.unwrap();
        answer
    }

    #[tokio::test]
    async fn a_request_under_way_ends_though_the_program_is_stopped() {
        let (stop, stopped) = tokio::sync::oneshot::channel::<()>();
        let (address, server) = started(async move { drop(stopped.await) }).await;
        assert!(
            ask(address, "GET /peer HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n").await.ends_with("127.0.0.1")
        );
        let asking = tokio::spawn(async move { ask(address, "GET /slow HTTP/1.1\r\nHost: x\r\n\r\n").await });
        let live = tokio::spawn(async move { ask(address, "GET /live HTTP/1.1\r\nHost: x\r\n\r\n").await });
        tokio::time::sleep(Duration::from_millis(300)).await;
        stop.send(()).unwrap();
        server.await.unwrap();
        assert!(asking.await.unwrap().ends_with("slow"));
        assert!(live.await.unwrap().ends_with("\r\n0\r\n\r\n"), "a stream ends as streams end, not in the middle");
        assert!(TcpStream::connect(address).await.is_err());
    }

    #[tokio::test(start_paused = true)]
    async fn a_client_that_never_ends_does_not_hold_the_stop_up() {
        let (stop, stopped) = tokio::sync::oneshot::channel::<()>();
        let (address, server) = started(async move { drop(stopped.await) }).await;
        let mut half = TcpStream::connect(address).await.unwrap();
        half.write_all(b"GET /peer HT").await.unwrap();
        assert!(ask(address, "GET /front HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n").await.ends_with("front"));
        stop.send(()).unwrap();
        server.await.unwrap();
        assert_eq!(half.read(&mut [0; 9]).await.unwrap_or(0), 0, "its connection is closed");
    }

    #[tokio::test(start_paused = true)]
    async fn half_a_head_gives_its_place_back() {
        let (address, server) = started(std::future::pending()).await;
        let began = tokio::time::Instant::now();
        let answer = ask(address, "GET /peer HTTP/1.1\r\nHo").await;
        assert!(began.elapsed() >= HEAD_TIMEOUT, "{answer}");
        server.abort();
    }
}
