-- Tables of version 8, in SQL that SQLite and PostgreSQL both take.

-- The runs of epochs whose ends the host proves in one proof each, without being asked. A row is here before the proof is made, and
-- never changes.
CREATE TABLE spans (
    first_epoch BIGINT PRIMARY KEY,
    last_epoch BIGINT NOT NULL
);
