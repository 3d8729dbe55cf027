/** How to walk each machine. A machine joins all that is proven of machines by an entry here. */
import { configMachine } from '../../machines/config.ts';
import { discoveryMachine } from '../../machines/discovery.ts';
import { jobMachine } from '../../machines/job.ts';
import { lifecycleMachine } from '../../machines/lifecycle.ts';
import type { Restarts } from '../../machines/restarts.ts';
import { stageWorkerMachine, type Summary } from '../../machines/stage-worker.ts';
import { supervisorMachine } from '../../machines/supervisor.ts';
import { taskMachine, type TaskVerb } from '../../machines/task.ts';
import type { Proof } from '../support/edges.ts';
import { jobSpec } from '../support/store.ts';

const spec = jobSpec('watch', { fetch: [], extract: ['fetch'] });
const other = jobSpec('watch', { fetch: [], score: ['fetch'] });
const source = spec.discovery;
const error = { name: 'Error', message: 'offline' };
const summary: Summary = { stage: 'fetch', running: 0, zombies: 0, ended: 0, failed: 0, refused: 0, finished: 0, runs: [] };
const concern = { class: 'systemic', reason: 'Error: 401', itemId: 1, attempt: 1 } as const;
const budget = { budget: { reason: '$5 of $5', since: 0 } };
const supervision = { supervision: { reason: 'died too often', since: 0 } };
const standings = { watch: { holds: budget, drain: 'flowing' } };
const died = (actorId: string) => ({ type: `xstate.error.actor.${actorId}`, actorId, error });
const deathsIn = ({ histories }: Restarts) => Math.min(3, Object.values(histories).reduce((sum, { deaths }) => sum + deaths.length, 0));

const config: Proof = {
  machine: configMachine,
  inputs: [{ at: 0 }],
  events: [
    { type: 'RELOAD' }, { type: 'file.changed' }, { type: 'config.unchanged' }, { type: 'config.accepted', revision: 2, changes: ['live: concurrency 1 → 2'] },
    { type: 'config.refused', problems: 'jobs.yaml:1:1 jobs is missing' }, { type: 'actor.restored' },
  ],
  abstract: ({ value, context }) => [value, context.asked, context.again, context.problems, context.revision],
};

const discovery: Proof = {
  machine: discoveryMachine,
  inputs: [{ at: 0, job: 'watch', spec: source }],
  events: [
    { type: 'WAKE' }, { type: 'upstream.progressed' }, { type: 'discovery.polled', found: { new: 1, seen: 2, filtered: 3 } },
    { type: 'discovery.failed', error }, { type: 'discovery.failed', error, retryAt: 90 },
    { type: 'discovery.full', pending: 3 }, { type: 'discovery.resumed' }, { type: 'job.held' }, { type: 'job.freed' },
    { type: 'spec.changed', spec: source }, { type: 'spec.changed', spec: { ...source, everyMs: 5 }, maxPending: 9 },
  ],
  abstract: ({ value, context }) => [value, context.again, context.failures > 0, context.spec.everyMs],
};

/** Escalates soon: what comes then is reached by few events. */
const brief = { restart: { max: 1, withinMs: 60_000, stalledAfterMs: 60_000 } };

const job: Proof = {
  machine: jobMachine,
  inputs: [{ at: 0, spec: { ...spec, ...brief } }],
  events: [
    { type: 'stage.settled', ...summary }, { type: 'stage.settled', ...summary, running: 2 }, { type: 'stage.settled', ...summary, finished: 1, failed: 1, concern },
    { type: 'stage.settled', ...summary, concern: { ...concern, class: 'temporal' } }, { type: 'stage.settled', ...summary, concern: { ...concern, hold: 'budget' } },
    { type: 'budget.exhausted', reason: 'budget: $5.00 of $5.00', until: 9 }, { type: 'budget.restored' },
    { type: 'stage.loaded', stage: 'fetch' }, { type: 'stage.unloadable', stage: 'fetch', reason: 'no such file' },
    { type: 'lifecycle.changed', holds: {} }, { type: 'lifecycle.changed', holds: budget }, { type: 'lifecycle.changed', holds: supervision },
    { type: 'lifecycle.changed', drain: 'draining', holds: {} }, { type: 'lifecycle.changed', drain: 'flowing', holds: {} },
    { type: 'child.rewound', id: 'stage/fetch', past: { value: 'held', context: {} } }, { type: 'child.rewound', id: 'stage/gone', past: { value: 'held', context: {} } }, { type: 'child.rewound', id: 'lifecycle', past: { value: {}, context: {} }, standing: { holds: budget, drain: 'drained' } },
    { type: 'upstream.progressed' }, { type: 'spec.changed', spec: { ...spec, ...brief } }, { type: 'spec.changed', spec: { ...other, ...brief } }, { type: 'reload.asked' },
    { type: 'requirement.unmet', reason: 'requirement: KEY is not set' }, { type: 'requirement.met' }, { type: 'actor.restored', missing: ['stage/fetch'] },
    died('stage/fetch'), died('lifecycle'), died('gone'), { ...died('discovery'), at: 200_000 }, { type: 'stage.broke', stage: 'fetch', error: 'TypeError: no' }, { type: 'stage.broke', stage: 'gone', error: 'TypeError: no' },
    { type: 'stage.stalled', stage: 'fetch', forMs: 60_000 }, { type: 'stage.stalled', stage: 'gone', forMs: 60_000 },
  ],
  abstract: ({ value, context: { drain, holds, running, restarts } }: any) => [
    value, drain, Object.keys(holds).length > 0, 'supervision' in holds, Object.values<number>(running).some((n) => n > 0), deathsIn(restarts) > 0,
    restarts.down.map(({ id, at }: Restarts['down'][number]) => (id === 'lifecycle' ? id : at === null)).toSorted(),
  ],
};

const lifecycle: Proof = {
  machine: lifecycleMachine,
  inputs: [{ at: 0 }, { at: 0, holds: budget, drain: 'drained' }],
  events: [
    { type: 'PAUSE', reason: 'r' }, { type: 'PAUSE', reason: 'r', until: 9 }, { type: 'RESUME', force: false }, { type: 'RESUME', force: true },
    { type: 'DRAIN' }, { type: 'work.finished' },
    ...['budget', 'breaker'].flatMap((cause) => [
      { type: 'hold.placed', cause, reason: 'r' }, { type: 'hold.placed', cause, reason: 'r', until: 5 }, { type: 'hold.lifted', cause },
    ]),
  ],
  timersAt: 7,
  abstract: ({ value, context }) => [value, context.holds],
};

const stageWorker: Proof = {
  machine: stageWorkerMachine,
  inputs: [{ at: 0, job: 'watch', spec: { ...spec.stages[0], concurrency: 2 } }],
  events: [
    { type: 'stage.broke', stage: 'fetch', error: 'TypeError: no' },
    ...[0, 1, 2].map((running) => ({ type: 'stage.settled', ...summary, running, ended: 1, p50Ms: 3, p95Ms: 9 })),
    { type: 'stage.outdated', stage: 'fetch', reason: 'a mistake' }, { type: 'stage.loaded', stage: 'fetch' }, { type: 'stage.unloadable', stage: 'fetch', reason: 'no such file' },
    { type: 'spec.changed', spec: { ...spec.stages[0], concurrency: 1 } }, { type: 'spec.changed', spec: { ...spec.stages[0], concurrency: 3 } },
    { type: 'reload.asked' }, { type: 'job.held' }, { type: 'job.draining' }, { type: 'job.freed' },
  ],
  abstract: ({ value, context }) => [value, context.running, context.spec.concurrency, context.unloadable],
};

const supervisor: Proof = {
  machine: supervisorMachine,
  inputs: [{ at: 0, jobs: [{ ...spec, ...brief }, jobSpec('digest', { compile: [] }, brief)], upstream: { digest: ['watch'] }, standings }],
  events: [
    { type: 'STOP' }, { type: 'reload.asked' }, { type: 'job.finished', job: 'watch' },
    { type: 'config.changed', jobs: [spec], upstream: {} }, { type: 'config.changed', jobs: [spec, jobSpec('report', { write: [] })], upstream: {} },
    { type: 'actor.restored', missing: ['job/watch'], standings },
    { type: 'job.changed', job: 'digest', holds: {}, drain: 'drained' },
    died('job/watch'), died('config'), died('job/gone'), { ...died('job/digest'), at: 200_000 },
  ],
  abstract: ({ value, context: { jobs, restarts, standings } }: any) => [
    value, jobs.map(({ id }: { id: string }) => id), restarts.down.map(({ id }: { id: string }) => id).toSorted(), deathsIn(restarts) > 0,
    Object.entries<any>(standings).map(([job, { holds }]) => [job, 'supervision' in holds]).toSorted(),
  ],
};

const VERBS: TaskVerb[] = ['open', 'block', 'claim', 'promote', 'endItem', 'reopenItem', 'done', 'skip', 'reject', 'fail', 'wait', 'giveBack', 'sweep', 'RETRY', 'RESET', 'REPROCESS'];

const task: Proof = {
  machine: taskMachine,
  inputs: [{}],
  events: VERBS.flatMap((type) => [{ type }, { type, needsMet: true }, { type, itemEnded: true }, { type, soloCrashes: 3 }]),
  abstract: ({ value }) => value,
};

export const proofs: Record<string, Proof> = { config, discovery, job, lifecycle, stageWorker, supervisor, task };
