//! `Streams`: how many streams are open, all together and of one client.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use super::connections::Client;
use super::limits::Limits;

/// The open streams of a server.
#[derive(Debug)]
pub(super) struct Streams {
    limits: Limits,
    open: Mutex<HashMap<Client, usize>>,
}

/// An open stream; dropping it makes room.
#[derive(Debug)]
pub(super) struct OpenStream {
    streams: Arc<Streams>,
    client: Client,
}

impl Streams {
    pub(super) fn new(limits: Limits) -> Arc<Self> {
        Arc::new(Self {
            limits,
            open: Mutex::default(),
        })
    }

    /// Opens a stream; `None` if there are as many as there may be.
    pub(super) fn open(self: &Arc<Self>, client: Client) -> Option<OpenStream> {
        let mut open = self.lock();
        let all: usize = open.values().sum();
        let of_client = open.entry(client).or_default();
        if all >= self.limits.streams || *of_client >= self.limits.streams_per_client {
            if *of_client == 0 {
                open.remove(&client);
            }
            return None;
        }
        *of_client += 1;
        drop(open);
        let streams = self.clone();
        Some(OpenStream { streams, client })
    }

    fn lock(&self) -> MutexGuard<'_, HashMap<Client, usize>> {
        self.open.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Drop for OpenStream {
    fn drop(&mut self) {
        let mut open = self.streams.lock();
        if let Some(count) = open.get_mut(&self.client) {
            *count -= 1;
            if *count == 0 {
                open.remove(&self.client);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use std::net::IpAddr;

    use super::*;

    #[test]
    fn one_client_cannot_take_all_streams() {
        let limits = Limits {
            streams: 3,
            streams_per_client: 2,
            ..Limits::of(8)
        };
        let streams = Streams::new(limits);
        let open = |last: u8| streams.open(Client::at(IpAddr::from([10, 0, 0, last])));
        let first = (open(1), open(1));
        assert!(first.0.is_some() && first.1.is_some());
        assert!(open(1).is_none(), "its own are taken");
        let other = open(2);
        assert!(other.is_some());
        assert!(open(3).is_none(), "all are taken");
        drop(first);
        assert!(open(3).is_some());
        drop(other);
        assert!(streams.lock().is_empty());
    }
}
