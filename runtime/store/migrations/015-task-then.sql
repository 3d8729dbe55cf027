-- What a task was at any time follows from its attempts, and from what was changed beside them.
ALTER TABLE attempt ADD COLUMN led_to INTEGER;    -- state of the task right after it
ALTER TABLE attempt ADD COLUMN taken_back_at INTEGER; -- of one that died with the process: no moment before this knew of it

-- A task that had ended and was opened again, or that waited and was given up, without an attempt. Nothing is written for what runs of itself.
CREATE TABLE task_edit (
  item_id INTEGER NOT NULL,
  stage_id INTEGER NOT NULL,
  at INTEGER NOT NULL,
  state INTEGER NOT NULL CHECK (state BETWEEN 0 AND 8),   -- from then on
  PRIMARY KEY (item_id, stage_id, at)
) STRICT, WITHOUT ROWID;
