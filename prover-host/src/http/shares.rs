//! `Shares`: something scarce, divided among clients.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use super::connections::Client;

/// Something scarce: streams, places in a queue, bytes of memory.
///
/// A client may hold as much as it leaves free, and no more than a fixed limit. One alone gets half, two
/// get a third each, and so on: however many hold all they can, something is left for who comes next.
#[derive(Debug)]
pub(super) struct Shares {
    all: usize,
    per_client: usize,
    held: Mutex<Held>,
}

#[derive(Debug, Default)]
struct Held {
    all: usize,
    per_client: HashMap<Client, usize>,
}

/// What a client holds; dropping it gives it back.
#[derive(Debug)]
pub(super) struct Share {
    shares: Arc<Shares>,
    client: Client,
    amount: usize,
}

impl Shares {
    /// Returns `all` of something, of which no client gets more than `per_client`.
    pub(super) fn new(all: usize, per_client: usize) -> Arc<Self> {
        Arc::new(Self {
            all,
            per_client,
            held: Mutex::default(),
        })
    }

    /// Takes `amount` for a client; `None` if that is more than it may have.
    pub(super) fn take(self: &Arc<Self>, client: Client, amount: usize) -> Option<Share> {
        let mut held = self.lock();
        let free = self.all.saturating_sub(held.all);
        let own = held.per_client.get(&client).copied().unwrap_or(0);
        let own = own.checked_add(amount)?;
        if own > free || own > self.per_client {
            return None;
        }
        held.all += amount;
        held.per_client.insert(client, own);
        drop(held);
        let shares = self.clone();
        Some(Share {
            shares,
            client,
            amount,
        })
    }

    fn lock(&self) -> MutexGuard<'_, Held> {
        self.held.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Drop for Share {
    fn drop(&mut self) {
        let mut held = self.shares.lock();
        held.all -= self.amount;
        if let Some(own) = held.per_client.get_mut(&self.client) {
            *own -= self.amount;
            if *own == 0 {
                held.per_client.remove(&self.client);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use std::net::IpAddr;

    use super::*;

    fn take(shares: &Arc<Shares>, last: u8, amount: usize) -> Option<Share> {
        shares.take(Client::at(IpAddr::from([10, 0, 0, last])), amount)
    }

    /// Takes one at a time until there is no more.
    fn take_all(shares: &Arc<Shares>, last: u8) -> Vec<Share> {
        std::iter::from_fn(|| take(shares, last, 1)).collect()
    }

    #[test]
    fn whoever_takes_all_they_can_leaves_some_to_the_next() {
        let shares = Shares::new(120, usize::MAX);
        let mut held = Vec::new();
        for (client, amount) in [(1, 60), (2, 30), (3, 15), (4, 8)] {
            let of_client = take_all(&shares, client);
            assert_eq!(of_client.len(), amount, "{client}");
            held.extend(of_client);
        }
        drop(held);
        assert!(shares.lock().per_client.is_empty());
        assert_eq!(shares.lock().all, 0);
    }

    #[test]
    fn a_client_has_its_limit_even_where_much_is_free() {
        let shares = Shares::new(8, 2);
        let first = take_all(&shares, 1);
        assert_eq!(first.len(), 2);
        assert!(take(&shares, 2, 3).is_none());
        let other = take(&shares, 2, 2);
        assert!(other.is_some());
        drop(first);
        assert!(take(&shares, 1, 1).is_some());
    }

    #[test]
    fn the_last_one_is_for_someone() {
        let shares = Shares::new(1, 1);
        let only = take(&shares, 1, 1);
        assert!(only.is_some());
        assert!(take(&shares, 2, 1).is_none());
    }
}
