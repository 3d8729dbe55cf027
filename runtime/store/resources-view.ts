/** Resources as their actors were last stored: limits, who holds slots, who waits. Reads only. */
import type { Database } from 'better-sqlite3';
import type { ResourceView } from '../../inspector/protocol.ts';
import type { Holder, Waiter } from '../../machines/resource.ts';
import type { ResourceSpec } from '../../machines/spec.ts';
import { preparedFor } from './prepared.ts';
import { stateName } from './state-name.ts';

type Row = { value: string; spec: string; holders: string; waiters: string };

const statements = preparedFor((db) => ({
  all: db.prepare<[], Row>(
    `SELECT snapshot ->> '$.value' AS value, snapshot -> '$.context.spec' AS spec, snapshot -> '$.context.holders' AS holders, snapshot -> '$.context.waiters' AS waiters
       FROM actor WHERE path > 'resource/' AND path < 'resource0' ORDER BY path`,
  ),
}));

/** @param running whether a runner lives: without one nobody holds a slot, whatever was stored last */
export function readResources(db: Database, running: boolean): ResourceView[] {
  return statements(db).all.all().map(({ value, ...row }) => {
    const { name, concurrency, rate } = JSON.parse(row.spec) as ResourceSpec;
    const holders = running ? (JSON.parse(row.holders) as Holder[]) : [];
    const waiters = running ? (JSON.parse(row.waiters) as Waiter[]) : [];
    return { name, state: running ? stateName(value) : 'idle', concurrency, taken: holders.reduce((sum, { slots }) => sum + slots, 0), ...(rate && { rate }), holders, waiters };
  });
}
