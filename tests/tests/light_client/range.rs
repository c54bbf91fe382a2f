//! Blocks that are proven to follow each other, from a provider that has proofs of their ranges, and from one that lies about them.

use std::collections::BTreeMap;
use std::sync::{LazyLock, Mutex};

use rpp_light_client::{
    Answer, Checkpoint, Error, ErrorKind, Ledger, Request, Transport, TransportError,
};
use rpp_tests::headers::chain;
use rpp_verifier::{
    Ancestor, BLOCK_MEDIA_TYPE, Block, CIRCUITS, Digest, Document, FileDigest, Header, History,
    Key, ListedProof, PROOF_MEDIA_TYPE, ProofKey, Prover, PruningWitness, RangeCircuit, RangeProof,
    Route, Subject, TrustedHeader, VerifiedRange, fold_block,
};

/// Height of the header that is trusted.
const TOP: u32 = 15;
const EPOCH: u32 = 8;
/// The ranges that the blocks 1 to 12 are: the provider has these proofs, and one more.
const RANGES: [(u32, u32); 5] = [(12, 12), (8, 11), (4, 7), (2, 3), (1, 1)];
static HEADERS: LazyLock<Vec<Header>> = LazyLock::new(|| chain(TOP, |_| ()));
static PROOFS: LazyLock<BTreeMap<(u32, u32), Vec<u8>>> = LazyLock::new(|| {
    let ranges = RANGES.into_iter().chain([(0, 3)]);
    let proven = ranges.map(|(first, last)| ((first, last), prove(first, last, fold(first))));
    proven.collect()
});

type Lie = Box<dyn Fn(&Route, Vec<u8>) -> Vec<u8> + Send + Sync>;

/// A provider that has all headers, and proofs of some ranges.
#[derive(Default)]
struct Archive {
    lie: Option<Lie>,
    asked: Mutex<Vec<String>>,
}

impl Archive {
    fn lying(lie: impl Fn(&Route, Vec<u8>) -> Vec<u8> + Send + Sync + 'static) -> Self {
        let lie: Option<Lie> = Some(Box::new(lie));
        Self {
            lie,
            ..Self::default()
        }
    }
}

impl Transport for &Archive {
    async fn send(&self, request: &Request) -> Result<Answer, TransportError> {
        let path = &request.path;
        self.asked.lock().unwrap().push(path.clone());
        let route = Route::parse(path, &CIRCUITS).unwrap();
        let (media_type, body) = match &route {
            Route::Block { height } => (BLOCK_MEDIA_TYPE, block(*height).to_bytes()),
            Route::Ancestor { height, within } => {
                (BLOCK_MEDIA_TYPE, ancestor(*height, *within).to_bytes())
            }
            Route::Pruning { first, last } => (BLOCK_MEDIA_TYPE, range(*first, *last).to_bytes()),
            Route::ProofOf(ProofKey {
                subject: Subject::Range { first, last },
                ..
            }) => match PROOFS.get(&(*first, *last)) {
                Some(proof) => (PROOF_MEDIA_TYPE, proof.clone()),
                None => return Ok(unknown()),
            },
            _ => panic!("{path} is not asked for"),
        };
        let body = match &self.lie {
            Some(lie) => lie(&route, body),
            None => body,
        };
        Ok(Answer {
            status: 200,
            content_type: media_type.to_owned(),
            retry_after: None,
            body,
        })
    }
}

fn unknown() -> Answer {
    Answer {
        status: 404,
        content_type: "application/problem+json".into(),
        retry_after: None,
        body: br#"{"code":"unknown-proof"}"#.to_vec(),
    }
}

fn at(height: u32) -> &'static Header {
    &HEADERS[usize::try_from(height).unwrap()]
}

fn history(height: u32) -> History {
    let below = HEADERS.iter().take(usize::try_from(height).unwrap());
    History::new(&below.map(Header::hash).collect::<Vec<_>>())
}

/// The fold over the blocks before a height.
fn fold(height: u32) -> Digest {
    let below = HEADERS.iter().take(usize::try_from(height).unwrap());
    below.fold(Digest::ZERO, |fold, header| {
        fold_block(&fold, header.height, &header.tx_root)
    })
}

fn prove(first: u32, last: u32, fold_before: Digest) -> Vec<u8> {
    let headers = (first..=last).map(|height| at(height).clone()).collect();
    let path = history(last + 1).path(first);
    let witness = PruningWitness::new(headers, at(last + 1), &path, fold_before).unwrap();
    let chain_id = witness.statement.chain_id;
    let proof = Prover::<RangeCircuit>::new(chain_id).prove(&witness);
    proof.unwrap().to_bytes()
}

fn block(height: u32) -> Block {
    Block {
        header: at(height).clone(),
        parent: None,
        certificate: None,
        proofs: Vec::new(),
    }
}

fn ancestor(height: u32, within: u32) -> Ancestor {
    Ancestor {
        height,
        within,
        header_hash: at(height).hash(),
        history_path: history(within).path(height),
    }
}

fn range(first: u32, last: u32) -> RangeProof {
    let circuit = Key::of::<RangeCircuit>(at(0).chain_id).circuit();
    RangeProof {
        start: at(first).clone(),
        end: at(last + 1).clone(),
        fold_before: fold(first),
        fold_after: fold(last + 1),
        proof: ListedProof {
            circuit: circuit.into(),
            id: FileDigest([0; 32]),
            bytes: 1,
        },
    }
}

/// The header at [`TOP`], which its owner trusts by its hash.
fn top() -> TrustedHeader {
    let chain = Checkpoint::of(at(TOP), EPOCH).start(at(TOP)).unwrap();
    chain.trusted(at(TOP)).unwrap()
}

async fn ask(archive: &Archive, first: u32, last: u32) -> Result<VerifiedRange, Error> {
    Ledger::new(&archive, top()).range(first, last).await
}

#[tokio::test]
async fn blocks_are_proven_by_ranges_that_meet_below_a_trusted_header() {
    let archive = Archive::default();
    let range = ask(&archive, 1, 12).await.unwrap();
    assert_eq!(range.start().header(), at(1));
    assert_eq!(range.end().header(), at(13));
    let proofs = u32::try_from(RANGES.len()).unwrap();
    assert_eq!(range.proofs(), proofs);
    let roots: Vec<_> = (1..13).map(|height| at(height).tx_root).collect();
    assert!(range.has_operations(&roots));
    assert_eq!(*range.fold_before(), fold(1));

    let asked = std::mem::take(&mut *archive.asked.lock().unwrap());
    let mut expected = vec![
        "/v1/blocks/13".to_owned(),
        format!("/v1/ancestors/13?in={TOP}"),
    ];
    for (first, last) in RANGES {
        expected.push(format!("/v1/proofs/pruning/{first}-{last}"));
        expected.push(format!("/v1/pruning/{first}-{last}"));
    }
    assert_eq!(asked, expected);

    // From the genesis on nothing has to be known of the fold before.
    let range = ask(&archive, 0, 3).await.unwrap();
    assert_eq!((range.proofs(), *range.fold_before()), (1, Digest::ZERO));
}

#[tokio::test]
async fn nobody_is_asked_about_blocks_of_which_no_proof_can_be() {
    let archive = Archive::default();
    for (first, last, code) in [
        (3, 2, "history-reversed"),
        (0, 65_536, "history-too-long"),
        (TOP, TOP, "above-head"),
        (u32::MAX, u32::MAX, "above-head"),
    ] {
        let error = ask(&archive, first, last).await.unwrap_err();
        assert_eq!((error.code(), error.kind()), (code, ErrorKind::Config));
    }
    assert!(archive.asked.lock().unwrap().is_empty());
}

#[tokio::test]
async fn a_proof_that_is_not_there_is_asked_for() {
    let archive = Archive::default();
    let error = ask(&archive, 12, 13).await.unwrap_err();
    assert_eq!(error.code(), "provider-refused");
    let asked = archive.asked.lock().unwrap();
    let proofs = asked.iter().filter(|path| path.ends_with("/12-13"));
    assert_eq!(proofs.count(), 2);
}

/// The code of a lie about the range from 4 to 7, in what is said of it or in its proof.
async fn refused(lie: impl Fn(&mut RangeProof) + Send + Sync + 'static) -> &'static str {
    let archive = Archive::lying(move |route, body| match route {
        Route::Pruning { first: 4, .. } => {
            let mut said = RangeProof::from_bytes(&body).unwrap();
            lie(&mut said);
            said.to_bytes()
        }
        _ => body,
    });
    let error = ask(&archive, 1, 12).await.unwrap_err();
    assert!(!error.is_transient(), "{error}");
    error.code()
}

#[tokio::test]
async fn rejects_lies_about_a_range() {
    assert_eq!(
        refused(|said| said.start = at(5).clone()).await,
        "other-height"
    );
    let is_of_the_proof = |code| matches!(code, "proof-of-work" | "opening");
    // Which check of the proof it fails first depends on its challenges.
    let forged = refused(|said| said.start.state_root = Digest::ZERO).await;
    assert!(is_of_the_proof(forged), "{forged}");
    let forged = refused(|said| said.fold_before = Digest::ZERO).await;
    assert!(is_of_the_proof(forged), "{forged}");
    let forged = refused(|said| said.fold_after = Digest::ZERO).await;
    assert!(is_of_the_proof(forged), "{forged}");
    // Nothing rests on the header that it says is at the end: the trusted one is taken.
    let honest = |said: &mut RangeProof| said.end = at(0).clone();
    let archive = Archive::lying(move |route, body| match route {
        Route::Pruning { .. } => {
            let mut said = RangeProof::from_bytes(&body).unwrap();
            honest(&mut said);
            said.to_bytes()
        }
        _ => body,
    });
    assert!(ask(&archive, 1, 12).await.is_ok());
}

#[tokio::test]
async fn rejects_a_proof_of_another_range() {
    let archive = Archive::lying(|route, body| match route {
        Route::ProofOf(ProofKey {
            subject: Subject::Range { first: 4, .. },
            ..
        }) => PROOFS[&(0, 3)].clone(),
        _ => body,
    });
    let error = ask(&archive, 1, 12).await.unwrap_err();
    assert!(
        matches!(error.code(), "proof-of-work" | "opening"),
        "{error}"
    );
}

/// Both proofs hold, and what they bind is not one thing.
#[tokio::test]
async fn rejects_ranges_that_are_folded_after_something_else() {
    let other = fold(9);
    let proof = prove(4, 7, other);
    let after = (4..8).fold(other, |fold, height| {
        fold_block(&fold, height, &at(height).tx_root)
    });
    let archive = Archive::lying(move |route, body| match route {
        Route::ProofOf(ProofKey {
            subject: Subject::Range { first: 4, .. },
            ..
        }) => proof.clone(),
        Route::Pruning { first: 4, .. } => {
            let mut said = RangeProof::from_bytes(&body).unwrap();
            [said.fold_before, said.fold_after] = [other, after];
            said.to_bytes()
        }
        _ => body,
    });
    let alone = ask(&archive, 4, 7).await.unwrap();
    assert_eq!(*alone.fold_before(), other);
    let error = ask(&archive, 4, 11).await.unwrap_err();
    assert_eq!(error.code(), "claim-not-proven");
}
