-- What operators had run again by hand (or put in another order, many at once): one row for each command, and one for an action on many items.
CREATE TABLE edit (
  id INTEGER PRIMARY KEY,
  at INTEGER NOT NULL,
  who TEXT NOT NULL,
  verb TEXT NOT NULL CHECK (verb IN ('retry', 'reset', 'reprocess', 'priority')),
  job TEXT,                                         -- null: items of several
  bulk TEXT UNIQUE,                                 -- name of the action on many items
  about TEXT NOT NULL CHECK (json_valid(about)),    -- what was asked for
  items INTEGER NOT NULL,                           -- that were meant
  done INTEGER NOT NULL DEFAULT 0,                  -- that were dealt with
  tasks INTEGER NOT NULL DEFAULT 0,                 -- that were changed (of a priority: items)
  undone INTEGER NOT NULL DEFAULT 0,                -- that were put back
  state TEXT NOT NULL CHECK (state IN ('running', 'done', 'aborted', 'failed', 'interrupted', 'undone'))
) STRICT;
CREATE INDEX edit_running ON edit (id) WHERE state = 'running';

-- How tasks stood before such an edit: as long as the lease is that of the task nobody has claimed it since, and it can be put back.
CREATE TABLE before_edit (
  item_id INTEGER NOT NULL,
  stage_id INTEGER NOT NULL,
  edit INTEGER NOT NULL,                            -- the latest
  lease INTEGER NOT NULL,
  state INTEGER NOT NULL CHECK (state IN (1, 2, 4, 5, 6, 7, 8)),
  lane INTEGER NOT NULL,
  rank REAL NOT NULL,
  priority REAL NOT NULL,
  due_at INTEGER,
  tries INTEGER NOT NULL,
  solo_crash INTEGER NOT NULL,
  reason TEXT,
  rejected_by INTEGER,
  PRIMARY KEY (item_id, stage_id)
) STRICT, WITHOUT ROWID;
CREATE INDEX before_edit_edit ON before_edit (edit);
