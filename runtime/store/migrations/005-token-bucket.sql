-- Tokens left of what is paced: a resource by its name, a job as `job/ID`.
CREATE TABLE token_bucket (
  name TEXT PRIMARY KEY CHECK (length(name) > 0),
  tokens REAL NOT NULL,
  at INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
