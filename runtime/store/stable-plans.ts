import Database from 'better-sqlite3';
import type { Handle } from './open.ts';

/** Bare parameters that something is equal to, or that limit. */
const BARE = /(?<==\s*|\b(?:IS|LIMIT)\s+)[?@]/gi;

/**
 * Statements that are prepared from now on are compiled once. SQLite asks for the value of a bare parameter when it estimates how many rows
 * a join or a LIMIT has; such a statement it compiles anew (10 to 60 µs) each time that it is bound. What stands behind a plus it leaves
 * alone. SQLite calls this its query planner stability guarantee; the switch that it has for it cannot be reached through better-sqlite3.
 */
export function stablePlans(db: Handle): void {
  db.prepare = ((sql: string) => Database.prototype.prepare.call(db, sql.replace(BARE, '+$&'))) as Handle['prepare'];
}
