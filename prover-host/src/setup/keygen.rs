//! Making a key of the setup.

use rpp_key_file::{Random, SystemRandom};
use rpp_verifier::{Role, SetupSecret, SetupSignError};
use zeroize::Zeroizing;

use super::signer_error::SignerError;

/// Makes the secret of a signer from the system's generator; `progress` is told how many leaves are done, of 2 to the
/// power of [`Role::tree_height`].
///
/// # Errors
///
/// [`SignerError::Random`].
pub fn generate(
    role: Role,
    chain_id: u32,
    progress: &(dyn Fn(usize) + Sync),
) -> Result<SetupSecret, SignerError> {
    let mut entropy = Zeroizing::new([0; 72]);
    SystemRandom.fill(&mut *entropy)?;
    let made = SetupSecret::generate(*entropy, role, chain_id, progress);
    Ok(made.map_err(SetupSignError::from)?)
}
