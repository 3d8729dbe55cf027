-- What was amiss, as it was told: one row from its beginning to its end, whatever it was made of.
CREATE TABLE incident (
  id TEXT PRIMARY KEY CHECK (length(id) > 0),
  grp TEXT NOT NULL,
  risk TEXT NOT NULL CHECK (risk IN ('low', 'medium', 'high')),
  jobs TEXT NOT NULL CHECK (json_valid(jobs)),
  cause TEXT NOT NULL,
  reason TEXT NOT NULL,
  opened_at INTEGER NOT NULL,
  ended_at INTEGER
) STRICT, WITHOUT ROWID;
CREATE INDEX incident_opened_at ON incident (opened_at);

-- Messages, one to each target. `waiting`: not delivered yet, with the reason of the last try; `failed`: given up.
CREATE TABLE notification (
  id TEXT PRIMARY KEY CHECK (length(id) > 0),
  incident TEXT NOT NULL,
  target TEXT NOT NULL,
  kind TEXT NOT NULL CHECK (kind IN ('opened', 'ended', 'over', 'note')),
  risk TEXT NOT NULL,
  state TEXT NOT NULL CHECK (state IN ('waiting', 'sent', 'failed', 'dropped')),
  tries INTEGER NOT NULL DEFAULT 0,
  written_at INTEGER NOT NULL,
  due_at INTEGER NOT NULL,
  done_at INTEGER,
  reason TEXT
) STRICT, WITHOUT ROWID;
CREATE INDEX notification_written_at ON notification (written_at);
CREATE INDEX notification_waiting ON notification (target) WHERE state = 'waiting';
