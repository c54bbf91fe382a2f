//! `Corpus`: the folder `vectors/v1/setup`, and how its cases are written.

use std::collections::BTreeMap;
use std::error::Error;
use std::fs;
use std::path::PathBuf;

use rpp_verifier::{
    CIRCUITS, Document, HeadCircuit, Key, RootPin, SetupBundle, SetupKey, SetupTrust, SignedFile,
    VerifiedSetup,
};
use serde_json::{Value, json};

pub(crate) type Result<T> = std::result::Result<T, Box<dyn Error>>;

/// One answer of a host, and what a client says to it.
#[derive(Clone)]
pub(crate) struct Step {
    pub(crate) now_ms: u64,
    pub(crate) served: SetupBundle,
    pub(crate) splice: Option<Splice>,
    pub(crate) expect: &'static str,
    /// Heights, and whether a proof of the circuit of heads may be looked at there.
    pub(crate) heads: Vec<(u32, &'static str)>,
}

/// A change of the bytes of an answer.
#[derive(Clone)]
pub(crate) struct Splice {
    pub(crate) at: usize,
    pub(crate) remove: usize,
    pub(crate) insert: String,
    pub(crate) times: usize,
}

impl Step {
    /// Returns the bytes of the answer.
    fn body(&self) -> Result<Vec<u8>> {
        let mut body = self.served.to_bytes();
        if let Some(splice) = &self.splice {
            let insert = hex::decode(&splice.insert)
                .expect("hexadecimal digits")
                .repeat(splice.times);
            body.splice(splice.at..splice.at + splice.remove, insert);
        }
        Ok(body)
    }
}

/// The folder, and the files in it by their bytes.
pub(crate) struct Corpus {
    folder: PathBuf,
    names: BTreeMap<Vec<u8>, String>,
    pub(crate) written: u32,
}

impl Corpus {
    pub(crate) fn new() -> Result<Self> {
        let folder = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../vectors/v1/setup");
        fs::create_dir_all(folder.join("files"))?;
        Ok(Self {
            folder,
            names: BTreeMap::new(),
            written: 0,
        })
    }

    /// Writes a case, after it was tried.
    pub(crate) fn write(
        &mut self,
        name: &str,
        note: &str,
        pin: &RootPin,
        steps: &[Step],
    ) -> Result<()> {
        let mut trust = SetupTrust::new(pin.clone());
        for (i, step) in steps.iter().enumerate() {
            let verdict = verdict(&mut trust, step)?;
            for (height, expect) in &step.heads {
                let setup = verdict.setup.as_ref().expect("an accepted setup");
                let key = setup.key::<HeadCircuit>(*height);
                let code = key.map_or_else(|error| error.code(), |_| "accept");
                assert_eq!(code, *expect, "{name}, step {i}, height {height}");
            }
            assert_eq!(
                verdict.code, step.expect,
                "{name}, step {i}: {}",
                verdict.says
            );
        }
        let expect = steps.last().map_or("accept", |step| step.expect);
        let pin = self.pin(name, pin)?;
        let written = steps.iter().map(|step| self.step(name, step));
        let written = written.collect::<Result<Vec<_>>>()?;
        let case = json!({
            "note": note,
            "origin": "rpp-verifier, example make_setup_vectors",
            "pin": pin,
            "steps": written,
            "expect": expect,
        });
        let verdict = if expect == "accept" {
            "accept"
        } else {
            "reject"
        };
        let mut text = serde_json::to_string_pretty(&case)?;
        text.push('\n');
        fs::write(self.folder.join(format!("{verdict}-{name}.json")), text)?;
        self.written += 1;
        Ok(())
    }

    fn pin(&mut self, name: &str, pin: &RootPin) -> Result<Value> {
        Ok(match pin {
            RootPin::File(file) => {
                json!({ "file": self.file(file, &format!("{name}-pin.json"))? })
            }
            RootPin::Fingerprint(fingerprint) => json!({ "fingerprint": fingerprint.to_string() }),
            RootPin::Keys(pinned) => json!({ "keys": {
                "chain_id": pinned.chain_id,
                "version": pinned.version,
                "threshold": pinned.keys.threshold,
                "keys": pinned.keys.keys.iter().map(key).collect::<Vec<_>>(),
            } }),
        })
    }

    fn step(&mut self, name: &str, step: &Step) -> Result<Value> {
        let Step {
            now_ms,
            served,
            splice,
            expect,
            heads,
        } = step;
        let mut roots = Vec::new();
        for root in &served.roots {
            roots.push(self.file(&encoded(root), &format!("{name}-root.signed"))?);
        }
        let splice = splice.as_ref().map(|splice| {
            let Splice {
                at,
                remove,
                insert,
                times,
            } = splice;
            json!({ "at": at, "remove": remove, "insert": insert, "times": times })
        });
        Ok(json!({
            "now_ms": now_ms.to_string(),
            "roots": roots,
            "circuits": self.file(&encoded(&served.circuits), &format!("{name}-circuits.signed"))?,
            "checkpoint":
                self.file(&encoded(&served.checkpoint), &format!("{name}-checkpoint.signed"))?,
            "chain": self.file(&served.chain, &format!("{name}-chain.json"))?,
            "splice": splice,
            "expect": expect,
            "heads": heads,
        }))
    }

    /// Writes a file, once, and returns its name.
    fn file(&mut self, bytes: &[u8], name: &str) -> Result<String> {
        if let Some(name) = self.names.get(bytes) {
            return Ok(name.clone());
        }
        let taken = |name: &str| self.names.values().any(|other| other == name);
        let (stem, end) = name.rsplit_once('.').unwrap_or((name, ""));
        let mut names = (2..).map(|i| format!("{stem}-{i}.{end}"));
        let mut name = name.to_owned();
        while taken(&name) {
            name = names.next().unwrap_or_default();
        }
        fs::write(self.folder.join("files").join(&name), bytes)?;
        self.names.insert(bytes.to_vec(), name.clone());
        Ok(name)
    }
}

fn key(key: &SetupKey) -> Value {
    json!({ "ed25519": key.ed25519.to_string(), "hash": key.hash.to_string() })
}

/// A signed file as a bundle has it.
fn encoded(file: &SignedFile) -> Vec<u8> {
    let with_length = |bytes: &[u8]| {
        let length = u32::try_from(bytes.len()).expect("a short file");
        [&length.to_le_bytes()[..], bytes].concat()
    };
    let mut bytes = with_length(&file.content);
    let count = u32::try_from(file.signatures.len()).expect("a few");
    bytes.extend(count.to_le_bytes());
    for signature in &file.signatures {
        bytes.extend(with_length(&signature.ed25519));
        bytes.extend(with_length(&signature.hash));
    }
    bytes
}

struct Verdict {
    code: &'static str,
    says: String,
    setup: Option<VerifiedSetup>,
}

type Trust = std::result::Result<SetupTrust, rpp_verifier::SetupError>;

fn verdict(trust: &mut Trust, step: &Step) -> Result<Verdict> {
    let refused = |code, says: &dyn std::fmt::Display| Verdict {
        code,
        says: says.to_string(),
        setup: None,
    };
    let trust = match trust {
        Ok(trust) => trust,
        Err(error) => return Ok(refused(error.code(), error)),
    };
    let served = match SetupBundle::from_bytes(&step.body()?) {
        Ok(served) => served,
        Err(error) => return Ok(refused(error.code(), &error)),
    };
    let needed = [Key::of::<HeadCircuit>(0).circuit()];
    let setup = trust.verify(&served, step.now_ms);
    let checked = setup.and_then(|setup| {
        setup.check_circuits(&CIRCUITS, &needed)?;
        Ok(setup)
    });
    Ok(match checked {
        Ok(setup) => Verdict {
            setup: Some(setup),
            ..refused("accept", &"accepted")
        },
        Err(error) => refused(error.code(), &error),
    })
}
