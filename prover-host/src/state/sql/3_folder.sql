-- Tables of version 3, in SQL that SQLite and PostgreSQL both take.

-- The number of the data folder: one row. Every part of the folder carries it.
CREATE TABLE folder (
    one BIGINT PRIMARY KEY CHECK (one = 1),
    number BYTEA NOT NULL
);
