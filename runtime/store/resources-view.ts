/** Resources as their actors were last stored: limits, who holds slots, who waits. Reads only. */
import type { Database } from 'better-sqlite3';
import type { ResourceView } from '../../inspector/protocol.ts';
import type { z } from 'zod';
import type { Opening } from '../../machines/breaker.ts';
import type { resourceContext } from '../../machines/resource.ts';
import { READABLE } from './actors.ts';
import { preparedFor } from './prepared.ts';
import { stateName } from './state-name.ts';

type Row = { value: string | null; context: string };

const statements = preparedFor((db) => ({
  all: db.prepare<[], Row>(
    `SELECT snapshot ->> '$.value' AS value, snapshot -> '$.context' AS context FROM actor WHERE path > 'resource/' AND path < 'resource0' AND src = 'resource' AND ${READABLE} ORDER BY path`,
  ),
  opened: db.prepare<[], { name: string; opened: string }>(
    `SELECT snapshot ->> '$.context.job' AS name, snapshot -> '$.context.opened' AS opened FROM actor
      WHERE path > 'resource/' AND path < 'resource0' AND src = 'breaker' AND ${READABLE} AND snapshot ->> '$.context.opened' IS NOT NULL ORDER BY path`,
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
  const row = statements(db).breaker.get(`resource/${name}/breaker`);
  if (!row || row.value === null || row.value === 'closed') return {};
  const opened = JSON.parse(row.opened ?? 'null') as unknown;
  const state = stateName(row.value);
  return { breaker: { state, ...(isOpening(opened) && { reason: inWords(opened), since: opened.since, until: opened.until }) } };
}

/** As the breaker itself says it (`reasonOf`): its module would bring XState and zod along. */
function inWords({ class: kind, stage, count, reason }: Fields): string {
  const what = kind === 'code_bug' ? `the same bug in ${count} items` : count === 1 ? `a ${kind} failure` : `${count} ${kind} failures in a row`;
  return `${what} at ${stage}: ${reason}`;
}

/** One that is not used for now, or tried again, and what that is for. */
export type OpenResource = { name: string; opened: Opening };

export function openResources(db: Database): OpenResource[] {
  const rows = statements(db).opened.all().map(({ name, opened }) => ({ name, opened: JSON.parse(opened) as unknown }));
  return rows.filter((row): row is OpenResource => typeof row.name === 'string' && isOpening(row.opened));
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

const isOpening = (value: unknown): value is Opening & Fields => isMap(value) && has(value, { class: 'string', stage: 'string', count: 'number', reason: 'string', since: 'number', fingerprint: 'string' }) && (value['until'] === null || typeof value['until'] === 'number');
const isMap = (value: unknown): value is Fields => typeof value === 'object' && value !== null;
const has = (value: Fields, fields: Record<string, 'string' | 'number'>): boolean => Object.entries(fields).every(([field, type]) => typeof value[field] === type);
const areAll = (values: unknown, fields: Record<string, 'string' | 'number'>): boolean => Array.isArray(values) && values.every((value) => isMap(value) && has(value, fields));
