//! Vectors for the uptime circuit: its statement, proofs of it, and its witnesses.

mod encodings;
mod proofs;
mod statements;
mod window;
mod witnesses;

use self::window::Window;
use crate::{Result, VectorWriter};

/// The length of an epoch.
const EPOCH: u32 = 8;
/// The length of one in which heights reach their second limb.
const LONG_EPOCH: u32 = 100_000;

/// Writes all of them.
pub(crate) fn write_uptime(writer: &mut VectorWriter) -> Result<()> {
    let windows = Windows::new()?;
    writer.document("uptime-witness.bin", &windows.end.witness().to_bytes())?;
    witnesses::write_witnesses(writer, &windows)?;
    encodings::write_encodings(writer, &windows.end)?;
    statements::write_statements(writer, &windows)?;
    proofs::write_proofs(writer, &windows)
}

/// The windows that there are proofs of.
struct Windows {
    /// The last five headers of an epoch.
    end: Window,
    /// The first header after the genesis.
    one: Window,
    /// Four headers, in the middle of which the low limb of a height starts again.
    carry: Window,
}

impl Windows {
    fn new() -> Result<Self> {
        Ok(Self {
            end: Window::new(11, 5)?,
            one: Window::new(1, 1)?,
            carry: Window::new(0xfffe, 4)?,
        })
    }
}
