//! Vectors for proof files: the envelope, the payload, and every list of a proof.

use p3_field::PrimeCharacteristicRing;
use rpp_verifier::hazmat::{Challenge, StarkProof};
use rpp_verifier::{Certificate, Document, Head, Header, MAX_PROOF_BYTES};

use crate::format::Case;
use crate::parts::{Bytes, Changed, Splice, folder};
use crate::witness::between;
use crate::{Result, VectorWriter};

/// The block that the proof is about, and its proof file.
struct Proven {
    header: Header,
    parent: Header,
    certificate: Certificate,
    file: Vec<u8>,
}

/// Writes all of them.
pub(crate) fn write_proofs(writer: &mut VectorWriter) -> Result<()> {
    let documents = folder().join("client/documents");
    let head = Head::from_bytes(&std::fs::read(documents.join("head-3.bin"))?)?;
    let candidate = head.block.into_candidate(None)?;
    let proven = Proven {
        header: candidate.header,
        parent: candidate.parent,
        certificate: candidate.certificate,
        file: std::fs::read(documents.join("proof-3.bin"))?,
    };
    write_envelopes(writer, &proven)?;
    write_payloads(writer, &proven)?;
    write_statements(writer, &proven)?;
    write_circuits(writer, &proven)
}

impl Proven {
    fn write(
        &self,
        writer: &mut VectorWriter,
        name: &str,
        expect: &str,
        splices: Vec<Splice>,
    ) -> Result<()> {
        let file = "client/documents/proof-3.bin".into();
        let case = Case::Proof {
            chain_id: self.header.chain_id,
            header: hex::encode(self.header.to_bytes()),
            parent: hex::encode(self.parent.to_bytes()),
            certificate: hex::encode(self.certificate.to_bytes()),
            proof: Bytes::Changed(Changed { file, splices }),
        };
        let note = name.replace('-', " ");
        writer.write(&format!("proof-{name}"), &note, expect, case)
    }

    /// Returns the changes that put a payload into the file, in steps from one payload to the next.
    fn with_payloads(&self, payloads: &[Vec<u8>]) -> Result<Vec<Splice>> {
        let mut splices = Vec::new();
        let mut old = &self.file[PAYLOAD..];
        for payload in payloads {
            splices.extend(
                splices_between(old, payload)
                    .into_iter()
                    .map(|splice| Splice {
                        at: splice.at + PAYLOAD,
                        ..splice
                    }),
            );
            old = payload;
        }
        splices.push(over(12, &u32::try_from(old.len())?.to_le_bytes()));
        Ok(splices)
    }

    fn with_payload(&self, payload: &[u8]) -> Result<Vec<Splice>> {
        self.with_payloads(&[payload.to_vec()])
    }
}

/// Returns one change, or two where a list is shorter: its length, and the end of it.
fn splices_between(old: &[u8], new: &[u8]) -> Vec<Splice> {
    let whole = between(old, new);
    if whole.insert.len() < 200 {
        return vec![whole];
    }
    let behind = whole.at + 1;
    let mut rest = between(&old[behind..], &new[behind..]);
    rest.at += behind;
    vec![over(whole.at, &new[whole.at..behind]), rest]
}

fn over(at: usize, insert: &[u8]) -> Splice {
    Splice {
        at,
        remove: insert.len(),
        insert: hex::encode(insert),
        times: 1,
    }
}

fn write_envelopes(writer: &mut VectorWriter, proven: &Proven) -> Result<()> {
    let end = proven.file.len();
    let cut = |left: usize| Splice {
        at: left,
        remove: end - left,
        insert: String::new(),
        times: 1,
    };
    let append = |times| Splice {
        at: end,
        remove: 0,
        insert: "00".into(),
        times,
    };
    let short = |x: u16| x.to_le_bytes();
    let length = u32::try_from(end - PAYLOAD)?;
    let word = |x: u32| x.to_le_bytes();
    let cases = [
        ("accepted", vec![], "accept"),
        (
            "at-the-limit",
            vec![append(MAX_PROOF_BYTES - end)],
            "trailing-bytes",
        ),
        (
            "too-long",
            vec![append(MAX_PROOF_BYTES - end + 1)],
            "too-long",
        ),
        (
            "order-v1-v2",
            vec![over(0, b"x"), append(MAX_PROOF_BYTES)],
            "too-long",
        ),
        ("empty", vec![cut(0)], "truncated"),
        ("magic-cut", vec![cut(3)], "truncated"),
        ("magic", vec![over(0, b"RPPB")], "bad-magic"),
        ("magic-alone", vec![cut(4)], "truncated"),
        ("format-cut", vec![cut(5)], "truncated"),
        ("format-0", vec![over(4, &short(0))], "unsupported-version"),
        ("format-2", vec![over(4, &short(2))], "unsupported-version"),
        ("suite-cut", vec![cut(7)], "truncated"),
        ("suite-2", vec![over(6, &short(2))], "unsupported-version"),
        ("circuit-cut", vec![cut(9)], "truncated"),
        ("circuit-0", vec![over(8, &short(0))], "unknown-circuit"),
        (
            "circuit-unknown",
            vec![over(8, &short(u16::MAX))],
            "unknown-circuit",
        ),
        ("reserved-cut", vec![cut(11)], "truncated"),
        ("reserved", vec![over(10, &short(1))], "unsupported-version"),
        ("length-cut", vec![cut(15)], "truncated"),
        (
            "length-short",
            vec![over(12, &word(length - 1))],
            "trailing-bytes",
        ),
        (
            "length-long",
            vec![over(12, &word(length + 1))],
            "truncated",
        ),
        (
            "length-largest",
            vec![over(12, &word(u32::MAX))],
            "truncated",
        ),
        (
            "without-payload",
            vec![cut(PAYLOAD), over(12, &word(0))],
            "malformed-payload",
        ),
        (
            "order-v2-v3",
            vec![over(0, b"x"), over(4, &short(2))],
            "bad-magic",
        ),
        (
            "order-v4-v5",
            vec![over(6, &short(2)), over(8, &short(9))],
            "unsupported-version",
        ),
        (
            "order-v5-v6",
            vec![over(8, &short(9)), over(10, &short(1))],
            "unknown-circuit",
        ),
        (
            "order-v6-clauses",
            vec![over(10, &short(1)), over(12, &word(0))],
            "unsupported-version",
        ),
        (
            "order-v6-v7",
            vec![over(12, &word(length - 1)), over(PAYLOAD, &[3])],
            "trailing-bytes",
        ),
    ];
    for (name, splices, expect) in cases {
        proven.write(writer, name, expect, splices)?;
    }
    Ok(())
}

/// Payloads as bytes: what no proof encodes to.
fn write_payloads(writer: &mut VectorWriter, proven: &Proven) -> Result<()> {
    let payload = &proven.file[PAYLOAD..];
    let end = payload.len();
    let changed = |change: &dyn Fn(&mut Vec<u8>)| {
        let mut payload = payload.to_vec();
        change(&mut payload);
        payload
    };
    // The trace's commitment, the quotient's, the option between them and the opened values.
    const RANDOM: usize = 2 * (1 + 16 * 32);
    // Behind the trace at zeta and at the next point: the options of the preprocessed rows.
    const ROWS: usize = RANDOM + 1 + (2 + 238 * 20) + 1 + (2 + 238 * 20);
    let cases = [
        ("cap-of-15", changed(&|p| p[0] = 15), "malformed-payload"),
        (
            "option-of-2",
            changed(&|p| p[RANDOM] = 2),
            "malformed-payload",
        ),
        (
            "element-at-modulus",
            changed(&|p| {
                p[RANDOM + 3..RANDOM + 7].copy_from_slice(&2_013_265_921u32.to_le_bytes())
            }),
            "malformed-payload",
        ),
        (
            "element-below-modulus",
            changed(&|p| {
                p[RANDOM + 3..RANDOM + 7].copy_from_slice(&2_013_265_920u32.to_le_bytes())
            }),
            "opening",
        ),
        ("payload-cut", changed(&|p| shorten(p)), "malformed-payload"),
        (
            "payload-extended",
            changed(&|p| p.push(0)),
            "non-canonical-payload",
        ),
        (
            "varint-over-long",
            changed(&|p| drop(p.splice(0..1, [0x90, 0]))),
            "non-canonical-payload",
        ),
        (
            "list-without-end",
            changed(&|p| {
                p[RANDOM + 1] = 0xff;
                p[RANDOM + 2] = 0x7f;
            }),
            "malformed-payload",
        ),
        (
            "whole-cap-of-15",
            changed(&|p| drop(p.splice(0..33, [15]))),
            "malformed-payload",
        ),
        (
            "cap-of-0",
            changed(&|p| drop(p.splice(0..513, [0]))),
            "malformed-payload",
        ),
        (
            "cap-of-1",
            changed(&|p| drop(p.splice(0..481, [1]))),
            "proof-shape",
        ),
        (
            "option-of-2-with-value",
            changed(&|p| drop(p.splice(ROWS..=ROWS, [&[2, 1][..], &[0; 20]].concat()))),
            "malformed-payload",
        ),
        (
            "preprocessed-next-alone",
            changed(&|p| drop(p.splice(ROWS + 1..ROWS + 2, [&[1, 1][..], &[0; 20]].concat()))),
            "malformed-payload",
        ),
        (
            "preprocessed-empty",
            changed(&|p| drop(p.splice(ROWS..=ROWS, [1, 0]))),
            "malformed-payload",
        ),
        (
            "preprocessed-widths",
            changed(&|p| {
                let rows = [&[1, 1][..], &[0; 20], &[1, 2], &[0; 40]].concat();
                drop(p.splice(ROWS..ROWS + 2, rows));
            }),
            "malformed-payload",
        ),
        (
            "varint-of-5-bytes",
            changed(&|p| drop(p.splice(0..1, [0x90, 0x80, 0x80, 0x80, 0]))),
            "non-canonical-payload",
        ),
        (
            "varint-of-11-bytes",
            changed(&|p| drop(p.splice(0..1, [&[0x90][..], &[0x80; 9], &[0]].concat()))),
            "malformed-payload",
        ),
        (
            "varint-past-64-bits",
            changed(&|p| drop(p.splice(0..1, [&[0x90][..], &[0x80; 8], &[2]].concat()))),
            "malformed-payload",
        ),
        ("height-7", changed(&|p| p[end - 5] = 7), "trace-height"),
        ("height-8", changed(&|p| p[end - 5] = 8), "proof-shape"),
        ("height-18", changed(&|p| p[end - 5] = 18), "proof-shape"),
        ("height-19", changed(&|p| p[end - 5] = 19), "trace-height"),
        (
            "height-past-32-bits",
            changed(&|p| drop(p.splice(end - 5..end - 4, [0xff, 0xff, 0xff, 0xff, 0x0f]))),
            "trace-height",
        ),
    ];
    for (name, payload, expect) in cases {
        proven.write(writer, name, expect, proven.with_payload(&payload)?)?;
    }
    for (name, change) in SHAPES {
        let payload = reshaped(payload, change)?;
        let name = format!("shape-{name}");
        proven.write(writer, &name, "proof-shape", proven.with_payload(&payload)?)?;
    }
    let option = changed(&|p| p[RANDOM] = 2);
    let longer = [&option[..], &[0]].concat();
    let splices = proven.with_payloads(&[option, longer])?;
    proven.write(writer, "order-v7-v8", "malformed-payload", splices)?;
    let shorter = reshaped(payload, |p| shorten(&mut p.opened_values.trace_local))?;
    let both = reshaped(&shorter, |p| p.degree_bits = 19)?;
    let splices = proven.with_payloads(&[shorter, both])?;
    proven.write(writer, "order-v11-v12", "trace-height", splices)
}

fn reshaped(payload: &[u8], change: fn(&mut StarkProof)) -> Result<Vec<u8>> {
    let mut proof: StarkProof = postcard::from_bytes(payload)?;
    change(&mut proof);
    Ok(postcard::to_allocvec(&proof)?)
}

/// The name of a list, and a change of its length.
type Shape = (&'static str, fn(&mut StarkProof));

/// One for each clause of V12.
const SHAPES: [Shape; 26] = [
    ("trace-commitment", |p| {
        p.commitments.trace = smaller(&p.commitments.trace);
    }),
    ("quotient-commitment", |p| {
        p.commitments.quotient_chunks = smaller(&p.commitments.quotient_chunks);
    }),
    ("random-commitment", |p| {
        p.commitments.random = Some(p.commitments.trace.clone());
    }),
    ("trace-at-zeta", |p| {
        shorten(&mut p.opened_values.trace_local)
    }),
    ("trace-at-zeta-longer", |p| {
        p.opened_values.trace_local.push(Challenge::ZERO)
    }),
    ("trace-at-next", |p| {
        p.opened_values.trace_next.as_mut().map(Vec::pop);
    }),
    ("no-trace-at-next", |p| p.opened_values.trace_next = None),
    ("preprocessed", |p| {
        let local = vec![Challenge::ZERO];
        let next = None;
        p.opened_values.preprocessed = Some(p3_uni_stark::PreprocessedOpenedValues { local, next });
    }),
    ("random-values", |p| p.opened_values.random = Some(vec![])),
    ("quotient-chunks", |p| {
        shorten(&mut p.opened_values.quotient_chunks)
    }),
    ("quotient-chunk", |p| {
        shorten(&mut p.opened_values.quotient_chunks[7])
    }),
    ("input-openings", |p| {
        shorten(&mut p.opening_proof.input_openings)
    }),
    ("trace-queries", |p| {
        p.opening_proof.input_openings[0].opened_values.pop();
    }),
    ("quotient-queries", |p| {
        p.opening_proof.input_openings[1].opened_values.pop();
    }),
    ("trace-matrices", |p| {
        p.opening_proof.input_openings[0].opened_values[0].push(vec![]);
    }),
    ("quotient-matrices", |p| {
        p.opening_proof.input_openings[1].opened_values[0].pop();
    }),
    ("trace-row", |p| {
        p.opening_proof.input_openings[0].opened_values[79][0].pop();
    }),
    ("quotient-row", |p| {
        p.opening_proof.input_openings[1].opened_values[79][7].pop();
    }),
    ("folding-commitments", |p| {
        shorten(&mut p.opening_proof.commit_phase_commits)
    }),
    ("folding-commitment", |p| {
        let first = smaller(&p.opening_proof.commit_phase_commits[0]);
        p.opening_proof.commit_phase_commits[0] = first;
    }),
    ("folding-witnesses", |p| {
        shorten(&mut p.opening_proof.commit_pow_witnesses)
    }),
    ("folding-openings", |p| {
        shorten(&mut p.opening_proof.commit_phase_openings)
    }),
    ("folding-queries", |p| {
        p.opening_proof.commit_phase_openings[0]
            .sibling_values
            .pop();
    }),
    ("final-polynomial", |p| {
        shorten(&mut p.opening_proof.final_poly)
    }),
    ("final-polynomial-longer", |p| {
        p.opening_proof.final_poly.push(Challenge::ZERO)
    }),
    ("height", |p| p.degree_bits = 18),
];

fn shorten<T>(list: &mut Vec<T>) {
    list.truncate(list.len() - 1);
}

fn smaller<C: serde::Serialize + serde::de::DeserializeOwned>(cap: &C) -> C {
    let bytes = postcard::to_allocvec(cap).expect("a commitment");
    let half = [&[8], &bytes[1..1 + 8 * 32]].concat();
    postcard::from_bytes(&half).expect("half of its digests")
}

/// The rules between the shapes and Plonky3's verifier.
fn write_statements(writer: &mut VectorWriter, proven: &Proven) -> Result<()> {
    let payload = &proven.file[PAYLOAD..];
    let shape = proven.with_payload(&reshaped(payload, |p| {
        shorten(&mut p.opening_proof.final_poly)
    })?)?;
    let end = payload.len();
    let low = |mut payload: Vec<u8>| {
        payload[end - 5] = 7;
        payload
    };
    let height = proven.with_payload(&low(payload.to_vec()))?;
    let two_thirds = Certificate {
        signed_power: 134,
        ..proven.certificate
    };
    let cases = [
        ("below-threshold", two_thirds, 7, vec![], "below-threshold"),
        ("order-v12-v13", two_thirds, 7, shape, "proof-shape"),
        ("wrong-chain", proven.certificate, 8, vec![], "wrong-chain"),
        (
            "order-v10-v11",
            proven.certificate,
            8,
            height,
            "wrong-chain",
        ),
    ];
    for (name, certificate, chain_id, splices, expect) in cases {
        let file = "client/documents/proof-3.bin".into();
        let case = Case::Proof {
            chain_id,
            header: hex::encode(proven.header.to_bytes()),
            parent: hex::encode(proven.parent.to_bytes()),
            certificate: hex::encode(certificate.to_bytes()),
            proof: Bytes::Changed(Changed { file, splices }),
        };
        let note = name.replace('-', " ");
        writer.write(&format!("proof-{name}"), &note, expect, case)?;
    }
    Ok(())
}

/// Proofs of other circuits.
fn write_circuits(writer: &mut VectorWriter, proven: &Proven) -> Result<()> {
    for circuit in [
        "transaction",
        "identity",
        "state",
        "pruning",
        "uptime",
        "span",
    ] {
        let case = Case::Proof {
            chain_id: proven.header.chain_id,
            header: hex::encode(proven.header.to_bytes()),
            parent: hex::encode(proven.parent.to_bytes()),
            certificate: hex::encode(proven.certificate.to_bytes()),
            proof: Bytes::Changed(Changed {
                file: format!("documents/{circuit}-proof.bin"),
                splices: vec![],
            }),
        };
        let name = format!("proof-of-{circuit}");
        writer.write(&name, &name.replace('-', " "), "wrong-circuit", case)?;
    }
    // Another circuit's number, and past the circuits that there are.
    for (number, expect) in [
        (5, "wrong-circuit"),
        (7, "unknown-circuit"),
        (0x0102, "unknown-circuit"),
    ] {
        let splices = vec![over(8, &u16::to_le_bytes(number))];
        proven.write(writer, &format!("circuit-{number}"), expect, splices)?;
    }
    Ok(())
}

const PAYLOAD: usize = 16;
