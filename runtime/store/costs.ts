/** Money: a row for each attempt that cost something, and the sum per job and day. */
import type { Claim } from '../../actors/ports.ts';
import type { Handle } from './open.ts';

type Day = { job: string; day: string };

export function costsIn(db: Handle) {
  const prepared = {
    spend: db.prepare<unknown[]>(`INSERT INTO cost (job, item_id, stage_id, lease, kind, micro_usd, day, at) VALUES (?, ?, ?, ?, 'actual', ?, ?, ?)`),
    settleReserve: db.prepare<unknown[]>(`DELETE FROM cost WHERE item_id = ? AND stage_id = ? AND lease = ? AND kind = 'reserve'`),
    lose: db.prepare<unknown[], Day & { microUsd: number }>(
      `UPDATE cost SET kind = 'lost' WHERE item_id = ? AND stage_id = ? AND lease = ? AND kind = 'reserve' RETURNING job, day, micro_usd AS microUsd`,
    ),
    addToDay: db.prepare<[string, string, number]>(
      'INSERT INTO cost_day (job, day, micro_usd) VALUES (?, ?, ?) ON CONFLICT DO UPDATE SET micro_usd = micro_usd + excluded.micro_usd',
    ),
    ofDay: db.prepare<[string, string], number>('SELECT micro_usd FROM cost_day WHERE job = ? AND day = ?').pluck(),
  };

  return {
    /** What an attempt really cost, in micro-dollars; it takes the place of what was reserved. */
    spend({ job, itemId, lease }: Claim, stageId: number, microUsd: number, { day, at }: { day: string; at: number }): void {
      prepared.settleReserve.run(itemId, stageId, lease);
      prepared.spend.run(job, itemId, stageId, lease, microUsd, day, at);
      prepared.addToDay.run(job, day, microUsd);
    },
    /** The attempt died with its process: nobody knows what it cost, so what was reserved counts as spent. */
    lose(itemId: number, stageId: number, lease: number): void {
      for (const { job, day, microUsd } of prepared.lose.all(itemId, stageId, lease)) prepared.addToDay.run(job, day, microUsd);
    },
    /** Micro-dollars that the job has spent on a day (`2026-11-24`). */
    ofDay: (job: string, day: string): number => prepared.ofDay.get(job, day) ?? 0,
  };
}
