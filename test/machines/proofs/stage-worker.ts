import fc from 'fast-check';
import { stageWorkerMachine } from '../../../machines/stage-worker.ts';
import { stageSpec } from '../../../machines/spec.ts';
import { arbitraryOf } from '../../support/arbitrary.ts';
import { did, prove } from '../../support/proof.ts';
import { spec, summary } from './parts.ts';

const stage = { ...spec.stages[0]!, concurrency: 2 };
const settled = (running: number, rest = {}) => ({ type: 'stage.settled', ...summary, running, ...rest });
const count = fc.nat(5);
const TO_THE_PUMP = ['spec.changed', 'reload.asked', 'job.held', 'job.draining', 'job.freed'];
const TO_THE_JOB = ['stage.settled', 'stage.broke', 'stage.loaded', 'code.loaded', 'stage.unloadable'];

const THERE_AT_ONCE = 'where it stands follows from its numbers in the same step, from wherever it begins';
const NEVER_BOTH = 'at most one of the two conditions is true';

export const stageWorker = prove(stageWorkerMachine, {
  inputs: [{ at: 0, job: 'watch', spec: stage }],
  events: [
    { type: 'stage.broke', stage: 'fetch', error: 'TypeError: no' },
    ...[0, 1, 2].map((running) => settled(running, { ended: 1, p50Ms: 3, p95Ms: 9 })),
    { type: 'code.loaded', stage: 'fetch', version: 1 }, { type: 'stage.outdated', stage: 'fetch', reason: 'a mistake' }, { type: 'stage.loaded', stage: 'fetch' }, { type: 'stage.unloadable', stage: 'fetch', reason: 'no such file' },
    { type: 'spec.changed', spec: { ...stage, concurrency: 1 } }, { type: 'spec.changed', spec: { ...stage, concurrency: 3 } },
    { type: 'reload.asked' }, { type: 'job.held' }, { type: 'job.draining' }, { type: 'job.freed' },
  ],
  payloads: fc.oneof(
    fc.record({ running: count, zombies: count, ended: count, failed: count, refused: count }, { noNullPrototype: true }).map(({ running, ...rest }) => settled(running, rest)),
    arbitraryOf(stageSpec).map((other) => ({ type: 'spec.changed', spec: { ...other, name: stage.name } })),
  ),
  abstract: ({ value, context }) => [value, context.running, context.spec.concurrency, context.unloadable],

  invariants: {
    'it says how much is in flight: nothing, some, or all that may be': ({ after }) => {
      const { running, spec: { concurrency } } = after.context;
      if (!after.matches('flowing')) return true;
      return after.matches({ flowing: running === 0 ? 'idle' : running >= concurrency ? 'saturated' : 'working' });
    },
    'its pump lives whatever happens': ({ after }) => 'pump' in after.children,
    'what is in flight is what its pump said last': ({ event, after }) => event.type !== 'stage.settled' || (after.context.running === event['running'] && after.context.zombies === event['zombies']),
    'nothing that ended is forgotten or counted twice': ({ before, event, after }) =>
      (['ended', 'failed', 'refused'] as const).every((kind) => after.context[kind] === (before?.context[kind] ?? 0) + (event.type === 'stage.settled' ? event[kind] : 0)),
    'the job hears what it has to hear, and nothing else': (step) => did(step, 'tellJob') === TO_THE_JOB.includes(step.event.type),
    'the pump hears what it has to hear, and nothing else': (step) => did(step, 'tellPump') === TO_THE_PUMP.includes(step.event.type),
    'held, draining or flowing is what its job said last': ({ before, event, after }) => {
      const said = { 'job.held': 'held', 'job.draining': 'draining', 'job.freed': 'flowing' }[event.type];
      return after.matches((said ?? (typeof before?.value === 'object' ? 'flowing' : before?.value) ?? 'flowing') as never);
    },
    'code that cannot be run has a reason, until it can be': ({ before, event, after }) =>
      after.context.unloadable === (['stage.unloadable', 'stage.outdated'].includes(event.type) ? event['reason'] : event.type === 'stage.loaded' ? null : (before?.context.unloadable ?? null)),
    'it follows its specification': ({ event, after }) => event.type !== 'spec.changed' || JSON.stringify(after.context.spec) === JSON.stringify(event['spec']),
  },

  stories: {
    'it is idle, works, is saturated, and idle again': [
      { start: { at: 0, job: 'watch', spec: stage }, is: { flowing: 'idle' }, children: ['pump'] },
      { send: settled(1), is: { flowing: 'working' }, does: ['tellJob'] },
      { send: settled(2), is: { flowing: 'saturated' } },
      { send: settled(1, { ended: 1 }), is: { flowing: 'working' }, context: { ended: 1 } },
      { send: settled(2) },
      { send: settled(0, { ended: 2, p50Ms: 3, p95Ms: 9 }), is: { flowing: 'idle' }, context: { ended: 3, p50Ms: 3, p95Ms: 9 } },
      { send: settled(2), is: { flowing: 'saturated' } },
    ],
    'a smaller concurrency stops nobody, and nothing new begins until there is room': [
      { send: settled(2), is: { flowing: 'saturated' } },
      { send: { type: 'spec.changed', spec: { ...stage, concurrency: 1 } }, is: { flowing: 'saturated' }, context: { running: 2 }, does: ['tellPump'] },
      { send: settled(0), is: { flowing: 'idle' } },
    ],
    'a greater concurrency makes room at once': [{ send: settled(2) }, { send: { type: 'spec.changed', spec: { ...stage, concurrency: 3 } }, is: { flowing: 'working' } }],
    'a held stage goes on counting what ends, and flows again as it stands': [
      { send: settled(2) },
      { send: { type: 'job.held' }, is: 'held' },
      { send: settled(1, { ended: 1 }), is: 'held', context: { running: 1, ended: 1 } },
      { send: { type: 'job.freed' }, is: { flowing: 'working' }, does: ['tellPump'] },
    ],
    'a draining stage finishes what is in flight': [
      { send: settled(1) },
      { send: { type: 'job.draining' }, is: 'draining', does: ['tellPump'] },
      { send: settled(0), is: 'draining', does: ['tellJob'] },
      { send: { type: 'job.freed' }, is: { flowing: 'idle' } },
    ],
    'code that cannot be run is told to the job; code that was saved with a mistake is only remembered': [
      { send: { type: 'stage.unloadable', stage: 'fetch', reason: 'no such file' }, context: { unloadable: 'no such file' }, does: ['tellJob'] },
      { send: { type: 'stage.loaded', stage: 'fetch' }, context: { unloadable: null }, does: ['tellJob'] },
      { send: { type: 'stage.outdated', stage: 'fetch', reason: 'a mistake' }, context: { unloadable: 'a mistake' }, spares: ['tellJob'] },
    ],
    'a pump that cannot go on is told to the job': [{ send: { type: 'stage.broke', stage: 'fetch', error: 'TypeError: no' }, does: ['tellJob'] }],
    'a reload looks at its code again': [{ send: { type: 'reload.asked' }, does: ['tellPump'] }],
  },

  survivors: {
    'stageWorker.flowing begins in working, not in idle': THERE_AT_ONCE,
    'stageWorker.flowing.idle always (1) to saturated, not to working': THERE_AT_ONCE,
    'stageWorker.flowing.idle always (1) after the next': NEVER_BOTH,
    'stageWorker.flowing.working always (1) after the next': NEVER_BOTH,
    'stageWorker.flowing.working always (2) to idle, not to saturated': THERE_AT_ONCE,
    'stageWorker.flowing.saturated always (1) to working, not to idle': THERE_AT_ONCE,
    'stageWorker.flowing.saturated always (1) after the next': NEVER_BOTH,
  },
});
