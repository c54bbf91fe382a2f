-- Tables of version 3.

-- The accounts that the chain starts with.
CREATE TABLE accounts (
    number INTEGER PRIMARY KEY,
    key_id BLOB NOT NULL UNIQUE,
    balance INTEGER NOT NULL
) STRICT;

-- Their keys; the secret part is overwritten with each signature.
CREATE TABLE account_keys (
    account INTEGER PRIMARY KEY REFERENCES accounts,
    tree BLOB NOT NULL,
    state BLOB NOT NULL,
    sha256 BLOB NOT NULL
) STRICT;

-- One leaf, one message: what each leaf of an account's key signs, saved before it signs.
CREATE TABLE account_leaves (
    account INTEGER NOT NULL REFERENCES account_keys,
    leaf INTEGER NOT NULL,
    message BLOB NOT NULL,
    PRIMARY KEY (account, leaf)
) STRICT, WITHOUT ROWID;

CREATE TRIGGER account_leaves_are_never_changed BEFORE UPDATE ON account_leaves
BEGIN SELECT RAISE(ABORT, 'a leaf keeps its message'); END;

CREATE TRIGGER account_leaves_are_never_forgotten BEFORE DELETE ON account_leaves
BEGIN SELECT RAISE(ABORT, 'a leaf keeps its message'); END;

-- The operations of the newest header, in their order. Those of the headers before it are kept by
-- whoever asked for its block.
CREATE TABLE operations (
    height INTEGER NOT NULL REFERENCES headers,
    position INTEGER NOT NULL,
    bytes BLOB NOT NULL,
    sha256 BLOB NOT NULL,
    PRIMARY KEY (height, position)
) STRICT;
