//! The marks: how far the validators have signed, and how far the faucet.

use rpp_verifier::{Header, HeaderHash};

use super::mark::Mark;

/// The newest header that the validators may have signed.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) struct SignedMark {
    pub(super) height: u32,
    pub(super) slot: u32,
    pub(super) header: HeaderHash,
}

impl From<&Header> for SignedMark {
    fn from(header: &Header) -> Self {
        Self {
            height: header.height,
            slot: header.slot,
            header: header.hash(),
        }
    }
}

impl Mark for SignedMark {
    const FILE: &'static str = "signed";
    const BYTES: usize = 105;

    fn order(&self) -> u32 {
        self.height
    }

    fn text(&self) -> String {
        let Self {
            height,
            slot,
            header,
        } = self;
        format!("height={height:010} slot={slot:010} header={header}")
    }

    fn parse(text: &str) -> Option<Self> {
        let mut fields = text.split_ascii_whitespace();
        let mut field = |name| fields.next()?.strip_prefix(name);
        Some(Self {
            height: field("height=")?.parse().ok()?,
            slot: field("slot=")?.parse().ok()?,
            header: HeaderHash(field("header=")?.parse().ok()?),
        })
    }

    fn passed(&self) -> String {
        format!("header {} was signed already", self.height)
    }
}

/// The first leaf of the faucet's key that has signed nothing, whatever the database says.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) struct GivenMark {
    pub(super) next: u32,
}

impl GivenMark {
    /// Leaves that are marked at a time: a mark takes as long as a gift, and what is left of them is lost
    /// at the next start.
    const STEP: u32 = 32;

    /// Returns the mark under which `leaf` may sign.
    pub(super) const fn above(leaf: u32) -> Self {
        let step = leaf / Self::STEP;
        Self {
            next: (step + 1).saturating_mul(Self::STEP),
        }
    }
}

impl Mark for GivenMark {
    const FILE: &'static str = "given";
    const BYTES: usize = 15;

    fn order(&self) -> u32 {
        self.next
    }

    fn text(&self) -> String {
        format!("next={:010}", self.next)
    }

    fn parse(text: &str) -> Option<Self> {
        let next = text.strip_prefix("next=")?.parse().ok()?;
        Some(Self { next })
    }

    fn passed(&self) -> String {
        format!("leaves below {} may have signed already", self.next)
    }
}
