-- Tables of version 6, in SQL that SQLite and PostgreSQL both take.

-- Who voted for the parent of a block, as its header says. The genesis has none, nor has a block that an
-- earlier release saved.
ALTER TABLE blocks ADD COLUMN votes BYTEA;

-- The members of every set that signs a block, by the root in its header and by their index.
CREATE TABLE members (
    set_root BYTEA NOT NULL,
    position BIGINT NOT NULL,
    key_id BYTEA NOT NULL,
    power BIGINT NOT NULL,
    account BIGINT NOT NULL,
    start_slot BIGINT NOT NULL,
    PRIMARY KEY (set_root, position)
);
