/** What each day's money comes to, by job and stage: changed together with the rows that it sums up, never added up from them. */
import type { Handle } from '../open.ts';

/** Micro-dollars. `spent` is what was settled or lost. */
export type Sum = { spent: number; reserved: number };
export type Change = { settled?: number; lost?: number; reserved?: number; unpriced?: number };

export type Sums = ReturnType<typeof sumsIn>;

const SUM = 'ifnull(sum(settled + lost), 0) AS spent, ifnull(sum(reserved), 0) AS reserved';

export function sumsIn(db: Handle) {
  const prepared = {
    change: db.prepare<unknown[]>(
      'UPDATE cost_day SET settled = settled + ?, lost = lost + ?, reserved = reserved + ?, unpriced = unpriced + ? WHERE day = ? AND job = ? AND stage_id = ?',
    ),
    begin: db.prepare<[string, string, number]>('INSERT INTO cost_day (day, job, stage_id) VALUES (?, ?, ?)'),
    ofRunner: db.prepare<[string], Sum>(`SELECT ${SUM} FROM cost_day WHERE day = ?`),
    ofJob: db.prepare<[string, string], Sum>(`SELECT ${SUM} FROM cost_day WHERE day = ? AND job = ?`),
    ofStage: db.prepare<[string, string, number], Sum>(`SELECT ${SUM} FROM cost_day WHERE day = ? AND job = ? AND stage_id = ?`),
  };

  return {
    change(day: string, job: string, stageId: number, { settled = 0, lost = 0, reserved = 0, unpriced = 0 }: Change): void {
      const write = () => prepared.change.run(settled, lost, reserved, unpriced, day, job, stageId).changes;
      if (write() > 0) return;
      prepared.begin.run(day, job, stageId);
      write();
    },
    ofRunner: (day: string): Sum => prepared.ofRunner.get(day)!,
    ofJob: (day: string, job: string): Sum => prepared.ofJob.get(day, job)!,
    ofStage: (day: string, job: string, stageId: number): Sum => prepared.ofStage.get(day, job, stageId)!,
  };
}
