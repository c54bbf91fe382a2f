//! Through the public interface: signatures, the vectors, and the specification.
#![expect(clippy::unwrap_used, reason = "tests may panic")]

mod protocol;
mod vectors;
