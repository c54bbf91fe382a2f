//! `Entropy`: the 32 bytes that a key is made from, and the words that stand for them.

use core::fmt;

use bip39::{Language, Mnemonic};
use rpp_key_file::{Random, RandomError};
use zeroize::{Zeroize, Zeroizing};

/// The 32 bytes that one new key is made from.
///
/// It cannot be copied, and making a key takes it: two keys of the same bytes would be one key that signs
/// twice at each leaf.
pub struct Entropy(Zeroizing<[u8; Entropy::BYTES]>);

/// The 24 words of BIP-39, in English, that stand for a key's entropy; erased when dropped.
///
/// Whoever has them has the account. They are shown once, when the key is made: the key file does not
/// hold what they stand for.
pub struct Words(Zeroizing<String>);

impl Entropy {
    /// How many bytes it is.
    pub const BYTES: usize = 32;

    /// Draws fresh entropy.
    ///
    /// # Errors
    ///
    /// [`RandomError`].
    pub fn draw(random: &impl Random) -> Result<Self, RandomError> {
        let mut bytes = Zeroizing::new([0; Self::BYTES]);
        random.fill(&mut *bytes)?;
        Ok(Self(bytes))
    }

    /// Takes bytes that the caller has just drawn from the system's generator, and uses nowhere else; the caller
    /// erases theirs.
    #[must_use]
    pub fn from_fresh_bytes(mut bytes: [u8; Self::BYTES]) -> Self {
        let taken = Zeroizing::new(bytes);
        bytes.zeroize();
        Self(taken)
    }

    /// Returns the words that stand for it.
    #[must_use]
    #[expect(clippy::missing_panics_doc, reason = "24 words stand for 32 bytes")]
    pub fn words(&self) -> Words {
        let words = Mnemonic::from_entropy_in(Language::English, &*self.0);
        let words = words.expect("24 words stand for 32 bytes");
        Words(join(words.words()))
    }

    pub(super) const fn bytes(&self) -> &Zeroizing<[u8; Self::BYTES]> {
        &self.0
    }
}

impl Words {
    /// Takes words as somebody types them: in either case, and with any space between them.
    ///
    /// # Errors
    ///
    /// [`WordsError`].
    pub fn parse(text: &str) -> Result<Self, WordsError> {
        let got = text.split_whitespace().take(COUNT + 1).count();
        if got != COUNT {
            return Err(WordsError::Count {
                expected: COUNT,
                got,
            });
        }
        let lower = Zeroizing::new(text.to_ascii_lowercase());
        let words = join(lower.split_whitespace());
        let checked = Mnemonic::parse_in_normalized(Language::English, &words);
        match checked {
            Ok(_) => Ok(Self(words)),
            Err(bip39::Error::UnknownWord(at)) => Err(WordsError::Unknown { position: at + 1 }),
            Err(_) => Err(WordsError::Checksum),
        }
    }

    /// Returns the words, separated by single spaces.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    pub(super) fn entropy(&self) -> Zeroizing<[u8; Entropy::BYTES]> {
        let mut bytes = Zeroizing::new([0; Entropy::BYTES]);
        // Both ways to make words have checked them.
        if let Ok(words) = Mnemonic::parse_in_normalized(Language::English, &self.0) {
            let (mut all, _) = words.to_entropy_array();
            bytes.copy_from_slice(&all[..Entropy::BYTES]);
            all.zeroize();
        }
        bytes
    }
}

fn join<'a>(words: impl Iterator<Item = &'a str>) -> Zeroizing<String> {
    // No word has more than eight letters; a longer one is refused, and then it is no secret.
    let mut joined = Zeroizing::new(String::with_capacity(COUNT * 9));
    for word in words {
        if !joined.is_empty() {
            joined.push(' ');
        }
        joined.push_str(word);
    }
    joined
}

impl fmt::Debug for Entropy {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Entropy")
    }
}

impl fmt::Debug for Words {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Words")
    }
}

/// Why a text is not the words of a key.
#[derive(Clone, Copy, Debug, Eq, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum WordsError {
    /// There are more or fewer words.
    #[error("{expected} words are needed, not {got}")]
    Count {
        /// How many are needed.
        expected: usize,
        /// How many there are, counted up to one too many.
        got: usize,
    },
    /// A word is not in the list.
    #[error("word {position} is not one of the 2,048 words")]
    Unknown {
        /// Its place, from 1.
        position: usize,
    },
    /// All are in the list, but they do not belong together: one is wrong, or two are in each other's place.
    #[error("the words do not belong together: check each word and their order")]
    Checksum,
}

impl WordsError {
    /// Returns the stable code.
    #[must_use]
    pub const fn code(&self) -> &'static str {
        match self {
            Self::Count { .. } => "words-count",
            Self::Unknown { .. } => "words-unknown",
            Self::Checksum => "words-checksum",
        }
    }
}

/// How many words stand for 32 bytes.
const COUNT: usize = 24;

#[cfg(test)]
mod tests {
    use super::*;

    /// From the test vectors of BIP-39.
    const ZEROS: &str = "abandon abandon abandon abandon abandon abandon abandon abandon abandon \
        abandon abandon abandon abandon abandon abandon abandon abandon abandon abandon abandon \
        abandon abandon abandon art";

    #[test]
    fn words_are_those_of_the_standard() {
        let entropy = Entropy::from_fresh_bytes([0; 32]);
        assert_eq!(entropy.words().as_str(), ZEROS);
        let entropy = Entropy::from_fresh_bytes([0xff; 32]);
        assert!(entropy.words().as_str().ends_with("zoo zoo vote"));
        let entropy: [u8; 32] = core::array::from_fn(|i| u8::try_from(i * 7).unwrap());
        let words = Entropy::from_fresh_bytes(entropy).words();
        assert_eq!(*Words::parse(words.as_str()).unwrap().entropy(), entropy);
    }

    #[test]
    fn takes_any_case_and_space() {
        let typed = format!("  {}\n", ZEROS.to_uppercase().replace(' ', "\t\n "));
        assert_eq!(Words::parse(&typed).unwrap().as_str(), ZEROS);
    }

    #[test]
    fn rejects_what_are_not_the_words_of_a_key() {
        let refused = |text: &str| Words::parse(text).unwrap_err();
        let count = |got| WordsError::Count { expected: 24, got };
        assert_eq!(refused(""), count(0));
        assert_eq!(refused("zoo zoo"), count(2));
        assert_eq!(refused(&"zoo ".repeat(100_000)), count(25));
        let unknown = ZEROS.replacen("abandon", "abandons", 1);
        assert_eq!(refused(&unknown), WordsError::Unknown { position: 1 });
        let last = ZEROS.replace("art", "café");
        assert_eq!(refused(&last), WordsError::Unknown { position: 24 });
        let wrong = ZEROS.replace("art", "zoo");
        assert_eq!(refused(&wrong), WordsError::Checksum);
        // Twelve words are a shorter secret.
        let twelve = "abandon ".repeat(11) + "about";
        assert_eq!(refused(&twelve), count(12));
    }
}
