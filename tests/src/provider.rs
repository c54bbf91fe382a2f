//! `Provider`: the answers of an honest host about a proven chain.

use rpp_light_client::{Answer, Checkpoint};
use rpp_verifier::{
    Ancestor, BLOCK_MEDIA_TYPE, Block, CIRCUITS, Certificate, Circuit, CircuitId, Consensus,
    ConsensusStatement, ConsensusWitness, Document, FileDigest, Head, HeadCircuit, Header, History,
    JsonDocument, Key, ListedProof, PROOF_MEDIA_TYPE, Parent, ProofKey, Prover, Route, ServedSpan,
    SpanCircuit, Subject,
};

use crate::chain::{TestBlock, TestChain};
use crate::spans::ProvenSpan;

/// The answers of an honest host about a chain whose blocks are all proven.
#[derive(Clone, Debug)]
pub struct Provider {
    epoch_length: u32,
    headers: Vec<Header>,
    blocks: Vec<TestBlock>,
    proofs: Vec<Vec<u8>>,
    spans: Vec<ProvenSpan>,
}

impl Provider {
    /// Makes and proves a chain of `blocks` blocks above the genesis, each signed by all
    /// `validators`.
    ///
    /// # Panics
    ///
    /// If the keys do not have enough leaves.
    #[must_use]
    pub fn new(validators: u32, blocks: u32, epoch_length: u32) -> Self {
        Self::make(validators, blocks, epoch_length, |_, _| {})
    }

    /// Makes and proves the chain that differs from [`Provider::new`]'s from the height `fork` on: the same
    /// validators have signed both.
    ///
    /// # Panics
    ///
    /// If the keys do not have enough leaves.
    #[must_use]
    pub fn forked(validators: u32, blocks: u32, epoch_length: u32, fork: u32) -> Self {
        Self::make(validators, blocks, epoch_length, |chain, height| {
            if height == fork {
                chain.skip_slot();
            }
        })
    }

    /// Makes and proves a chain that differs as that of [`Provider::forked`], and names other sets in the
    /// epochs that begin after the fork.
    ///
    /// # Panics
    ///
    /// If the keys do not have enough leaves.
    #[must_use]
    pub fn renamed(validators: u32, blocks: u32, epoch_length: u32, fork: u32) -> Self {
        Self::make(validators, blocks, epoch_length, |chain, height| {
            if height == fork {
                chain.skip_slot();
                chain.rename_sets(fork / epoch_length + 1);
            }
        })
    }

    /// Makes and proves a chain that differs as that of [`Provider::forked`], whose headers say all the same that another chain's header is
    /// at its height.
    ///
    /// # Panics
    ///
    /// If the keys do not have enough leaves.
    #[must_use]
    pub fn claiming(
        validators: u32,
        blocks: u32,
        epoch_length: u32,
        fork: u32,
        claimed: &Header,
    ) -> Self {
        Self::make(validators, blocks, epoch_length, |chain, height| {
            chain.claim(claimed.height, claimed.hash());
            if height == fork {
                chain.skip_slot();
            }
        })
    }

    /// Makes and proves a chain on which `pause_ms` pass before the block at the height `late`.
    ///
    /// # Panics
    ///
    /// If the keys do not have enough leaves.
    #[must_use]
    pub fn paused(
        validators: u32,
        blocks: u32,
        epoch_length: u32,
        late: u32,
        pause_ms: u64,
    ) -> Self {
        Self::make(validators, blocks, epoch_length, |chain, height| {
            if height == late {
                chain.pause(pause_ms);
            }
        })
    }

    /// Makes a chain of which some blocks alone are proven, by their heights.
    ///
    /// # Panics
    ///
    /// If the keys do not have enough leaves.
    #[must_use]
    pub fn proving(
        validators: u32,
        blocks: u32,
        epoch_length: u32,
        is_signed: impl Fn(u32) -> bool,
        is_proven: impl Fn(u32) -> bool,
    ) -> Self {
        let next = |chain: &mut TestChain, height| match is_signed(height) {
            true => chain.next_block(),
            false => chain.next_unsigned(),
        };
        Self::make_of(validators, blocks, epoch_length, next, is_proven)
    }

    fn make(
        validators: u32,
        blocks: u32,
        epoch_length: u32,
        before: impl Fn(&mut TestChain, u32),
    ) -> Self {
        let next = |chain: &mut TestChain, height| {
            before(chain, height);
            chain.next_block()
        };
        Self::make_of(validators, blocks, epoch_length, next, |_| true)
    }

    /// Makes a chain of what `next` returns for each height.
    fn make_of(
        validators: u32,
        blocks: u32,
        epoch_length: u32,
        next: impl Fn(&mut TestChain, u32) -> TestBlock,
        is_proven: impl Fn(u32) -> bool,
    ) -> Self {
        let tree_height = (blocks + 1).next_power_of_two().ilog2().max(4);
        let mut chain = TestChain::new(validators, tree_height, epoch_length, |_| {});
        let mut headers = vec![chain.head().clone()];
        let prover = Prover::<Consensus>::new(TestChain::CHAIN_ID);
        let (mut made, mut proofs) = (Vec::new(), Vec::new());
        for height in 1..=blocks {
            let block = next(&mut chain, height);
            let prove = || prover.prove(&block.witness).expect("an honest block");
            let proof = is_proven(height).then(prove);
            proofs.push(proof.map_or_else(Vec::new, |proof| proof.to_bytes()));
            headers.push(block.header.clone());
            made.push(block);
        }
        Self {
            epoch_length,
            headers,
            blocks: made,
            proofs,
            spans: Vec::new(),
        }
    }

    /// Proves the ends of these runs of epochs as well.
    ///
    /// # Panics
    ///
    /// If the chain does not have all of them.
    #[must_use]
    pub fn with_spans(mut self, runs: &[(u32, u32)]) -> Self {
        let prover = Prover::<SpanCircuit>::new(TestChain::CHAIN_ID);
        let runs = runs.iter();
        let spans = runs.map(|&(first, last)| ProvenSpan::new(&self, &prover, first, last));
        self.spans = spans.collect();
        self
    }

    /// Returns how many blocks an epoch has.
    #[must_use]
    pub const fn epoch_length(&self) -> u32 {
        self.epoch_length
    }

    /// Returns the longest span that begins with an epoch and goes no further than another one.
    #[must_use]
    pub fn span(&self, first: u32, last: u32) -> Option<ServedSpan> {
        let spans = self.spans.iter();
        let fitting = spans.filter(|span| span.first == first && span.last <= last);
        let longest = fitting.max_by_key(|span| span.last)?;
        let end = (longest.last + 1) * self.epoch_length - 1;
        let Block {
            header,
            parent,
            certificate,
            ..
        } = self.block(end);
        Some(ServedSpan {
            first,
            last: longest.last,
            header,
            parent: parent?,
            set: certificate?.set,
            proof: listed(SpanCircuit::ID, &longest.proof),
        })
    }

    /// Returns what the proof of the block at `height`, 1 or more, is made from.
    ///
    /// # Panics
    ///
    /// If there is no such block.
    #[must_use]
    pub fn witness(&self, height: u32) -> &ConsensusWitness {
        &self.blocks[index(height - 1)].witness
    }

    /// Returns the checkpoint of the header at `height`.
    #[must_use]
    pub fn checkpoint(&self, height: u32) -> Checkpoint {
        Checkpoint::of(self.header(height), self.epoch_length)
    }

    /// Returns the header at `height`.
    ///
    /// # Panics
    ///
    /// If there is no such block.
    #[must_use]
    pub fn header(&self, height: u32) -> &Header {
        &self.headers[index(height)]
    }

    /// Returns the height of the newest block.
    ///
    /// # Panics
    ///
    /// Never.
    #[must_use]
    pub fn height(&self) -> u32 {
        u32::try_from(self.blocks.len()).expect("a short chain")
    }

    /// Returns the answer of `/v1/head` while the block at `height` is the newest.
    #[must_use]
    pub fn head(&self, height: u32) -> Head {
        Head {
            latest_height: height,
            block: self.block(height),
        }
    }

    /// Returns the block at `height`.
    ///
    /// # Panics
    ///
    /// If there is no such block.
    #[must_use]
    pub fn block(&self, height: u32) -> Block {
        let header = self.header(height).clone();
        let made = height
            .checked_sub(1)
            .map(|below| &self.blocks[index(below)]);
        Block {
            header,
            parent: made.map(|made| Parent {
                header: made.parent.clone(),
                history_path: self.ancestor(height - 1, height).history_path,
            }),
            certificate: made.map(|made| Certificate {
                signed_power: made.witness.statement.signed_power,
                signers: made.witness.statement.signers,
                set: made.witness.statement.set,
            }),
            proofs: made.iter().map(|_| self.listed(height)).collect(),
        }
    }

    /// Returns the place of the header at `height` in the history of the header at `within`.
    #[must_use]
    pub fn ancestor(&self, height: u32, within: u32) -> Ancestor {
        let genesis = [self.header(0).hash()].into_iter();
        let made = self.blocks.iter().map(|made| made.in_history);
        let hashes: Vec<_> = genesis.chain(made).take(index(within)).collect();
        Ancestor {
            height,
            within,
            header_hash: hashes[index(height)],
            history_path: History::new(&hashes).path(height),
        }
    }

    /// Returns the path of the proof of the block at `height`.
    #[must_use]
    pub fn proof_path(&self, height: u32) -> String {
        let circuit = Key::of::<HeadCircuit>(0).circuit();
        let subject = Subject::Height(height);
        Route::ProofOf(ProofKey { circuit, subject }).to_string()
    }

    /// Returns the proof of the block at `height`.
    ///
    /// # Panics
    ///
    /// If there is no such block.
    #[must_use]
    pub fn proof(&self, height: u32) -> &[u8] {
        &self.proofs[index(height - 1)]
    }

    /// Returns the statement of the proof of the block at `height`.
    ///
    /// # Panics
    ///
    /// If there is no such block.
    #[must_use]
    pub fn statement(&self, height: u32) -> ConsensusStatement {
        self.witness(height).statement.clone()
    }

    /// Answers `GET path` as a host would whose newest block is at `head`, to a client that accepts
    /// documents in bytes.
    #[must_use]
    pub fn get(&self, path: &str, head: u32) -> Answer {
        self.answer(path, media_type(path), head, Encoding::Binary)
    }

    /// Answers `GET path` as a host would to whoever asks for nothing in particular.
    #[must_use]
    pub fn get_json(&self, path: &str, head: u32) -> Answer {
        self.answer(path, "application/json", head, Encoding::Json)
    }

    fn answer(&self, path: &str, media_type: &str, head: u32, encoding: Encoding) -> Answer {
        let mut answer = answer(media_type, self.find(path, head, encoding));
        let route = Route::parse(path, &CIRCUITS);
        // A host of an earlier release knows of no spans.
        if answer.status == 404 && matches!(route, Ok(Route::Span { .. })) && !self.spans.is_empty()
        {
            answer.body = br#"{"code":"unknown-proof"}"#.to_vec();
        }
        answer
    }

    fn find(&self, path: &str, head: u32, encoding: Encoding) -> Option<Vec<u8>> {
        let there = |height: u32| (height <= head).then_some(height);
        match Route::parse(path, &CIRCUITS).ok()? {
            Route::Head => Some(encoding.of(&self.head(head))),
            Route::Block { height } => Some(encoding.of(&self.block(there(height)?))),
            Route::ProofOf(ProofKey {
                subject: Subject::Height(height),
                ..
            }) => Some(self.proof(there(height)?).to_vec()),
            Route::ProofOf(ProofKey {
                subject: Subject::Range { first, last },
                ..
            }) => {
                let mut spans = self.spans.iter();
                let span = spans.find(|span| (span.first, span.last) == (first, last))?;
                Some(span.proof.clone())
            }
            Route::Span { first, last } => Some(encoding.of(&self.span(first, last)?)),
            Route::Ancestor { height, within } => {
                Some(encoding.of(&self.ancestor(height, there(within)?)))
            }
            _ => None,
        }
    }

    fn listed(&self, height: u32) -> ListedProof {
        listed(HeadCircuit::ID, self.proof(height))
    }
}

fn listed(circuit: CircuitId, proof: &[u8]) -> ListedProof {
    ListedProof {
        circuit: circuit.into(),
        id: FileDigest([0; 32]),
        bytes: u32::try_from(proof.len()).expect("a proof is below 384 KiB"),
    }
}

/// How a document is written.
#[derive(Clone, Copy)]
enum Encoding {
    Binary,
    Json,
}

impl Encoding {
    fn of(self, document: &(impl Document + JsonDocument)) -> Vec<u8> {
        match self {
            Self::Binary => document.to_bytes(),
            Self::Json => document.to_json(),
        }
    }
}

/// Returns the media type of what a client asks for at `path`.
#[must_use]
pub fn media_type(path: &str) -> &'static str {
    if path.contains("/proofs/") {
        PROOF_MEDIA_TYPE
    } else {
        BLOCK_MEDIA_TYPE
    }
}

pub(crate) fn answer(media_type: &str, body: Option<Vec<u8>>) -> Answer {
    let (status, content_type) = match body {
        Some(_) => (200, media_type),
        None => (404, "application/problem+json"),
    };
    Answer {
        status,
        content_type: content_type.to_owned(),
        retry_after: None,
        body: body.unwrap_or_else(|| br#"{"code":"unknown-path"}"#.to_vec()),
    }
}

fn index(height: u32) -> usize {
    usize::try_from(height).expect("a u32 fits a usize")
}
