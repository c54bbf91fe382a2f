//! Reads every vector that is in the folder `vectors/v1`, and compares verdicts.

mod circuits;
mod client;
mod coverage;
mod documents;
mod format;
mod keys;
mod ledger;
mod parts;
mod proofs;
mod sets;
pub(crate) mod setup;

use std::collections::BTreeMap;
use std::fs;

use self::format::{Case, Vector};
use self::parts::{Certificate, Key, Opening, Params, folder};
use p3_field::PrimeField32;
use rpp_verifier::hazmat::{Domain, Val, hash, public_key};
use rpp_verifier::{
    Candidate, ChainParams, Checkpoint, Digest, Header, HeaderHash, HistoryFrontier, HistoryPath,
    KeyPurpose, MerklePath, PublicKey, SetOpening, Signature, SpanCandidate, TrustedChain,
    compress, fold_path, is_ancestor,
};

#[test]
fn every_vector_has_the_verdict_that_it_expects() {
    let vectors = vectors();
    assert!(vectors.len() >= 800, "{} vectors", vectors.len());
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

fn vectors() -> BTreeMap<String, Vector> {
    let files = fs::read_dir(folder())
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
            let depth = u32::try_from(siblings.len()).unwrap();
            let inside = index.checked_shr(depth).unwrap_or(0) == 0;
            let folded = fold_path(digest(leaf), *index, &siblings);
            matches(inside && folded == digest(root))?;
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
                "setup" => KeyPurpose::Setup,
                other => panic!("unknown key purpose {other}"),
            };
            let id = key(public_key).key_id(purpose, *chain_id);
            matches(id == digest(key_id))?;
        }
        Case::Ancestor {
            header_hash,
            height,
            history_path,
            within,
            history_root,
        } => {
            let (header, root) = (HeaderHash(digest(header_hash)), digest(history_root));
            let path = path(history_path);
            matches(is_ancestor(&header, *height, &path, *within, &root))?;
        }
        Case::Start { checkpoint, header } => {
            let checkpoint: Checkpoint = checkpoint.parse().unwrap();
            let started = checkpoint.start(&self::header(header));
            started.map_err(|e| e.code())?;
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
        Case::SpanCandidate { .. } => span_candidate(case)?,
        Case::SetLeaf { .. }
        | Case::Set { .. }
        | Case::Vote { .. }
        | Case::Randomness { .. }
        | Case::Bitmap { .. } => sets::check(case)?,
        Case::Generate { .. } | Case::Sign { .. } => keys::check(case)?,
        Case::Account { .. }
        | Case::Accounts { .. }
        | Case::Operation { .. }
        | Case::Operations { .. }
        | Case::Inclusion { .. } => ledger::check(case)?,
        Case::Encoding { .. }
        | Case::Json { .. }
        | Case::Offer { .. }
        | Case::CheckpointText { .. }
        | Case::Route { .. } => documents::check(case)?,
        Case::Statement { .. } | Case::Witness { .. } | Case::Proof { .. } => proofs::check(case)?,
        Case::Transaction { .. }
        | Case::Identity { .. }
        | Case::State { .. }
        | Case::Pruning { .. }
        | Case::Uptime { .. }
        | Case::Span { .. }
        | Case::CircuitWitness { .. } => circuits::check(case)?,
    }
    Ok(())
}

/// The verdict of a check that has no code of its own.
fn matches(holds: bool) -> Result<(), &'static str> {
    holds.then_some(()).ok_or("mismatch")
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

fn span_candidate(case: &Case) -> Result<(), &'static str> {
    let Case::SpanCandidate {
        params: rules,
        trusted,
        trusted_hash,
        now_ms,
        header,
        parent,
        parent_path,
        head_path,
        set,
        ends,
    } = case
    else {
        panic!("{case:?}")
    };
    let trusted_hash = HeaderHash(digest(trusted_hash));
    let chain = TrustedChain::new(params(rules)?, &self::header(trusted), &trusted_hash);
    let candidate = SpanCandidate {
        header: self::header(header),
        parent: self::header(parent),
        parent_path: path(parent_path),
        head_path: path(head_path),
        set: opening(set),
    };
    let verdict = chain.and_then(|c| c.check_span(&candidate, now_ms.parse().unwrap()));
    let checked = verdict.map_err(|e| e.code())?;
    let statement = checked.statement();
    assert_eq!(
        (statement.ends, statement.last_hash),
        (*ends, candidate.header.hash())
    );
    Ok(())
}

fn opening(set: &Opening) -> SetOpening {
    SetOpening {
        root: digest(&set.root),
        n: set.n,
        total_power: set.total_power,
    }
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
