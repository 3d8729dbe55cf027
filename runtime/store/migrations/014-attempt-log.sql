-- What an attempt has logged and asked of the web: a row only for one that did either. The newest of it; `lost` counts what was older.
CREATE TABLE attempt_log (
  id INTEGER PRIMARY KEY,                           -- rises with at
  item_id INTEGER NOT NULL,
  stage_id INTEGER NOT NULL,
  lease INTEGER NOT NULL,
  attempt INTEGER NOT NULL,
  at INTEGER NOT NULL,
  lines INTEGER NOT NULL CHECK (lines >= 0),
  lines_lost INTEGER NOT NULL CHECK (lines_lost >= 0),
  calls INTEGER NOT NULL CHECK (calls >= 0),
  calls_lost INTEGER NOT NULL CHECK (calls_lost >= 0),
  body TEXT NOT NULL CHECK (json_valid(body)),      -- {"lines": […], "calls": […]}
  UNIQUE (item_id, stage_id, lease)
) STRICT;
