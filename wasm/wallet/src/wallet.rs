//! `Wallet`: the signer, driven from JavaScript.

use std::fmt;
use std::pin::Pin;
use std::task::{Context, Poll, Waker};

use js_sys::{Function, Uint8Array};
use rpp_light_client::{
    Passphrase, Payment, RestoredKey, Signer, SignerError, StoreFault, Swap, Words,
};
use rpp_verifier::{Digest, OperationHash};
use wasm_bindgen::prelude::{JsValue, wasm_bindgen};
use zeroize::Zeroizing;

use crate::exchange::{Answer, Exchange};
use crate::new_key::NewKey;
use crate::progress::telling;
use crate::refusal::Refusal;
use crate::said;
use crate::seen::seen;
use crate::web_random::WebRandom;

/// A signer without I/O.
///
/// A call begins what it says, and `step` goes on with it: it returns what is asked of the store, which `loaded`,
/// `swapped` or `failed` answer before the next `step`, or what the call came to. One call is under way at a time; one
/// that is begun takes the place of one that is not at its end. What is signed is returned once its swap is answered
/// with `true`, and not before.
///
/// Strings are JavaScript's to forget. Their copies here are erased.
#[wasm_bindgen]
#[derive(Default)]
pub struct Wallet {
    store: Exchange,
    signer: Option<Held>,
    under_way: Option<UnderWay>,
}

type Held = Signer<Exchange, WebRandom>;
type UnderWay = Pin<Box<dyn Future<Output = End>>>;

/// What a call leaves behind.
struct End {
    /// The signer that is open then; `None` leaves the one that is.
    signer: Option<Held>,
    outcome: Result<JsValue, Refusal>,
}

#[wasm_bindgen]
impl Wallet {
    /// Returns a wallet whose key is not open.
    #[wasm_bindgen(constructor)]
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Goes on: returns `{ need: "load" }`, `{ need: "swap", before, after }` or `{ need: "nothing", value }`.
    ///
    /// # Errors
    ///
    /// Why the call came to nothing.
    pub fn step(&mut self) -> Result<JsValue, Refusal> {
        let idle = || Refusal::config(&"nothing is under way");
        let under_way = self.under_way.as_mut().ok_or_else(idle)?;
        let polled = under_way
            .as_mut()
            .poll(&mut Context::from_waker(Waker::noop()));
        let Poll::Ready(End { signer, outcome }) = polled else {
            // It waits for the store, and for nothing else.
            let asked = self.store.asked().ok_or_else(idle)?;
            return Ok(said::ask(&asked));
        };
        self.under_way = None;
        self.signer = signer.or(self.signer.take());
        outcome.map(said::done)
    }

    /// Says what the store holds.
    pub fn loaded(&self, file: Option<Vec<u8>>) {
        self.store.answer(Ok(Answer::File(file)), String::new());
    }

    /// Says whether the store replaced the file.
    pub fn swapped(&self, saved: bool) {
        let swap = if saved { Swap::Saved } else { Swap::Changed };
        self.store.answer(Ok(Answer::Swap(swap)), String::new());
    }

    /// Says that the store failed; `full` if it has no room. Either of the two files is there then.
    pub fn failed(&self, full: bool, detail: String) {
        let fault = if full {
            StoreFault::Full
        } else {
            StoreFault::Failed
        };
        self.store.answer(Err(fault), detail);
    }

    /// Puts a new key into an empty store, and opens it.
    pub fn create(&mut self, key: NewKey, passphrase: String) {
        let (store, passphrase) = (self.store.clone(), Passphrase::new(passphrase));
        self.opening(
            async move { Signer::create(store, WebRandom, key.into_key(), &passphrase).await },
        );
    }

    /// Opens the key in the store.
    pub fn open(&mut self, passphrase: String) {
        let (store, passphrase) = (self.store.clone(), Passphrase::new(passphrase));
        self.opening(async move { Signer::open(store, WebRandom, &passphrase).await });
    }

    /// Makes the key of these words again, puts it into an empty store, and opens it; `progress` is called with
    /// how many leaves are done.
    ///
    /// # Errors
    ///
    /// Kind `wallet`.
    pub fn restore(
        &mut self,
        words: String,
        account: u32,
        passphrase: String,
        chain_id: u32,
        tree_height: u32,
        progress: &Function,
    ) -> Result<(), Refusal> {
        let (words, passphrase) = (Zeroizing::new(words), Passphrase::new(passphrase));
        let words = Words::parse(&words)?;
        let key = telling(progress, |done| {
            RestoredKey::from_words(&words, chain_id, tree_height, done)
        })?;
        let store = self.store.clone();
        self.opening(
            async move { Signer::restore(store, WebRandom, key, account, &passphrase).await },
        );
        Ok(())
    }

    /// Puts a copy of a key file into an empty store, and opens it.
    #[wasm_bindgen(js_name = importCopy)]
    pub fn import_copy(&mut self, file: Vec<u8>, passphrase: String, account: Option<u32>) {
        let (store, passphrase) = (self.store.clone(), Passphrase::new(passphrase));
        self.opening(
            async move { Signer::import(store, WebRandom, &file, account, &passphrase).await },
        );
    }

    /// Asks where the key stands.
    ///
    /// # Errors
    ///
    /// `wallet-closed`, as of all calls below.
    pub fn status(&mut self) -> Result<(), Refusal> {
        self.using(async |signer| Ok(said::status(&signer.status().await?)))
    }

    /// Asks for the operation that is under way.
    ///
    /// # Errors
    ///
    /// `wallet-closed`.
    pub fn pending(&mut self) -> Result<(), Refusal> {
        self.using(async |signer| Ok(said::pending(signer.pending().await?)))
    }

    /// Takes note of what a verified account says.
    ///
    /// # Errors
    ///
    /// `wallet-closed`, or why the bytes show no account.
    pub fn settle(&mut self, header: &[u8], document: &[u8]) -> Result<(), Refusal> {
        let seen = seen(header, document)?;
        self.using(async move |signer| Ok(said::settled(&signer.settle(&seen).await?).into()))
    }

    /// Takes the owner's word for which account is the key's.
    ///
    /// # Errors
    ///
    /// `wallet-closed`.
    #[wasm_bindgen(js_name = vouchForAccount)]
    pub fn vouch_for_account(&mut self, account: u32) -> Result<(), Refusal> {
        self.using(async move |signer| nothing(signer.vouch_for_account(account).await))
    }

    /// Signs the registration of an account.
    ///
    /// # Errors
    ///
    /// `wallet-closed`.
    pub fn register(&mut self) -> Result<(), Refusal> {
        self.using(async |signer| Ok(said::outgoing(&signer.register().await?)))
    }

    /// Signs a transfer.
    ///
    /// # Errors
    ///
    /// `wallet-closed`, or why the bytes show no account.
    pub fn transfer(
        &mut self,
        header: &[u8],
        document: &[u8],
        to: u32,
        amount: u64,
        fee: u64,
    ) -> Result<(), Refusal> {
        let (seen, payment) = (seen(header, document)?, Payment { to, amount, fee });
        self.using(async move |signer| Ok(said::outgoing(&signer.transfer(&seen, &payment).await?)))
    }

    /// Signs a change of key; `now_ms` is `Date.now()`.
    ///
    /// # Errors
    ///
    /// `wallet-closed`, or why the bytes show no account. The key is gone in any case.
    pub fn rekey(
        &mut self,
        header: &[u8],
        document: &[u8],
        key: NewKey,
        fee: u64,
        now_ms: u64,
    ) -> Result<(), Refusal> {
        let (seen, key) = (seen(header, document)?, key.into_key());
        self.using(async move |signer| {
            Ok(said::outgoing(
                &signer.rekey(&seen, key, fee, now_ms).await?,
            ))
        })
    }

    /// Signs the change of key that is under way once more; `now_ms` is `Date.now()`.
    ///
    /// # Errors
    ///
    /// `wallet-closed`, or why the bytes show no account.
    #[wasm_bindgen(js_name = rekeyAgain)]
    pub fn rekey_again(
        &mut self,
        header: &[u8],
        document: &[u8],
        fee: u64,
        now_ms: u64,
    ) -> Result<(), Refusal> {
        let seen = seen(header, document)?;
        self.using(async move |signer| {
            let outgoing = signer.rekey_again(&seen, fee, now_ms).await?;
            Ok(said::outgoing(&outgoing))
        })
    }

    /// Gives up the operation under way, by its hash.
    ///
    /// # Errors
    ///
    /// `wallet-closed`, or `bad-config` if that is no hash.
    pub fn abandon(&mut self, hash: &str) -> Result<(), Refusal> {
        let hash: Digest = hash.parse().map_err(|e| Refusal::config(&e))?;
        let hash = OperationHash(hash);
        self.using(async move |signer| nothing(signer.abandon(&hash).await))
    }

    /// Locks the key file with another passphrase.
    ///
    /// # Errors
    ///
    /// `wallet-closed`.
    #[wasm_bindgen(js_name = changePassphrase)]
    pub fn change_passphrase(&mut self, passphrase: String) -> Result<(), Refusal> {
        let passphrase = Passphrase::new(passphrase);
        self.using(async move |signer| nothing(signer.change_passphrase(&passphrase).await))
    }

    /// Asks for a copy of the key file.
    ///
    /// # Errors
    ///
    /// `wallet-closed`.
    pub fn copy(&mut self) -> Result<(), Refusal> {
        self.using(async |signer| Ok(Uint8Array::from(&*signer.copy().await?).into()))
    }
}

impl Wallet {
    /// Begins what opens a key. Where that fails, the one that is open stays.
    fn opening(&mut self, opening: impl Future<Output = Result<Held, SignerError>> + 'static) {
        self.begin(async move {
            match opening.await {
                Ok(signer) => End {
                    signer: Some(signer),
                    outcome: Ok(JsValue::UNDEFINED),
                },
                Err(error) => End {
                    signer: None,
                    outcome: Err(error.into()),
                },
            }
        });
    }

    /// Begins what uses the open key.
    fn using(
        &mut self,
        work: impl AsyncFnOnce(&mut Held) -> Result<JsValue, SignerError> + 'static,
    ) -> Result<(), Refusal> {
        let mut signer = self.signer.take().ok_or_else(Refusal::closed)?;
        self.begin(async move {
            let outcome = work(&mut signer).await.map_err(Refusal::from);
            let signer = Some(signer);
            End { signer, outcome }
        });
        Ok(())
    }

    fn begin(&mut self, work: impl Future<Output = End> + 'static) {
        self.store.clear();
        self.under_way = Some(Box::pin(work));
    }
}

fn nothing(done: Result<(), SignerError>) -> Result<JsValue, SignerError> {
    done.map(|()| JsValue::UNDEFINED)
}

impl fmt::Debug for Wallet {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Wallet").finish_non_exhaustive()
    }
}
