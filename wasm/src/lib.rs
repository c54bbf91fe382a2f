//! WebAssembly module of the verifier.
