/** The runner itself: what it takes, how promptly it answers, who is connected, what went wrong in it. */
import type { ActorLine } from './actors.ts';
import type { AsideView, UndeliveredView } from './status.ts';

/** One second of the runner. `lagMs`: the longest that the event loop did not turn; `cpu`: cores that it kept busy, all its threads together; bytes; flushes a second. */
export type VitalSign = { at: number; lagMs: number; cpu: number; rss: number; heap: number; flushes: number };

/** A browser or a program at the control port. */
export type ConnectionView = { who: string; scope: 'control' | 'read'; since: number };

/** `signs`: of the last minutes in which somebody looked, the oldest first. `lag`: of those, in ms. `restarts`: actors that have died. */
export type SystemView = {
  at: number; version: string; node: string; pid: number; bootId: string; startedAt: number; url: string; dataDir: string;
  memory: { rss: number; heapUsed: number; heapTotal: number; external: number };
  signs: VitalSign[]; lag: { p50: number; p99: number; most: number };
  database: { file: string; bytes: number; walBytes: number; lock: string; freeBytes: number };
  flushes: { total: number; perSecond: number };
  actors: number; restarts: (Pick<ActorLine, 'path' | 'state'> & { restarts: NonNullable<ActorLine['restarts']> })[];
  connections: ConnectionView[]; undelivered: UndeliveredView[]; aside: AsideView[];
};

/** Of a moment of the past. `startedAt`: of the runner that ran then, where that is kept. `journal`: the entries that are kept now. `restarts`: actors that had died by then. */
export type RunnerThenView = {
  at: number; seq: number; startedAt?: number; revision?: { id: number; at: number }; jobs: number; journal: { first: number; last: number };
  restarts: SystemView['restarts']; aside: AsideView[];
};

/** One line of `jobctl diagnose`. `bad`: Rivus does not work, or not safely. `odd`: worth a look. `todo`: the line for a terminal that mends it. */
export type Finding = { mark: 'ok' | 'odd' | 'bad'; check: string; says: string; todo?: string };

/** As it was found at `at`, which took `ms`. */
export type DiagnosisView = { at: number; ms: number; findings: Finding[] };
