//! The cases in `vectors/v1/setup`: a pin, the answers of a host one after the other, and the verdict on each.

use std::fs;
use std::path::PathBuf;

use rpp_verifier::{
    CIRCUITS, Document, HeadCircuit, Key, PinnedKeys, RoleKeys, RootFingerprint, RootPin,
    SetupBundle, SetupError, SetupKey, SetupTrust,
};
use serde::Deserialize;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Case {
    note: String,
    origin: String,
    pin: Pin,
    steps: Vec<Step>,
    expect: String,
}

#[derive(Deserialize)]
#[serde(rename_all = "lowercase")]
enum Pin {
    File(String),
    Fingerprint(String),
    Keys(Keys),
}

#[derive(Deserialize)]
struct Keys {
    chain_id: u32,
    version: u32,
    threshold: u32,
    keys: Vec<KeyText>,
}

#[derive(Deserialize)]
struct KeyText {
    ed25519: String,
    hash: String,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Step {
    now_ms: String,
    roots: Vec<String>,
    circuits: String,
    checkpoint: String,
    chain: String,
    splice: Option<Splice>,
    expect: String,
    /// Heights, and the verdict on a proof of the circuit of heads there.
    heads: Vec<(u32, String)>,
}

#[derive(Deserialize)]
struct Splice {
    at: usize,
    remove: usize,
    insert: String,
    times: usize,
}

impl Pin {
    fn read(&self) -> RootPin {
        match self {
            Self::File(name) => RootPin::File(file(name)),
            Self::Fingerprint(text) => RootPin::Fingerprint(text.parse().unwrap()),
            Self::Keys(pinned) => {
                let keys = pinned.keys.iter().map(|key| SetupKey {
                    ed25519: key.ed25519.parse().unwrap(),
                    hash: key.hash.parse().unwrap(),
                });
                RootPin::Keys(PinnedKeys {
                    chain_id: pinned.chain_id,
                    version: pinned.version,
                    keys: RoleKeys {
                        keys: keys.collect(),
                        threshold: pinned.threshold,
                    },
                })
            }
        }
    }
}

impl Step {
    /// Returns the answer, put together from its files.
    fn body(&self) -> Vec<u8> {
        let word = |x: usize| u32::try_from(x).unwrap().to_le_bytes();
        let chain = file(&self.chain);
        let mut body = b"RPPU\x01\0\0\0".to_vec();
        body.extend(word(self.roots.len()));
        let files = self.roots.iter().chain([&self.circuits, &self.checkpoint]);
        files.for_each(|name| body.extend(file(name)));
        body.extend(word(chain.len()));
        body.extend(chain);
        if let Some(splice) = &self.splice {
            let insert = hex::decode(&splice.insert).unwrap().repeat(splice.times);
            body.splice(splice.at..splice.at + splice.remove, insert);
        }
        body
    }

    fn verdict(&self, trust: &mut Result<SetupTrust, SetupError>) -> Result<(), &'static str> {
        let trust = trust.as_mut().map_err(|error| error.code())?;
        let served = SetupBundle::from_bytes(&self.body()).map_err(|error| error.code())?;
        let needed = [Key::of::<HeadCircuit>(0).circuit()];
        let setup = trust.verify(&served, self.now_ms.parse().unwrap());
        let setup = setup.map_err(|error| error.code())?;
        let checked = setup.check_circuits(&CIRCUITS, &needed);
        checked.map_err(|error| error.code())?;
        for (height, expect) in &self.heads {
            let key = setup.key::<HeadCircuit>(*height);
            let verdict = key.map_or_else(|error| error.code(), |_| "accept");
            assert_eq!(verdict, expect, "height {height}");
        }
        Ok(())
    }
}

fn file(name: &str) -> Vec<u8> {
    fs::read(folder().join("files").join(name)).unwrap()
}

fn folder() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../vectors/v1/setup")
}

/// Returns every case, by the name of its file.
fn cases() -> Vec<(String, Case)> {
    let entries = fs::read_dir(folder()).unwrap();
    let paths = entries.map(|entry| entry.unwrap().path());
    let files = paths.filter(|path| path.is_file());
    let read = files.map(|path| {
        let name = path.file_name().unwrap().to_string_lossy().into_owned();
        (
            name,
            serde_json::from_slice(&fs::read(path).unwrap()).unwrap(),
        )
    });
    read.collect()
}

/// Returns the codes that cases expect.
pub(super) fn codes() -> Vec<String> {
    let steps = cases().into_iter().flat_map(|(_, case)| case.steps);
    let expected = steps.flat_map(|step| {
        let heads = step.heads.into_iter().map(|(_, expect)| expect);
        heads.chain([step.expect])
    });
    expected.collect()
}

/// Returns the answers that are accepted.
pub(crate) fn accepted() -> Vec<Vec<u8>> {
    let steps = cases().into_iter().flat_map(|(_, case)| case.steps);
    let accepted = steps.filter(|step| step.expect == "accept");
    accepted.map(|step| step.body()).collect()
}

#[test]
fn every_setup_has_the_verdict_that_it_expects() {
    let cases = cases();
    assert!(cases.len() >= 160, "{} cases", cases.len());
    for (name, case) in cases {
        let mut trust = SetupTrust::new(case.pin.read());
        let mut last = "accept";
        for (i, step) in case.steps.iter().enumerate() {
            last = step.verdict(&mut trust).err().unwrap_or("accept");
            assert_eq!(last, step.expect, "{name}, step {i}: {}", case.note);
        }
        assert_eq!(last, case.expect, "{name}");
        assert_eq!(name.starts_with("accept-"), last == "accept", "{name}");
        assert!(!case.origin.is_empty(), "{name} has no origin");
    }
}

/// Whatever was refused at the end of a case is refused again from what was remembered, and what was accepted is
/// accepted: a restart changes nothing.
#[test]
fn a_restart_before_the_last_step_changes_nothing() {
    for (name, case) in cases() {
        let pin = case.pin.read();
        let Ok(mut trust) = SetupTrust::new(pin.clone()) else {
            continue;
        };
        let (last, before) = case.steps.split_last().unwrap();
        for step in before {
            let mut going = Ok(trust);
            let _ = step.verdict(&mut going);
            trust = going.unwrap();
        }
        let (restored, _) = SetupTrust::restore(pin, &trust.to_bytes()).unwrap();
        let verdict = last.verdict(&mut Ok(restored)).err().unwrap_or("accept");
        assert_eq!(verdict, last.expect, "{name}");
    }
}

/// A release that pins a later root takes nothing back: what was seen still counts, unless other keys sign now.
#[test]
fn a_later_pin_keeps_what_was_seen() {
    let mut tried = 0;
    for (name, case) in cases() {
        let [before @ .., last] = &case.steps[..] else {
            continue;
        };
        let tells = [
            "rollback-after-",
            "rollback-of-checkpoint-after",
            "fast-forward-",
        ];
        let is_told = tells.iter().any(|tell| name.contains(tell));
        if !is_told || before.is_empty() {
            continue;
        }
        let mut trust = Ok(SetupTrust::new(case.pin.read()).unwrap());
        for step in before {
            let _ = step.verdict(&mut trust);
        }
        let served = SetupBundle::from_bytes(&last.body()).unwrap();
        let root = served.roots[0].content.clone();
        let fingerprint = RootFingerprint::of(2, &root);
        let kept = trust.unwrap().to_bytes();
        for pin in [RootPin::File(root), RootPin::Fingerprint(fingerprint)] {
            let (restored, _) = SetupTrust::restore(pin, &kept).unwrap();
            let verdict = last.verdict(&mut Ok(restored)).err().unwrap_or("accept");
            assert_eq!(verdict, last.expect, "{name}");
            tried += 1;
        }
    }
    assert!(tried >= 12, "{tried} were tried");
}

#[test]
fn rejects_what_was_kept_of_another_setup_or_is_damaged() {
    let find = |wanted: &str| {
        cases()
            .into_iter()
            .find(|(name, _)| name == wanted)
            .unwrap()
            .1
    };
    let case = find("accept-rotation-in-steps.json");
    let mut trust = Ok(SetupTrust::new(case.pin.read()).unwrap());
    for step in &case.steps {
        step.verdict(&mut trust).unwrap();
    }
    let kept = trust.unwrap().to_bytes();
    let restore = |pin, bytes: &[u8]| {
        SetupTrust::restore(pin, bytes)
            .map(|_| ())
            .map_err(|e| e.code())
    };
    assert_eq!(restore(case.pin.read(), &kept), Ok(()));
    for at in (0..kept.len()).step_by(7) {
        let mut changed = kept.clone();
        changed[at] ^= 1;
        // A later release may have another form, whose version comes after the magic.
        let expected = match at {
            4..8 => "upgrade-required",
            _ => "setup-remembered",
        };
        assert_eq!(
            restore(case.pin.read(), &changed),
            Err(expected),
            "byte {at}"
        );
        assert_eq!(
            restore(case.pin.read(), &kept[..at]),
            Err("setup-remembered")
        );
    }
    // Another second root, by the same keys.
    let other = find("accept-root-by-all-keys.json");
    let served = SetupBundle::from_bytes(&other.steps[0].body()).unwrap();
    let pin = RootPin::File(served.roots[0].content.clone());
    assert_eq!(restore(pin.clone(), &kept), Err("setup-other-pin"));
    let RootPin::File(file) = pin else {
        panic!("a file")
    };
    let pin = RootPin::Fingerprint(RootFingerprint::of(2, &file));
    assert_eq!(restore(pin, &kept), Err("setup-digest"));
}

/// Every bit of what is served counts, but for the comment that nothing signs.
#[test]
fn rejects_every_changed_byte_of_a_setup() {
    let pinned = |(name, _): &(String, Case)| name == "accept-pinned-file.json";
    let (_, case) = cases().into_iter().find(pinned).unwrap();
    let [step] = &case.steps[..] else {
        panic!("one step");
    };
    let body = step.body();
    let (pin, now) = (case.pin.read(), step.now_ms.parse().unwrap());
    let served = SetupBundle::from_bytes(&body).unwrap();
    let mut comments = 0;
    for at in 0..body.len() {
        let mut changed = body.clone();
        changed[at] ^= 1;
        let Ok(other) = SetupBundle::from_bytes(&changed) else {
            continue;
        };
        let mut trust = SetupTrust::new(pin.clone()).unwrap();
        if trust.verify(&other, now).is_ok() {
            assert_eq!(uncommented(&other), uncommented(&served), "byte {at}");
            comments += 1;
        }
    }
    assert!((1..200).contains(&comments), "{comments} bytes of comments");
}

/// Returns the Ed25519 halves without their first lines.
fn uncommented(bundle: &SetupBundle) -> Vec<String> {
    let files = [&bundle.circuits, &bundle.checkpoint];
    let signatures = files.into_iter().flat_map(|file| &file.signatures);
    let signed = signatures.map(|signature| {
        let text = str::from_utf8(&signature.ed25519).unwrap();
        text.split_once('\n').unwrap().1.to_owned()
    });
    signed.collect()
}
