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
    /// Connections beyond these, for a moment each: who comes while there is no room learns here whether the
    /// host lives, or that it is busy.
    pub spare: usize,
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
    /// Bytes per second that a client has to take while answers wait for it.
    pub min_rate: u64,
    /// How long a client may take nothing, or correspondingly longer less than `min_rate`, before it is
    /// disconnected. An answer of `n` bytes is over after this and `n / min_rate` seconds.
    pub slack: Duration,
    /// Memory for proofs and pages that are on their way to clients.
    pub body_bytes: usize,
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
            spare: at_least_one(if connections / 16 < 32 {
                connections / 16
            } else {
                32
            }),
            streams: at_least_one(connections / 4),
            streams_per_client: at_least_one(connections / 32),
            grace: Duration::from_secs(1),
            idle: Duration::from_secs(60),
            head: Duration::from_secs(10),
            stall: Duration::from_secs(30),
            min_rate: 4096,
            // The system takes up to 64 KiB at a time, and as much again when half of that is read.
            slack: Duration::from_secs(20),
            body_bytes: 256 << 20,
        }
    }

    /// Returns the limits of the connections that are there for a moment.
    #[must_use]
    pub(super) fn of_spare(self) -> Self {
        let moment = Duration::from_secs(2);
        Self {
            connections: self.spare,
            per_client: at_least_one(self.spare / 4),
            grace: Duration::ZERO,
            idle: moment,
            head: moment,
            stall: moment,
            slack: moment,
            ..self
        }
    }

    /// Returns how many bytes a client may be behind.
    pub(super) fn max_owed(&self) -> u64 {
        owed(self.slack, self.min_rate)
    }

    /// Returns how many bytes a client is behind that took nothing for [`grace`](Self::grace).
    pub(super) fn slow(&self) -> u64 {
        owed(self.grace, self.min_rate)
    }

    /// Returns how many connections are a client's ordinary use: a browser with a few pages, people behind
    /// one address. With no more than these, it does not count as one that has many.
    pub(super) const fn few(&self) -> usize {
        at_least_one(self.per_client / 32)
    }

    /// Returns the limits for at most this many connections, or for as many as leave the process
    /// [`RESERVED_DESCRIPTORS`](Self::RESERVED_DESCRIPTORS) of the descriptors that it may open.
    #[must_use]
    pub fn of_this_process(connections: usize) -> Self {
        let descriptors = raise_descriptors();
        let free = descriptors.saturating_sub(Self::RESERVED_DESCRIPTORS);
        let limits = Self::of(at_least_one(free.min(connections)));
        if limits.connections < connections {
            tracing::warn!(
                "this process may open only {descriptors} descriptors, enough for {} connections \
                 rather than {connections}: raise the limit (ulimit -Hn, LimitNOFILE=)",
                limits.connections
            );
        }
        limits
    }

    /// Connections that are enough for a host on two cores.
    pub const DEFAULT_CONNECTIONS: usize = 2048;
    /// Descriptors that no client can take: databases with their logs, proofs that are written and
    /// read, the runtime, and up to 32 spare connections.
    pub const RESERVED_DESCRIPTORS: usize = 128;
}

/// Returns what a client is behind after it took nothing for this long.
fn owed(time: Duration, rate: u64) -> u64 {
    let milliseconds = u64::try_from(time.as_millis()).unwrap_or(u64::MAX);
    milliseconds.saturating_mul(rate) / 1000
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
            let all = [
                limits.per_client,
                limits.spare,
                limits.streams,
                limits.streams_per_client,
                limits.of_spare().per_client,
                limits.few(),
            ];
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
