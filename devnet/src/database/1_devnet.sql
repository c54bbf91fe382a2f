-- What the devnet was started with: one row.
CREATE TABLE config (
    one INTEGER PRIMARY KEY CHECK (one = 1),
    chain_id INTEGER NOT NULL,
    epoch_length INTEGER NOT NULL,
    validators INTEGER NOT NULL,
    key_height INTEGER NOT NULL,
    block_time_ms INTEGER NOT NULL
) STRICT;

-- Every header that validators were asked to sign, and which of them; the genesis, which nobody
-- signs, among them. A header is decided once: what is written here is signed as it stands.
CREATE TABLE headers (
    height INTEGER PRIMARY KEY,
    header BLOB NOT NULL,
    voters BLOB NOT NULL
) STRICT;

-- Every key that ever sat in a set.
CREATE TABLE keys (
    serial INTEGER PRIMARY KEY,
    key_id BLOB NOT NULL UNIQUE,
    start_slot INTEGER NOT NULL
) STRICT;

-- The part of a key that never changes, while the key is in use.
CREATE TABLE key_trees (
    key INTEGER PRIMARY KEY REFERENCES keys,
    bytes BLOB NOT NULL
) STRICT;

-- The secret part of a key, overwritten with each signature, while the key is in use.
CREATE TABLE key_states (
    key INTEGER PRIMARY KEY REFERENCES keys,
    bytes BLOB NOT NULL
) STRICT;

-- One leaf, one message: what each leaf of each key signs, saved before it signs.
CREATE TABLE leaves (
    key INTEGER NOT NULL REFERENCES keys,
    leaf INTEGER NOT NULL,
    message BLOB NOT NULL,
    PRIMARY KEY (key, leaf)
) STRICT, WITHOUT ROWID;

CREATE TRIGGER leaves_are_never_changed BEFORE UPDATE ON leaves
BEGIN SELECT RAISE(ABORT, 'a leaf keeps its message'); END;

CREATE TRIGGER leaves_are_never_forgotten BEFORE DELETE ON leaves
BEGIN SELECT RAISE(ABORT, 'a leaf keeps its message'); END;

-- The validator set of each epoch, announced ones included.
CREATE TABLE seats (
    epoch INTEGER NOT NULL,
    place INTEGER NOT NULL,
    key INTEGER NOT NULL REFERENCES keys,
    power INTEGER NOT NULL,
    PRIMARY KEY (epoch, place)
) STRICT, WITHOUT ROWID;
