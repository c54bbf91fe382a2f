//! Headers that follow each other, from a provider that has a long chain, and from one that lies about it.

use std::sync::{LazyLock, Mutex};

use rpp_light_client::{
    Answer, Checkpoint, Error, ErrorKind, Ledger, Request, Transport, TransportError,
};
use rpp_tests::headers::chain;
use rpp_verifier::{
    Ancestor, BLOCK_MEDIA_TYPE, Block, Blocks, CIRCUITS, Digest, Document, Header, HeaderHash,
    History, Route, TrustedHeader,
};

/// Height of the header that is trusted.
const TOP: u32 = 1100;
const EPOCH: u32 = 8;
/// The provider has more.
static HEADERS: LazyLock<Vec<Header>> = LazyLock::new(|| chain(TOP + 8, |_| ()));
static HASHES: LazyLock<Vec<HeaderHash>> =
    LazyLock::new(|| HEADERS.iter().map(Header::hash).collect());

/// What becomes of the page that begins at a height.
type Lie = Box<dyn Fn(u32, &mut Blocks) + Send + Sync>;

/// A provider that has pruned all blocks: it has the headers, and nothing else.
#[derive(Default)]
struct Archive {
    lie: Mutex<Option<Lie>>,
    asked: Mutex<Vec<String>>,
}

impl Archive {
    fn lying(lie: impl Fn(u32, &mut Blocks) + Send + Sync + 'static) -> Self {
        let lie: Lie = Box::new(lie);
        let lie = Mutex::new(Some(lie));
        Self {
            lie,
            ..Self::default()
        }
    }

    fn take_asked(&self) -> Vec<String> {
        std::mem::take(&mut *self.asked.lock().unwrap())
    }

    fn find(&self, path: &str) -> Vec<u8> {
        match Route::parse(path, &CIRCUITS).unwrap() {
            Route::Block { height } => block(height).to_bytes(),
            Route::Blocks { from, limit } => self.page(from, limit).to_bytes(),
            Route::Ancestor { height, within } => {
                let hashes = &HASHES[..index(within)];
                Ancestor {
                    height,
                    within,
                    header_hash: HASHES[index(height)],
                    history_path: History::new(hashes).path(height),
                }
                .to_bytes()
            }
            _ => panic!("{path} is not asked for"),
        }
    }

    fn page(&self, from: u32, limit: u32) -> Blocks {
        let end = (from + limit).min(TOP + 9);
        let mut page = Blocks {
            blocks: (from..end).map(block).collect(),
            next: (end <= TOP + 8).then_some(end),
        };
        if let Some(lie) = &*self.lie.lock().unwrap() {
            lie(from, &mut page);
        }
        page
    }
}

impl Transport for &Archive {
    async fn send(&self, request: &Request) -> Result<Answer, TransportError> {
        self.asked.lock().unwrap().push(request.path.clone());
        let body = self.find(&request.path);
        assert!(body.len() <= request.max_bytes);
        Ok(Answer {
            status: 200,
            content_type: BLOCK_MEDIA_TYPE.to_owned(),
            retry_after: None,
            body,
        })
    }
}

fn block(height: u32) -> Block {
    Block {
        header: HEADERS[index(height)].clone(),
        parent: None,
        certificate: None,
        proofs: Vec::new(),
    }
}

fn index(height: u32) -> usize {
    usize::try_from(height).unwrap()
}

/// The header at [`TOP`], which its owner trusts by its hash.
fn top() -> TrustedHeader {
    let header = &HEADERS[index(TOP)];
    let chain = Checkpoint::of(header, EPOCH).start(header).unwrap();
    chain.trusted(header).unwrap()
}

async fn history(archive: &Archive, from: u32, to: u32) -> Result<Vec<TrustedHeader>, Error> {
    Ledger::new(&archive, top()).history(from, to).await
}

async fn returned(archive: &Archive, from: u32, to: u32) {
    let headers = history(archive, from, to).await.unwrap();
    let expected = &HEADERS[index(from)..=index(to)];
    assert_eq!(headers.len(), expected.len());
    for (header, expected) in headers.iter().zip(expected) {
        assert_eq!(header.header(), expected);
        assert_eq!(*header.hash(), expected.hash());
    }
}

#[tokio::test]
async fn returns_the_headers_below_a_trusted_one() {
    let archive = Archive::default();
    // One, two, a page and one to either side of it, the beginning and the end, the most there may be.
    for (from, to) in [
        (7, 7),
        (7, 8),
        (7, 70),
        (7, 71),
        (7, 72),
        (0, 0),
        (0, 1),
        (TOP, TOP),
        (TOP - 1, TOP),
        (TOP - 1023, TOP),
        (0, 1023),
    ] {
        returned(&archive, from, to).await;
    }
}

#[tokio::test]
async fn asks_for_no_more_than_it_returns() {
    let archive = Archive::default();
    returned(&archive, 30, 170).await;
    let expected = [
        "/v1/blocks/170".to_owned(),
        format!("/v1/ancestors/170?in={TOP}"),
        "/v1/blocks?from=106&limit=64".into(),
        "/v1/blocks?from=42&limit=64".into(),
        "/v1/blocks?from=30&limit=12".into(),
    ];
    assert_eq!(archive.take_asked(), expected);
    returned(&archive, TOP, TOP).await;
    assert_eq!(archive.take_asked(), Vec::<String>::new());
    returned(&archive, TOP - 2, TOP).await;
    let page = format!("/v1/blocks?from={}&limit=2", TOP - 2);
    assert_eq!(archive.take_asked(), [page]);
}

#[tokio::test]
async fn rejects_what_no_call_returns_before_anybody_is_asked() {
    let archive = Archive::default();
    for (from, to, code) in [
        (8, 7, "history-reversed"),
        (u32::MAX, 0, "history-reversed"),
        (0, 1024, "history-too-long"),
        (0, u32::MAX, "history-too-long"),
        (TOP, TOP + 1, "above-head"),
        (u32::MAX, u32::MAX, "above-head"),
    ] {
        let error = history(&archive, from, to).await.unwrap_err();
        assert_eq!((error.code(), error.kind()), (code, ErrorKind::Config));
        assert!(!error.is_transient());
    }
    assert_eq!(archive.take_asked(), Vec::<String>::new());
    let most = Ledger::<&Archive>::MAX_HISTORY;
    assert_eq!(most, 1024);
}

/// The code of a lie about the page from 106 to 169, and how many pages were asked for.
async fn refused(lie: impl Fn(&mut Blocks) + Send + Sync + 'static) -> (&'static str, usize) {
    let archive = Archive::lying(move |from, page| {
        if from == 106 {
            lie(page);
        }
    });
    let error = history(&archive, 30, 170).await.unwrap_err();
    assert!(!error.is_transient(), "{error}");
    let asked = archive.take_asked();
    let pages = asked.iter().filter(|path| path.contains("limit=")).count();
    *archive.lie.lock().unwrap() = None;
    returned(&archive, 30, 170).await;
    (error.code(), pages)
}

#[tokio::test]
async fn rejects_each_lie_about_a_header_with_its_code() {
    type Told = fn(&mut Blocks);
    let lies: [(Told, &str); 15] = [
        // One is left out: at either end, in the middle, without and with another in its place.
        (|page| drop(page.blocks.remove(0)), "other-height"),
        (|page| drop(page.blocks.remove(30)), "other-height"),
        (|page| drop(page.blocks.pop()), "page-length"),
        (|page| page.blocks.clear(), "page-length"),
        (
            |page| {
                drop(page.blocks.remove(30));
                page.blocks.push(block(170));
            },
            "other-height",
        ),
        // One is there twice: in another's place, and beside it, which is more than a page may have.
        (
            |page| page.blocks[63] = page.blocks[62].clone(),
            "other-height",
        ),
        (
            |page| page.blocks.insert(30, page.blocks[30].clone()),
            "out-of-range",
        ),
        // Two are swapped, with or without their heights; all are in the wrong order.
        (|page| page.blocks.swap(30, 31), "other-height"),
        (
            |page| {
                page.blocks.swap(30, 31);
                page.blocks[30].header.height -= 1;
                page.blocks[31].header.height += 1;
            },
            "claim-not-parent",
        ),
        (|page| page.blocks.reverse(), "other-height"),
        // Another page.
        (
            |page| page.blocks = (42..106).map(block).collect(),
            "other-height",
        ),
        // One is changed: the first, the last, one in between, and so that the ones below it follow from it.
        (
            |page| page.blocks[63].header.timestamp_ms += 1,
            "claim-not-parent",
        ),
        (
            |page| page.blocks[30].header.tx_root = Digest::ZERO,
            "claim-not-parent",
        ),
        (|page| page.blocks[0].header.slot += 1, "claim-not-parent"),
        (
            |page| {
                let other = chain(TOP, |header| header.proposer = 5);
                for block in &mut page.blocks {
                    block.header = other[index(block.header.height)].clone();
                }
            },
            "claim-not-parent",
        ),
    ];
    for (lie, code) in lies {
        // Nothing below it is asked for any more.
        assert_eq!(refused(lie).await, (code, 1));
    }
}

#[tokio::test]
async fn rejects_a_page_that_is_longer_than_asked_for() {
    type Told = fn(&mut Blocks);
    let lies: [(Told, &str); 2] = [
        (|page| page.blocks.push(block(170)), "page-length"),
        (
            |page| page.blocks.insert(7, page.blocks[7].clone()),
            "other-height",
        ),
    ];
    for (lie, code) in lies {
        let archive = Archive::lying(move |_, page| lie(page));
        let error = history(&archive, 150, 170).await.unwrap_err();
        assert_eq!((error.code(), error.is_transient()), (code, false));
    }
}

#[tokio::test]
async fn rejects_a_header_at_the_end_as_an_ancestor_is() {
    struct Other<'a>(&'a Archive);
    impl Transport for Other<'_> {
        async fn send(&self, request: &Request) -> Result<Answer, TransportError> {
            let mut answer = self.0.send(request).await?;
            if request.path == "/v1/blocks/170" {
                let mut changed = block(170);
                changed.header.state_root = Digest::ZERO;
                answer.body = changed.to_bytes();
            }
            Ok(answer)
        }
    }
    let archive = Archive::default();
    let error = Ledger::new(&Other(&archive), top()).history(150, 170).await;
    assert_eq!(error.unwrap_err().code(), "claim-not-ancestor");
    let asked = archive.take_asked();
    assert!(
        !asked.iter().any(|path| path.contains("limit=")),
        "{asked:?}"
    );
}

/// One of several behind one address may lag; that it hides what is newer looks the same.
#[tokio::test]
async fn takes_the_end_of_a_chain_for_trouble() {
    for (left, got) in [(63, 168), (1, 106), (0, 105)] {
        let archive = Archive::lying(move |_, page| {
            page.blocks.truncate(left);
            page.next = None;
        });
        let error = history(&archive, 106, 170).await.unwrap_err();
        assert_eq!((error.code(), error.is_transient()), ("head-behind", true));
        assert!(error.to_string().contains(&format!("block {got},")));
    }
}
