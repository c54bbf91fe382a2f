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

/// Marks the requests of a connection that is there for a moment, while there is no room.
#[derive(Clone, Copy, Debug)]
pub(super) struct Spare;

/// The open connections of a server.
///
/// When there is no room, a newcomer takes the place of a connection that is without a request, or whose
/// client reads the answer slowly: of the client that has the most, one without a request before one that
/// reads slowly, one that never asked anything before one that did, and the one that has been so for the
/// longest. A client that has no fewer itself waits until that one had its time. Where there is none such,
/// a client with fewer takes the place of an answer that has to wait for its reader just then.
///
/// So whoever opens many and asks nothing, or reads a trickle, keeps nobody out but themselves, and to turn
/// them away costs little. [`Limits::few`] connections are nobody's many: people behind one address do not
/// lose theirs to strangers who have an address for each.
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

    /// Makes a place for a new connection of `client`; `None` if nobody has to make room.
    pub(super) fn admit(self: &Arc<Self>, client: Client) -> Option<Place> {
        let mut open = self.lock();
        let held = open.per_client.get(&client);
        let held = held.map_or(0, |held| held.load(Ordering::Relaxed));
        if held >= self.limits.per_client {
            let own = |entry: &Entry, had_time| entry.client == client && had_time;
            open.evict(&self.limits, self.start, own)?;
        } else if open.entries.len() >= self.limits.connections {
            let other = |entry: &Entry, had_time| entry.held() > held + 1 || had_time;
            open.evict(&self.limits, self.start, other)?;
        }
        let (activity, closed) = (
            Arc::new(Activity::new(self.start, self.limits.min_rate)),
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
        self.close(|entry| matches!(entry.activity.get().0, Phase::Idle | Phase::Head));
    }

    /// Ends the connections that have taken longer than they may.
    pub(super) fn close_overdue(&self) {
        let now = self.start.elapsed();
        self.close(|entry| {
            let (phase, since) = entry.activity.get();
            let limit = match phase {
                Phase::Idle => self.limits.idle,
                Phase::Head => self.limits.head,
                Phase::Answer | Phase::Flush => self.limits.stall,
            };
            let stands = now.saturating_sub(Duration::from_millis(since)) > limit;
            stands || entry.activity.owed() > self.limits.max_owed()
        });
    }

    fn close(&self, has_to_go: impl Fn(&Entry) -> bool) {
        let mut open = self.lock();
        let entries = open.entries.iter();
        let closed = entries.filter(|(_, entry)| has_to_go(entry));
        let closed: Vec<_> = closed.map(|(&id, _)| id).collect();
        for id in closed {
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
    /// Ends the first of those connections that may have to make room, and `may_go`, which is told whether
    /// the connection had its time as well. `None` if there is none.
    fn evict(
        &mut self,
        limits: &Limits,
        start: Instant,
        may_go: impl Fn(&Entry, bool) -> bool,
    ) -> Option<()> {
        let latest = start.elapsed().checked_sub(limits.grace);
        let ranked = self.entries.iter().filter_map(|(&id, entry)| {
            let rank = entry.rank(limits, latest)?;
            may_go(entry, rank.had_time).then_some((rank.order, id))
        });
        let (_, id) = ranked.min()?;
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

    /// Returns when its turn is to make room; `None` where it is being answered as fast as the host can.
    /// Who has waited since `latest` had their time.
    fn rank(&self, limits: &Limits, latest: Option<Duration>) -> Option<Rank> {
        let (phase, since) = self.activity.get();
        let is_waiting = matches!(phase, Phase::Idle | Phase::Head);
        if !is_waiting && !self.activity.is_blocked() {
            return None;
        }
        let owed = self.activity.owed();
        let (had_time, since) = if is_waiting {
            let since_then = Duration::from_millis(since);
            (latest.is_some_and(|latest| since_then <= latest), since)
        } else {
            (owed >= limits.slow(), u64::MAX - owed)
        };
        Some(Rank {
            had_time,
            order: (
                // It only waits for its reader just then.
                !is_waiting && !had_time,
                Reverse(self.held().max(limits.few())),
                !is_waiting,
                self.activity.has_asked(),
                since,
            ),
        })
    }
}

/// When a connection's turn is to make room.
struct Rank {
    had_time: bool,
    /// The smallest goes first.
    order: (bool, Reverse<usize>, bool, bool, u64),
}

impl Drop for Place {
    fn drop(&mut self) {
        self.connections.lock().remove(self.id);
    }
}

#[cfg(test)]
mod tests {
    use std::task::Poll;

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

    /// Makes this connection one that waits for its reader.
    fn block(place: &Place) {
        place.activity.ask();
        place.activity.wrote(&Poll::Pending);
    }

    #[test]
    fn who_reads_a_trickle_is_closed_however_often() {
        let limits = Limits {
            min_rate: 1 << 40,
            slack: Duration::from_millis(1),
            ..limits()
        };
        let connections = Connections::new(limits);
        let places = admit_all(&connections, &[1, 2]);
        block(&places[0]);
        for phase in [Phase::Flush, Phase::Idle, Phase::Answer] {
            std::thread::sleep(Duration::from_millis(2));
            places[0].activity.wrote(&Poll::Ready(Ok(512)));
            places[0].activity.wrote(&Poll::Pending);
            // A trickle of short answers is no better than one of a long answer.
            places[0].activity.enter(phase);
        }
        // It took as long, and its reader was never behind.
        places[1].activity.ask();
        connections.close_overdue();
        let closed: Vec<_> = places.iter().map(|p| p.closed.is_cancelled()).collect();
        assert_eq!(closed, [true, false]);
    }

    #[test]
    fn who_reads_fast_owes_nothing() {
        let activity = Activity::new(Instant::now(), 1 << 20);
        activity.ask();
        activity.wrote(&Poll::Pending);
        std::thread::sleep(Duration::from_millis(2));
        assert!(activity.is_blocked() && activity.owed() > 0);
        activity.wrote(&Poll::Ready(Ok(usize::MAX)));
        assert!(!activity.is_blocked());
        assert_eq!(activity.owed(), 0);
    }

    #[test]
    fn the_slowest_reader_of_the_client_with_the_most_makes_room() {
        let limits = Limits {
            per_client: 3,
            min_rate: 1 << 40,
            ..limits()
        };
        let connections = Connections::new(limits);
        let places = admit_all(&connections, &[1, 2, 2, 2]);
        for at in [0, 2, 1, 3] {
            block(&places[at]);
            std::thread::sleep(Duration::from_millis(2));
        }
        assert!(connections.admit(client(3)).is_some());
        let closed: Vec<_> = places.iter().map(|p| p.closed.is_cancelled()).collect();
        assert_eq!(closed, [false, false, true, false]);
    }

    #[test]
    fn an_answer_that_is_read_is_not_touched_for_a_client_with_as_many() {
        let limits = Limits {
            grace: Duration::from_secs(3600),
            ..limits()
        };
        let connections = Connections::new(limits);
        let places = admit_all(&connections, &[1, 1, 2, 2]);
        places.iter().for_each(block);
        assert!(connections.admit(client(1)).is_none());
        // One with fewer takes the place of whoever does not read just then.
        assert!(connections.admit(client(3)).is_some());
    }

    #[test]
    fn who_never_asked_goes_before_who_did_where_all_have_few() {
        let limits = Limits {
            per_client: 64,
            ..limits()
        };
        let connections = Connections::new(limits);
        let honest = admit_all(&connections, &[1, 1]);
        for place in &honest {
            place.activity.ask();
            place.activity.enter(Phase::Idle);
        }
        std::thread::sleep(Duration::from_millis(2));
        let mut strangers = admit_all(&connections, &[2, 3]);
        for last in 4..10 {
            strangers.push(connections.admit(client(last)).expect("there is room"));
        }
        assert!(honest.iter().all(|place| !place.closed.is_cancelled()));
        assert_eq!(connections.len(), 4);
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
