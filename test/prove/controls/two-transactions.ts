/** The tasks that a settlement opens are opened in a transaction of their own, in the next turn of the loop. */
import { preparing, type Handle } from './rewrite.ts';

const [BLOCKED, READY] = [0, 1];
const OPENS = /^UPDATE task SET state = 1 WHERE item_id = \? AND stage_id = \? AND state = 0/;
type Opening = () => void;
let later: Opening[] = [];

function together(db: Handle): void {
  const openings = later;
  later = [];
  db.transaction(() => openings.forEach((open) => open())).immediate();
}

preparing(function (sql, original) {
  const statement = original(sql);
  if (!OPENS.test(sql)) return statement;
  const count = original('UPDATE task_count SET n = n + ? WHERE stage_id = ? AND state = ?');
  statement.run = (item, stage) => {
    if (later.length === 0) setImmediate(() => together(this));
    later.push(() => {
      if (run(item, stage).changes === 0) return;
      count.run(-1, stage, BLOCKED);
      count.run(1, stage, READY);
    });
    return { changes: 0 };
  };
  const unbroken = original(sql);
  const run = unbroken.run.bind(unbroken);
  return statement;
});
