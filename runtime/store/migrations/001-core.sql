-- Task states are integers because every claim and settle touches an index on them:
--   0 blocked  1 ready  2 waiting  3 running  4 done  5 skipped  6 rejected  7 failed  8 dead
-- Times are ms since the epoch, money is micro-dollars, hashes are SHA-256 as blobs.

CREATE TABLE runner (
  one INTEGER PRIMARY KEY CHECK (one = 1),
  uuid TEXT NOT NULL CHECK (length(uuid) > 0),
  epoch INTEGER NOT NULL DEFAULT 0,             -- +1 at every boot; half of the fence
  commit_seq INTEGER NOT NULL DEFAULT 0,        -- +1 with every flush
  clean_shutdown INTEGER NOT NULL DEFAULT 1 CHECK (clean_shutdown IN (0, 1))
) STRICT;
INSERT INTO runner (one, uuid) VALUES (1, lower(hex(randomblob(16))));

-- The lifecycle's projection, written in the same transaction as its snapshot and read by the claim.
CREATE TABLE job (
  id TEXT PRIMARY KEY CHECK (length(id) > 0),
  spec TEXT NOT NULL CHECK (json_valid(spec)),
  claiming INTEGER NOT NULL DEFAULT 1 CHECK (claiming IN (0, 1)),
  draining INTEGER NOT NULL DEFAULT 0 CHECK (draining IN (0, 1)),
  archived INTEGER NOT NULL DEFAULT 0 CHECK (archived IN (0, 1))
) STRICT, WITHOUT ROWID;

CREATE TABLE hold (
  job TEXT NOT NULL REFERENCES job (id),
  cause TEXT NOT NULL CHECK (cause IN ('operator', 'breaker', 'guard', 'supervision', 'budget', 'window', 'requirement')),
  reason TEXT NOT NULL CHECK (length(reason) > 0),
  since INTEGER NOT NULL,
  until INTEGER,
  PRIMARY KEY (job, cause)
) STRICT, WITHOUT ROWID;

CREATE TABLE stage (
  id INTEGER PRIMARY KEY,
  job TEXT NOT NULL REFERENCES job (id),
  name TEXT NOT NULL CHECK (length(name) > 0),
  position INTEGER NOT NULL,
  active INTEGER NOT NULL DEFAULT 1 CHECK (active IN (0, 1)),
  UNIQUE (job, name)
) STRICT;

CREATE TABLE stage_need (
  stage_id INTEGER NOT NULL REFERENCES stage (id),
  need_id INTEGER NOT NULL REFERENCES stage (id),
  position INTEGER NOT NULL DEFAULT 0,          -- as declared: the upstream hash is taken in this order
  PRIMARY KEY (stage_id, need_id)
) STRICT, WITHOUT ROWID;

CREATE TABLE item (
  id INTEGER PRIMARY KEY,
  job TEXT NOT NULL REFERENCES job (id),
  key TEXT NOT NULL CHECK (length(key) > 0),
  title TEXT,
  data TEXT NOT NULL CHECK (json_valid(data)),
  priority REAL NOT NULL DEFAULT 0 CHECK (priority BETWEEN -1e15 AND 1e15),
  revision TEXT,
  created_at INTEGER NOT NULL,
  UNIQUE (job, key)
) STRICT;

-- What a stage's code and settings were; attempts and outputs point here.
CREATE TABLE version (
  id INTEGER PRIMARY KEY,
  stage_id INTEGER NOT NULL REFERENCES stage (id),
  bundle TEXT NOT NULL,
  prompts TEXT NOT NULL,
  model TEXT NOT NULL,
  config TEXT NOT NULL,
  schema TEXT NOT NULL,
  created_at INTEGER NOT NULL,
  UNIQUE (stage_id, bundle, prompts, model, config, schema)
) STRICT;

CREATE TABLE task (
  item_id INTEGER NOT NULL REFERENCES item (id),
  stage_id INTEGER NOT NULL REFERENCES stage (id),
  state INTEGER NOT NULL CHECK (state BETWEEN 0 AND 8),
  lane INTEGER NOT NULL DEFAULT 1 CHECK (lane IN (0, 1)),          -- 0 retry, 1 normal
  priority REAL NOT NULL CHECK (priority BETWEEN -1e15 AND 1e15),
  rank REAL NOT NULL,                                              -- priority today; ageing later
  due_at INTEGER,
  attempt INTEGER NOT NULL DEFAULT 0,                              -- starts
  tries INTEGER NOT NULL DEFAULT 0,                                -- starts that were charged
  lease INTEGER NOT NULL DEFAULT 0,                                -- +1 at every claim; the other half of the fence
  epoch INTEGER,
  started_at INTEGER,
  finished_at INTEGER,
  crash INTEGER NOT NULL DEFAULT 0,
  solo_crash INTEGER NOT NULL DEFAULT 0,
  reserved INTEGER NOT NULL DEFAULT 0 CHECK (reserved >= 0),
  output_seq INTEGER,                                              -- its current output
  output_hash BLOB,
  reason TEXT,                                                     -- why it is where it is: JSON of an error, or a sentence
  rejected_by INTEGER REFERENCES stage (id),                       -- the stage that rejected the item, when it was another one
  CHECK (rejected_by IS NULL OR state = 6),
  CHECK ((state = 3) = (epoch IS NOT NULL)),
  CHECK ((state = 2) = (due_at IS NOT NULL)),
  PRIMARY KEY (item_id, stage_id)
) STRICT, WITHOUT ROWID;

CREATE INDEX task_ready ON task (stage_id, lane, rank, item_id) WHERE state = 1 AND crash < 2;
CREATE INDEX task_suspect ON task (state, crash, stage_id, item_id) WHERE crash >= 2;
CREATE INDEX task_waiting ON task (due_at) WHERE state = 2;
CREATE INDEX task_running ON task (epoch) WHERE state = 3;
CREATE INDEX task_ended_badly ON task (stage_id, item_id) WHERE state >= 6;

-- Maintained in the flush, never by scanning.
CREATE TABLE task_count (
  stage_id INTEGER NOT NULL REFERENCES stage (id),
  state INTEGER NOT NULL CHECK (state BETWEEN 0 AND 8),
  n INTEGER NOT NULL CHECK (n >= 0),
  PRIMARY KEY (stage_id, state)
) STRICT, WITHOUT ROWID;

-- One row per successful attempt, appended; `previous` walks to the older outputs of the same task.
-- It holds what there is to know of that attempt too, so a first-try success writes no other row.
CREATE TABLE output (
  seq INTEGER PRIMARY KEY,
  item_id INTEGER NOT NULL,
  stage_id INTEGER NOT NULL,
  lease INTEGER NOT NULL,
  attempt INTEGER NOT NULL,
  started_at INTEGER NOT NULL,
  finished_at INTEGER NOT NULL,
  version_id INTEGER NOT NULL,
  upstream BLOB,
  hash BLOB NOT NULL,
  body TEXT NOT NULL,
  discrepancies TEXT,
  previous INTEGER
) STRICT;

-- Attempts that ended without an output.
CREATE TABLE attempt (
  item_id INTEGER NOT NULL,
  stage_id INTEGER NOT NULL,
  lease INTEGER NOT NULL,
  attempt INTEGER NOT NULL,
  outcome TEXT NOT NULL CHECK (outcome IN ('skipped', 'rejected', 'deferred', 'failed', 'interrupted', 'crashed')),
  charged INTEGER NOT NULL CHECK (charged IN (0, 1)),
  started_at INTEGER NOT NULL,
  finished_at INTEGER,
  version_id INTEGER,
  upstream BLOB,
  class TEXT CHECK (class IN ('transient', 'item_specific', 'temporal', 'systemic', 'code_bug')),
  error TEXT CHECK (error IS NULL OR json_valid(error)),
  reason TEXT,
  PRIMARY KEY (item_id, stage_id, lease)
) STRICT, WITHOUT ROWID;

CREATE VIEW attempts AS
  SELECT item_id, stage_id, lease, attempt, 'done' AS outcome, 0 AS charged, started_at, finished_at, version_id, upstream,
         NULL AS class, NULL AS error, NULL AS reason, seq AS output_seq
    FROM output
  UNION ALL
  SELECT item_id, stage_id, lease, attempt, outcome, charged, started_at, finished_at, version_id, upstream,
         class, error, reason, NULL
    FROM attempt;

-- Rows only where money moved.
CREATE TABLE cost (
  id INTEGER PRIMARY KEY,
  job TEXT NOT NULL,
  item_id INTEGER,
  stage_id INTEGER,
  lease INTEGER,
  kind TEXT NOT NULL CHECK (kind IN ('reserve', 'actual', 'lost')),
  micro_usd INTEGER NOT NULL CHECK (micro_usd >= 0),
  day TEXT NOT NULL,
  at INTEGER NOT NULL,
  UNIQUE (item_id, stage_id, lease, kind)
) STRICT;

CREATE TABLE cost_day (
  job TEXT NOT NULL,
  day TEXT NOT NULL,
  micro_usd INTEGER NOT NULL DEFAULT 0 CHECK (micro_usd >= 0),
  PRIMARY KEY (job, day)
) STRICT, WITHOUT ROWID;

-- Every key that a discovery ever met, independent of the items.
CREATE TABLE seen (
  job TEXT NOT NULL,
  key TEXT NOT NULL CHECK (length(key) > 0),
  decision TEXT NOT NULL CHECK (decision IN ('new', 'seen', 'filtered', 'over_max_pending')),
  reason TEXT,
  revision TEXT,
  times INTEGER NOT NULL DEFAULT 1,
  first_at INTEGER NOT NULL,
  last_at INTEGER NOT NULL,
  item_id INTEGER,
  PRIMARY KEY (job, key)
) STRICT, WITHOUT ROWID;

CREATE TABLE source_cursor (
  job TEXT PRIMARY KEY,
  cursor TEXT NOT NULL CHECK (json_valid(cursor))
) STRICT, WITHOUT ROWID;

-- One row per machine actor: its snapshot without its children.
CREATE TABLE actor (
  path TEXT PRIMARY KEY,
  parent TEXT,
  id TEXT NOT NULL,
  src TEXT NOT NULL,
  version INTEGER NOT NULL,
  seq INTEGER NOT NULL,                         -- last journal entry that it holds
  snapshot TEXT NOT NULL CHECK (json_valid(snapshot))
) STRICT, WITHOUT ROWID;

-- Snapshots that could not be used, with the reason; the actor was started fresh.
CREATE TABLE actor_quarantine (
  id INTEGER PRIMARY KEY,
  at INTEGER NOT NULL,
  path TEXT NOT NULL,
  reason TEXT NOT NULL,
  version INTEGER NOT NULL,
  snapshot TEXT NOT NULL
) STRICT;

CREATE TABLE journal (
  seq INTEGER PRIMARY KEY,
  at INTEGER NOT NULL,
  path TEXT NOT NULL,
  type TEXT NOT NULL,
  event TEXT NOT NULL CHECK (json_valid(event)),
  source TEXT,
  cause INTEGER
) STRICT;
CREATE INDEX journal_path ON journal (path, seq);

-- The audit of what operators sent. `pending` ones were given while no runner lived; it applies them at its next start.
CREATE TABLE command (
  id TEXT PRIMARY KEY CHECK (length(id) > 0),
  at INTEGER NOT NULL,
  who TEXT NOT NULL,
  command TEXT NOT NULL CHECK (json_valid(command)),
  state TEXT NOT NULL CHECK (state IN ('pending', 'applied', 'refused')),
  answer TEXT CHECK (answer IS NULL OR json_valid(answer)),
  seq INTEGER
) STRICT, WITHOUT ROWID;
CREATE INDEX command_pending ON command (at) WHERE state = 'pending';

CREATE TABLE memo (
  key TEXT PRIMARY KEY,
  value TEXT NOT NULL,
  at INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

CREATE TABLE artifact (
  hash TEXT PRIMARY KEY,
  bytes INTEGER NOT NULL,
  media TEXT NOT NULL,
  at INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

CREATE TABLE artifact_use (
  item_id INTEGER NOT NULL,
  stage_id INTEGER NOT NULL,
  lease INTEGER NOT NULL,
  name TEXT NOT NULL,
  hash TEXT NOT NULL REFERENCES artifact (hash),
  PRIMARY KEY (item_id, stage_id, lease, name)
) STRICT, WITHOUT ROWID;

CREATE TABLE config_revision (
  id INTEGER PRIMARY KEY,
  at INTEGER NOT NULL,
  hash TEXT NOT NULL,
  text TEXT NOT NULL
) STRICT;
