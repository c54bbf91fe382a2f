//! The cases in `vectors/v1/client`: a checkpoint, a provider's answers, and the verdict.

use std::collections::BTreeMap;
use std::fs;
use std::path::PathBuf;

use rpp_verifier::{
    AncestorJson, BlockJson, CIRCUITS, Checkpoint, Document, HeadCircuit, HeadJson, Proof,
    VerifyingKey,
};
use serde::Deserialize;

#[derive(Deserialize)]
struct Case {
    answers: BTreeMap<String, Answer>,
    checkpoint: String,
    expect: String,
    now_ms: String,
}

#[derive(Deserialize)]
struct Answer {
    file: String,
    splice: Option<Splice>,
}

#[derive(Deserialize)]
struct Splice {
    at: usize,
    remove: usize,
    insert: String,
}

fn folder() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../vectors/v1/client")
}

impl Case {
    fn body(&self, path: &str) -> Option<Vec<u8>> {
        let answer = self.answers.get(path)?;
        let mut body = fs::read(folder().join("documents").join(&answer.file)).unwrap();
        if let Some(Splice { at, remove, insert }) = &answer.splice {
            body.splice(*at..at + remove, hex::decode(insert).unwrap());
        }
        Some(body)
    }

    /// Runs the single step of the case, using only the core.
    fn verdict(&self) -> Result<(), &'static str> {
        let checkpoint: Checkpoint = self.checkpoint.parse().unwrap();
        let anchor = self
            .body(&format!("/v1/blocks/{}", checkpoint.height))
            .unwrap();
        let anchor = BlockJson::from_json(&anchor).map_err(|e| e.code())?.header;
        let mut chain = checkpoint.start(&anchor).map_err(|e| e.code())?;
        let head = HeadJson::from_json(&self.body("/v1/head").unwrap());
        let block = head.map_err(|e| e.code())?.block;
        let (from, to) = (checkpoint.height, block.header.height);
        let path = self.body(&format!("/v1/ancestors/{from}?in={to}"));
        let path = path.map(|body| AncestorJson::from_json(&body).map_err(|e| e.code()));
        let path = path.transpose()?.map(|ancestor| {
            let told = (ancestor.height, ancestor.r#in, ancestor.header_hash);
            let same = told == (from, to, checkpoint.hash.0);
            same.then_some(ancestor.history_path)
                .ok_or("other-ancestor")
        });
        let candidate = block
            .into_candidate(path.transpose()?)
            .map_err(|e| e.code())?;
        let checked = chain.check(&candidate, self.now_ms.parse().unwrap());
        let checked = checked.map_err(|e| e.code())?;
        let proof = self
            .body(&format!("/v1/blocks/{to}/proofs/consensus"))
            .unwrap();
        let proof = Proof::from_bytes(&proof, &CIRCUITS).map_err(|e| e.code())?;
        let key = VerifyingKey::<HeadCircuit>::new(anchor.chain_id);
        let verified = key
            .verify(checked.statement().clone(), &proof)
            .map_err(|e| e.code())?;
        chain.accept(checked, &verified).map_err(|e| e.code())
    }
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
        let verdict = case.verdict().err().unwrap_or("accept");
        assert_eq!(verdict, case.expect, "{}", path.display());
        cases += 1;
    }
    assert!(cases >= 30, "{cases} cases");
}
