/** How much of what jobs share was used in the last day, and how long stages waited for it. Reads only. */
import type { Database } from 'better-sqlite3';
import type { ResourceUseView } from '../../inspector/protocol.ts';
import { preparedFor } from './prepared.ts';
import { waitAt, type Waits } from './waits.ts';

const DAY_MS = 86_400_000;
const BARS = 48;
const BAR_MS = DAY_MS / BARS;
/** Of a hundred resources in five-minute rows. */
const MOST_ROWS = 30_000;

type Row = { resource: string; bar: number; busyMs: number; slotsMs: number };

const statements = preparedFor((db) => ({
  bars: db.prepare<[{ from: number; to: number; barMs: number }], Row>(
    'SELECT resource, CAST((at - 1 - @from) / @barMs AS INTEGER) AS bar, sum(busy_ms) AS busyMs, sum(slots_ms) AS slotsMs FROM resource_use WHERE at > @from AND at <= @to GROUP BY resource, bar',
  ),
  waits: db.prepare<[number, number, number], { resource: string; waits: string }>(
    `SELECT resource, json_group_object(key, n) AS waits FROM (SELECT resource, key, sum(value) AS n FROM (SELECT resource, waits FROM resource_use WHERE at > ? AND at <= ? ORDER BY at DESC LIMIT ?), json_each(waits) GROUP BY resource, key) GROUP BY resource`,
  ),
}));

/** @param slots of each resource, as the configuration in force has them; @param now ms since the epoch */
export function readResourceUse(db: Database, now: number, slots: Readonly<Record<string, number>>): ResourceUseView {
  const from = now - DAY_MS;
  const bars = Map.groupBy(statements(db).bars.all({ from, to: now, barMs: BAR_MS }), ({ resource }) => resource);
  const waits = new Map(statements(db).waits.all(from, now, MOST_ROWS).map((row) => [row.resource, JSON.parse(row.waits) as Waits]));
  return { from, barMs: BAR_MS, resources: Object.entries(slots).map(([name, n]) => ({ name, ...used(n, bars.get(name) ?? []), ...waited(waits.get(name)) })) };
}

/** Of the slots that there were; where nothing is written, of those that there are. */
function used(slots: number, rows: readonly Row[]): { used: number; bars: number[] } {
  const share = (busyMs: number, slotsMs: number) => Math.min(1, busyMs / Math.max(1, slotsMs));
  const bars = Array.from({ length: BARS }, (_, bar) => {
    const row = rows.find((one) => one.bar === bar);
    return row ? share(row.busyMs, Math.max(row.slotsMs, slots * BAR_MS)) : 0;
  });
  return { used: bars.reduce((sum, bar) => sum + bar, 0) / BARS, bars };
}

function waited(waits: Waits | undefined): { starts: number; waitP95Ms?: number } {
  if (!waits) return { starts: 0 };
  const p95 = waitAt(waits, 0.95);
  return { starts: Object.values(waits).reduce((sum, n) => sum + n, 0), ...(p95 !== undefined && { waitP95Ms: p95 }) };
}
