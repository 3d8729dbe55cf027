-- A mark of the state that each event led to, so that a replay over a changed machine can say where it first goes another way.
ALTER TABLE journal ADD COLUMN state TEXT;
