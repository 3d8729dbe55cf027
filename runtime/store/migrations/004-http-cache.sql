-- Answers to GET that can be asked about again by a condition, so that what has not changed is not sent twice.
CREATE TABLE http_cache (
  key TEXT PRIMARY KEY CHECK (length(key) = 64),   -- SHA-256 of address and request headers: these may hold secrets, and are not stored
  url TEXT NOT NULL,                               -- for people; without user and query
  etag TEXT,
  last_modified TEXT,
  headers TEXT NOT NULL CHECK (json_valid(headers)),
  hash TEXT NOT NULL CHECK (length(hash) = 64),    -- SHA-256 of the body
  body BLOB NOT NULL,                              -- zstd
  bytes INTEGER NOT NULL CHECK (bytes >= 0),       -- of the body as it is stored
  size INTEGER NOT NULL CHECK (size >= 0),         -- of the body as it is read
  at INTEGER NOT NULL,                             -- last asked for
  CHECK (etag IS NOT NULL OR last_modified IS NOT NULL)
) STRICT;
CREATE INDEX http_cache_at ON http_cache (at, bytes);
