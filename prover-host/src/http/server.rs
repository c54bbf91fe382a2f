//! The server: takes connections within its limits, and hands their requests to the service.

use std::convert::Infallible;
use std::io;
use std::net::SocketAddr;
use std::time::Duration;

use axum::Router;
use axum::body::Body;
use axum::http::{Request, Response};
use hyper::body::Incoming;
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::{TokioIo, TokioTimer};
use tokio::net::{TcpListener, TcpSocket, TcpStream};
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;
use tower::ServiceExt;

use super::activity::{Phase, WatchedBody, WatchedStream};
use super::connections::{Client, Connections, Place};
use super::date::set_date;
use super::limits::Limits;
use crate::clock::Clock;

/// Listens on an address.
///
/// # Errors
///
/// What the operating system answers.
pub fn listen(address: SocketAddr) -> io::Result<TcpListener> {
    let socket = match address {
        SocketAddr::V4(_) => TcpSocket::new_v4(),
        SocketAddr::V6(_) => TcpSocket::new_v6(),
    }?;
    // As the standard library does where a socket of an earlier process may linger.
    socket.set_reuseaddr(true)?;
    socket.bind(address)?;
    socket.listen(BACKLOG)
}

/// Serves `router` until `shutdown` is cancelled and the requests in flight are answered.
///
/// No error of a connection ends it, and none of the listener: where no connection can be taken, it
/// says so and tries again.
pub(super) async fn run(
    listener: &TcpListener,
    router: Router,
    limits: Limits,
    clock: Clock,
    shutdown: CancellationToken,
) {
    let connections = Connections::new(limits);
    let tasks = TaskTracker::new();
    let overdue = async {
        loop {
            tokio::time::sleep(SWEEP).await;
            connections.close_overdue();
        }
    };
    let accept = async {
        let mut failing = false;
        loop {
            match listener.accept().await {
                Ok((stream, address)) => {
                    failing = false;
                    let client = Client::at(address.ip());
                    if let Some(place) = connections.admit(client) {
                        let connection = Connection {
                            stream,
                            client,
                            place,
                            router: router.clone(),
                            limits,
                            clock,
                        };
                        tasks.spawn(connection.run(shutdown.clone()));
                    }
                }
                // The client went away before it was taken.
                Err(e) if is_of_the_client(&e) => {}
                Err(e) => {
                    if !std::mem::replace(&mut failing, true) {
                        tracing::warn!("no connection can be taken: {e}; trying again");
                    }
                    tokio::time::sleep(AGAIN).await;
                }
            }
        }
    };
    tokio::select! {
        () = shutdown.cancelled() => {}
        () = overdue => {}
        () = accept => {}
    }
    connections.close_waiting();
    tasks.close();
    tasks.wait().await;
}

/// A connection that is being served.
struct Connection {
    stream: TcpStream,
    client: Client,
    place: Place,
    router: Router,
    limits: Limits,
    clock: Clock,
}

impl Connection {
    async fn run(self, shutdown: CancellationToken) {
        let Self {
            stream,
            client,
            place,
            router,
            limits,
            clock,
        } = self;
        // Small answers go at once.
        let _ = stream.set_nodelay(true);
        keep_little_unsent(&stream);
        let activity = place.activity.clone();
        let stream = WatchedStream::new(stream, activity.clone());
        let service = service_fn(move |request: Request<Incoming>| {
            activity.enter(Phase::Answer);
            let (router, activity) = (router.clone(), activity.clone());
            async move {
                let mut request = request.map(Body::new);
                request.extensions_mut().insert(client);
                let answer = router.oneshot(request).await;
                let mut answer: Response<Body> =
                    answer.unwrap_or_else(|never: Infallible| match never {});
                set_date(answer.headers_mut(), clock());
                Ok::<_, Infallible>(answer.map(|body| WatchedBody::new(body, activity)))
            }
        });
        let connection = http1::Builder::new()
            .timer(TokioTimer::new())
            .auto_date_header(false)
            .header_read_timeout(limits.idle)
            .max_buf_size(Limits::HEAD_BYTES)
            .max_headers(Limits::HEAD_FIELDS)
            .serve_connection(TokioIo::new(stream), service);
        tokio::pin!(connection);
        let mut stopping = false;
        loop {
            tokio::select! {
                biased;
                () = place.closed.cancelled() => return,
                () = shutdown.cancelled(), if !stopping => {
                    stopping = true;
                    connection.as_mut().graceful_shutdown();
                }
                // What went wrong is the client's, and the connection is gone.
                _ = connection.as_mut() => return,
            }
        }
    }
}

/// Lets the system keep little that is not on its way yet: what waits there for a slow reader of heads
/// is old before it is sent.
#[cfg(target_os = "linux")]
fn keep_little_unsent(stream: &TcpStream) {
    // Where it cannot be set, a slow reader gets older heads.
    let _ = socket2::SockRef::from(stream).set_tcp_notsent_lowat(UNSENT_BYTES);
}

#[cfg(not(target_os = "linux"))]
const fn keep_little_unsent(_: &TcpStream) {}

fn is_of_the_client(error: &io::Error) -> bool {
    matches!(
        error.kind(),
        io::ErrorKind::ConnectionAborted
            | io::ErrorKind::ConnectionReset
            | io::ErrorKind::ConnectionRefused
    )
}

#[cfg(target_os = "linux")]
const UNSENT_BYTES: u32 = 16 * 1024;
/// How many connections may wait to be taken. The system may have a lower limit of its own.
const BACKLOG: u32 = 4096;
/// How often connections are looked through for those that take too long.
const SWEEP: Duration = Duration::from_secs(1);
/// How long to wait where no connection can be taken, for want of descriptors or memory.
const AGAIN: Duration = Duration::from_millis(50);
