-- How actors stood now and then: a look at the past starts at the nearest of these, however long a journal is. One row for each actor that was
-- told anything, every 5,000 entries of the journal; pruned with it.
CREATE TABLE actor_then (
  id INTEGER PRIMARY KEY,                           -- rises with seq
  path TEXT NOT NULL,
  seq INTEGER NOT NULL,                             -- last journal entry that the snapshot holds
  src TEXT NOT NULL,
  version INTEGER NOT NULL,
  snapshot TEXT NOT NULL,
  UNIQUE (path, seq)
) STRICT;

CREATE TRIGGER actor_kept AFTER UPDATE ON actor WHEN NEW.seq / 5000 > OLD.seq / 5000
BEGIN
  INSERT OR IGNORE INTO actor_then (path, seq, src, version, snapshot) VALUES (NEW.path, NEW.seq, NEW.src, NEW.version, NEW.snapshot);
END;
