-- Money is held before it can be spent. One row for each attempt that money moved for, and one for each call of a discovery or of the doctor:
-- `reserve` while it is under way, then `actual`, or `lost` when nobody can say any more what it cost.
CREATE TABLE money (
  id INTEGER PRIMARY KEY,
  job TEXT NOT NULL CHECK (length(job) > 0),                       -- or '@doctor'
  stage_id INTEGER NOT NULL DEFAULT 0,                             -- 0 for what no attempt spends
  item_id INTEGER,
  lease INTEGER,
  kind TEXT NOT NULL CHECK (kind IN ('reserve', 'actual', 'lost')),
  micro_usd INTEGER NOT NULL CHECK (micro_usd >= 0),
  declared INTEGER NOT NULL DEFAULT 0 CHECK (declared IN (0, 1)),  -- the reserve is the stage's max_cost: its calls are paid from it
  open INTEGER NOT NULL DEFAULT 0 CHECK (open >= 0),               -- most that calls under way may cost; part of micro_usd
  calls INTEGER NOT NULL DEFAULT 0 CHECK (calls >= 0),             -- what calls have cost; part of micro_usd
  day TEXT NOT NULL,                                               -- on which it was reserved: all that follows belongs to it
  at INTEGER NOT NULL,
  CHECK ((item_id IS NULL) = (lease IS NULL)),
  UNIQUE (item_id, stage_id, lease)
) STRICT;
INSERT INTO money (id, job, stage_id, item_id, lease, kind, micro_usd, day, at)
  SELECT max(id), job, stage_id, item_id, lease, max(kind), sum(micro_usd), min(day), min(at) FROM cost WHERE item_id IS NOT NULL GROUP BY job, stage_id, item_id, lease;
DROP TABLE cost;
ALTER TABLE money RENAME TO cost;
CREATE INDEX cost_reserve ON cost (id) WHERE kind = 'reserve';

-- What a day's rows sum up to, so that nobody has to add them up.
CREATE TABLE sums (
  day TEXT NOT NULL,
  job TEXT NOT NULL,
  stage_id INTEGER NOT NULL DEFAULT 0,
  settled INTEGER NOT NULL DEFAULT 0 CHECK (settled >= 0),
  lost INTEGER NOT NULL DEFAULT 0 CHECK (lost >= 0),
  reserved INTEGER NOT NULL DEFAULT 0 CHECK (reserved >= 0),
  unpriced INTEGER NOT NULL DEFAULT 0 CHECK (unpriced >= 0),       -- calls of which nobody knows the price
  PRIMARY KEY (day, job, stage_id)
) STRICT, WITHOUT ROWID;
INSERT INTO sums (day, job, stage_id, settled, lost, reserved)
  SELECT day, job, stage_id, sum(micro_usd * (kind = 'actual')), sum(micro_usd * (kind = 'lost')), sum(micro_usd * (kind = 'reserve')) FROM cost GROUP BY day, job, stage_id;
DROP TABLE cost_day;
ALTER TABLE sums RENAME TO cost_day;

-- The most that an attempt of the stage has cost beyond what was declared or reserved by its calls.
ALTER TABLE stage ADD COLUMN largest_cost INTEGER NOT NULL DEFAULT 0 CHECK (largest_cost >= 0);

-- Limits that belong to no job, and the zone whose days count.
CREATE TABLE budget (
  one INTEGER PRIMARY KEY CHECK (one = 1),
  tz TEXT NOT NULL,
  daily_cost_limit REAL,
  doctor_cost_limit REAL
) STRICT;
INSERT INTO budget (one, tz) VALUES (1, 'America/Los_Angeles');
