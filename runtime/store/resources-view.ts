/** Resources as their actors were last stored: limits, who holds slots, who waits. Reads only. */
import type { Database } from 'better-sqlite3';
import type { ResourceView } from '../../inspector/protocol.ts';
import { breakerOfResource, reasonOf, type Opening } from '../../machines/breaker.ts';
import type { z } from 'zod';
import type { resourceContext } from '../../machines/resource.ts';
import { READABLE } from './actors.ts';
import { preparedFor } from './prepared.ts';
import { stateName } from './state-name.ts';

type Row = { value: string | null; context: string };

const statements = preparedFor((db) => ({
  all: db.prepare<[], Row>(
    `SELECT snapshot ->> '$.value' AS value, snapshot -> '$.context' AS context FROM actor WHERE path > 'resource/' AND path < 'resource0' AND src = 'resource' AND ${READABLE} ORDER BY path`,
  ),
  breaker: db.prepare<[string], { value: string | null; opened: string | null }>(`SELECT snapshot ->> '$.value' AS value, snapshot -> '$.context.opened' AS opened FROM actor WHERE path = ? AND ${READABLE}`),
}));

/** @param running whether a runner lives: without one nobody holds a slot, whatever was stored last */
export function readResources(db: Database, running: boolean): ResourceView[] {
  return statements(db).all.all().flatMap(({ value, context }) => {
    const data: unknown = JSON.parse(context);
    if (!isSound(data)) return [];
    const { spec: { name, concurrency, rate }, taken, holders, waiters } = running ? data : { ...data, ...UNUSED };
    return [{ name, state: running ? stateName(value) : 'idle', concurrency, taken, ...(rate && { rate }), holders, waiters, ...breakerView(db, name) }];
  });
}

function breakerView(db: Database, name: string): Pick<ResourceView, 'breaker'> {
  const row = statements(db).breaker.get(breakerOfResource(name));
  if (!row || row.value === null || row.value === 'closed') return {};
  const opened = JSON.parse(row.opened ?? 'null') as unknown;
  const state = stateName(row.value);
  return { breaker: { state, ...(isMap(opened) && has(opened, { class: 'string', stage: 'string', count: 'number', reason: 'string', since: 'number' }) && { reason: reasonOf(opened as Opening), since: opened['since'] as number, until: opened['until'] as number | null }) } };
}

const UNUSED = { taken: 0, holders: [], waiters: [] };

type Context = z.infer<typeof resourceContext>;
type Fields = Record<string, unknown>;

/** By hand: `jobctl status` is asked often, and would wait for zod and all machines. */
function isSound(data: unknown): data is Context {
  if (!isMap(data) || !isMap(data.spec)) return false;
  const { spec, taken, holders, waiters } = data;
  const { rate } = spec as Fields;
  return (
    has(spec as Fields, { name: 'string', concurrency: 'number' }) && (rate === undefined || (isMap(rate) && has(rate, { count: 'number', perMs: 'number', burst: 'number' }))) && typeof taken === 'number' &&
    areAll(holders, { job: 'string', stage: 'string', slots: 'number' }) && areAll(waiters, { job: 'string', stage: 'string', since: 'number' })
  );
}

const isMap = (value: unknown): value is Fields => typeof value === 'object' && value !== null;
const has = (value: Fields, fields: Record<string, 'string' | 'number'>): boolean => Object.entries(fields).every(([field, type]) => typeof value[field] === type);
const areAll = (values: unknown, fields: Record<string, 'string' | 'number'>): boolean => Array.isArray(values) && values.every((value) => isMap(value) && has(value, fields));
