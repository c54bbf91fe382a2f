//! Every SQL statement about what is served, in SQL that both SQLite and PostgreSQL accept.

pub(super) const SELECT_CHAIN: &str = "SELECT chain_id, epoch_length, block_time_ms FROM chain";

pub(super) const SELECT_FOLDER: &str = "SELECT number FROM folder";

pub(super) const INSERT_FOLDER: &str = "INSERT INTO folder (one, number) VALUES (1, $1)";

pub(super) const INSERT_CHAIN: &str =
    "INSERT INTO chain (one, chain_id, epoch_length, block_time_ms) VALUES (1, $1, $2, $3)";

pub(super) const UPDATE_BLOCK_TIME: &str = "UPDATE chain SET block_time_ms = $1";

pub(super) const INSERT_BLOCK: &str = "INSERT INTO blocks \
     (height, hash, header, certificate, proposer, votes) VALUES ($1, $2, $3, $4, $5, $6)";

pub(super) const SELECT_PROPOSER: &str = "SELECT proposer FROM blocks WHERE height = $1";

pub(super) const SELECT_HASH: &str = "SELECT hash FROM blocks WHERE height = $1";

pub(super) const SELECT_BLOCKS: &str = "SELECT height, hash, header, certificate FROM blocks \
     WHERE height >= $1 ORDER BY height LIMIT $2";

pub(super) const SELECT_VOTES: &str =
    "SELECT votes FROM blocks WHERE height >= $1 AND height <= $2 ORDER BY height";

pub(super) const INSERT_MEMBER: &str = "INSERT INTO members \
     (set_root, position, key_id, power, account, start_slot) VALUES ($1, $2, $3, $4, $5, $6)";

/// A row, if the members of the set are saved.
pub(super) const SELECT_SET: &str =
    "SELECT power FROM members WHERE set_root = $1 AND position = 0";

pub(super) const SELECT_MEMBERS: &str = "SELECT key_id, power, account, start_slot FROM members \
     WHERE set_root = $1 ORDER BY position";

pub(super) const INSERT_PROOF: &str =
    "INSERT INTO proofs (circuit, subject, due) VALUES ($1, $2, $3)";

pub(super) const UPDATE_PROOF: &str =
    "UPDATE proofs SET id = $1, length = $2 WHERE circuit = $3 AND subject = $4";

pub(super) const CLEAR_PROOF: &str =
    "UPDATE proofs SET id = NULL, length = NULL WHERE circuit = $1 AND subject = $2";

pub(super) const RETIRE_PROOF: &str =
    "UPDATE proofs SET retired = 1 WHERE circuit = $1 AND subject = $2 AND id = $3";

/// The column `witness` is null if there is none.
pub(super) const SELECT_PROOFS: &str = "SELECT proofs.circuit, proofs.subject, proofs.due, \
     proofs.id, proofs.length, proofs.retired, witnesses.circuit AS witness FROM proofs LEFT JOIN witnesses \
     ON witnesses.circuit = proofs.circuit AND witnesses.subject = proofs.subject \
     WHERE proofs.circuit > $1 OR (proofs.circuit = $1 AND proofs.subject > $2) \
     ORDER BY proofs.circuit, proofs.subject LIMIT $3";

pub(super) const INSERT_WITNESS: &str =
    "INSERT INTO witnesses (circuit, subject, sha256, bytes) VALUES ($1, $2, $3, $4)";

pub(super) const SELECT_WITNESS: &str =
    "SELECT sha256, bytes FROM witnesses WHERE circuit = $1 AND subject = $2";

/// Of proofs that are made, that were due before the block at `$1`, and are not about the last block of an
/// epoch of `$2` blocks.
pub(super) const DELETE_WITNESSES: &str = "DELETE FROM witnesses WHERE EXISTS (SELECT 1 FROM proofs \
     WHERE proofs.circuit = witnesses.circuit AND proofs.subject = witnesses.subject \
     AND proofs.id IS NOT NULL AND proofs.due < $1 \
     AND ((proofs.due + 1) % $2 <> 0 OR proofs.subject <> CAST(proofs.due AS TEXT)))";

/// What a proof that is not made is made from.
pub(super) const DELETE_UNMADE_WITNESS: &str = "DELETE FROM witnesses WHERE circuit = $1 AND subject = $2 \
     AND EXISTS (SELECT 1 FROM proofs WHERE proofs.circuit = $1 AND proofs.subject = $2 AND proofs.id IS NULL)";

/// The proof, once there is nothing to make it from.
pub(super) const DELETE_UNMADE_PROOF: &str =
    "DELETE FROM proofs WHERE circuit = $1 AND subject = $2 AND id IS NULL";

pub(super) const DELETE_WITNESS: &str = "DELETE FROM witnesses WHERE circuit = $1 AND subject = $2";

pub(super) const DELETE_PROOF: &str = "DELETE FROM proofs WHERE circuit = $1 AND subject = $2";

pub(super) const INSERT_ACCOUNT: &str = "INSERT INTO accounts \
     (number, height, key_id, balance, nonce, key_offset) VALUES ($1, $2, $3, $4, $5, $6)";

pub(super) const SELECT_ACCOUNTS: &str = "SELECT number, height, key_id, balance, nonce, key_offset \
     FROM accounts WHERE (number, height) > ($1, $2) ORDER BY number, height LIMIT $3";

/// The versions that the ones of height `$1` replace, where that is the oldest tree that is kept.
pub(super) const DELETE_ACCOUNTS: &str = "DELETE FROM accounts WHERE height < $1 \
     AND number IN (SELECT number FROM accounts WHERE height = $1)";

/// The accounts whose newest version has this key id.
pub(super) const SELECT_ACCOUNTS_OF_KEY: &str = "SELECT number FROM accounts \
     WHERE key_id = $1 AND number >= $2 AND NOT EXISTS (SELECT 1 FROM accounts newer \
     WHERE newer.number = accounts.number AND newer.height > accounts.height) \
     ORDER BY number LIMIT $3";

pub(super) const INSERT_OPERATION: &str =
    "INSERT INTO operations (hash, height, position, signed) VALUES ($1, $2, $3, $4)";

pub(super) const SELECT_OPERATION: &str =
    "SELECT height, position, signed FROM operations WHERE hash = $1";

pub(super) const SELECT_OPERATIONS: &str =
    "SELECT hash FROM operations WHERE height = $1 ORDER BY position";

pub(super) const INSERT_TRANSACTION: &str =
    "INSERT INTO transactions (account, height, position) VALUES ($1, $2, $3)";

/// Those before the place `$2`, `$3`, newest first.
pub(super) const SELECT_TRANSACTIONS: &str = "SELECT operations.hash, transactions.height, \
     transactions.position FROM transactions JOIN operations \
     ON operations.height = transactions.height AND operations.position = transactions.position \
     WHERE transactions.account = $1 AND (transactions.height, transactions.position) < ($2, $3) \
     ORDER BY transactions.height DESC, transactions.position DESC LIMIT $4";

pub(super) const INSERT_WAITING: &str =
    "INSERT INTO pool (hash, number, height, signed) VALUES ($1, $2, $3, $4)";

pub(super) const SELECT_WAITING: &str =
    "SELECT hash, number, height, signed FROM pool ORDER BY number";

pub(super) const SELECT_WAITING_HASHES: &str = "SELECT hash FROM pool";

pub(super) const DELETE_WAITING: &str = "DELETE FROM pool WHERE hash = $1";

pub(super) const INSERT_DROPPED: &str =
    "INSERT INTO dropped (hash, number, height, code) VALUES ($1, $2, $3, $4)";

pub(super) const SELECT_DROPPED: &str = "SELECT height, code FROM dropped WHERE hash = $1";

pub(super) const SELECT_LAST_DROPPED: &str = "SELECT MAX(number) AS number FROM dropped";

pub(super) const DELETE_DROPPED: &str = "DELETE FROM dropped WHERE hash = $1";

/// Those that are old, by height, or by how many came after them.
pub(super) const DELETE_OLD_DROPPED: &str = "DELETE FROM dropped WHERE height < $1 OR number < $2";

pub(super) const SELECT_PRUNED: &str =
    "SELECT first_height, last_height, freed, done FROM pruned ORDER BY first_height";

pub(super) const SELECT_FREED: &str = "SELECT freed FROM pruned WHERE first_height = $1";

pub(super) const INSERT_PRUNED: &str = "INSERT INTO pruned (first_height, last_height, freed, done) \
     VALUES ($1, $2, 0, 0) ON CONFLICT (first_height) DO NOTHING";

pub(super) const ADD_FREED: &str = "UPDATE pruned SET freed = freed + $1 WHERE first_height = $2";

pub(super) const FINISH_PRUNED: &str = "UPDATE pruned SET done = 1 WHERE first_height = $1";

pub(super) const SELECT_SPANS: &str =
    "SELECT first_epoch, last_epoch FROM spans ORDER BY first_epoch";

pub(super) const INSERT_SPAN: &str = "INSERT INTO spans (first_epoch, last_epoch) VALUES ($1, $2) \
     ON CONFLICT (first_epoch) DO NOTHING";

/// How much the operations of some blocks take.
pub(super) const SELECT_BODY_BYTES: &str = "SELECT CAST(COALESCE(SUM(LENGTH(signed)), 0) AS BIGINT) AS bytes \
     FROM operations WHERE height >= $1 AND height <= $2";

/// `$1` is empty: place and hash of an operation stay.
pub(super) const CLEAR_BODIES: &str = "UPDATE operations SET signed = $1 \
     WHERE height >= $2 AND height <= $3 AND signed <> $1";

/// What is left of a proof that may have been made, and of what it was made from.
pub(super) const SELECT_LEFT: &str = "SELECT proofs.id, proofs.length, LENGTH(witnesses.bytes) AS witness \
     FROM proofs LEFT JOIN witnesses \
     ON witnesses.circuit = proofs.circuit AND witnesses.subject = proofs.subject \
     WHERE proofs.circuit = $1 AND proofs.subject = $2";

#[cfg(test)]
mod tests {
    use std::fs;
    use std::path::Path;

    /// Returns the files of this folder, with what they say.
    fn sources() -> Vec<(String, String)> {
        let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("src/state/sql");
        let files = fs::read_dir(folder).unwrap();
        let files = files.map(|file| {
            let path = file.unwrap().path();
            let name = path.file_name().unwrap().to_str().unwrap().to_owned();
            (name, fs::read_to_string(path).unwrap())
        });
        files.collect()
    }

    /// Returns what of `text` is written for one engine: SQLite's words, its types and its
    /// placeholders; and text that only it reads as an identifier.
    fn written_for_sqlite(text: &str) -> Vec<String> {
        let upper = text.to_uppercase();
        let words: Vec<&str> = upper
            .split(|c: char| !(c.is_alphanumeric() || c == '_'))
            .collect();
        let mut found: Vec<String> = ONLY_SQLITE
            .iter()
            .filter(|word| words.contains(word))
            .map(|&word| word.to_owned())
            .collect();
        let marks = ["?", "x'", "\"", "`", "[", "=="].into_iter();
        let lower = text.to_lowercase();
        found.extend(marks.filter(|mark| lower.contains(mark)).map(str::to_owned));
        for phrase in [
            "INSERT OR",
            "REPLACE INTO",
            "UPDATE OR",
            "WITHOUT ROWID",
            "IS NOT DISTINCT",
        ] {
            found.extend(upper.contains(phrase).then(|| phrase.to_owned()));
        }
        found
    }

    /// Words that PostgreSQL lacks, or uses with a different meaning.
    const ONLY_SQLITE: [&str; 27] = [
        "PRAGMA",
        "STRICT",
        "ROWID",
        "AUTOINCREMENT",
        "BLOB",
        "DATETIME",
        "GLOB",
        "ZEROBLOB",
        "RANDOMBLOB",
        "IFNULL",
        "GROUP_CONCAT",
        "LAST_INSERT_ROWID",
        "CHANGES",
        "TOTAL_CHANGES",
        "TYPEOF",
        "UNIXEPOCH",
        "JULIANDAY",
        "STRFTIME",
        "PRINTF",
        "INSTR",
        "HEX",
        "UNHEX",
        "IIF",
        "SQLITE_MASTER",
        "SQLITE_SCHEMA",
        "ATTACH",
        "RAISE",
    ];

    /// The statements of this file, and those of the schema.
    fn statements() -> Vec<String> {
        let mut statements = Vec::new();
        for (name, text) in sources() {
            if name == "statements.rs" {
                let text = text.split("#[cfg(test)]").next().unwrap().to_owned();
                let mut parts = text.split('"').skip(1).step_by(2).map(str::to_owned);
                statements.extend(&mut parts);
            }
            if name.ends_with(".sql") {
                let lines = text.lines().filter(|line| !line.starts_with("--"));
                let text: String = lines.map(|line| format!("{line}\n")).collect();
                statements.extend(text.split(';').map(|s| s.trim().to_owned()));
            }
        }
        statements.retain(|statement| !statement.is_empty());
        statements
    }

    #[test]
    fn every_statement_is_one_that_postgresql_takes() {
        let statements = statements();
        assert_eq!(statements.len(), 53 + 20);
        for statement in statements {
            assert_eq!(
                written_for_sqlite(&statement),
                Vec::<String>::new(),
                "{statement}"
            );
        }
    }

    #[test]
    fn sqlite_is_noticed() {
        for text in [
            "INSERT OR REPLACE INTO proofs VALUES (?, ?)",
            "CREATE TABLE a (b BLOB) STRICT",
            "SELECT zeroblob(32)",
            "PRAGMA synchronous",
            "SELECT x'00'",
            "SELECT \"a\" FROM b",
        ] {
            assert!(!written_for_sqlite(text).is_empty(), "{text}");
        }
    }

    /// What differs from engine to engine is in `dialect.rs`, and statements are in this file.
    #[test]
    fn no_other_file_has_sql_or_names_an_engine() {
        for (name, text) in sources() {
            let text = text.split("#[cfg(test)]").next().unwrap();
            if name != "dialect.rs" && name.ends_with(".rs") {
                let code: Vec<&str> = text
                    .lines()
                    .filter(|line| !line.trim().starts_with("//"))
                    .collect();
                assert!(!code.join("\n").to_lowercase().contains("sqlite"), "{name}");
            }
            if name != "statements.rs" && name != "dialect.rs" {
                for word in [
                    "\"SELECT", "\"INSERT", "\"UPDATE", "\"DELETE", "\"CREATE", "\"PRAGMA",
                ] {
                    assert!(!text.contains(word), "{name}: {word}");
                }
            }
        }
    }
}
