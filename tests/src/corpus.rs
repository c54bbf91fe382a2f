//! The cases in `vectors/v1/client`: a provider's answers to a client with a checkpoint, and the
//! verdict. Core, SDK, Node and Chromium read the same files.
//!
//! `documents/` holds honest answers; a case names one for each path, and says what is changed in
//! it, so that a proof is stored once for all its forgeries. Documents in JSON (`.json`) are what
//! people read; a client gets them in bytes, converted after the change. What is no document in JSON
//! any more is refused by the reader of JSON, with the case's code.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::{fs, io};

use rpp_light_client::{Answer, Checkpoint};
use rpp_verifier::{
    Ancestor, Block, CIRCUITS, Document as _, Head, Header, HeaderWire, JsonDocument, JsonError,
    Route,
};
use serde::{Deserialize, Serialize};

use crate::provider::media_type;

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
    /// What the client has stored before.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub state: Option<Document>,
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
    /// Returns the answer to each path.
    ///
    /// # Errors
    ///
    /// The code of an answer that is no document in JSON.
    ///
    /// # Panics
    ///
    /// If a document is not there, or a path is not that of a route.
    pub fn answers(&self, folder: &Path) -> Result<BTreeMap<String, Vec<u8>>, &'static str> {
        let answers = self.answers.iter().map(|(path, document)| {
            let bytes = document.read(folder);
            let body = if document.file.ends_with(".json") {
                self.to_binary(path, &bytes)?
            } else {
                bytes
            };
            Ok((path.clone(), body))
        });
        answers.collect()
    }

    /// Returns what the client has stored.
    ///
    /// # Panics
    ///
    /// If the document is not there.
    #[must_use]
    pub fn state(&self, folder: &Path) -> Option<Vec<u8>> {
        let state = self.state.as_ref();
        state.map(|document| document.read(folder))
    }

    /// Converts the JSON that answers `path`.
    fn to_binary(&self, path: &str, json: &[u8]) -> Result<Vec<u8>, &'static str> {
        fn convert<D: JsonDocument + rpp_verifier::Document>(
            json: &[u8],
        ) -> Result<Vec<u8>, JsonError> {
            D::from_json(json).map(|document| document.to_bytes())
        }
        let checkpoint: Checkpoint = self.checkpoint.parse().expect("a checkpoint");
        match Route::parse(path, &CIRCUITS).expect("a route") {
            Route::Block { height } if height == checkpoint.height => return anchor(json),
            Route::Block { .. } => convert::<Block>(json),
            Route::Head => convert::<Head>(json),
            Route::Ancestor { .. } => convert::<Ancestor>(json),
            route => panic!("{route} does not answer in JSON"),
        }
        .map_err(|refused| refused.code())
    }
}

/// Converts the block of a checkpoint, of which nothing but the header is read.
fn anchor(json: &[u8]) -> Result<Vec<u8>, &'static str> {
    #[derive(Deserialize)]
    struct Anchor {
        #[serde(with = "HeaderWire")]
        header: Header,
    }
    let anchor: Anchor = serde_json::from_slice(json).map_err(|_| "bad-json")?;
    let block = Block {
        header: anchor.header,
        parent: None,
        certificate: None,
        proofs: Vec::new(),
    };
    Ok(block.to_bytes())
}

impl Document {
    /// Returns the changed answer.
    ///
    /// # Panics
    ///
    /// If the honest one is not there.
    #[must_use]
    pub fn read(&self, folder: &Path) -> Vec<u8> {
        let honest = fs::read(folder.join("documents").join(&self.file));
        let honest = honest.expect("a document of the corpus");
        let splice = self.splice.as_ref();
        splice.map_or_else(|| honest.clone(), |splice| splice.apply(&honest))
    }
}

/// Returns what a provider with these answers says to `GET path`.
#[must_use]
pub fn answer(answers: &BTreeMap<String, Vec<u8>>, path: &str) -> Answer {
    let body = answers.get(path);
    Answer {
        status: if body.is_some() { 200 } else { 404 },
        content_type: media_type(path).to_owned(),
        retry_after: None,
        body: body.cloned().unwrap_or_default(),
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
