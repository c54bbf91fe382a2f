//! `Connections`: who is connected, and who has to go.

use std::cmp::Reverse;
use std::collections::HashMap;
use std::net::{IpAddr, Ipv6Addr};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use tokio_util::sync::{CancellationToken, DropGuard};

use super::activity::{Activity, Phase};
use super::limits::Limits;

/// One client: an IPv4 address, or an IPv6 network of 64 bits, of which anyone has as many addresses
/// as they like.
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq)]
pub(super) struct Client(IpAddr);

impl Client {
    /// The client of a request that came through no socket.
    pub(super) const UNKNOWN: Self = Self(IpAddr::V6(Ipv6Addr::UNSPECIFIED));

    /// Returns the client at this address.
    pub(super) fn at(address: IpAddr) -> Self {
        Self(match address.to_canonical() {
            IpAddr::V4(address) => address.into(),
            IpAddr::V6(address) => {
                let network = address.to_bits() >> 64 << 64;
                Ipv6Addr::from_bits(network).into()
            }
        })
    }
}

/// The open connections of a server.
///
/// When there is no room, a newcomer takes the place of a connection that is without a request: of the
/// client that has the most, the one that has been so for the longest. A client that has no fewer itself
/// waits until that one had its time. So whoever opens many and asks nothing keeps nobody out but
/// themselves, and to turn them away costs little.
#[derive(Debug)]
pub(super) struct Connections {
    limits: Limits,
    start: Instant,
    open: Mutex<Open>,
}

#[derive(Debug, Default)]
struct Open {
    next: u64,
    entries: HashMap<u64, Entry>,
    per_client: HashMap<Client, Held>,
}

/// How many connections a client has.
type Held = Arc<AtomicUsize>;

#[derive(Debug)]
struct Entry {
    client: Client,
    held: Held,
    activity: Arc<Activity>,
    /// Ends the connection when it is dropped.
    close: DropGuard,
}

/// The place of an open connection; dropping it makes room.
#[derive(Debug)]
pub(super) struct Place {
    connections: Arc<Connections>,
    id: u64,
    pub(super) activity: Arc<Activity>,
    /// Cancelled when the connection has to go.
    pub(super) closed: CancellationToken,
}

impl Connections {
    pub(super) fn new(limits: Limits) -> Arc<Self> {
        Arc::new(Self {
            limits,
            start: Instant::now(),
            open: Mutex::default(),
        })
    }

    /// Makes a place for a new connection of `client`; `None` if nobody who may go is waiting.
    pub(super) fn admit(self: &Arc<Self>, client: Client) -> Option<Place> {
        let mut open = self.lock();
        let held = open.per_client.get(&client);
        let held = held.map_or(0, |held| held.load(Ordering::Relaxed));
        let latest = self.start.elapsed().checked_sub(self.limits.grace);
        let had_time = |since| latest.is_some_and(|latest| Duration::from_millis(since) <= latest);
        if held >= self.limits.per_client {
            open.evict(|entry, since| entry.client == client && had_time(since))?;
        } else if open.entries.len() >= self.limits.connections {
            open.evict(|entry, since| entry.held() > held + 1 || had_time(since))?;
        }
        let (activity, closed) = (
            Arc::new(Activity::new(self.start)),
            CancellationToken::new(),
        );
        let id = open.next;
        open.next += 1;
        let held = open.per_client.entry(client).or_default().clone();
        held.fetch_add(1, Ordering::Relaxed);
        let entry = Entry {
            client,
            held,
            activity: activity.clone(),
            close: closed.clone().drop_guard(),
        };
        open.entries.insert(id, entry);
        Some(Place {
            connections: self.clone(),
            id,
            activity,
            closed,
        })
    }

    /// Ends the connections that have no request: nobody waits for an answer on them.
    pub(super) fn close_waiting(&self) {
        let mut open = self.lock();
        while open.evict(|_, _| true).is_some() {}
    }

    /// Ends the connections that have taken longer than they may.
    pub(super) fn close_overdue(&self) {
        let now = self.start.elapsed();
        let mut open = self.lock();
        let overdue: Vec<_> = open
            .entries
            .iter()
            .filter(|(_, entry)| {
                let (phase, since) = entry.activity.get();
                let limit = match phase {
                    Phase::Idle => self.limits.idle,
                    Phase::Head => self.limits.head,
                    Phase::Answer | Phase::Flush => self.limits.stall,
                };
                now.saturating_sub(Duration::from_millis(since)) > limit
            })
            .map(|(&id, _)| id)
            .collect();
        for id in overdue {
            open.remove(id);
        }
    }

    /// Returns how many are open.
    #[cfg(test)]
    pub(super) fn len(&self) -> usize {
        self.lock().entries.len()
    }

    fn lock(&self) -> MutexGuard<'_, Open> {
        self.open.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Open {
    /// Ends a connection without a request, of those that `may_go`, since when it waits given as well:
    /// of the client that has the most, the one that waits for the longest. `None` if there is none.
    fn evict(&mut self, may_go: impl Fn(&Entry, u64) -> bool) -> Option<()> {
        let waiting = self.entries.iter().filter_map(|(&id, entry)| {
            let (phase, since) = entry.activity.get();
            let waits = matches!(phase, Phase::Idle | Phase::Head);
            (waits && may_go(entry, since)).then(|| (Reverse(entry.held()), since, id))
        });
        let (_, _, id) = waiting.min()?;
        self.remove(id);
        Some(())
    }

    fn remove(&mut self, id: u64) {
        let Some(entry) = self.entries.remove(&id) else {
            return;
        };
        drop(entry.close);
        if entry.held.fetch_sub(1, Ordering::Relaxed) == 1 {
            self.per_client.remove(&entry.client);
        }
    }
}

impl Entry {
    /// Returns how many connections its client has.
    fn held(&self) -> usize {
        self.held.load(Ordering::Relaxed)
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        self.connections.lock().remove(self.id);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn client(last: u8) -> Client {
        Client::at(IpAddr::from([10, 0, 0, last]))
    }

    fn limits() -> Limits {
        Limits {
            connections: 4,
            per_client: 2,
            grace: Duration::ZERO,
            ..Limits::of(4)
        }
    }

    fn admit_all(connections: &Arc<Connections>, clients: &[u8]) -> Vec<Place> {
        let places = clients.iter().map(|&last| connections.admit(client(last)));
        places.map(|place| place.expect("there is room")).collect()
    }

    #[test]
    fn a_newcomer_takes_the_place_of_who_waits_longest() {
        let connections = Connections::new(limits());
        let places = admit_all(&connections, &[1, 2, 3, 4]);
        places[0].activity.enter(Phase::Answer);
        std::thread::sleep(Duration::from_millis(2));
        places[1].activity.enter(Phase::Idle);
        let newcomer = connections.admit(client(5));
        assert!(newcomer.is_some());
        let closed: Vec<_> = places.iter().map(|p| p.closed.is_cancelled()).collect();
        assert!(!closed[0], "it has a request");
        assert!(!closed[1], "it waits for a shorter time");
        assert!(closed[2] ^ closed[3], "one of the two that wait longest");
        assert_eq!(connections.len(), 4);
    }

    #[test]
    fn who_has_the_most_makes_room_first() {
        let limits = Limits {
            per_client: 4,
            ..limits()
        };
        let connections = Connections::new(limits);
        let first = admit_all(&connections, &[1]);
        std::thread::sleep(Duration::from_millis(2));
        let many = admit_all(&connections, &[2, 2, 2]);
        let newcomer = connections.admit(client(3));
        assert!(newcomer.is_some());
        assert!(!first[0].closed.is_cancelled());
        let closed = many.iter().filter(|p| p.closed.is_cancelled()).count();
        assert_eq!(closed, 1);
    }

    #[test]
    fn who_has_had_no_time_yet_goes_only_for_a_client_with_fewer() {
        let limits = Limits {
            per_client: 3,
            grace: Duration::from_secs(3600),
            ..limits()
        };
        let connections = Connections::new(limits);
        let places = admit_all(&connections, &[1, 1, 2, 2]);
        assert!(connections.admit(client(1)).is_none());
        assert!(connections.admit(client(2)).is_none());
        let newcomer = connections.admit(client(3));
        assert!(newcomer.is_some());
        let closed = places.iter().filter(|p| p.closed.is_cancelled()).count();
        assert_eq!(closed, 1);
    }

    #[test]
    fn a_client_at_its_limit_takes_a_place_of_its_own_only() {
        let connections = Connections::new(limits());
        let others = admit_all(&connections, &[2]);
        let places = admit_all(&connections, &[1, 1]);
        let third = connections.admit(client(1));
        assert!(third.is_some());
        assert!(!others[0].closed.is_cancelled());
        let closed = places.iter().filter(|p| p.closed.is_cancelled()).count();
        assert_eq!((closed, connections.len()), (1, 3));
    }

    #[test]
    fn rejects_a_newcomer_where_everybody_has_a_request() {
        let connections = Connections::new(limits());
        let places = admit_all(&connections, &[1, 1, 2, 2]);
        for place in &places {
            place.activity.enter(Phase::Answer);
        }
        assert!(connections.admit(client(3)).is_none());
        drop(places);
        assert_eq!(connections.len(), 0);
        assert!(connections.lock().per_client.is_empty());
        assert!(connections.admit(client(3)).is_some());
    }

    #[test]
    fn who_takes_longer_than_a_phase_may_take_is_closed() {
        for (phase, short) in [
            (
                Phase::Idle,
                Limits {
                    idle: Duration::ZERO,
                    ..limits()
                },
            ),
            (
                Phase::Head,
                Limits {
                    head: Duration::ZERO,
                    ..limits()
                },
            ),
            (
                Phase::Answer,
                Limits {
                    stall: Duration::ZERO,
                    ..limits()
                },
            ),
            (
                Phase::Flush,
                Limits {
                    stall: Duration::ZERO,
                    ..limits()
                },
            ),
        ] {
            let closed = |limits| {
                let connections = Connections::new(limits);
                let place = connections.admit(client(1)).expect("there is room");
                place.activity.enter(phase);
                std::thread::sleep(Duration::from_millis(2));
                connections.close_overdue();
                place.closed.is_cancelled()
            };
            assert!(closed(short), "{phase:?}");
            assert!(!closed(limits()), "{phase:?}");
        }
    }

    #[test]
    fn a_network_of_ipv6_is_one_client() {
        let at = |address: &str| Client::at(address.parse().expect("an address"));
        assert_eq!(at("2001:db8::1"), at("2001:db8::ffff:2"));
        assert_ne!(at("2001:db8::1"), at("2001:db8:0:1::1"));
        assert_eq!(at("::ffff:10.0.0.1"), at("10.0.0.1"));
        assert_ne!(at("10.0.0.1"), at("10.0.0.2"));
    }
}
