-- Tables of version 2, in SQL that SQLite and PostgreSQL both take. Nothing in them is secret.

-- The chain: one row.
CREATE TABLE chain (
    one BIGINT PRIMARY KEY CHECK (one = 1),
    chain_id BIGINT NOT NULL,
    epoch_length BIGINT NOT NULL,
    block_time_ms BIGINT NOT NULL
);

-- Every signed block. The genesis has no certificate.
CREATE TABLE blocks (
    height BIGINT PRIMARY KEY,
    hash BYTEA NOT NULL,
    header BYTEA NOT NULL,
    certificate BYTEA
);

-- Every proof that is due, from the moment on when the block at `due` was the newest. Made, it has an id,
-- and its file is under it.
CREATE TABLE proofs (
    circuit TEXT NOT NULL,
    subject TEXT NOT NULL,
    due BIGINT NOT NULL REFERENCES blocks (height),
    id BYTEA,
    length BIGINT,
    PRIMARY KEY (circuit, subject)
);

-- What proofs are made from: of every one that is not made, of the newest and of those that were due
-- for the last block of an epoch.
CREATE TABLE witnesses (
    circuit TEXT NOT NULL,
    subject TEXT NOT NULL,
    sha256 BYTEA NOT NULL,
    bytes BYTEA NOT NULL,
    PRIMARY KEY (circuit, subject),
    FOREIGN KEY (circuit, subject) REFERENCES proofs (circuit, subject)
);
