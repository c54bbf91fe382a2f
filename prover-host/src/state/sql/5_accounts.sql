-- Tables of version 5, in SQL that SQLite and PostgreSQL both take.

-- Who proposed a block: the member of its validator set, and its path there. The genesis has none.
ALTER TABLE blocks ADD COLUMN proposer BYTEA;

-- A row for each change of an account, by the block at `height`. Of what is older than the oldest tree
-- that is kept there is one row for each account.
CREATE TABLE accounts (
    number BIGINT NOT NULL,
    height BIGINT NOT NULL REFERENCES blocks (height),
    key_id BYTEA NOT NULL,
    balance BYTEA NOT NULL,
    nonce BIGINT NOT NULL,
    key_offset BIGINT NOT NULL,
    PRIMARY KEY (number, height)
);

CREATE INDEX accounts_by_height ON accounts (height);

CREATE INDEX accounts_by_key ON accounts (key_id, number);

-- Every operation of a block.
CREATE TABLE operations (
    hash BYTEA PRIMARY KEY,
    height BIGINT NOT NULL REFERENCES blocks (height),
    position BIGINT NOT NULL,
    signed BYTEA NOT NULL,
    UNIQUE (height, position)
);

-- Which accounts an operation is about.
CREATE TABLE transactions (
    account BIGINT NOT NULL,
    height BIGINT NOT NULL,
    position BIGINT NOT NULL,
    PRIMARY KEY (account, height, position),
    FOREIGN KEY (height, position) REFERENCES operations (height, position)
);

-- The operations that wait for a block, by the order in which they came; `height` is that of the newest
-- block then.
CREATE TABLE pool (
    hash BYTEA PRIMARY KEY,
    number BIGINT NOT NULL,
    height BIGINT NOT NULL,
    signed BYTEA NOT NULL
);

-- The operations that waited and were dropped lately, and the code of the reason.
CREATE TABLE dropped (
    hash BYTEA PRIMARY KEY,
    number BIGINT NOT NULL,
    height BIGINT NOT NULL,
    code TEXT NOT NULL
);

CREATE INDEX dropped_by_number ON dropped (number);

CREATE INDEX dropped_by_height ON dropped (height);
