//! Writes `vectors/v1/client` anew: `cargo run --release -p rpp-tests --bin client_vectors`.
//!
//! With the argument `binary` it writes the cases of documents in bytes and nothing else, from the
//! documents that are there; with `stored` the cases of clients that have stored something, and the
//! documents of another branch.

mod stored;

use std::collections::BTreeMap;
use std::{fs, io};

use rpp_light_client::{Config, Need, Now, Session};
use rpp_tests::corpus::{Case, Document, Splice, answer, cases, folder};
use rpp_tests::forgery::{PAYLOAD, proof_of_nothing, reshaped};
use rpp_tests::provider::Provider;
use rpp_verifier::{
    Ancestor, Block, Certificate, Checkpoint, Digest, Document as _, Format, Head, Header,
    JsonDocument, Parent, compress,
};

/// Changes one answer.
type Change = fn(&mut Vec<u8>);

/// Changes the checkpoint and the header that it names.
type Repin = fn(&mut Checkpoint, &mut Header);

fn main() -> io::Result<()> {
    match std::env::args().nth(1).as_deref() {
        None => write_all()?,
        Some("binary") => {}
        Some("stored") => return stored::write(),
        Some(other) => panic!("{other}: expected nothing, `binary` or `stored`"),
    }
    write_binary()?;
    stored::write()
}

fn write_all() -> io::Result<()> {
    let provider = Provider::new(2, 4, 4);
    let documents = folder().join("documents");
    if folder().exists() {
        fs::remove_dir_all(folder())?;
    }
    fs::create_dir_all(&documents)?;
    for (path, head, file) in DOCUMENTS {
        let head = if head == 0 { 4 } else { head };
        fs::write(documents.join(file), provider.get_json(path, head).body)?;
    }
    let nothing = proof_of_nothing(&provider.statement(3));
    fs::write(documents.join(NOTHING), nothing)?;
    for (name, checkpoint, head, note) in ACCEPTED {
        write(&case(&provider, checkpoint, head, note), name)?;
    }
    let lies = refused().into_iter().map(|lie| (3, lie));
    let lies = lies.chain(refused_within_an_epoch().into_iter().map(|lie| (2, lie)));
    for (head, (name, path, change)) in lies {
        let mut case = case(&provider, 0, head, "");
        alter(&mut case, path, change)?;
        refuse(case, name, path)?;
    }
    for (name, change) in mistrusted() {
        let mut case = case(&provider, 0, 3, "");
        let (mut pin, mut header) = (provider.checkpoint(0), provider.header(0).clone());
        change(&mut pin, &mut header);
        case.checkpoint = pin.to_string();
        alter(&mut case, ANCHOR, |b| anchor(b, |h| *h = header.clone()))?;
        refuse(case, name, "the checkpoint")?;
    }
    let mut case = case(&provider, 0, 3, "");
    let (file, splice) = (NOTHING.into(), None);
    case.answers.insert(PROOF.into(), Document { file, splice });
    refuse(case, "proof-of-nothing", PROOF)
}

/// Changes the case's answer to `path`.
fn alter(case: &mut Case, path: &str, change: impl Fn(&mut Vec<u8>)) -> io::Result<()> {
    let file = case.answers[path].file.clone();
    let honest = fs::read(folder().join("documents").join(&file))?;
    let mut changed = honest.clone();
    change(&mut changed);
    let splice = Splice::between(&honest, &changed);
    case.answers.insert(path.into(), Document { file, splice });
    Ok(())
}

/// Writes a case with the code with which it is refused.
fn refuse(mut case: Case, name: &str, of: &str) -> io::Result<()> {
    case.expect = verdict(&case);
    case.note = format!("{of}: {}", name.replace('-', " "));
    assert_ne!(case.expect, "accept", "{name}");
    write(&case, &format!("reject-{name}"))
}

/// Returns the honest case of a client with this checkpoint and a provider with this head.
fn case(provider: &Provider, checkpoint: u32, head: u32, note: &str) -> Case {
    let mut answers = BTreeMap::new();
    for (path, at, file) in DOCUMENTS {
        let anchor = path == format!("/v1/blocks/{checkpoint}");
        if anchor || at == head {
            let document = Document {
                file: file.into(),
                splice: None,
            };
            answers.insert(path.to_owned(), document);
        }
    }
    let case = Case {
        answers,
        checkpoint: provider.checkpoint(checkpoint).to_string(),
        expect: "accept".into(),
        note: note.into(),
        now_ms: (provider.header(4).timestamp_ms + 1000).to_string(),
        origin: "rpp-tests, client_vectors".into(),
        state: None,
    };
    if note.is_empty() {
        return case;
    }
    assert_eq!(verdict(&case), "accept");
    case
}

/// Returns the verdict of a session on the provider of `case`.
fn verdict(case: &Case) -> String {
    let answers = match case.answers(&folder()) {
        Err(no_document) => return no_document.into(),
        Ok(answers) => answers,
    };
    let config = Config::new(case.checkpoint.parse().expect("a checkpoint"));
    let mut session = Session::new(config).expect("a configuration");
    let mut state = case.state(&folder());
    let now = Now {
        unix_ms: case.now_ms.parse().expect("a time"),
        ..Now::default()
    };
    loop {
        match session.need(now) {
            Need::Load => {
                if let Err(refused) = session.loaded(Ok(state.take()), now) {
                    return refused.code().into();
                }
            }
            Need::Fetch(fetches) => {
                let fetch = fetches.first().expect("something is needed");
                let answer = answer(&answers, &fetch.ask.request().path);
                if let Err(refused) = session.answer(fetch.ticket, Ok(answer), now) {
                    return refused.code().into();
                }
            }
            Need::Save if session.saved(true, now).is_none() => {}
            Need::Save | Need::Wait(_) => return "accept".into(),
            Need::Choose => return "conflicting-headers".into(),
        }
    }
}

/// Writes the case of documents in bytes that is accepted, and those that are refused.
fn write_binary() -> io::Result<()> {
    let mut honest = cases()?
        .remove("accept-skip")
        .expect("the case of a head at 3");
    let converted = honest.answers(&folder()).expect("honest documents");
    for (path, document) in &mut honest.answers {
        if let Some(stem) = document.file.strip_suffix(".json") {
            document.file = format!("{stem}.bin");
            fs::write(
                folder().join("documents").join(&document.file),
                &converted[path],
            )?;
        }
    }
    honest.note = "the documents in bytes".into();
    assert_eq!(verdict(&honest), "accept");
    write(&honest, "accept-binary")?;
    for (name, path, change) in refused_in_bytes() {
        let mut case = honest.clone();
        alter(&mut case, path, change)?;
        refuse(case, &format!("binary-{name}"), path)?;
    }
    for (name, changes) in refused_twice() {
        let mut case = honest.clone();
        for (path, change) in changes {
            alter(&mut case, path, change)?;
        }
        refuse(case, &format!("order-{name}"), "two answers")?;
    }
    for (name, note, change) in accepted_in_bytes() {
        let mut case = honest.clone();
        alter(&mut case, HEAD, change)?;
        case.note = note.into();
        assert_eq!(verdict(&case), "accept", "{name}");
        write(&case, &format!("accept-{name}"))?;
    }
    write_hops(honest)
}

/// A head in the next epoch, on the way to which the last block of this one is verified.
fn write_hops(mut case: Case) -> io::Result<()> {
    for (path, file) in [(HEAD, "head-4.json"), (HOP, "block-3.json")] {
        let (file, splice) = (file.into(), None);
        case.answers.insert(path.into(), Document { file, splice });
    }
    case.note = "the last block of the epoch, before a head in the next one".into();
    assert_eq!(verdict(&case), "accept");
    write(&case, "accept-hop")?;
    alter(&mut case, HOP, |b| {
        json::<Block>(b, |block| block.header.height = 2);
    })?;
    refuse(case, "hop-at-other-height", HOP)
}

/// What nothing is read of, or nothing depends on.
fn accepted_in_bytes() -> Vec<(&'static str, &'static str, Change)> {
    vec![
        (
            "latest-height-below",
            "a newest block below the newest proven one",
            |b| binary::<Head>(b, |head| head.latest_height = 0),
        ),
        (
            "other-listed-proofs",
            "listed proofs with the id and the length of none",
            |b| {
                binary::<Head>(b, |head| {
                    let proof = &mut head.block.proofs[0];
                    (proof.id.0, proof.bytes) = ([0xff; 32], 0);
                });
            },
        ),
        ("no-listed-proofs", "no listed proofs", |b| {
            binary::<Head>(b, |head| head.block.proofs.clear());
        }),
    ]
}

/// Cases in which two things are wrong: the code is that of what is checked first.
fn refused_twice() -> Vec<(&'static str, Vec<(&'static str, Change)>)> {
    let low_power: Change = |b| {
        binary::<Head>(b, |head| claim(&mut head.block).signed_power = 134);
    };
    let other_ancestor: Change = |b| binary::<Ancestor>(b, |ancestor| ancestor.within += 1);
    let no_proof: Change = |b| b[0] ^= 1;
    vec![
        (
            "incomplete-header",
            vec![(HEAD, |b: &mut Vec<u8>| {
                binary::<Head>(b, |head| {
                    head.block.header.version = 2;
                    head.block.parent = None;
                });
            })],
        ),
        (
            "header-ancestor",
            vec![
                (HEAD, |b: &mut Vec<u8>| {
                    binary::<Head>(b, |head| head.block.header.proposer ^= 1);
                }),
                (ANCESTOR, other_ancestor),
            ],
        ),
        (
            "ancestor-power",
            vec![(HEAD, low_power), (ANCESTOR, other_ancestor)],
        ),
        (
            "path-power",
            vec![
                (HEAD, low_power),
                (ANCESTOR, |b| {
                    binary::<Ancestor>(b, |a| a.history_path.0[0] = other(a.history_path.0[0]));
                }),
            ],
        ),
        ("power-proof", vec![(HEAD, low_power), (PROOF, no_proof)]),
        (
            "ancestor-proof",
            vec![(ANCESTOR, other_ancestor), (PROOF, no_proof)],
        ),
    ]
}

/// Where the certificate of a head begins: prefix, latest height, header, parent, and whether there is one.
const CERTIFICATE: usize =
    Format::PREFIX_BYTES + 4 + Header::BYTES + (4 + Header::BYTES + 32 * Digest::BYTES) + 4;

fn refused_in_bytes() -> Vec<(&'static str, &'static str, Change)> {
    const PARENT: usize = Format::PREFIX_BYTES + 4 + Header::BYTES;
    const PROOFS: usize = CERTIFICATE + Certificate::BYTES;
    vec![
        ("checkpoint-cut", ANCHOR, |b| b.truncate(100)),
        ("checkpoint-magic", ANCHOR, |b| b[0] ^= 1),
        ("head-empty", HEAD, Vec::clear),
        ("head-cut", HEAD, |b| b.truncate(b.len() - 1)),
        ("head-extended", HEAD, |b| b.push(0)),
        ("head-magic", HEAD, |b| b[3] = b'B'),
        ("head-version", HEAD, |b| b[4] = 2),
        ("head-in-json", HEAD, |b| {
            *b = br#"{"latest_height":3}"#.to_vec()
        }),
        ("head-in-html", HEAD, |b| *b = b"<!doctype html>".to_vec()),
        ("head-too-long", HEAD, |b| {
            b.resize(Head::FORMAT.max_bytes + 1, 0)
        }),
        ("head-element", HEAD, |b| b[PARENT - 1] = 0xff),
        ("head-parent-twice", HEAD, |b| b[PARENT] = 2),
        ("head-without-parent", HEAD, |b| {
            binary::<Head>(b, |head| head.block.parent = None)
        }),
        ("head-certificate-twice", HEAD, |b| b[CERTIFICATE - 4] = 2),
        ("head-without-certificate", HEAD, |b| {
            binary::<Head>(b, |head| head.block.certificate = None)
        }),
        ("head-too-many-proofs", HEAD, |b| b[PROOFS] = 17),
        ("head-fewer-proofs-than-said", HEAD, |b| b[PROOFS] = 16),
        ("head-circuit-without-name", HEAD, |b| b[PROOFS + 4] = 0),
        ("head-circuit-name", HEAD, |b| b[PROOFS + 8] = b'C'),
        ("head-proposer", HEAD, |b| {
            binary::<Head>(b, |head| head.block.header.proposer ^= 1)
        }),
        ("ancestor-cut", ANCESTOR, |b| b.truncate(b.len() - 1)),
        ("ancestor-extended", ANCESTOR, |b| b.push(0)),
        ("ancestor-magic", ANCESTOR, |b| b[3] = b'H'),
        ("ancestor-version", ANCESTOR, |b| b[7] = 1),
        ("ancestor-within", ANCESTOR, |b| {
            binary::<Ancestor>(b, |ancestor| ancestor.within += 1)
        }),
    ]
}

fn binary<D: rpp_verifier::Document>(body: &mut Vec<u8>, change: impl FnOnce(&mut D)) {
    let mut document = D::from_bytes(body).expect("an honest document");
    change(&mut document);
    *body = document.to_bytes();
}

fn write(case: &Case, name: &str) -> io::Result<()> {
    let text = serde_json::to_string_pretty(case)? + "\n";
    fs::write(folder().join(format!("{name}.json")), text)
}

fn json<D: JsonDocument>(body: &mut Vec<u8>, change: impl FnOnce(&mut D)) {
    let mut document = D::from_json(body).expect("an honest document");
    change(&mut document);
    *body = document.to_json();
}

fn head(body: &mut Vec<u8>, change: impl FnOnce(&mut Block)) {
    json::<Head>(body, |head| change(&mut head.block));
}

fn header(body: &mut Vec<u8>, change: impl FnOnce(&mut Header)) {
    head(body, |block| change(&mut block.header));
}

fn parent(block: &mut Block) -> &mut Parent {
    block.parent.as_mut().expect("a block with a parent")
}

fn claim(block: &mut Block) -> &mut Certificate {
    block.certificate.as_mut().expect("a signed block")
}

fn anchor(body: &mut Vec<u8>, change: impl FnOnce(&mut Header)) {
    json::<Block>(body, |block| change(&mut block.header));
}

fn ancestor(body: &mut Vec<u8>, change: impl FnOnce(&mut Ancestor)) {
    json(body, change);
}

/// Changes the hash that a head says its block has.
fn relabel(body: &mut Vec<u8>) {
    let hash = Head::from_json(body).expect("a head").block.header.hash();
    let text = String::from_utf8(body.clone()).expect("JSON");
    let other = other(hash.0).to_hex();
    *body = text.replace(&hash.to_string(), &other).into_bytes();
}

/// A header between the start and the end of an epoch.
fn refused_within_an_epoch() -> Vec<(&'static str, &'static str, Change)> {
    vec![
        ("next-set-within-an-epoch", HEAD, |b| {
            header(b, |h| {
                h.next_validator_set_root = other(h.next_validator_set_root)
            });
        }),
        ("parent-height", HEAD, |b| {
            head(b, |block| {
                let parent = parent(block);
                parent.header.height -= 1;
                block.header.parent_hash = parent.header.hash().0;
            });
        }),
    ]
}

/// Wrong checkpoints, and checkpoints of invalid chains.
fn mistrusted() -> Vec<(&'static str, Repin)> {
    vec![
        ("checkpoint-timestamp", |pin, _| pin.timestamp_ms += 1),
        ("checkpoint-epoch-length", |pin, _| pin.epoch_length += 1),
        ("genesis-slot", |pin, h| {
            h.slot = 1;
            pin.hash = h.hash();
        }),
        ("genesis-with-operations", |pin, h| {
            h.tx_root = other(h.tx_root);
            pin.hash = h.hash();
        }),
    ]
}

fn other(digest: Digest) -> Digest {
    compress(&digest, &digest)
}

fn refused() -> Vec<(&'static str, &'static str, Change)> {
    vec![
        ("checkpoint-header", ANCHOR, |b| {
            anchor(b, |h| h.state_root = other(h.state_root))
        }),
        ("checkpoint-json", ANCHOR, |b| b.truncate(b.len() / 2)),
        ("head-json", HEAD, |b| b.push(b'}')),
        ("head-label", HEAD, relabel),
        ("head-without-parent", HEAD, |b| {
            head(b, |block| block.parent = None)
        }),
        ("head-without-certificate", HEAD, |b| {
            head(b, |block| block.certificate = None)
        }),
        ("version", HEAD, |b| header(b, |h| h.version = 2)),
        ("chain-id", HEAD, |b| header(b, |h| h.chain_id += 1)),
        ("set", HEAD, |b| {
            header(b, |h| h.validator_set_root = other(h.validator_set_root))
        }),
        ("set-opening", HEAD, |b| {
            head(b, |block| claim(block).set.n += 1)
        }),
        ("proposer", HEAD, |b| header(b, |h| h.proposer ^= 1)),
        ("parent-hash", HEAD, |b| {
            header(b, |h| h.parent_hash = other(h.parent_hash))
        }),
        ("parent-other", HEAD, |b| {
            head(b, |block| parent(block).header.slot += 1)
        }),
        ("parent-slot", HEAD, |b| header(b, |h| h.slot -= 2)),
        ("parent-timestamp", HEAD, |b| {
            header(b, |h| h.timestamp_ms -= 1)
        }),
        ("future", HEAD, |b| {
            header(b, |h| h.timestamp_ms += 3_600_000)
        }),
        ("history", HEAD, |b| {
            header(b, |h| h.history_root = other(h.history_root))
        }),
        ("parent-path", HEAD, |b| {
            head(b, |block| {
                let path = &mut parent(block).history_path;
                path.0[1] = other(path.0[1]);
            });
        }),
        ("power-two-thirds", HEAD, |b| {
            head(b, |block| claim(block).signed_power = 134)
        }),
        ("power-short-by-one", HEAD, |b| {
            head(b, |block| claim(block).signed_power -= 1)
        }),
        ("signers", HEAD, |b| {
            head(b, |block| {
                claim(block).signers = other(claim(block).signers)
            })
        }),
        ("state-root", HEAD, |b| {
            header(b, |h| h.state_root = other(h.state_root))
        }),
        ("next-set", HEAD, |b| {
            header(b, |h| {
                h.next_validator_set_root = other(h.next_validator_set_root)
            });
        }),
        ("randomness", HEAD, |b| {
            header(b, |h| h.randomness = other(h.randomness))
        }),
        ("ancestor-height", ANCESTOR, |b| {
            ancestor(b, |a| a.height += 1)
        }),
        ("ancestor-hash", ANCESTOR, |b| {
            ancestor(b, |a| a.header_hash.0 = other(a.header_hash.0))
        }),
        ("ancestor-path", ANCESTOR, |b| {
            ancestor(b, |a| a.history_path.0[0] = other(a.history_path.0[0]));
        }),
        ("ancestor-too-long", ANCESTOR, |b| b.resize(8193, b' ')),
        ("proof-empty", PROOF, Vec::clear),
        ("proof-magic", PROOF, |b| b[0] ^= 1),
        ("proof-format", PROOF, |b| b[4] ^= 2),
        ("proof-suite", PROOF, |b| b[6] ^= 2),
        ("proof-circuit", PROOF, |b| b[8] = 0xff),
        ("proof-cut", PROOF, |b| b.truncate(b.len() - 1)),
        ("proof-extended", PROOF, |b| b.push(0)),
        ("proof-payload", PROOF, |b| b[PAYLOAD] = 0),
        ("proof-not-canonical", PROOF, |b| {
            // The first number of the payload takes two bytes where one is enough.
            b[PAYLOAD] |= 0x80;
            b.insert(PAYLOAD + 1, 0);
            let length = u32::try_from(b.len() - PAYLOAD).expect("a short proof");
            b[PAYLOAD - 4..PAYLOAD].copy_from_slice(&length.to_le_bytes());
        }),
        ("proof-first-commitment", PROOF, |b| b[40] ^= 1),
        ("proof-middle", PROOF, |b| {
            let middle = b.len() / 2;
            b[middle] ^= 1;
        }),
        ("proof-shape", PROOF, |b| *b = reshaped(b)),
        ("proof-height", PROOF, |b| {
            let log_rows = b.len() - 5;
            b[log_rows] = 30;
        }),
    ]
}

const ANCHOR: &str = "/v1/blocks/0";
const HEAD: &str = "/v1/head";
const HOP: &str = "/v1/blocks/3";
const ANCESTOR: &str = "/v1/ancestors/0?in=3";
const PROOF: &str = "/v1/blocks/3/proofs/consensus";
/// A proof for the statement of block 3 from a trace in which nobody voted.
const NOTHING: &str = "proof-3-of-nothing.bin";

/// Path, the provider's head (0 for any), and the file of the honest answer.
const DOCUMENTS: [(&str, u32, &str); 9] = [
    (ANCHOR, 0, "block-0.json"),
    ("/v1/blocks/3", 0, "block-3.json"),
    (HEAD, 2, "head-2.json"),
    ("/v1/ancestors/0?in=2", 2, "ancestor-0-2.json"),
    (HEAD, 3, "head-3.json"),
    (ANCESTOR, 3, "ancestor-0-3.json"),
    (PROOF, 3, "proof-3.bin"),
    (HEAD, 4, "head-4.json"),
    ("/v1/blocks/4/proofs/consensus", 4, "proof-4.bin"),
];

/// Name, checkpoint, head and note of each accepted case.
const ACCEPTED: [(&str, u32, u32, &str); 2] = [
    (
        "accept-skip",
        0,
        3,
        "a head two headers above the checkpoint's child, which ends the epoch",
    ),
    (
        "accept-next-epoch",
        3,
        4,
        "the first block of an epoch, signed by the set that the checkpoint names",
    ),
];
