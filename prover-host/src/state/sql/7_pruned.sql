-- Tables of version 7, in SQL that SQLite and PostgreSQL both take.

-- The ranges of blocks that are pruned, or are to be: a proof of each is on disk and was verified before its
-- row is here. What may be deleted of them is gone once `done` is 1; `freed` counts the bytes. The operations of a
-- pruned block keep their rows, with nothing in `signed`.
CREATE TABLE pruned (
    first_height BIGINT PRIMARY KEY,
    last_height BIGINT NOT NULL,
    freed BIGINT NOT NULL,
    done BIGINT NOT NULL CHECK (done IN (0, 1))
);
