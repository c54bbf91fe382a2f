//! Tests through the public interface: signatures, vectors and the specification.
#![expect(clippy::unwrap_used, reason = "tests may panic")]

mod protocol;
mod schema;
mod setup_files;
mod vectors;
