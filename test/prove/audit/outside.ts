/** What the handlers did outside, against what was recorded and what was acknowledged. */
import type { Handle } from '../../../runtime/store/open.ts';
import type { Silence } from '../ack-log.ts';
import type { Start } from '../side-effects.ts';
import { findings, type Finding } from './finding.ts';

type Output = { job: string; key: string; stage: string; attempt: number; execution: string };
const taskOf = ({ job, key, stage }: { job: string; key: string; stage: string }) => `${job} ${key} ${stage}`;

/** Each attempt started once; each output is of an attempt that started; nothing started again after its output was stored. */
export function startsAgainstOutputs(db: Handle, starts: readonly Start[]): Finding[] {
  const outputs = db
    .prepare<[], Output>(
      `SELECT item.job, item.key, stage.name AS stage, attempt, body ->> '$.execution' AS execution FROM output JOIN item ON item.id = item_id JOIN stage ON stage.id = stage_id`,
    )
    .all();
  const storedAt = new Map(outputs.map((output) => [taskOf(output), output.attempt]));
  const started = new Set(starts.map(({ execution }) => execution));
  const attempts = new Map<string, number>();
  for (const start of starts) attempts.set(`${taskOf(start)} ${start.attempt}`, (attempts.get(`${taskOf(start)} ${start.attempt}`) ?? 0) + 1);
  return [
    ...findings('once', [...attempts].filter(([, n]) => n > 1), ([attempt, n]) => `attempt ${attempt} was started ${n} times`),
    ...findings('once', starts.filter((start) => start.attempt > (storedAt.get(taskOf(start)) ?? Infinity)), (start) => `${taskOf(start)} was started again (attempt ${start.attempt}) when its output was stored`),
    ...findings('kept', outputs.filter(({ execution }) => !started.has(execution)), (output) => `${taskOf(output)} has an output that no handler made`),
  ];
}

export function startsInSilence(starts: readonly Start[], silences: readonly Silence[]): Finding[] {
  return silences.flatMap(({ job, id, from, to }) =>
    findings('silent', starts.filter((start) => start.job === job && start.at > from && start.at < to), (start) => `${taskOf(start)} started ${start.at - from} ms after ${id} (PAUSE) was acknowledged`),
  );
}
