//! Vectors for witnesses: their encoding, and what they show.

use p3_field::PrimeField32;
use rpp_verifier::hazmat::{Val, chain_values_mut};
use rpp_verifier::{
    Bitmap, Certificate, ConsensusStatement, ConsensusWitness, Digest, Header, KeyPurpose,
    MAX_WITNESS_BYTES, SecretKey, Validator, ValidatorSet, VoteWitness, genesis, history_root,
    next_randomness,
};

use crate::chain::CHAIN_ID;
use crate::format::Case;
use crate::parts::{Bytes, Changed, Splice};
use crate::{Result, VectorWriter, digest};

/// Writes all of them.
pub(crate) fn write_witnesses(writer: &mut VectorWriter) -> Result<()> {
    let witness = witness()?;
    let bytes = witness.to_bytes();
    writer.document(FILE, &bytes)?;
    write_checks(writer, &witness)?;
    write_encodings(writer, &bytes)
}

const SLOT: u32 = 5;

/// Three validators, of whom the last two vote; validator 2 proposes, and started late.
fn witness() -> Result<ConsensusWitness> {
    let mut keys = Vec::new();
    for i in 0..3 {
        let seed = [100 + i; 32];
        keys.push(SecretKey::generate(
            seed,
            KeyPurpose::Vote,
            CHAIN_ID,
            4,
            &|_| (),
        )?);
    }
    let members = keys.iter().zip([(3, 0), (20, 0), (10, 3)]).zip(0..);
    let members = members.map(|((key, (power, start_slot)), account)| Validator {
        key_id: key.key_id(),
        power,
        account,
        start_slot,
    });
    let set = ValidatorSet::new(members.collect())?;
    let parent = genesis(CHAIN_ID, 4, 1000, Digest::ZERO, set.set_root(), digest(1));
    let reveal = keys[2].reveal_slot_secret(SLOT - 3)?;
    let header = Header {
        height: 1,
        slot: SLOT,
        proposer: 2,
        timestamp_ms: 2000,
        parent_hash: parent.hash().0,
        history_root: history_root(1, &digest(2)),
        randomness: next_randomness(&parent.randomness, &reveal),
        ..parent.clone()
    };
    let mut signers = Bitmap::default();
    [1, 2].into_iter().for_each(|i| signers.insert(i));
    let certificate = Certificate {
        signed_power: 30,
        signers: signers.signers(),
        set: set.opening(),
    };
    let statement = ConsensusStatement::new(&header, &parent, &certificate)?;
    let message = statement.vote_message();
    let mut votes = Vec::new();
    for ((key, &validator), index) in keys.iter_mut().zip(set.members()).zip(0..).skip(1) {
        votes.push(VoteWitness {
            index,
            validator,
            set_path: set.path(index),
            public_key: *key.public_key(),
            signature: key.sign(SLOT - validator.start_slot, &message)?,
        });
    }
    Ok(ConsensusWitness {
        statement,
        reveal,
        votes,
    })
}

/// A name, the code, and a change of the witness that gives it.
type Change = (&'static str, &'static str, fn(&mut ConsensusWitness));

const CHANGES: [Change; 24] = [
    ("two-votes", "accept", |_| {}),
    ("order-of-votes", "witness-order", |w| w.votes.reverse()),
    ("vote-twice", "witness-order", |w| {
        w.votes[1] = w.votes[0].clone();
    }),
    ("index-past-set", "witness-order", |w| {
        w.votes[1].index = 1024
    }),
    ("other-place", "witness-not-a-member", |w| {
        w.votes[0].index = 0
    }),
    ("other-power", "witness-not-a-member", |w| {
        w.votes[0].validator.power += 1
    }),
    ("other-key", "witness-not-a-member", |w| {
        w.votes[0].public_key = w.votes[1].public_key;
    }),
    ("other-path", "witness-not-a-member", |w| {
        w.votes[0].set_path.0[9] = digest(9)
    }),
    ("not-started", "witness-not-started", |w| {
        w.votes.remove(0);
        w.statement.slot = 2;
    }),
    ("other-header", "witness-signature", |w| {
        w.statement.header_hash.0 = digest(9)
    }),
    ("other-signature", "witness-signature", |w| {
        chain_values_mut(&mut w.votes[1].signature)[0] = Default::default();
    }),
    ("no-proposer", "witness-proposer-absent", |w| {
        drop(w.votes.pop())
    }),
    ("no-votes", "witness-proposer-absent", |w| w.votes.clear()),
    ("other-reveal", "witness-wrong-reveal", |w| {
        w.reveal = digest(9)
    }),
    ("other-randomness", "witness-wrong-randomness", |w| {
        w.statement.randomness = digest(9);
    }),
    ("other-signed-power", "witness-signed-power", |w| {
        w.statement.signed_power = 31
    }),
    ("other-total", "witness-below-threshold", |w| {
        w.statement.set.total_power = 45
    }),
    ("other-signers", "witness-wrong-signers", |w| {
        w.statement.signers = digest(9)
    }),
    ("order-member-signature", "witness-not-a-member", |w| {
        w.votes[0].validator.account = 9;
        w.statement.header_hash.0 = digest(9);
    }),
    ("order-member-started", "witness-not-a-member", |w| {
        w.votes.remove(0);
        w.votes[0].validator.account = 9;
        w.statement.slot = 2;
    }),
    ("started-now", "witness-signature", |w| {
        w.votes.remove(0);
        w.statement.slot = 3;
    }),
    ("order-power-threshold", "witness-signed-power", |w| {
        w.statement.signed_power = 1
    }),
    ("order-reveal-power", "witness-wrong-reveal", |w| {
        w.reveal = digest(9);
        w.statement.signed_power = 31;
    }),
    ("order-power-signers", "witness-below-threshold", |w| {
        w.statement.set.total_power = 45;
        w.statement.signers = digest(9);
    }),
];

fn write_checks(writer: &mut VectorWriter, honest: &ConsensusWitness) -> Result<()> {
    let bytes = honest.to_bytes();
    for (name, expect, change) in CHANGES {
        let mut witness = honest.clone();
        change(&mut witness);
        assert_eq!(
            witness.check().err().map_or("accept", |e| e.code()),
            expect,
            "{name}"
        );
        let changed = witness.to_bytes();
        let splices = if changed == bytes {
            vec![]
        } else {
            vec![between(&bytes, &changed)]
        };
        write(writer, name, expect, splices)?;
    }
    Ok(())
}

fn write(writer: &mut VectorWriter, name: &str, expect: &str, splices: Vec<Splice>) -> Result<()> {
    let file = format!("documents/{FILE}");
    let bytes = Bytes::Changed(Changed { file, splices });
    let note = name.replace('-', " ");
    writer.write(
        &format!("witness-{name}"),
        &note,
        expect,
        Case::Witness { bytes },
    )
}

/// Returns the smallest change from one to the other.
pub(crate) fn between(honest: &[u8], changed: &[u8]) -> Splice {
    let same = |a: &mut dyn Iterator<Item = (&u8, &u8)>| a.take_while(|(x, y)| x == y).count();
    let at = same(&mut honest.iter().zip(changed));
    let (old, new) = (&honest[at..], &changed[at..]);
    let tail = same(&mut old.iter().rev().zip(new.iter().rev()));
    Splice {
        at,
        remove: old.len() - tail,
        insert: hex::encode(&new[..new.len() - tail]),
        times: 1,
    }
}

fn write_encodings(writer: &mut VectorWriter, bytes: &[u8]) -> Result<()> {
    const VOTES: usize = 228;
    const FIRST_HEIGHT: usize = 232 + 4 + 32 + 12 + 320;
    let over = |at, insert: &[u8]| Splice {
        at,
        remove: insert.len(),
        insert: hex::encode(insert),
        times: 1,
    };
    let word = |at, x: u32| vec![over(at, &x.to_le_bytes())];
    let end = bytes.len();
    let append = |times| {
        vec![Splice {
            at: end,
            remove: 0,
            insert: "00".into(),
            times,
        }]
    };
    let cut = |left: usize| {
        vec![Splice {
            at: left,
            remove: end - left,
            insert: String::new(),
            times: 1,
        }]
    };
    let cases = [
        ("cut", cut(end - 1), "truncated"),
        ("without-magic", cut(3), "truncated"),
        ("extended", append(1), "trailing-bytes"),
        (
            "at-the-limit",
            append(MAX_WITNESS_BYTES - end),
            "trailing-bytes",
        ),
        ("too-long", append(MAX_WITNESS_BYTES - end + 1), "too-long"),
        ("magic", word(0, 0), "bad-magic"),
        ("version", word(4, 2), "unsupported-version"),
        ("element", word(12, Val::ORDER_U32), "non-canonical-element"),
        ("fewer-votes-than-said", word(VOTES, 3), "truncated"),
        ("more-votes-than-said", word(VOTES, 1), "trailing-bytes"),
        ("1024-votes", word(VOTES, 1024), "truncated"),
        ("1025-votes", word(VOTES, 1025), "out-of-range"),
        ("key-too-low", word(FIRST_HEIGHT, 3), "out-of-range"),
        ("key-too-high", word(FIRST_HEIGHT, 21), "out-of-range"),
    ];
    for (name, splices, expect) in cases {
        write(writer, name, expect, splices)?;
    }
    Ok(())
}

const FILE: &str = "witness.bin";
