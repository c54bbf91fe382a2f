//! `HistoryLog`: the history tree of a growing chain, with the path of any header in any later one.

use rpp_verifier::{
    Digest, HISTORY_DEPTH, HeaderHash, HistoryPath, MerklePath, compress, empty_nodes,
};

/// The finished nodes of the history tree: about two digests per header, appended and never
/// changed.
///
/// A path costs at most one hash per level, however long the chain is.
#[derive(Clone, Debug)]
pub struct HistoryLog {
    /// `finished[k]` holds the nodes of level k whose leaves are all present.
    finished: [Vec<Digest>; HISTORY_DEPTH],
    empty: [Digest; HISTORY_DEPTH],
}

impl Default for HistoryLog {
    fn default() -> Self {
        Self {
            finished: std::array::from_fn(|_| Vec::new()),
            empty: empty_nodes().0,
        }
    }
}

impl HistoryLog {
    /// Appends the next header hash.
    pub fn append(&mut self, header: HeaderHash) {
        let mut node = header.0;
        for level in &mut self.finished {
            level.push(node);
            if level.len() % 2 == 1 {
                return;
            }
            node = compress(&level[level.len() - 2], &node);
        }
    }

    /// Returns the hash of the header at `height`.
    ///
    /// # Panics
    ///
    /// If there is no header at `height`.
    #[must_use]
    pub fn header_hash(&self, height: u32) -> HeaderHash {
        HeaderHash(self.finished[0][to_index(height)])
    }

    /// Returns the path of the header at `height` in the history of the header at height `count`.
    ///
    /// # Panics
    ///
    /// If there are fewer than `count` headers, or `height` is not below `count`.
    #[must_use]
    pub fn path(&self, height: u32, count: u32) -> HistoryPath {
        let (height, count) = (to_index(height), to_index(count));
        assert!(height < count && count <= self.finished[0].len());
        // The node over the last leaves, of which some are missing; `None` where it is finished.
        let mut edge: Option<Digest> = None;
        MerklePath(std::array::from_fn(|k| {
            let (finished, empty) = (count >> k, &self.empty[k]);
            let sibling = height >> k ^ 1;
            let node = match sibling.cmp(&finished) {
                std::cmp::Ordering::Less => self.finished[k][sibling],
                std::cmp::Ordering::Equal => edge.unwrap_or(*empty),
                std::cmp::Ordering::Greater => *empty,
            };
            edge = match (finished % 2 == 1, edge) {
                (true, edge) => {
                    let left = &self.finished[k][finished - 1];
                    Some(compress(left, &edge.unwrap_or(*empty)))
                }
                (false, Some(edge)) => Some(compress(&edge, empty)),
                (false, None) => None,
            };
            node
        }))
    }
}

fn to_index(height: u32) -> usize {
    usize::try_from(height).expect("a u32 fits a usize")
}

#[cfg(test)]
mod tests {
    use rpp_verifier::History;
    use rpp_verifier::hazmat::{Domain, hash, u32_limbs};

    use super::*;

    #[test]
    fn paths_are_those_of_the_whole_tree() {
        let headers: Vec<_> = (0..21)
            .map(|i| HeaderHash(hash(Domain::Header, &u32_limbs(i))))
            .collect();
        let mut log = HistoryLog::default();
        headers.iter().for_each(|&header| log.append(header));
        for count in 1..=21 {
            let history = History::new(&headers[..to_index(count)]);
            for height in 0..count {
                assert_eq!(log.path(height, count), history.path(height));
            }
        }
    }
}
