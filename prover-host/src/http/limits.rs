//! `Limits`: how much of the machine strangers may use.

use std::time::Duration;

/// How much of the machine the clients of a server may use, all together and one alone.
///
/// A client is an IPv4 address or an IPv6 network of 64 bits. Behind a proxy all clients are one:
/// then `per_client` may be as high as `connections`, and the proxy has the limits per client.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct Limits {
    /// Open connections. Each takes a descriptor and up to [`Limits::HEAD_BYTES`] of memory.
    pub connections: usize,
    /// Open connections of one client.
    pub per_client: usize,
    /// Open streams of heads.
    pub streams: usize,
    /// Open streams of one client.
    pub streams_per_client: usize,
    /// How long a connection has for its request before it may have to make room for a newcomer whose
    /// client has no fewer connections.
    pub grace: Duration,
    /// How long a connection may wait between requests.
    pub idle: Duration,
    /// How long the head of a request may take to arrive.
    pub head: Duration,
    /// How long an answer may stand still: made, or on its way to a client that does not read.
    pub stall: Duration,
}

impl Limits {
    /// Most bytes of a request's head.
    pub const HEAD_BYTES: usize = 16 * 1024;
    /// Most fields of a request's head.
    pub const HEAD_FIELDS: usize = 64;

    /// Returns the limits for at most this many connections.
    #[must_use]
    pub const fn of(connections: usize) -> Self {
        Self {
            connections,
            per_client: at_least_one(connections / 8),
            streams: at_least_one(connections / 4),
            streams_per_client: at_least_one(connections / 32),
            grace: Duration::from_secs(1),
            idle: Duration::from_secs(60),
            head: Duration::from_secs(10),
            stall: Duration::from_secs(30),
        }
    }

    /// Returns the limits for at most this many connections, or for as many as leave the process
    /// [`RESERVED_DESCRIPTORS`](Self::RESERVED_DESCRIPTORS) of the descriptors that it may open.
    #[must_use]
    pub fn of_this_process(connections: usize) -> Self {
        let descriptors = raise_descriptors();
        let free = descriptors.saturating_sub(Self::RESERVED_DESCRIPTORS);
        Self::of(at_least_one(free.min(connections)))
    }

    /// Connections that are enough for a host on two cores.
    pub const DEFAULT_CONNECTIONS: usize = 2048;
    /// Descriptors that no client can take: databases with their logs, proofs that are written and
    /// read, the runtime.
    pub const RESERVED_DESCRIPTORS: usize = 128;
}

const fn at_least_one(n: usize) -> usize {
    if n == 0 { 1 } else { n }
}

/// Raises the limit of open descriptors as far as this process may, and returns it.
///
/// The usual soft limit of 1,024 is for programs that use `select`.
#[cfg(unix)]
fn raise_descriptors() -> usize {
    use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};

    let limit = getrlimit(Resource::Nofile);
    let raised = Rlimit {
        current: limit.maximum,
        maximum: limit.maximum,
    };
    let current = match setrlimit(Resource::Nofile, raised) {
        Ok(()) => limit.maximum,
        Err(_) => limit.current,
    };
    current.map_or(usize::MAX, |n| usize::try_from(n).unwrap_or(usize::MAX))
}

#[cfg(not(unix))]
const fn raise_descriptors() -> usize {
    usize::MAX
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_limit_is_zero() {
        for connections in [1, 2, 33] {
            let limits = Limits::of(connections);
            let all = [limits.per_client, limits.streams, limits.streams_per_client];
            assert!(all.iter().all(|&limit| limit >= 1 && limit <= connections));
        }
    }

    #[test]
    fn descriptors_are_left_for_the_host() {
        assert_eq!(Limits::of_this_process(3).connections, 3);
        let limits = Limits::of_this_process(usize::MAX);
        let descriptors = raise_descriptors();
        assert!(
            limits
                .connections
                .saturating_add(Limits::RESERVED_DESCRIPTORS)
                <= descriptors
        );
    }
}
