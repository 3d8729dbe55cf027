/** Resources as their actors were last stored: limits, who holds slots, who waits. Reads only. */
import type { Database } from 'better-sqlite3';
import type { ResourceView } from '../../inspector/protocol.ts';
import { resourceContext } from '../../machines/resource.ts';
import { READABLE } from './actors.ts';
import { preparedFor } from './prepared.ts';
import { stateName } from './state-name.ts';

type Row = { value: string | null; context: string };

const statements = preparedFor((db) => ({
  all: db.prepare<[], Row>(
    `SELECT snapshot ->> '$.value' AS value, snapshot -> '$.context' AS context FROM actor WHERE path > 'resource/' AND path < 'resource0' AND ${READABLE} ORDER BY path`,
  ),
}));

/** @param running whether a runner lives: without one nobody holds a slot, whatever was stored last */
export function readResources(db: Database, running: boolean): ResourceView[] {
  return statements(db).all.all().flatMap(({ value, context }) => {
    const { success, data } = resourceContext.safeParse(JSON.parse(context));
    if (!success) return [];
    const { spec: { name, concurrency, rate }, taken, holders, waiters } = running ? data : { ...data, ...UNUSED };
    return [{ name, state: running ? stateName(value) : 'idle', concurrency, taken, ...(rate && { rate }), holders, waiters }];
  });
}

const UNUSED = { taken: 0, holders: [], waiters: [] };
