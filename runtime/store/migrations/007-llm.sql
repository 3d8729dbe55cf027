-- A row for each call of a model: what it was asked with, what it used, what it cost.
CREATE TABLE llm_call (
  id INTEGER PRIMARY KEY,
  job TEXT NOT NULL,
  item_id INTEGER NOT NULL,
  stage_id INTEGER NOT NULL,
  lease INTEGER NOT NULL,
  attempt INTEGER NOT NULL,
  kind TEXT NOT NULL CHECK (kind IN ('text', 'object', 'transcribe')),
  alias TEXT NOT NULL,                             -- its name in jobs.yaml
  model TEXT NOT NULL,                             -- its name at the provider
  tokens_in INTEGER,
  tokens_out INTEGER,
  tokens_cached INTEGER,                           -- of tokens_in, those that the provider had read before
  seconds REAL,                                    -- of audio
  micro_usd INTEGER CHECK (micro_usd >= 0),        -- NULL: no price is known
  assumed INTEGER NOT NULL CHECK (assumed IN (0, 1)),  -- the most that it can have cost, for nobody knows
  kept INTEGER NOT NULL CHECK (kept IN (0, 1)),    -- answered from llm_reply
  outcome TEXT NOT NULL,                           -- ok, or a word for what went wrong
  request_id TEXT,
  ms INTEGER NOT NULL,
  at INTEGER NOT NULL
) STRICT;
CREATE INDEX llm_call_item ON llm_call (item_id);

-- What models answered, by what they were asked: nothing is paid twice.
CREATE TABLE llm_reply (
  key TEXT PRIMARY KEY CHECK (length(key) = 64),   -- SHA-256 of address, model, parameters, schema and messages (or file)
  body BLOB NOT NULL,                              -- zstd of JSON
  bytes INTEGER NOT NULL CHECK (bytes >= 0),       -- of the body as it is stored
  at INTEGER NOT NULL                              -- last of use
) STRICT;
CREATE INDEX llm_reply_at ON llm_reply (at, bytes);
