//! The cases in `vectors/v1/client`: a provider's answers to a client with a checkpoint, and the
//! verdict. Core, SDK, Node and Chromium read the same files.
//!
//! `documents/` contains honest answers. A case names one for each path and lists the changes to
//! it, so a proof is stored once for all its forgeries.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::{fs, io};

use rpp_light_client::Answer;
use serde::{Deserialize, Serialize};

/// One case.
#[derive(Clone, Debug, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct Case {
    /// The answer to each path.
    pub answers: BTreeMap<String, Document>,
    /// The client's checkpoint.
    pub checkpoint: String,
    /// `accept`, or the code with which the client refuses the provider.
    pub expect: String,
    /// What it shows.
    pub note: String,
    /// The client's clock, in milliseconds since the Unix epoch.
    pub now_ms: String,
    /// The program that wrote it.
    pub origin: String,
}

/// An honest answer and the changes to it.
#[derive(Clone, Debug, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct Document {
    /// File in `documents/`.
    pub file: String,
    /// The changes.
    pub splice: Option<Splice>,
}

/// A change of bytes: at offset `at`, `insert` replaces `remove` bytes.
#[derive(Clone, Debug, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct Splice {
    /// The offset.
    pub at: usize,
    /// How many bytes to remove.
    pub remove: usize,
    /// The bytes to insert, in hexadecimal.
    pub insert: String,
}

impl Splice {
    /// Returns the smallest change from `honest` to `changed`; `None` if they are the same.
    #[must_use]
    pub fn between(honest: &[u8], changed: &[u8]) -> Option<Self> {
        if honest == changed {
            return None;
        }
        let same = |a: &mut dyn Iterator<Item = (&u8, &u8)>| a.take_while(|(x, y)| x == y).count();
        let at = same(&mut honest.iter().zip(changed));
        let (old, new) = (&honest[at..], &changed[at..]);
        let tail = same(&mut old.iter().rev().zip(new.iter().rev()));
        Some(Self {
            at,
            remove: old.len() - tail,
            insert: hex::encode(&new[..new.len() - tail]),
        })
    }

    /// Returns the changed bytes.
    ///
    /// # Panics
    ///
    /// If the change does not fit these bytes.
    #[must_use]
    pub fn apply(&self, honest: &[u8]) -> Vec<u8> {
        let mut bytes = honest.to_vec();
        let insert = hex::decode(&self.insert).expect("hexadecimal digits");
        bytes.splice(self.at..self.at + self.remove, insert);
        bytes
    }
}

impl Case {
    /// Returns the answer to `path`; 404 if the case has none.
    ///
    /// # Panics
    ///
    /// If a document is missing.
    #[must_use]
    pub fn answer(&self, folder: &Path, path: &str) -> Answer {
        let document = self.answers.get(path);
        let body = document.map(|document| {
            let honest = fs::read(folder.join("documents").join(&document.file));
            let honest = honest.expect("a document of the corpus");
            let splice = document.splice.as_ref();
            splice.map_or_else(|| honest.clone(), |splice| splice.apply(&honest))
        });
        Answer {
            status: if body.is_some() { 200 } else { 404 },
            retry_after: None,
            body: body.unwrap_or_default(),
        }
    }
}

/// Returns the folder of the corpus.
#[must_use]
pub fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../vectors/v1/client")
}

/// Reads every case, by name.
///
/// # Errors
///
/// The system's error, or an error if a file is not a valid case.
pub fn cases() -> io::Result<BTreeMap<String, Case>> {
    let mut cases = BTreeMap::new();
    for entry in fs::read_dir(folder())? {
        let path = entry?.path();
        if path.is_file() {
            let name = path
                .file_stem()
                .unwrap_or_default()
                .to_string_lossy()
                .into_owned();
            cases.insert(name, serde_json::from_slice(&fs::read(path)?)?);
        }
    }
    Ok(cases)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_splice_is_what_changed() {
        for (honest, changed) in [
            ("abc", "abc"),
            ("abc", "abd"),
            ("abc", ""),
            ("aa", "aaa"),
            ("", "x"),
        ] {
            let splice = Splice::between(honest.as_bytes(), changed.as_bytes());
            let applied = splice.map(|s| s.apply(honest.as_bytes()));
            assert_eq!(
                applied.as_deref().unwrap_or(honest.as_bytes()),
                changed.as_bytes()
            );
        }
    }
}
