-- How many tasks of a stage were in which state, from a moment on, so that the past can be looked at. Written at most once a second
-- and stage while nothing but summaries comes, and only where something has changed; pruned with the journal.
CREATE TABLE count_then (
  stage_id INTEGER NOT NULL REFERENCES stage (id),
  seq INTEGER NOT NULL,                             -- last entry of the journal by then
  at INTEGER NOT NULL,
  own INTEGER NOT NULL CHECK (own IN (0, 1)),       -- 1: right after that entry; 0: something else came later, before the next
  counts TEXT NOT NULL CHECK (json_valid(counts)),  -- {"1": 12}: by state, without those that are 0
  PRIMARY KEY (stage_id, seq, at)
) STRICT, WITHOUT ROWID;
