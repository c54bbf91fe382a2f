-- Tables of version 4, in SQL that SQLite and PostgreSQL both take.

-- Whether a proof that was made is kept no longer: its file is gone or to be deleted, and it is not made
-- again. Its id stays.
ALTER TABLE proofs ADD COLUMN retired BIGINT NOT NULL DEFAULT 0 CHECK (retired IN (0, 1));
