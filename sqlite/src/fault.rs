//! What an answer of SQLite means to whoever keeps a database.

/// What an answer of SQLite, or of the driver, is about.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Fault {
    /// The disk is full.
    Full,
    /// The file is damaged, or is not a database.
    Damaged,
    /// The statement is refused, and would be again: a row breaks a rule of its table.
    Refused,
    /// Anything else: somebody has the file locked, or the disk does not answer.
    Passing,
}

/// Returns what an error is about.
#[must_use]
pub fn fault(error: &sqlx::Error) -> Fault {
    let code = code(error);
    // The result code is in the low byte, its extension above.
    match (code, code & 0xff) {
        (SQLITE_IOERR_SHMSIZE, _) | (_, SQLITE_FULL) => Fault::Full,
        (_, SQLITE_CORRUPT | SQLITE_NOTADB) => Fault::Damaged,
        (
            _,
            SQLITE_ERROR | SQLITE_TOOBIG | SQLITE_CONSTRAINT | SQLITE_MISMATCH | SQLITE_MISUSE
            | SQLITE_AUTH | SQLITE_RANGE,
        ) => Fault::Refused,
        _ if is_of_the_program(error) => Fault::Refused,
        _ => Fault::Passing,
    }
}

/// Returns whether a row broke a rule of its table.
#[must_use]
pub fn is_constraint(error: &sqlx::Error) -> bool {
    code(error) & 0xff == SQLITE_CONSTRAINT
}

/// Returns SQLite's extended result code; 0 where the error is not SQLite's.
fn code(error: &sqlx::Error) -> u32 {
    let code = error.as_database_error().and_then(|error| error.code());
    code.and_then(|code| code.parse().ok()).unwrap_or(0)
}

/// Returns whether an error that is not SQLite's lies in the statement or in what reads its rows.
const fn is_of_the_program(error: &sqlx::Error) -> bool {
    matches!(
        error,
        sqlx::Error::ColumnNotFound(_)
            | sqlx::Error::ColumnIndexOutOfBounds { .. }
            | sqlx::Error::ColumnDecode { .. }
            | sqlx::Error::Decode(_)
            | sqlx::Error::Encode(_)
            | sqlx::Error::RowNotFound
            | sqlx::Error::TypeNotFound { .. }
            | sqlx::Error::PoolClosed
    )
}

const SQLITE_ERROR: u32 = 1;
const SQLITE_CORRUPT: u32 = 11;
const SQLITE_FULL: u32 = 13;
const SQLITE_TOOBIG: u32 = 18;
const SQLITE_CONSTRAINT: u32 = 19;
const SQLITE_MISMATCH: u32 = 20;
const SQLITE_MISUSE: u32 = 21;
const SQLITE_AUTH: u32 = 23;
const SQLITE_RANGE: u32 = 25;
const SQLITE_NOTADB: u32 = 26;
/// There is no room for the index of the log.
const SQLITE_IOERR_SHMSIZE: u32 = 4874;

#[cfg(test)]
mod tests {
    use std::borrow::Cow;
    use std::error::Error as StdError;
    use std::fmt;

    use serde_json::Value;
    use sqlx::error::ErrorKind;

    use super::*;

    /// An answer of SQLite with this code.
    #[derive(Debug)]
    struct Answer(u64);

    impl fmt::Display for Answer {
        fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
            write!(f, "code {}", self.0)
        }
    }

    impl StdError for Answer {}

    impl sqlx::error::DatabaseError for Answer {
        fn message(&self) -> &str {
            "an answer of SQLite"
        }

        fn code(&self) -> Option<Cow<'_, str>> {
            Some(self.0.to_string().into())
        }

        fn as_error(&self) -> &(dyn StdError + Send + Sync + 'static) {
            self
        }

        fn as_error_mut(&mut self) -> &mut (dyn StdError + Send + Sync + 'static) {
            self
        }

        fn into_error(self: Box<Self>) -> Box<dyn StdError + Send + Sync + 'static> {
            self
        }

        fn kind(&self) -> ErrorKind {
            ErrorKind::Other
        }
    }

    #[test]
    fn answers_mean_what_the_list_says() {
        let list = include_str!("../answers.json");
        let list: Value = serde_json::from_str(list).unwrap();
        let cases = |part: &str| list[part].as_array().unwrap().clone();
        for case in cases("codes") {
            let answer = Answer(case["code"].as_u64().unwrap());
            let error = sqlx::Error::Database(Box::new(answer));
            assert_eq!(name(&error), case["fault"], "{case}");
        }
        for case in cases("errors") {
            let error = match case["error"].as_str().unwrap() {
                "Io" => sqlx::Error::Io(std::io::ErrorKind::Other.into()),
                "PoolTimedOut" => sqlx::Error::PoolTimedOut,
                "WorkerCrashed" => sqlx::Error::WorkerCrashed,
                "PoolClosed" => sqlx::Error::PoolClosed,
                "RowNotFound" => sqlx::Error::RowNotFound,
                "ColumnNotFound" => sqlx::Error::ColumnNotFound(String::new()),
                "Decode" => sqlx::Error::Decode("a value".into()),
                other => panic!("{other} is not an error of the driver"),
            };
            assert_eq!(name(&error), case["fault"], "{case}");
        }
    }

    fn name(error: &sqlx::Error) -> &'static str {
        match fault(error) {
            Fault::Full => "full",
            Fault::Damaged => "damaged",
            Fault::Refused => "refused",
            Fault::Passing => "passing",
        }
    }
}
