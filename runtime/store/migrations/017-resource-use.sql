-- How much of what jobs share was used, and how long stages waited for it: a row for five minutes in which it was; of the last days.
CREATE TABLE resource_use (
  resource TEXT NOT NULL CHECK (length(resource) > 0),
  at INTEGER NOT NULL,                                 -- end of these minutes
  busy_ms INTEGER NOT NULL CHECK (busy_ms >= 0),       -- slots taken, added up over time
  slots_ms INTEGER NOT NULL CHECK (slots_ms >= 0),     -- slots that there were
  waits TEXT NOT NULL CHECK (json_valid(waits)),       -- {"0": 12, "37": 1}: how often a stage waited how long, see runtime/ledger/use-meter.ts
  PRIMARY KEY (resource, at)
) STRICT, WITHOUT ROWID;
CREATE INDEX resource_use_at ON resource_use (at);
