//! From a witness to a served proof.

mod jobs;
mod kept_proof;
mod pipeline;
mod prune;
mod registry;
mod retry;
mod spans;
mod upkeep;

pub use self::pipeline::{Pipeline, PipelineError, Witnesses};
pub use self::registry::{ProveFault, ProvenFile, Provers};
