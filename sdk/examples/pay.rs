//! A wallet: it makes a key and an account, shows the balance, and pays; it believes nothing that it has not
//! verified, and sends nothing twice, however often it is killed.
//!
//! `cargo run --release --example pay --features wallet -- URL CHECKPOINT KEY_FILE [TO AMOUNT FEE]`, with the
//! passphrase on standard input.

use std::error::Error;
use std::io::{self, Write};
use std::path::Path;
use std::process::ExitCode;

use rpp_light_client::{
    AccountKey, Config, Entropy, FileSignerStore, Follow, HttpTransport, LightClient, MemoryStore,
    OperationState, Passphrase, Payment, Signer, Step, SystemClock, SystemRandom,
};
use rpp_verifier::{Header, VerifiedAccount};

type Client = LightClient<HttpTransport, MemoryStore, SystemClock>;

struct Wallet {
    client: Client,
    head: Header,
    signer: Signer<FileSignerStore, SystemRandom>,
}

impl Wallet {
    /// Opens the key file, or makes one where there is none.
    async fn open(url: &str, checkpoint: &str, file: &str) -> Result<Self, Box<dyn Error>> {
        // Each block on the way is proven twice: that it was signed, and what it did.
        let config = Config::new(checkpoint.parse()?)
            .follow(Follow::EveryBlock)
            .transitions(true);
        let (host, clock) = (HttpTransport::new(url)?, SystemClock::default());
        let mut client = LightClient::new(config, host, MemoryStore::default(), clock)?;
        let head = next_head(&mut client).await?;
        let passphrase = read_passphrase()?;
        let is_new = !Path::new(file).exists();
        let store = FileSignerStore::open(file)?;
        let signer = if is_new {
            let entropy = Entropy::draw(&SystemRandom)?;
            say(&format!(
                "write these words down: {}",
                entropy.words().as_str()
            ))?;
            let height = AccountKey::DEFAULT_TREE_HEIGHT;
            let key = AccountKey::generate(entropy, head.chain_id, height, &|_| ())?;
            Signer::create(store, SystemRandom, key, &passphrase).await?
        } else {
            Signer::open(store, SystemRandom, &passphrase).await?
        };
        Ok(Self {
            client,
            head,
            signer,
        })
    }

    /// Returns the account as the head shows it, once nothing is under way any more; registers it first where
    /// there is none.
    async fn settled(&mut self) -> Result<VerifiedAccount, Box<dyn Error>> {
        loop {
            let account = self.signer.status().await?.account;
            let pending = match self.signer.pending().await? {
                None if account.is_none() => Some(self.signer.register().await?),
                pending => pending,
            };
            if let Some(outgoing) = &pending {
                // The same bytes each time: a host that has them says the same again. That one refuses them
                // does not make them invalid; `Signer::abandon` gives them up.
                if let Err(refused) = self.client.submit(outgoing.signed()).await {
                    say(&format!("{} is not taken: {refused}", outgoing.hash()))?;
                }
            }
            let index = match &pending {
                Some(outgoing) => outgoing.signed().operation.signer(),
                None => account.ok_or("nothing is registered")?,
            };
            let ledger = self.client.ledger(&self.head)?;
            let seen = ledger.account(index).await?;
            // It is said before it is settled: who is cut off in between finds it under way.
            if let Some(outgoing) = &pending {
                let hash = outgoing.hash();
                let state = match ledger.operation(hash).await? {
                    OperationState::Included(at) => format!("in block {}", at.height()),
                    other => other.name().to_owned(),
                };
                say(&format!("{hash}: {state}"))?;
            }
            if self.signer.settle(&seen).await?.operation().is_some() {
                continue;
            }
            if pending.is_none() {
                return Ok(seen);
            }
            self.head = next_head(&mut self.client).await?;
        }
    }

    /// Pays, unless a payment of an earlier run was still under way: that may be the very one that is asked for.
    async fn pay(&mut self, payment: &Payment) -> Result<VerifiedAccount, Box<dyn Error>> {
        let was_pending = self.signer.pending().await?.is_some();
        let seen = self.settled().await?;
        if was_pending {
            say("an earlier operation was under way, and is settled now; nothing else was signed")?;
            return Ok(seen);
        }
        // A host refuses what the ledger does not allow, and it would be under way all the same.
        let receiver = self.client.ledger(&self.head)?.account(payment.to).await?;
        if receiver.account().is_none() {
            return Err(format!("there is no account {}", payment.to).into());
        }
        let outgoing = self.signer.transfer(&seen, payment).await?;
        say(&format!("signed {}", outgoing.hash()))?;
        self.settled().await
    }
}

/// Follows the chain to the provider's head.
async fn next_head(client: &mut Client) -> Result<Header, Box<dyn Error>> {
    let first = client.status().checkpoint.map_or(0, |c| c.height) + 1;
    loop {
        match client.next().await {
            Ok(verdict) => {
                // A block whose proof the provider keeps no longer is passed over: it may have made money.
                if verdict.transitions_since() != Some(first) {
                    return Err("it is not proven what every block since the checkpoint did".into());
                }
                if verdict.step() == Step::Head {
                    return Ok(verdict.header().clone());
                }
            }
            Err(away) if away.is_transient() => say(&format!("{away}; asking again"))?,
            Err(refused) => return Err(refused.into()),
        }
    }
}

fn read_passphrase() -> io::Result<Passphrase> {
    let mut line = String::new();
    io::stdin().read_line(&mut line)?;
    Ok(Passphrase::new(line.trim_end_matches(['\r', '\n'])))
}

fn say(line: &str) -> io::Result<()> {
    writeln!(io::stdout(), "{line}")
}

#[tokio::main(flavor = "current_thread")]
async fn main() -> ExitCode {
    match run().await {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            let _ = writeln!(io::stderr(), "{error}");
            ExitCode::FAILURE
        }
    }
}

async fn run() -> Result<(), Box<dyn Error>> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let [url, checkpoint, file, payment @ ..] = &arguments[..] else {
        return Err(USAGE.into());
    };
    let payment = match payment {
        [] => None,
        [to, amount, fee] => Some(Payment {
            to: to.parse()?,
            amount: amount.parse()?,
            fee: fee.parse()?,
        }),
        _ => return Err(USAGE.into()),
    };
    let mut wallet = Wallet::open(url, checkpoint, file).await?;
    let seen = match payment {
        Some(payment) => wallet.pay(&payment).await?,
        None => wallet.settled().await?,
    };
    let balance = seen.balance().unwrap_or_default();
    let (index, height) = (seen.index(), seen.height());
    say(&format!(
        "account {index} has {balance} after block {height}"
    ))?;
    Ok(())
}

const USAGE: &str = "usage: pay URL CHECKPOINT KEY_FILE [TO AMOUNT FEE]";
