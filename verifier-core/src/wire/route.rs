//! `Route`: what can be asked of a host, formatted and parsed in one place.

use alloc::string::ToString;
use core::fmt;

use super::{FileDigest, TxPlace};
use crate::chain::{ParseSubjectError, ProofKey, Subject};
use crate::hash::Digest;
use crate::ledger::OperationHash;
use crate::limits::MAX_PAGE_BLOCKS;
use crate::stark::{CircuitId, Circuits};

/// What can be asked of a host: path and query of a request under `/v1`. All are for `GET`, but for
/// [`Route::Submit`].
///
/// One thing has one URL, so that a cache holds it once; only a page of blocks may leave out what
/// has a default, and the proof about a block is found by its subject as well.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Route {
    /// `/v1/chain`: the rules and the genesis.
    Chain,
    /// `/v1/head`: the newest proven block.
    Head,
    /// `/v1/head/events`: each new head, as server-sent events.
    HeadEvents,
    /// `/v1/blocks/{height}`: a block, proven or not.
    Block {
        /// Its height.
        height: u32,
    },
    /// `/v1/blocks?from={height}&limit={number}`: a page of blocks.
    Blocks {
        /// Height of the first block; 0 if the query leaves it out.
        from: u32,
        /// Most blocks of the page, 1 to 64; 16 if the query leaves it out.
        limit: u32,
    },
    /// `/v1/blocks/{height}/proofs/{circuit}`: the proof about a block;
    /// `/v1/proofs/{circuit}/{subject}`: the proof about anything.
    ProofOf(ProofKey),
    /// `/v1/proofs/{id}`: a proof file by its id.
    Proof(FileDigest),
    /// `/v1/ancestors/{height}?in={height}`: the place of a header in a later one's history.
    Ancestor {
        /// Height of the header.
        height: u32,
        /// Height of the later header.
        within: u32,
    },
    /// `/v1/pruning/{first}-{last}`: the proof of a range of headers, and what its statement is made from.
    Pruning {
        /// Height of the first header.
        first: u32,
        /// Height of the last one.
        last: u32,
    },
    /// `/v1/spans/{first}-{last}`: the longest span from an epoch on that does not go beyond another one.
    Span {
        /// The first epoch.
        first: u32,
        /// The last one that it may have.
        last: u32,
    },
    /// `/v1/blocks/{height}/proposer`: who proposed a block.
    Proposer {
        /// Height of the block.
        height: u32,
    },
    /// `/v1/accounts/{number}?height={height}`: what is at a number of the account tree.
    Account {
        /// The number.
        index: u32,
        /// Height of the header whose tree it is; none for the newest block's.
        height: Option<u32>,
    },
    /// `/v1/keys/{key id}?from={number}`: the accounts that a key signs for.
    Key {
        /// Id of the key.
        key_id: Digest,
        /// The lowest number that is listed; 0 if the query leaves it out.
        from: u32,
    },
    /// `/v1/accounts/{number}/transactions?cursor={height}.{position}`: the operations about an account,
    /// newest first.
    AccountTransactions {
        /// The account's number.
        index: u32,
        /// The operation that is listed last before these; none for the newest.
        cursor: Option<TxPlace>,
    },
    /// `/v1/uptime/{validator}?epoch={epoch}`: how often a validator has voted in an epoch.
    Uptime {
        /// The validator's place in the set of the epoch.
        validator: u32,
        /// The epoch.
        epoch: u32,
    },
    /// `/v1/setup?root={version}`: the root files from a version on, and the newest of the other files of the setup.
    Setup {
        /// The version of the first root file.
        root: u32,
    },
    /// `/v1/transactions`: takes a signed operation with `POST`.
    Submit,
    /// `/v1/transactions/{hash}`: what became of an operation.
    Transaction {
        /// Its hash.
        hash: OperationHash,
    },
}

/// Why a path and its query are not those of any route.
#[derive(Clone, Copy, Debug, Eq, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum RouteError {
    /// No route has this path.
    #[error("no route has this path")]
    UnknownPath,
    /// A height is not one.
    #[error("a height is a decimal number from 0 to 4294967295, without sign or leading zeros")]
    BadHeight,
    /// The query is not the one that the route takes.
    #[error("expected {expected}")]
    BadQuery {
        /// The query that the route takes.
        expected: &'static str,
    },
    /// The number of an account is not one.
    #[error(
        "an account number is a decimal number from 0 to 4294967295, without sign or leading zeros"
    )]
    BadAccount,
    /// The index of a validator is not one.
    #[error(
        "a validator's index is a decimal number from 0 to 4294967295, without sign or leading zeros"
    )]
    BadValidator,
    /// The id of a key is not one.
    #[error("a key id is a digest: 64 lower-case hexadecimal digits")]
    BadKeyId,
    /// The hash of an operation is not one.
    #[error("an operation's hash is a digest: 64 lower-case hexadecimal digits")]
    BadOperationHash,
    /// A proof id is not one.
    #[error("a proof id has 64 lower-case hexadecimal digits")]
    BadProofId,
    /// No circuit has this name.
    #[error("no circuit of this release has this name")]
    UnknownCircuit,
    /// What a proof is about is not a subject.
    #[error(transparent)]
    BadSubject(#[from] ParseSubjectError),
}

impl RouteError {
    /// Returns the stable code, the same over HTTP.
    #[must_use]
    pub const fn code(&self) -> &'static str {
        match self {
            Self::UnknownPath => "unknown-path",
            Self::BadHeight => "bad-height",
            Self::BadQuery { .. } => "bad-query",
            Self::BadAccount => "bad-account",
            Self::BadValidator => "bad-validator",
            Self::BadKeyId => "bad-key-id",
            Self::BadOperationHash => "bad-operation-hash",
            Self::BadProofId => "bad-proof-id",
            Self::UnknownCircuit => "unknown-proof-kind",
            Self::BadSubject(_) => "bad-subject",
        }
    }
}

impl Route {
    /// How many blocks a page has whose query names no limit.
    pub const DEFAULT_LIMIT: u32 = 16;

    /// Parses path and query, where `circuits` are those that proofs may be of.
    ///
    /// Percent-encoding is not undone: no route has a character that needs it.
    ///
    /// # Errors
    ///
    /// [`RouteError`].
    pub fn parse(target: &str, circuits: &Circuits) -> Result<Self, RouteError> {
        let (path, query) = match target.split_once('?') {
            None => (target, None),
            Some((path, query)) => (path, Some(query)),
        };
        let rest = path.strip_prefix("/v1/").ok_or(RouteError::UnknownPath)?;
        let mut parts = rest.split('/');
        let parts = [(); 5].map(|()| parts.next());
        let route = match parts {
            [Some("chain"), None, ..] => Self::Chain,
            [Some("head"), None, ..] => Self::Head,
            [Some("head"), Some("events"), None, ..] => Self::HeadEvents,
            [Some("blocks"), None, ..] => return parse_page(query.unwrap_or_default()),
            [Some("blocks"), Some(height), None, ..] if !height.is_empty() => Self::Block {
                height: parse_height(height)?,
            },
            [Some("blocks"), Some(height), Some("proposer"), None, _] => Self::Proposer {
                height: parse_height(height)?,
            },
            [
                Some("blocks"),
                Some(height),
                Some("proofs"),
                Some(circuit),
                None,
            ] => {
                let height = Subject::Height(parse_height(height)?);
                proof_of(circuit, height, circuits)?
            }
            [Some("proofs"), Some(id), None, ..] => {
                Self::Proof(id.parse().map_err(|_| RouteError::BadProofId)?)
            }
            [Some("proofs"), Some(circuit), Some(subject), None, _] => {
                let subject: Subject = subject.parse()?;
                proof_of(circuit, subject, circuits)?
            }
            [Some("ancestors"), Some(height), None, ..] => {
                return parse_ancestor(parse_height(height)?, query);
            }
            [Some("pruning"), Some(range), None, ..] => {
                let (first, last) = parse_range(range)?;
                Self::Pruning { first, last }
            }
            [Some("spans"), Some(range), None, ..] => {
                let (first, last) = parse_range(range)?;
                Self::Span { first, last }
            }
            [Some("accounts"), Some(index), None, ..] if !index.is_empty() => {
                return parse_account(parse_index(index)?, query);
            }
            [Some("accounts"), Some(index), Some("transactions"), None, _] => {
                return parse_account_transactions(parse_index(index)?, query);
            }
            [Some("keys"), Some(key_id), None, ..] => {
                let key_id = key_id.parse().map_err(|_| RouteError::BadKeyId)?;
                return parse_key(key_id, query);
            }
            [Some("uptime"), Some(validator), None, ..] => {
                let validator = canonical(validator).ok_or(RouteError::BadValidator)?;
                return parse_uptime(validator, query);
            }
            [Some("setup"), None, ..] => return parse_setup(query),
            [Some("transactions"), None, ..] => Self::Submit,
            [Some("transactions"), Some(hash), None, ..] => {
                let hash = hash.parse().map_err(|_| RouteError::BadOperationHash)?;
                let hash = OperationHash(hash);
                Self::Transaction { hash }
            }
            _ => return Err(RouteError::UnknownPath),
        };
        if query.is_some() {
            let expected = "no query";
            return Err(RouteError::BadQuery { expected });
        }
        Ok(route)
    }
}

impl fmt::Display for Route {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Chain => f.write_str("/v1/chain"),
            Self::Head => f.write_str("/v1/head"),
            Self::HeadEvents => f.write_str("/v1/head/events"),
            Self::Block { height } => write!(f, "/v1/blocks/{height}"),
            Self::Blocks { from, limit } => write!(f, "/v1/blocks?from={from}&limit={limit}"),
            Self::ProofOf(ProofKey { circuit, subject }) => match subject {
                Subject::Height(height) => {
                    write!(f, "/v1/blocks/{height}/proofs/{}", circuit.name())
                }
                subject => write!(f, "/v1/proofs/{}/{subject}", circuit.name()),
            },
            Self::Proof(id) => write!(f, "/v1/proofs/{id}"),
            Self::Ancestor { height, within } => write!(f, "/v1/ancestors/{height}?in={within}"),
            Self::Pruning { first, last } => write!(f, "/v1/pruning/{first}-{last}"),
            Self::Span { first, last } => write!(f, "/v1/spans/{first}-{last}"),
            Self::Proposer { height } => write!(f, "/v1/blocks/{height}/proposer"),
            Self::Account { index, height } => {
                write!(f, "/v1/accounts/{index}")?;
                height.map_or(Ok(()), |height| write!(f, "?height={height}"))
            }
            Self::Key { key_id, from } => {
                write!(f, "/v1/keys/{key_id}")?;
                // The first page has one address.
                match from {
                    0 => Ok(()),
                    from => write!(f, "?from={from}"),
                }
            }
            Self::AccountTransactions { index, cursor } => {
                write!(f, "/v1/accounts/{index}/transactions")?;
                cursor.map_or(Ok(()), |cursor| write!(f, "?cursor={cursor}"))
            }
            Self::Uptime { validator, epoch } => {
                write!(f, "/v1/uptime/{validator}?epoch={epoch}")
            }
            Self::Setup { root } => write!(f, "/v1/setup?root={root}"),
            Self::Submit => f.write_str("/v1/transactions"),
            Self::Transaction { hash } => write!(f, "/v1/transactions/{hash}"),
        }
    }
}

fn proof_of(name: &str, subject: Subject, circuits: &Circuits) -> Result<Route, RouteError> {
    let circuit = circuits.by_name(name).ok_or(RouteError::UnknownCircuit)?;
    let circuit: CircuitId = circuit.id();
    Ok(Route::ProofOf(ProofKey { circuit, subject }))
}

fn parse_range(range: &str) -> Result<(u32, u32), RouteError> {
    match range.parse()? {
        Subject::Range { first, last } => Ok((first, last)),
        _ => Err(RouteError::BadSubject(ParseSubjectError)),
    }
}

fn parse_ancestor(height: u32, query: Option<&str>) -> Result<Route, RouteError> {
    let expected = "?in={height}";
    let within = query.and_then(|query| canonical(query.strip_prefix("in=")?));
    let within = within.ok_or(RouteError::BadQuery { expected })?;
    Ok(Route::Ancestor { height, within })
}

fn parse_uptime(validator: u32, query: Option<&str>) -> Result<Route, RouteError> {
    let expected = "?epoch={epoch}";
    let epoch = query.and_then(|query| canonical(query.strip_prefix("epoch=")?));
    let epoch = epoch.ok_or(RouteError::BadQuery { expected })?;
    Ok(Route::Uptime { validator, epoch })
}

fn parse_setup(query: Option<&str>) -> Result<Route, RouteError> {
    let expected = "?root={version}";
    let root = query.and_then(|query| canonical(query.strip_prefix("root=")?));
    let root = root.ok_or(RouteError::BadQuery { expected })?;
    Ok(Route::Setup { root })
}

fn parse_index(text: &str) -> Result<u32, RouteError> {
    canonical(text).ok_or(RouteError::BadAccount)
}

fn parse_account(index: u32, query: Option<&str>) -> Result<Route, RouteError> {
    let expected = "?height={height}, or no query";
    let height = optional(query, "height=", canonical, expected)?;
    Ok(Route::Account { index, height })
}

fn parse_account_transactions(index: u32, query: Option<&str>) -> Result<Route, RouteError> {
    let expected = "?cursor={height}.{position}, or no query";
    let cursor = optional(query, "cursor=", |text| text.parse().ok(), expected)?;
    Ok(Route::AccountTransactions { index, cursor })
}

fn parse_key(key_id: Digest, query: Option<&str>) -> Result<Route, RouteError> {
    let expected = "?from={account number}, or no query";
    let from = optional(query, "from=", canonical, expected)?.unwrap_or(0);
    Ok(Route::Key { key_id, from })
}

/// Parses a query that has this parameter, or is not there.
fn optional<T>(
    query: Option<&str>,
    name: &str,
    parse: impl FnOnce(&str) -> Option<T>,
    expected: &'static str,
) -> Result<Option<T>, RouteError> {
    let Some(query) = query else { return Ok(None) };
    let value = query.strip_prefix(name).and_then(parse);
    value.map(Some).ok_or(RouteError::BadQuery { expected })
}

/// Parses `from` and `limit`, each at most once and nothing else.
fn parse_page(query: &str) -> Result<Route, RouteError> {
    let expected = "?from={height}&limit={1 to 64}, each at most once";
    page(query).ok_or(RouteError::BadQuery { expected })
}

fn page(query: &str) -> Option<Route> {
    let (mut from, mut limit) = (None, None);
    for pair in query.split('&').filter(|_| !query.is_empty()) {
        let (name, value) = pair.split_once('=')?;
        let slot = match name {
            "from" => &mut from,
            "limit" => &mut limit,
            _ => return None,
        };
        if slot.replace(canonical(value)?).is_some() {
            return None;
        }
    }
    let limit = limit.unwrap_or(Route::DEFAULT_LIMIT);
    let allowed = (1..=MAX_PAGE_BLOCKS).contains(&usize::try_from(limit).ok()?);
    let from = from.unwrap_or(0);
    allowed.then_some(Route::Blocks { from, limit })
}

/// Parses a height: a decimal number without sign or leading zeros.
///
/// # Errors
///
/// [`RouteError::BadHeight`].
pub fn parse_height(text: &str) -> Result<u32, RouteError> {
    canonical(text).ok_or(RouteError::BadHeight)
}

/// `parse` takes a sign and leading zeros; one number has one text here.
fn canonical(text: &str) -> Option<u32> {
    let number: Option<u32> = text.parse().ok();
    number.filter(|number| number.to_string() == text)
}

#[cfg(test)]
mod tests;
