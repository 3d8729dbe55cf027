/** Where the time of an item went, stage by stage: pure, from its attempts and what each stage needs. */
import type { AttemptView, ShownItem } from '../../../protocol.ts';

/** `queued`: it could have run; `held`: it lacks a resource now; `backoff`: after a failure or a deferral; `running`: an attempt. Times in ms since the epoch. */
export type Part = { kind: 'queued' | 'held' | 'backoff' | 'running'; from: number; to: number; outcome?: AttemptView['outcome'] | 'running'; attempt?: number };
export type Lane = { stage: string; parts: Part[] };
export type Fall = { begin: number; end: number; lanes: Lane[] };

/** @param held stages that lack a resource now */
export function waterfall({ createdAt, stages, attempts }: Pick<ShownItem, 'createdAt' | 'stages' | 'attempts'>, needsOf: (stage: string) => readonly string[], now: number, held: ReadonlySet<string> = new Set()): Fall {
  const ended = (stage: string) => attempts.find((one) => one.stage === stage && (one.outcome === 'done' || one.outcome === 'skipped'))?.finishedAt ?? undefined;
  const lanes = Object.keys(stages).map((stage): Lane => {
    const since = Math.max(createdAt, ...needsOf(stage).map((need) => ended(need) ?? createdAt));
    const own = attempts.filter((one) => one.stage === stage);
    const { parts, from, last } = past(own, Math.min(since, own[0]?.startedAt ?? since));
    const isOpen = needsOf(stage).every((need) => ['done', 'skipped'].includes(stages[need]?.state ?? 'done'));
    return { stage, parts: [...parts, ...present(isOpen || stages[stage]!.state !== 'pending' ? stages[stage]! : { ...stages[stage]!, state: 'blocked' }, from, last, now, held.has(stage))].filter((part) => part.to > part.from || part.kind === 'running') };
  });
  const all = lanes.flatMap(({ parts }) => parts);
  return { begin: Math.min(...all.map(({ from }) => from), createdAt), end: Math.max(...all.map(({ to }) => to), createdAt + 1), lanes };
}

type Last = AttemptView['outcome'] | undefined;

function past(attempts: readonly AttemptView[], since: number): { parts: Part[]; from: number; last: Last } {
  const parts: Part[] = [];
  let [from, last]: [number, Last] = [since, undefined];
  for (const { startedAt, finishedAt, outcome, attempt } of attempts) {
    parts.push({ kind: waitAfter(last), from, to: Math.max(from, startedAt) });
    from = Math.max(startedAt, finishedAt ?? startedAt);
    parts.push({ kind: 'running', from: startedAt, to: from, outcome, attempt });
    last = outcome;
  }
  return { parts, from, last };
}

function present({ state, startedAt, dueAt, attempts }: ShownItem['stages'][string], from: number, last: Last, now: number, isHeld: boolean): Part[] {
  switch (state) {
    case 'running': {
      const start = startedAt ?? now;
      return [{ kind: waitAfter(last), from, to: start }, { kind: 'running', from: start, to: Math.max(start, now), outcome: 'running', attempt: attempts }];
    }
    case 'pending':
      return [{ kind: waitAfter(last), from, to: Math.max(from, now) }];
    case 'waiting':
      return [{ kind: 'backoff', from, to: Math.max(now, dueAt ?? now) }];
    case 'ready':
      return [{ kind: isHeld ? 'held' : 'queued', from, to: Math.max(from, now) }];
    default:
      return [];
  }
}

const waitAfter = (last: Last): 'queued' | 'backoff' => (last === 'failed' || last === 'deferred' ? 'backoff' : 'queued');
