//! Vectors for secret keys.

use rpp_verifier::{KeyPurpose, SecretKey};

use super::digest;
use super::format::Case;

/// Returns the code of the first rule that the case breaks.
pub(super) fn check(case: &Case) -> Result<(), &'static str> {
    match case {
        Case::Generate {
            seed,
            purpose,
            chain_id,
            tree_height,
            public_key,
            secret_key,
        } => {
            let seed = hex::decode(seed).unwrap().try_into().unwrap();
            let purpose = match purpose.as_str() {
                "vote" => KeyPurpose::Vote,
                "account" => KeyPurpose::Account,
                "setup" => KeyPurpose::Setup,
                other => panic!("unknown key purpose {other}"),
            };
            let key = SecretKey::generate(seed, purpose, *chain_id, *tree_height, &|_| ());
            let key = key.map_err(|e| e.code())?;
            assert_eq!(hex::encode(key.public_key().to_bytes()), *public_key);
            assert_eq!(hex::encode(&*key.to_bytes()), *secret_key);
        }
        Case::Sign {
            secret_key,
            leaf,
            message,
            signature,
        } => {
            let mut key = SecretKey::from_bytes(&secret_key.read()).unwrap();
            let signed = key.sign(*leaf, &digest(message)).map_err(|e| e.code())?;
            assert_eq!(hex::encode(signed.to_bytes()), *signature);
        }
        other => panic!("{other:?}"),
    }
    Ok(())
}
