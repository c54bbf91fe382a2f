-- Tables of version 2.

-- The number of the data folder that these keys belong to: one row. Every part of the folder carries it.
CREATE TABLE home (
    one INTEGER PRIMARY KEY CHECK (one = 1),
    number BLOB NOT NULL
) STRICT;

-- SHA-256 of the secret part of a key, so that damage is found before the key signs; unknown for what
-- version 1 wrote.
ALTER TABLE key_states ADD COLUMN sha256 BLOB;
