/** Whether what was acknowledged is there: audit rows, items, holds. */
import type { HoldView } from '../../../inspector/protocol.ts';
import type { Handle } from '../../../runtime/store/open.ts';
import type { AckLog, Held, Sent } from '../ack-log.ts';
import { JOBS, type Job } from '../place.ts';
import { findings, type Finding } from './finding.ts';

type Row = { state: string; answer: string };

/** Of these orders, each has the row and the effect that it was acknowledged with. */
export function rememberedOrders(db: Handle, sent: readonly Sent[]): Finding[] {
  const rowOf = db.prepare<[string], Row>('SELECT state, answer FROM command WHERE id = ?');
  const item = db.prepare<[string, string], number>('SELECT id FROM item WHERE job = ? AND key = ?');
  const forgotten = sent.filter(({ id, answer }) => {
    const row = rowOf.get(id);
    const { id: _, ...given } = answer as object & { id?: string };
    return row?.state !== (answer!.ok ? 'applied' : 'refused') || row.answer !== JSON.stringify(given);
  });
  const added = sent.flatMap(({ id, order }) => (order.type === 'ADD' ? order.items.map(({ key }) => ({ id, job: order.job, key })) : []));
  return [
    ...findings('obeyed', forgotten, ({ id, order }) => `${id} (${order.type}) was acknowledged, and its audit row does not say so`),
    ...findings('kept', added.filter(({ job, key }) => item.get(job, key) === undefined), ({ id, job, key }) => `${job} ${key} was added by ${id}, which was acknowledged, and is not there`),
  ];
}

/** What holds each job in the rows is what the acknowledged orders say, or one that was still to be answered. */
export function holdsInRows(db: Handle, log: AckLog, at: number): Finding[] {
  const hold = db.prepare<[string], { reason: string; until: number | null }>(`SELECT reason, until FROM hold WHERE job = ? AND cause = 'operator'`);
  const holds = db.prepare<[string], number>('SELECT count(*) FROM hold WHERE job = ?').pluck();
  const claiming = db.prepare<[string], number>('SELECT claiming FROM job WHERE id = ?').pluck();
  return JOBS.flatMap((job) => {
    const row = hold.get(job);
    const held = row && { reason: row.reason, ...(row.until !== null && { until: row.until }) };
    const astray = asExpected(job, held, log, at, 'in its rows');
    return (claiming.get(job) ?? 1) === Number(holds.get(job) === 0) ? astray : [...astray, { claim: 'obeyed' as const, what: `${job}: its holds and its row disagree on whether it claims` }];
  });
}

/** The same, as the living runner says. */
export const holdsAsSaid = (job: Job, holds: readonly HoldView[], log: AckLog, at: number): Finding[] => {
  const operator = holds.find(({ cause }) => cause === 'operator');
  return asExpected(job, operator && { reason: operator.reason, ...(operator.until !== undefined && { until: operator.until }) }, log, at, 'after the restart');
};

function asExpected(job: Job, held: Held, log: AckLog, at: number, when: string): Finding[] {
  const possible = log.standings(job, at);
  const same = (other: Held) => other?.reason === held?.reason && other?.until === held?.until;
  if (possible.some(same)) return [];
  return [{ claim: 'obeyed', what: `${job} ${when}: ${JSON.stringify(held ?? 'running')}, and it should be ${possible.map((one) => JSON.stringify(one ?? 'running')).join(' or ')}` }];
}
