-- Which kind of error an attempt ended with: what all attempts of that kind have in common, whatever item they are of.
ALTER TABLE attempt ADD COLUMN fingerprint TEXT;
CREATE INDEX attempt_fingerprint ON attempt (fingerprint, finished_at) WHERE fingerprint IS NOT NULL;

-- Kinds of errors, as the last of each was judged.
CREATE TABLE fingerprint (
  fingerprint TEXT PRIMARY KEY CHECK (length(fingerprint) > 0),
  name TEXT NOT NULL,
  message TEXT NOT NULL,
  class TEXT NOT NULL CHECK (class IN ('transient', 'item_specific', 'temporal', 'systemic', 'code_bug')),
  decided_by TEXT NOT NULL CHECK (decided_by IN ('rule', 'memory', 'model', 'operator')),
  rule TEXT,
  confidence REAL NOT NULL CHECK (confidence BETWEEN 0 AND 1),
  n INTEGER NOT NULL DEFAULT 1,
  first_at INTEGER NOT NULL,
  last_at INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

-- What a model or an operator has said of a kind of error: from then on it costs nothing.
CREATE TABLE verdict (
  fingerprint TEXT PRIMARY KEY CHECK (length(fingerprint) > 0),
  class TEXT NOT NULL CHECK (class IN ('transient', 'item_specific', 'temporal', 'systemic', 'code_bug')),
  decided_by TEXT NOT NULL CHECK (decided_by IN ('model', 'operator')),
  confidence REAL NOT NULL CHECK (confidence BETWEEN 0 AND 1),
  reason TEXT NOT NULL,
  model TEXT,
  cost_micro_usd INTEGER NOT NULL DEFAULT 0,
  ms INTEGER NOT NULL DEFAULT 0,
  at INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

-- What the doctor did. A job that is held is held until a known time, or until its stage works again: then the row has ended.
CREATE TABLE doctor_action (
  id INTEGER PRIMARY KEY,
  at INTEGER NOT NULL,
  job TEXT,
  stage TEXT,
  fingerprint TEXT NOT NULL,
  class TEXT NOT NULL,
  action TEXT NOT NULL CHECK (action IN ('retry_later', 'fail_item', 'pause_job', 'reclassify')),
  decided_by TEXT NOT NULL CHECK (decided_by IN ('rule', 'memory', 'model', 'evidence', 'operator')),
  risk TEXT NOT NULL CHECK (risk IN ('low', 'medium', 'high')),
  reason TEXT NOT NULL,
  cost_micro_usd INTEGER NOT NULL DEFAULT 0,
  ms INTEGER NOT NULL DEFAULT 0,
  until INTEGER,
  ended_at INTEGER
) STRICT;
CREATE INDEX doctor_action_at ON doctor_action (at);
CREATE INDEX doctor_action_open ON doctor_action (job) WHERE action = 'pause_job' AND ended_at IS NULL;
