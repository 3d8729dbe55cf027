/** A settlement is written whatever the epoch and the lease of its claim are. */
import { preparing } from './rewrite.ts';

preparing((sql, original) =>
  original(
    sql.replace(/state = 3 AND epoch = (\?|@epoch) AND lease = (\?|@lease)/, '$1 IS NOT NULL AND $2 IS NOT NULL').replace('SET state = 4,', 'SET state = 4, due_at = NULL,'),
  ),
);
