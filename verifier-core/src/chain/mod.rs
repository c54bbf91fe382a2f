//! The parts of a chain: parameters, headers, validator sets, votes, history.

mod bitmap;
mod certificate;
mod error;
mod fold;
mod header;
mod history;
mod params;
mod proof_key;
mod tx_root;
mod validator;
mod vote;

pub use self::bitmap::Bitmap;
pub use self::certificate::Certificate;
pub use self::error::{GenesisError, ParamsError};
pub use self::fold::fold_block;
pub use self::header::{Header, HeaderHash};
pub use self::history::{
    History, HistoryFrontier, HistoryPath, extends_history, genesis_history_root, history_root,
    is_ancestor,
};
pub use self::params::{ChainParams, genesis};
pub use self::proof_key::{ParseSubjectError, ProofKey, Subject};
pub use self::tx_root::tx_root;
pub use self::validator::{SetError, SetOpening, SetPath, Validator, ValidatorSet};
pub use self::vote::{drawn_randomness, next_randomness, vote_message};
