//! Cases of clients that have stored something: their own state, or a conflict.

use std::{fs, io};

use rpp_light_client::{Config, Evidence, Need, Now, Session};
use rpp_tests::corpus::{Case, Document, Splice, answer, cases, folder};
use rpp_tests::provider::Provider;
use rpp_verifier::{Checkpoint, Header, SignedHeader};

use super::{HEAD, PROOF, alter, refuse, verdict, write as write_case};

/// Changes a state before it is read.
type Change = fn(&mut Vec<u8>);

/// Writes the cases, and the documents of a chain that leaves the other one at height 3.
pub(super) fn write() -> io::Result<()> {
    let documents = folder().join("documents");
    let fork = Provider::forked(2, 4, 4, 3);
    for (path, head, file) in FORK {
        fs::write(documents.join(file), fork.get(path, head).body)?;
    }
    let honest = cases()?.remove("accept-skip").expect("a head at 3");
    let state = state_of(&honest);
    let mut case = honest.clone();
    case.state = Some(document("proof-3.bin", &state));
    show(
        &mut case,
        &[(HEAD, "head-4.json"), (PROOF_4, "proof-4.bin")],
    );
    accept(&mut case, "stored", "a stored head, and the block after it")?;

    show(&mut case, &[(HEAD, "head-2.json")]);
    refuse(case.clone(), "head-behind", "a stored head")?;
    show(
        &mut case,
        &[(HEAD, "fork-head-3.bin"), (PROOF, "fork-proof-3.bin")],
    );
    refuse(case.clone(), "conflicting-headers", "a stored head")?;
    let mut word = case.clone();
    alter(&mut word, PROOF, |b| b.truncate(100))?;
    refuse(word, "other-head", "a stored head")?;
    let mut word = case.clone();
    word.answers.remove(PROOF);
    refuse(word, "other-head-without-proof", "a stored head")?;
    show(
        &mut case,
        &[(HEAD, "fork-head-4.bin"), (PROOF_4, "fork-proof-4.bin")],
    );
    refuse(case.clone(), "conflicting-headers-above", "a stored head")?;

    for (name, change) in CHANGES {
        let mut changed = state.clone();
        change(&mut changed);
        let mut case = honest.clone();
        case.state = Some(document("proof-3.bin", &changed));
        refuse(case, &format!("state-{name}"), "the stored state")?;
    }
    let mut elsewhere = cases()?.remove("accept-next-epoch").expect("a head at 4");
    elsewhere.state = Some(document("proof-3.bin", &state));
    refuse(
        elsewhere.clone(),
        "state-other-checkpoint",
        "the stored state",
    )?;
    let at = at_checkpoint(&elsewhere.checkpoint, &state);
    elsewhere.state = Some(document("proof-3.bin", &at));
    refuse(elsewhere, "state-at-checkpoint", "the stored state")?;

    show(
        &mut case,
        &[(HEAD, "fork-head-3.bin"), (PROOF, "fork-proof-3.bin")],
    );
    let stopped = state_after(&case);
    fs::write(documents.join(STOPPED), &stopped)?;
    let mut case = honest.clone();
    case.state = Some(document(STOPPED, &stopped));
    refuse(case.clone(), "stopped", "the stored state")?;
    for (name, change) in STOPPED_CHANGES {
        let mut changed = stopped.clone();
        change(&mut changed);
        case.state = Some(document(STOPPED, &changed));
        refuse(case.clone(), &format!("stopped-{name}"), "the stored state")?;
    }
    let mut earlier = stopped.clone();
    earlier[4] = 2;
    earlier.drain(12..LENGTH);
    case.state = Some(document(STOPPED, &earlier));
    refuse(case, "stopped-in-the-earlier-form", "the stored state")?;
    // Its owner has started again, and the evidence is kept.
    let mut chosen = stopped;
    chosen[8] = 3;
    let mut case = honest;
    case.state = Some(document(STOPPED, &chosen));
    accept(
        &mut case,
        "stopped-and-started-again",
        "a conflict that is over, and a start from the checkpoint",
    )
}

/// Where the parts of a state begin, behind magic and version.
const KEYS: usize = 8 + Checkpoint::BYTES + Header::BYTES;
const STORED: usize = KEYS + 4 + 32;
const PARENT: usize = STORED + Header::BYTES;
const CERTIFICATE: usize = PARENT + Header::BYTES;

/// Where the parts of the state of a client that is stopped begin, behind magic, version, choice and the key of the spans.
const LENGTH: usize = 12 + 32;
const EVIDENCE: usize = LENGTH + 4;

/// What is wrong with the state of a client with one head.
const CHANGES: [(&str, Change); 13] = [
    ("cut", |b| b.truncate(1000)),
    ("extended", |b| b.push(0)),
    ("magic", |b| b[0] ^= 1),
    ("version", |b| b[4] = 5),
    ("without-keys", |b| b[KEYS] = 0),
    ("key-twice", |b| {
        b[KEYS] = 2;
        let key = b[KEYS + 4..STORED].to_vec();
        b.splice(STORED..STORED, key);
    }),
    ("unknown-key", |b| b[KEYS + 4] ^= 1),
    ("anchor", |b| b[8 + Checkpoint::BYTES + 12] ^= 1),
    ("header-version", |b| b[STORED] = 2),
    ("other-set", |b| {
        header(b, |h| h.validator_set_root = h.state_root);
    }),
    ("proposer", |b| header(b, |h| h.proposer ^= 1)),
    ("parent", |b| b[PARENT + 12] ^= 1),
    ("signed-power", |b| b[CERTIFICATE] = 134),
];

/// What is wrong with the state of a client that is stopped.
const STOPPED_CHANGES: [(&str, Change); 8] = [
    ("cut", |b| b.truncate(1000)),
    ("extended", |b| b.push(0)),
    ("by-nothing", |b| {
        b[LENGTH..EVIDENCE].fill(0);
        b.truncate(EVIDENCE);
    }),
    ("choice", |b| b[8] = 4),
    ("unknown-span-key", |b| b[LENGTH - 1] ^= 1),
    ("unproven-head", |b| {
        evidence(b, |e| e.head.as_mut().expect("a head").proof[0] ^= 1);
    }),
    ("unproven-conflict", |b| {
        evidence(b, |e| e.conflicting.proof[0] ^= 1);
    }),
    ("no-conflict", |b| {
        evidence(b, |e| {
            let head = e.head.as_mut().expect("a head");
            head.proof.clear();
            // The head itself, in the place of another one.
            let case = cases()
                .expect("the corpus")
                .remove("accept-binary")
                .expect("a head at 3");
            let body = case.answers[HEAD].read(&folder());
            let block = <rpp_verifier::Head as rpp_verifier::Document>::from_bytes(&body);
            let block = block.expect("a head").block;
            e.parent_path = block.parent.expect("a parent").history_path;
            e.conflicting = SignedHeader {
                header: block.header,
                ..head.clone()
            };
        });
    }),
];

fn header(state: &mut [u8], change: impl FnOnce(&mut Header)) {
    let bytes = &mut state[STORED..PARENT];
    let mut header = Header::from_bytes(bytes).expect("a header");
    change(&mut header);
    bytes.copy_from_slice(&header.to_bytes());
}

fn evidence(state: &mut Vec<u8>, change: impl FnOnce(&mut Evidence)) {
    let mut evidence = Evidence::from_bytes(&state[EVIDENCE..]).expect("evidence");
    change(&mut evidence);
    let bytes = evidence.to_bytes();
    let length = u32::try_from(bytes.len()).expect("below the cap");
    state.truncate(LENGTH);
    state.extend(length.to_le_bytes());
    state.extend(bytes);
}

/// Returns a state at its own checkpoint: the one of a client whose checkpoint is the head.
fn at_checkpoint(checkpoint: &str, state: &[u8]) -> Vec<u8> {
    let checkpoint: Checkpoint = checkpoint.parse().expect("a checkpoint");
    let anchor = &state[STORED..PARENT];
    [&state[..8], &checkpoint.to_bytes(), anchor, &state[KEYS..]].concat()
}

fn document(file: &str, bytes: &[u8]) -> Document {
    let honest = fs::read(folder().join("documents").join(file)).expect("a document");
    Document {
        file: file.into(),
        splice: Splice::between(&honest, bytes),
    }
}

fn show(case: &mut Case, answers: &[(&str, &str)]) {
    for (path, file) in answers {
        let (file, splice) = ((*file).into(), None);
        case.answers
            .insert((*path).into(), Document { file, splice });
    }
}

fn accept(case: &mut Case, name: &str, note: &str) -> io::Result<()> {
    case.note = note.into();
    assert_eq!(verdict(case), "accept", "{name}");
    write_case(case, &format!("accept-{name}"))
}

/// Returns what the client of an honest case keeps after its first step.
fn state_of(case: &Case) -> Vec<u8> {
    let mut session = session(case);
    drive(case, &mut session, None)
}

/// Returns what the client of a case keeps that had something stored.
fn state_after(case: &Case) -> Vec<u8> {
    let mut session = session(case);
    drive(case, &mut session, case.state(&folder()))
}

fn session(case: &Case) -> Session {
    let config = Config::new(case.checkpoint.parse().expect("a checkpoint"));
    Session::new(config).expect("a configuration")
}

fn now(case: &Case) -> Now {
    Now {
        unix_ms: case.now_ms.parse().expect("a time"),
        ..Now::default()
    }
}

/// Answers until something is to be saved, and returns that.
fn drive(case: &Case, session: &mut Session, mut state: Option<Vec<u8>>) -> Vec<u8> {
    let answers = case.answers(&folder()).expect("good documents");
    let now = now(case);
    loop {
        match session.need(now) {
            Need::Load => drop(session.loaded(Ok(state.take()), now).expect("a good state")),
            Need::Save => return session.state().expect("something to save"),
            Need::Fetch(fetches) => {
                let fetch = fetches.first().expect("something is needed");
                let answer = answer(&answers, &fetch.ask.request().path);
                session
                    .answer(fetch.ticket, Ok(answer), now)
                    .expect("a good answer");
            }
            need => panic!("{need:?}"),
        }
    }
}

const PROOF_4: &str = "/v1/blocks/4/proofs/consensus";
/// The state of a client that is stopped.
const STOPPED: &str = "stopped-3.bin";
/// Path, head and file of each answer about the other branch.
const FORK: [(&str, u32, &str); 4] = [
    (HEAD, 3, "fork-head-3.bin"),
    (PROOF, 3, "fork-proof-3.bin"),
    (HEAD, 4, "fork-head-4.bin"),
    (PROOF_4, 4, "fork-proof-4.bin"),
];
