//! `Pages`: finished pages of blocks, kept as they are sent.

use std::collections::VecDeque;
use std::sync::{Mutex, PoisonError};

use super::accept::Encoding;
use super::reply::Rendered;

/// What a page is asked for by.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) struct PageKey {
    pub(super) from: u32,
    pub(super) limit: u32,
    pub(super) encoding: Encoding,
    /// Of the page in the ledger: what was finished under another revision may be unfinished.
    pub(super) revision: u64,
}

/// The pages that were asked for last.
///
/// A page is finished when it is full and all its blocks were proven: then it stays as it is, until a proof
/// is lost or retired, which changes the page's revision in the ledger.
#[derive(Debug, Default)]
pub(super) struct Pages(Mutex<Kept>);

#[derive(Debug, Default)]
struct Kept {
    /// From the one that was asked for last.
    pages: VecDeque<(PageKey, Rendered)>,
    bytes: usize,
}

impl Pages {
    /// Returns a page that is kept.
    pub(super) fn get(&self, key: PageKey) -> Option<Rendered> {
        let mut kept = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let at = kept.pages.iter().position(|(of, _)| *of == key)?;
        let (key, page) = kept.pages.remove(at)?;
        kept.pages.push_front((key, page.clone()));
        Some(page)
    }

    /// Keeps a finished page, and drops those that were not asked for the longest if there is no room.
    pub(super) fn keep(&self, key: PageKey, page: Rendered) {
        let mut kept = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        kept.bytes += page.len();
        kept.pages.push_front((key, page));
        while kept.bytes > MAX_BYTES {
            let Some((_, dropped)) = kept.pages.pop_back() else {
                break;
            };
            kept.bytes -= dropped.len();
        }
    }
}

/// About fifty of the longest pages.
const MAX_BYTES: usize = 16 << 20;

#[cfg(test)]
mod tests {
    use super::*;

    fn key(from: u32) -> PageKey {
        PageKey {
            from,
            limit: 64,
            encoding: Encoding::Json,
            revision: 0,
        }
    }

    #[test]
    fn the_page_that_was_not_asked_for_the_longest_makes_room() {
        let pages = Pages::default();
        let page = || Rendered::new(vec![0; MAX_BYTES / 2]);
        pages.keep(key(0), page());
        pages.keep(key(64), page());
        assert!(pages.get(key(0)).is_some());
        pages.keep(key(128), page());
        assert!(pages.get(key(64)).is_none());
        assert!(pages.get(key(0)).is_some() && pages.get(key(128)).is_some());
        let revised = PageKey {
            revision: 1,
            ..key(0)
        };
        assert!(pages.get(revised).is_none());
    }
}
