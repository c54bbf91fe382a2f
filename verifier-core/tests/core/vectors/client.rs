//! The cases in `vectors/v1/client`: a checkpoint, a provider's answers, and the verdict.

use std::collections::BTreeMap;
use std::fs;
use std::path::PathBuf;

use rpp_verifier::{
    Ancestor, Block, CIRCUITS, Checkpoint, Document, Evidence, Head, HeadCircuit, Header,
    HeaderWire, JsonDocument, Proof, ProofKey, Route, Subject, VerifyingKey,
};
use serde::Deserialize;

#[derive(Deserialize)]
struct Case {
    answers: BTreeMap<String, Answer>,
    checkpoint: String,
    expect: String,
    now_ms: String,
    state: Option<Answer>,
}

#[derive(Deserialize)]
struct Answer {
    file: String,
    splice: Option<Splice>,
}

/// The block of a checkpoint, of which nothing but the header is read.
#[derive(Deserialize)]
struct Anchor {
    #[serde(with = "HeaderWire")]
    header: Header,
}

#[derive(Deserialize)]
struct Splice {
    at: usize,
    remove: usize,
    insert: String,
}

impl Answer {
    fn read(&self) -> Vec<u8> {
        let mut body = fs::read(folder().join("documents").join(&self.file)).unwrap();
        if let Some(Splice { at, remove, insert }) = &self.splice {
            body.splice(*at..at + remove, hex::decode(insert).unwrap());
        }
        body
    }
}

fn folder() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../vectors/v1/client")
}

impl Case {
    /// Returns an answer, and whether it is stored in JSON.
    fn body(&self, path: &str) -> Option<(Vec<u8>, bool)> {
        let answer = self.answers.get(path)?;
        Some((answer.read(), answer.file.ends_with(".json")))
    }

    fn document<D: Document + JsonDocument>(&self, path: &str) -> Option<Result<D, &'static str>> {
        let (body, is_json) = self.body(path)?;
        Some(if is_json {
            D::from_json(&body).map_err(|e| e.code())
        } else {
            D::from_bytes(&body).map_err(|e| e.code())
        })
    }

    fn anchor(&self, path: &str) -> Result<Header, &'static str> {
        let (body, is_json) = self.body(path).unwrap();
        if is_json {
            let anchor = serde_json::from_slice::<Anchor>(&body);
            return anchor.map(|a| a.header).map_err(|_| "bad-json");
        }
        let anchor = Block::from_bytes(&body).map_err(|e| e.code())?;
        Ok(anchor.header)
    }

    /// Runs the single step of the case, using only the core.
    fn verdict(&self) -> Result<(), &'static str> {
        let checkpoint: Checkpoint = self.checkpoint.parse().unwrap();
        let from = checkpoint.height;
        let anchor = self.anchor(&Route::Block { height: from }.to_string())?;
        let mut chain = checkpoint.start(&anchor).map_err(|e| e.code())?;
        let head: Head = self.document(&Route::Head.to_string()).unwrap()?;
        let goal = head.block.header.height;
        let to = goal.min(chain.epoch_end());
        let block = if to == goal {
            head.block
        } else {
            let path = Route::Block { height: to }.to_string();
            self.document::<Block>(&path).unwrap()?
        };
        if block.header.height != to {
            return Err("other-height");
        }
        let path = Route::Ancestor {
            height: from,
            within: to,
        };
        let now_ms = self.now_ms.parse().unwrap();
        let mut candidate = block.into_candidate(None).map_err(|e| e.code())?;
        if to - from > 1 {
            let offered = chain.check_offer(&candidate, now_ms);
            offered.map_err(|e| e.code())?;
            let ancestor: Ancestor = self.document(&path.to_string()).unwrap()?;
            let told = (ancestor.height, ancestor.within, ancestor.header_hash);
            if told != (from, to, checkpoint.hash) {
                return Err("other-ancestor");
            }
            candidate.head_path = ancestor.history_path;
        }
        let checked = chain.check(&candidate, now_ms);
        let checked = checked.map_err(|e| e.code())?;
        let key = VerifyingKey::<HeadCircuit>::new(anchor.chain_id);
        let (circuit, subject) = (key.circuit(), Subject::Height(to));
        let proof = Route::ProofOf(ProofKey { circuit, subject });
        let (proof, _) = self.body(&proof.to_string()).unwrap();
        let proof = Proof::from_bytes(&proof, &CIRCUITS).map_err(|e| e.code())?;
        let verified = key
            .verify(checked.statement().clone(), &proof)
            .map_err(|e| e.code())?;
        chain.accept(checked, &verified).map_err(|e| e.code())
    }
}

/// What a client stores is its own; the evidence in it is the core's, behind magic, version, choice, a digest and length.
#[test]
fn evidence_of_a_stopped_client_is_checked_by_the_core_alone() {
    let mut checked = 0;
    for name in ["", "-unproven-head", "-unproven-conflict", "-no-conflict"] {
        let path = folder().join(format!("reject-stopped{name}.json"));
        let case: Case = serde_json::from_slice(&fs::read(path).unwrap()).unwrap();
        let state = case.state.unwrap().read();
        let evidence = Evidence::from_bytes(&state[48..]).unwrap();
        assert_eq!(evidence.to_bytes(), state[48..]);
        assert_eq!(evidence.checkpoint.to_string(), case.checkpoint);
        let verdict = evidence.check().err();
        let verdict = verdict.map_or("conflicting-headers", |refused| refused.code());
        assert_eq!(verdict, case.expect, "{name}");
        checked += 1;
    }
    assert_eq!(checked, 4);
}

#[test]
fn every_case_of_a_client_has_the_verdict_that_it_expects() {
    let mut cases = 0;
    for entry in fs::read_dir(folder()).unwrap() {
        let path = entry.unwrap().path();
        if !path.is_file() {
            continue;
        }
        let case: Case = serde_json::from_slice(&fs::read(&path).unwrap()).unwrap();
        if case.state.is_some() {
            continue;
        }
        let verdict = case.verdict().err().unwrap_or("accept");
        assert_eq!(verdict, case.expect, "{}", path.display());
        cases += 1;
    }
    assert!(cases >= 30, "{cases} cases");
}
