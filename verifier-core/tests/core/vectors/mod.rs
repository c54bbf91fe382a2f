//! Reads every vector that is in the folder `vectors/v1`, and compares verdicts.

mod client;
mod format;

use std::collections::BTreeMap;
use std::fs;
use std::path::PathBuf;

use self::format::{Case, Certificate, Key, Params, Vector};
use p3_field::PrimeField32;
use rpp_verifier::hazmat::{Domain, Val, hash, public_key};
use rpp_verifier::{
    Candidate, ChainParams, Digest, Header, HeaderHash, HistoryFrontier, HistoryPath, KeyPurpose,
    MerklePath, PublicKey, SetOpening, Signature, TrustedChain, compress, fold_path,
};

#[test]
fn every_vector_has_the_verdict_that_it_expects() {
    let vectors = vectors();
    assert!(vectors.len() >= 50, "{} vectors", vectors.len());
    for (name, vector) in vectors {
        let verdict = check(&vector.case).err().unwrap_or("accept");
        assert_eq!(verdict, vector.expect, "{name}: {}", vector.note);
        assert!(!vector.origin.is_empty(), "{name} has no origin");
        let accepts = name.starts_with("accept-");
        assert_eq!(
            accepts,
            verdict == "accept",
            "{name} does not start with its verdict"
        );
    }
}

#[test]
fn every_rule_has_a_vector_that_breaks_it() {
    let codes: Vec<_> = vectors().into_values().map(|v| v.expect).collect();
    for code in RULES {
        assert!(codes.iter().any(|c| c == code), "no vector for {code}");
    }
}

fn vectors() -> BTreeMap<String, Vector> {
    let folder = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../vectors/v1");
    let files = fs::read_dir(folder)
        .unwrap()
        .map(|file| file.unwrap().path());
    files
        .filter(|path| path.is_file())
        .map(|path| {
            let name = path.file_name().unwrap().to_str().unwrap().to_owned();
            let text = fs::read_to_string(&path).unwrap();
            let vector = Vector::from_json(&text).unwrap_or_else(|e| panic!("{name}: {e}"));
            let written = serde_json::to_string_pretty(&vector.to_json().unwrap());
            assert_eq!(
                written.unwrap() + "\n",
                text,
                "{name} is not in the form that `to_json` writes"
            );
            (name, vector)
        })
        .collect()
}

/// Returns the code of the first rule that the case breaks.
fn check(case: &Case) -> Result<(), &'static str> {
    match case {
        Case::Hash {
            domain,
            elements,
            digest: expected,
        } => {
            let tag = |d: &&Domain| d.tag().as_canonical_u32() == *domain;
            let domain = *Domain::ALL.iter().find(tag).unwrap();
            assert_eq!(hash(domain, &values(elements)), digest(expected));
        }
        Case::Compress {
            left,
            right,
            digest: expected,
        } => assert_eq!(compress(&digest(left), &digest(right)), digest(expected)),
        Case::Path {
            leaf,
            index,
            siblings,
            root,
        } => {
            let siblings: Vec<_> = siblings.iter().map(|s| digest(s)).collect();
            assert_eq!(fold_path(digest(leaf), *index, &siblings), digest(root));
        }
        Case::History {
            headers,
            history_root,
        } => {
            let mut frontier = HistoryFrontier::default();
            for header in headers {
                frontier.append(&HeaderHash(digest(header)));
            }
            assert_eq!(frontier.history_root(), digest(history_root));
        }
        Case::Header { header, hash } => {
            let decoded = Header::from_bytes(&hex::decode(header).unwrap());
            let decoded = decoded.map_err(|e| e.code())?;
            assert_eq!(decoded.hash().0, digest(hash));
            assert_eq!(hex::encode(decoded.to_bytes()), *header);
        }
        Case::KeyId {
            public_key,
            purpose,
            chain_id,
            key_id,
        } => {
            let purpose = match purpose.as_str() {
                "vote" => KeyPurpose::Vote,
                "account" => KeyPurpose::Account,
                other => panic!("unknown key purpose {other}"),
            };
            let id = key(public_key).key_id(purpose, *chain_id);
            assert_eq!(id, digest(key_id));
        }
        Case::Signature {
            public_key,
            leaf,
            message,
            signature,
        } => {
            let signature = Signature::from_bytes(&hex::decode(signature).unwrap());
            let signature = signature.map_err(|e| e.code())?;
            let verdict = key(public_key).verify(*leaf, &digest(message), &signature);
            verdict.map_err(|e| e.code())?;
        }
        Case::Genesis {
            params: rules,
            header,
        } => {
            let trusted = HeaderHash(digest(&rules.genesis_hash));
            let verdict = params(rules)?.check_genesis(&self::header(header), &trusted);
            verdict.map_err(|e| e.code())?;
        }
        Case::Candidate {
            params: rules,
            trusted,
            trusted_hash,
            now_ms,
            header,
            parent,
            parent_path,
            head_path,
            certificate: claim,
        } => {
            let trusted_hash = HeaderHash(digest(trusted_hash));
            let trusted = self::header(trusted);
            let chain = TrustedChain::new(params(rules)?, &trusted, &trusted_hash);
            let candidate = Candidate {
                header: self::header(header),
                parent: self::header(parent),
                parent_path: path(parent_path),
                head_path: path(head_path),
                certificate: certificate(claim),
            };
            let verdict = chain.and_then(|c| c.check(&candidate, now_ms.parse().unwrap()));
            let checked = verdict.map_err(|e| e.code())?;
            assert_eq!(checked.statement().header_hash, candidate.header.hash());
        }
    }
    Ok(())
}

fn digest(text: &str) -> Digest {
    text.parse().unwrap()
}

fn values(elements: &[u32]) -> Vec<Val> {
    assert!(elements.iter().all(|&x| x < Val::ORDER_U32));
    elements.iter().map(|&x| Val::new(x)).collect()
}

fn header(text: &str) -> Header {
    Header::from_bytes(&hex::decode(text).unwrap()).unwrap()
}

fn key(key: &Key) -> PublicKey {
    let parameter = values(&key.parameter).try_into().unwrap();
    public_key(key.tree_height, parameter, digest(&key.root))
}

fn params(params: &Params) -> Result<ChainParams, &'static str> {
    let rules = ChainParams::new(params.chain_id, params.epoch_length);
    rules.map_err(|e| e.code())
}

fn path(siblings: &[String]) -> HistoryPath {
    let siblings: Vec<_> = siblings.iter().map(|s| digest(s)).collect();
    MerklePath(siblings.try_into().unwrap())
}

fn certificate(claim: &Certificate) -> rpp_verifier::Certificate {
    rpp_verifier::Certificate {
        signed_power: claim.signed_power,
        signers: digest(&claim.signers),
        set: SetOpening {
            root: digest(&claim.set_root),
            n: claim.set_size,
            total_power: claim.total_power,
        },
    }
}

/// The codes of all rules that these kinds of vectors can break.
const RULES: [&str; 36] = [
    "truncated",
    "trailing-bytes",
    "unsupported-version",
    "non-canonical-element",
    "out-of-range",
    "signature-tree-height",
    "signature-leaf-past-tree",
    "signature-path-length",
    "signature-target-sum",
    "signature-root-mismatch",
    "epoch-length",
    "genesis-hash",
    "genesis-version",
    "genesis-chain-id",
    "genesis-position",
    "genesis-params",
    "genesis-next-set",
    "genesis-not-empty",
    "header-version",
    "header-chain-id",
    "header-not-ahead",
    "header-epoch",
    "header-set",
    "header-set-opening",
    "header-set-size",
    "header-proposer",
    "header-next-set",
    "header-parent-hash",
    "header-parent-height",
    "header-parent-slot",
    "header-parent-timestamp",
    "header-future",
    "header-parent-not-in-history",
    "header-head-not-in-history",
    "header-signed-power",
    "header-trusted-hash",
];
