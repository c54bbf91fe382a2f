//! `Task`: what is being done to extend a chain.

use rpp_verifier::{Candidate, Evidence, HeadCircuit, Key, ProofKey, Subject};

use super::leap::Leap;
use super::need::{Ask, Asked, Ticket};
use super::reach::Reaching;
use super::transition::AskedTransition;
use super::trusted::Candidacy;
use crate::error::Error;
use crate::verdict::Verdict;

/// The current task. `goal` is the height of the provider's head: it says how far to go, not what
/// to trust.
#[derive(Debug)]
pub(super) enum Task {
    /// Asks for the provider's head.
    Head { ticket: Ticket },
    /// Asks which span leads over ends of epochs, up to that of `last` at most.
    Span {
        ticket: Ticket,
        last: u32,
        goal: u32,
    },
    /// Asks for what shows a span.
    Leap { leap: Box<Leap>, goal: u32 },
    /// Asks for the block to verify next.
    Block {
        ticket: Ticket,
        height: u32,
        goal: u32,
    },
    /// Asks for the position of the client's own head in a header's history and for the proof of
    /// the header, which satisfies every rule that can be checked without them.
    Path {
        candidate: Box<Candidate>,
        path: Ticket,
        proof: Asked<Vec<u8>>,
        reaching: Reaching,
        goal: u32,
    },
    /// Asks for the proof of a header that satisfies every rule, and where its owner wants that, for what shows
    /// what its block did.
    Proof {
        step: Box<Candidacy>,
        proof: Asked<Vec<u8>>,
        transition: Option<Box<AskedTransition>>,
        reaching: Reaching,
        goal: u32,
    },
    /// Asks for the provider's block at the height of the head: the one after it names another set.
    Own { ticket: Ticket, refusal: Box<Error> },
    /// Asks for the proof of a header that the chain cannot have beside the head. Where it is not proven,
    /// it is refused as `refusal` says.
    Branch {
        evidence: Box<Evidence>,
        ticket: Ticket,
        refusal: Box<Error>,
    },
    /// A step was taken, a conflict was found or a choice was made, and waits to be saved.
    Save {
        verdict: Option<Box<Verdict>>,
        goal: u32,
    },
    /// Nothing is done before the owner has chosen.
    Stopped,
}

impl Task {
    /// Returns the open questions of a client whose head is at this height, and that trusts the set of this epoch.
    pub(super) fn open(&self, head: u32, epoch: u32) -> Vec<(Ticket, Ask)> {
        match self {
            Self::Head { ticket } => vec![(*ticket, Ask::Head)],
            Self::Span { ticket, last, .. } => {
                let (first, last) = (epoch, *last);
                vec![(*ticket, Ask::Span { first, last })]
            }
            Self::Leap { leap, .. } => leap.open(head).collect(),
            Self::Block { ticket, height, .. } => {
                let height = *height;
                vec![(*ticket, Ask::Block { height })]
            }
            Self::Path {
                candidate,
                path,
                proof,
                reaching,
                ..
            } => {
                let within = candidate.header.height;
                let height = head;
                let path = (*path, Ask::Ancestor { height, within });
                let proof = proof.open().map(|ticket| (ticket, ask_for_proof(within)));
                let asks = [path].into_iter().chain(proof);
                asks.chain(reaching.open()).collect()
            }
            Self::Proof {
                step,
                proof,
                transition,
                reaching,
                ..
            } => {
                let height = step.candidate.header.height;
                let proof = proof.open().map(|ticket| (ticket, ask_for_proof(height)));
                let has_proof = proof.is_none();
                let transition = transition.iter().flat_map(|asked| asked.open(has_proof));
                let asks = proof.into_iter().chain(transition);
                asks.chain(reaching.open()).collect()
            }
            Self::Own { ticket, .. } => vec![(*ticket, Ask::Block { height: head })],
            Self::Branch {
                evidence, ticket, ..
            } => {
                let height = evidence.conflicting.header.height;
                vec![(*ticket, ask_for_proof(height))]
            }
            Self::Save { .. } | Self::Stopped => Vec::new(),
        }
    }
}

/// The proof of the block at a height, of the kind that moves a head.
const fn ask_for_proof(height: u32) -> Ask {
    Ask::Proof(ProofKey {
        circuit: Key::of::<HeadCircuit>(0).circuit(),
        subject: Subject::Height(height),
    })
}
