//! `Load`: accounts that pay each other all the time.

mod account;

use std::error::Error;
use std::sync::Arc;
use std::time::Duration;

use rpp_verifier::{Accounts, SignError, SignedOperation};
use tokio::task::{JoinError, spawn_blocking};
use tokio::time::{Instant, MissedTickBehavior, interval};

use self::account::{Ask, LoadAccount};
use crate::faucet::{Faucet, FaucetError};

/// What a load is sent to: whoever has the chain's accounts, and takes operations for its blocks.
pub trait LoadTarget: Send + Sync {
    /// Why an operation is not taken.
    type Refusal: Error + Send;

    /// Returns the accounts after the newest block.
    fn accounts(&self) -> Accounts;

    /// Takes an operation as if a wallet had sent it.
    fn submit(
        &self,
        operation: SignedOperation,
    ) -> impl Future<Output = Result<(), Self::Refusal>> + Send;
}

/// Accounts that pay each other all the time.
///
/// They register like any wallet, take from the faucet, and change their keys when these run out. Their
/// keys are in memory only, and are forgotten with what is in the accounts: none of them ever meets a copy
/// of itself.
#[derive(Debug)]
pub struct Load {
    faucet: Arc<Faucet>,
    per_second: u32,
    key_height: u32,
    patience: Duration,
    accounts: Vec<LoadAccount>,
    refused: Refused,
}

/// Why a load ended.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum LoadError {
    /// A key is damaged.
    #[error("an account of the load cannot sign: {0}")]
    Sign(#[from] SignError),
    /// The faucet has no more.
    #[error("the load has nothing to pay with: {0}")]
    Faucet(#[from] FaucetError),
    /// A thread of the devnet died.
    #[error("a thread of the devnet died: {0}")]
    Thread(#[from] JoinError),
}

impl Load {
    /// Accounts that pay each other.
    pub const ACCOUNTS: usize = 16;

    /// Returns a load of `per_second` transfers per second.
    #[must_use]
    pub const fn new(faucet: Arc<Faucet>, per_second: u32) -> Self {
        Self {
            faucet,
            per_second,
            key_height: KEY_HEIGHT,
            patience: account::PATIENCE,
            accounts: Vec::new(),
            refused: Refused {
                since: None,
                count: 0,
            },
        }
    }

    /// The same, with keys of 2^`height` leaves.
    #[must_use]
    pub const fn with_key_height(mut self, height: u32) -> Self {
        self.key_height = height;
        self
    }

    /// The same, whose accounts wait for so long for a block to take something that they have sent before
    /// they go on without it.
    #[must_use]
    pub const fn with_patience(mut self, patience: Duration) -> Self {
        self.patience = patience;
        self
    }

    /// Sends operations until it is dropped, or cannot go on.
    ///
    /// What it falls behind is not made up for: one second's worth at most.
    pub async fn run(mut self, target: &impl LoadTarget) -> LoadError {
        match self.send_all(target).await {
            Ok(never) => match never {},
            Err(error) => error,
        }
    }

    async fn send_all(
        &mut self,
        target: &impl LoadTarget,
    ) -> Result<std::convert::Infallible, LoadError> {
        let (chain_id, height) = (self.faucet.chain_id(), self.key_height);
        let drawn = spawn_blocking(move || {
            let draw = |_| LoadAccount::draw(chain_id, height);
            (0..Self::ACCOUNTS).map(draw).collect::<Result<Vec<_>, _>>()
        });
        self.accounts = drawn.await??;
        tracing::info!(
            per_second = self.per_second,
            "the accounts of the load register, and pay each other from then on"
        );
        let mut clock = interval(TICK);
        clock.set_missed_tick_behavior(MissedTickBehavior::Delay);
        let (mut last, mut due, mut turn) = (Instant::now(), 0.0, 0);
        loop {
            clock.tick().await;
            let now = Instant::now();
            let rate = f64::from(self.per_second);
            due = (due + rate * (now - last).as_secs_f64()).min(rate.max(1.0));
            last = now;
            let state = target.accounts();
            for place in 0..self.accounts.len() {
                self.tend(place, &state, target).await?;
            }
            while due >= 1.0 && self.pay(&mut turn, &state, target).await? {
                due -= 1.0;
            }
        }
    }

    /// Sends what an account needs before it can pay: its registration, funds, or a new key.
    async fn tend(
        &mut self,
        place: usize,
        state: &Accounts,
        target: &impl LoadTarget,
    ) -> Result<(), LoadError> {
        let account = &mut self.accounts[place];
        account.look(state, self.patience);
        let operation = match account.ask(state, self.patience)? {
            Ask::Nothing => return Ok(()),
            Ask::ToTake(operation) => *operation,
            Ask::ForFunds => match self.faucet.give(account.index()).await {
                Ok(gift) => gift,
                // Wallets come first.
                Err(busy) if busy.is_passing() => return Ok(()),
                Err(error) => return Err(error.into()),
            },
            Ask::ForAnother => {
                let (chain_id, height) = (self.faucet.chain_id(), self.key_height);
                let drawn = spawn_blocking(move || LoadAccount::draw(chain_id, height));
                *account = drawn.await??;
                return Ok(());
            }
            Ask::ForKey => {
                let (chain_id, height) = (self.faucet.chain_id(), self.key_height);
                let key = spawn_blocking(move || account::draw_key(chain_id, height));
                account.rekey(key.await??, state)?
            }
        };
        let sent = target.submit(operation).await;
        if sent.is_ok() {
            account.sent(self.patience);
        }
        self.refused.note(sent);
        Ok(())
    }

    /// Sends one transfer, from the next account that may; returns whether there was one.
    async fn pay(
        &mut self,
        turn: &mut usize,
        state: &Accounts,
        target: &impl LoadTarget,
    ) -> Result<bool, LoadError> {
        let count = self.accounts.len();
        for _ in 0..count {
            let from = *turn % count;
            *turn = from + 1;
            let to = self.accounts[*turn % count].index();
            if !self.accounts[from].may_pay(state) || state.get(to).is_none() {
                continue;
            }
            let transfer = self.accounts[from].transfer(to, state);
            // It takes a thread of its own for milliseconds.
            let signed = spawn_blocking(move || transfer.sign()).await?;
            let operation = self.accounts[from].signed(signed)?;
            self.refused.note(target.submit(operation).await);
            return Ok(true);
        }
        Ok(false)
    }
}

/// Operations that were not taken, since it was last said.
#[derive(Debug)]
struct Refused {
    since: Option<Instant>,
    count: u32,
}

impl Refused {
    fn note<E: Error>(&mut self, sent: Result<(), E>) {
        let Err(why) = sent else { return };
        self.count += 1;
        if self.since.is_none_or(|since| since.elapsed() >= SAID_AGAIN) {
            tracing::warn!(
                "{} operations of the load were not taken: {why}",
                self.count
            );
            (self.since, self.count) = (Some(Instant::now()), 0);
        }
    }
}

/// Leaves of a key: 4,096.
const KEY_HEIGHT: u32 = 12;
/// How often it looks.
const TICK: Duration = Duration::from_millis(50);
/// How often it says what was refused.
const SAID_AGAIN: Duration = Duration::from_secs(60);
