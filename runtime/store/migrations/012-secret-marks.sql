-- What a job's secrets were when they were last looked at: a keyed mark of each value, so that another value is noticed. The key is not in
-- here but in a file of the folder, `runner.key`: nobody who has only the database can try values against a mark. The row of job '' marks the key itself.
CREATE TABLE secret_mark (
  job TEXT NOT NULL,
  name TEXT NOT NULL,
  mark TEXT NOT NULL,
  PRIMARY KEY (job, name)
) STRICT, WITHOUT ROWID;
