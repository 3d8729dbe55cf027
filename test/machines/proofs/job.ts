import fc from 'fast-check';
import { breakerOf, breakersOf } from '../../../machines/breaker.ts';
import { jobMachine } from '../../../machines/job.ts';
import { canaryOf, childrenOf } from '../../../machines/job-children.ts';
import { lifecycleContext } from '../../../machines/lifecycle.ts';
import type { Restarts } from '../../../machines/restarts.ts';
import type { JobSpec } from '../../../machines/spec.ts';
import { arbitraryOf } from '../../support/arbitrary.ts';
import { did, prove, type Sent, type Step } from '../../support/proof.ts';
import { brief, budget, died, failedWith, hasDied, hours, isDown, isGivenUp, isWaiting, ofParents, otherSpec, spec, summary, supervision } from './parts.ts';

const quick = { ...spec, ...brief };
const windowed = { ...quick, window: hours };
const closed = (until: number | null) => ({ type: 'window.closed', until, reason: 'window: 09:30-16:00' });
const otherQuick = { ...otherSpec, ...brief };
const byStage = { ...quick, breaker: { ...quick.breaker, scope: 'stage' as const } };
const failing = { failed: 1, runs: [{ class: 'systemic', n: 1 }], failures: [failedWith('systemic')] };
const working = { runs: [{ class: 'ok', n: 1 }] };
const unpaid = { failed: 1, runs: [{ class: 'temporal', n: 1 }], failures: [failedWith('temporal', { hold: 'budget', reason: '$5 of $5', until: 9 })] };
const opened = (id = 'breaker') => ({ type: 'breaker.changed', id, state: 'open', reason: '3 in a row', until: 9 });
const trying = (id = 'breaker') => ({ type: 'breaker.changed', id, state: 'trying' });
const shut = (id = 'breaker') => ({ type: 'breaker.changed', id, state: 'closed' });
const verdict = { type: 'verdict.given', stage: 'fetch', class: 'systemic', fingerprint: 'F', reason: 'a block' };
const outside = { window: { reason: 'window: 09:30-16:00', since: 0, until: 9 } };
const open = { breaker: { reason: '3 in a row', since: 0 } };
const asked = (fingerprint: string, stage: string | null = null) => ({ type: 'canary.asked', fingerprint, stage, total: 9 });
const settled = (rest = {}) => ({ type: 'stage.settled', ...summary, ...rest });
const broke = (stage: string) => ({ type: 'stage.broke', stage, error: 'TypeError: no' });
const stalled = (stage: string) => ({ type: 'stage.stalled', stage, forMs: 60_000 });
const FETCH = 'stage/fetch';
const ALL = childrenOf(spec);
const but = (...ids: string[]) => ALL.filter((id) => !ids.includes(id));
const TELL_ALL = ['tellStages', 'tellDiscovery', 'tellGuards', 'tellStanding'];
const guarded = { ...quick, guards: { validate: true } };

/** The child that an event says has ended. */
const endedBy = ({ type, actorId, stage }: Step['event']): string | undefined =>
  type.startsWith('xstate.error.actor.') ? actorId : type === 'stage.broke' || type === 'stage.stalled' ? `stage/${stage}` : undefined;

const breakersIn = ({ spec, restarts }: { spec: JobSpec; restarts: Restarts }) => Object.keys(breakersOf(spec)).filter((id) => restarts.alive.includes(id));

export const job = prove(jobMachine, {
  inputs: [{ at: 0, spec: quick }],
  events: [
    settled(), settled({ running: 2 }), settled({ ...working, finished: 1 }), settled(failing), settled(unpaid), opened(), opened('breaker/fetch'), trying(), shut(), { type: 'code.loaded', stage: 'fetch', version: 2 }, { type: 'code.loaded', stage: 'gone', version: 2 },
    { type: 'budget.exhausted', reason: 'budget: $5.00 of $5.00', until: 9 }, { type: 'budget.restored' }, { type: 'guard.tripped', reason: 'guard: all empty' }, { type: 'guard.mended' }, { type: 'discovery.full', pending: 9 }, closed(9), { type: 'window.opened', until: 9 },
    { type: 'stage.loaded', stage: 'fetch' }, { type: 'stage.unloadable', stage: 'fetch', reason: 'no such file' },
    { type: 'lifecycle.changed', holds: {} }, { type: 'lifecycle.changed', holds: outside }, { type: 'lifecycle.changed', holds: budget }, { type: 'lifecycle.changed', holds: open }, { type: 'lifecycle.changed', holds: supervision },
    { type: 'lifecycle.changed', drain: 'draining', holds: {} }, { type: 'lifecycle.changed', drain: 'flowing', holds: {} },
    { type: 'child.rewound', id: FETCH, past: { value: 'held', context: {} } }, { type: 'child.rewound', id: 'stage/gone', past: { value: 'held', context: {} } },
    { type: 'child.rewound', id: 'lifecycle', past: { value: {}, context: {} }, standing: { holds: budget, drain: 'drained' } },
    asked('F'), asked('G', 'extract'), { type: 'canary.ended', fingerprint: 'F' },
    verdict, { type: 'upstream.progressed' }, { type: 'spec.changed', spec: quick }, { type: 'spec.changed', spec: otherQuick }, { type: 'reload.asked' },
    { type: 'requirement.unmet', reason: 'requirement: KEY is not set' }, { type: 'requirement.met' }, { type: 'secrets.changed', names: ['KEY'] }, { type: 'actor.restored', missing: [FETCH] },
    died(FETCH), died('lifecycle'), died('gone'), { ...died('discovery'), later: 200_000 }, broke('fetch'), broke('gone'), stalled('fetch'), stalled('gone'),
  ],
  payloads: fc.oneof(
    fc.record({ running: fc.nat(3), finished: fc.nat(2), stage: fc.constantFrom('fetch', 'extract') }, { noNullPrototype: true }).map(settled),
    fc.record({ holds: arbitraryOf(lifecycleContext.shape.holds), drain: fc.constantFrom('flowing', 'draining', 'drained') }, { noNullPrototype: true }).map((said) => ({ type: 'lifecycle.changed', ...said })),
    fc.constantFrom<Sent>({ type: 'spec.changed', spec: windowed }, { type: 'spec.changed', spec: byStage }, opened('breaker/fetch'), shut('breaker/fetch'), died('breaker'), closed(null), { type: 'window.opened', until: 9 }),
    fc.constantFrom('lifecycle', 'discovery', 'requirements', 'deadMan', FETCH, 'stage/extract', 'stage/score').map(died),
    fc.constantFrom('fetch', 'extract', 'score').chain((stage) => fc.constantFrom(broke(stage), stalled(stage))),
  ),
  abstract: ({ value, context: { drain, holds, running, restarts } }) => [
    value, drain, Object.keys(holds).length > 0, 'supervision' in holds, Object.values(running).some((n) => n > 0), hasDied(restarts),
    restarts.down.map(({ id, at }) => (id === 'lifecycle' ? id : at === null)).toSorted(),
  ],

  invariants: {
    ...ofParents,
    'every child that it should have is alive, or down': ({ after: { context: { spec, canaries, restarts } } }) => childrenOf(spec, canaries).every((id) => restarts.alive.includes(id) || isDown(restarts, id)),
    'nobody else is alive or down': ({ after: { context: { spec, canaries, restarts: { alive, down } } } }) => [...alive, ...down.map(({ id }) => id)].every((id) => childrenOf(spec, canaries).includes(id)),
    'it is restarting exactly while some child waits for its restart': ({ after }) => after.matches('restarting') === isWaiting(after.context.restarts),
    'while a child is given up, the job is held for it': ({ after: { context } }) => !isGivenUp(context.restarts) || context.holds.supervision !== undefined,
    'the lifecycle is never given up': ({ after: { context: { restarts } } }) => !restarts.down.some(({ id, at }) => id === 'lifecycle' && at === null),
    'a child that ended lives no longer, and waits or is given up': ({ before, event, after }) => {
      const id = endedBy(event);
      return id === undefined || !before!.context.restarts.alive.includes(id) || (!after.context.restarts.alive.includes(id) && isDown(after.context.restarts, id));
    },
    'a wait ends at a known time': ({ event, after }) => after.context.restarts.down.every(({ at }) => at === null || at > event.at || !after.matches('restarting')),
    'a stage that ended has nothing in flight': ({ before, event, after }) => {
      const id = endedBy(event);
      return id === undefined || !before!.context.restarts.alive.includes(id) || !Object.keys(after.context.running).some((stage) => `stage/${stage}` === id);
    },
    'it knows of its lifecycle what that said last': ({ before, event, after: { context } }) =>
      event.type !== 'lifecycle.changed' || (JSON.stringify(context.holds) === JSON.stringify(event['holds']) && context.drain === (event['drain'] ?? before!.context.drain)),
    'stages, discovery and supervisor hear whether it may work': (step) => step.event.type !== 'lifecycle.changed' || TELL_ALL.every((tell) => did(step, tell)),
    'no hold is placed or lifted unheard: the lifecycle is told, or everybody when it does not live': (step) =>
      !step.before || ['lifecycle.changed', 'child.rewound'].includes(step.event.type) || JSON.stringify(step.before.context.holds) === JSON.stringify(step.after.context.holds) ||
      did(step, 'sendHold') || TELL_ALL.every((tell) => did(step, tell)),
    'it follows its specification, and so do its children': (step) =>
      step.event.type !== 'spec.changed' || (JSON.stringify(step.after.context.spec) === JSON.stringify(step.event['spec']) && did(step, 'passSpecOn') && did(step, 'tellRequirements')),
    'no canary is of a stage that is no more': ({ after: { context: { spec, canaries } } }) => Object.values(canaries).every(({ stage }) => stage === null || spec.stages.some(({ name }) => name === stage)),
    'every hold has a reason': ({ after: { context: { holds } } }) => Object.values(holds).every(({ reason }) => reason !== undefined),
    'what an open breaker holds for has its reason, and its end where it has one': ({ event, after: { context: { spec, holds } } }) =>
      event.type !== 'breaker.changed' || event['state'] !== 'open' || event['id'] !== 'breaker' || spec.breaker.scope === 'stage' || (holds.breaker?.since === event.at && holds.breaker.reason === event['reason'] && holds.breaker.until === event['until']),
    'a failure is told to a breaker that lives': (step) =>
      step.event.type !== 'stage.settled' || !step.event['failures'] || !breakersIn(step.after.context).includes(breakerOf(step.after.context.spec, step.event['stage'])) || did(step, 'tellBreaker'),
    'only breakers that jobs.yaml has are known to be open': ({ after: { context: { spec, breakers } } }) => Object.keys(breakers).every((id) => id in breakersOf(spec)),
    'it is drained exactly when it drains and nothing is in flight any more': (step) =>
      did(step, 'finishDrain') === (step.event.type === 'stage.settled' && step.after.context.drain === 'draining' && Object.values(step.after.context.running).every((n) => n === 0)),
    'the supervisor hears that something was finished': (step) => did(step, 'tellSupervisor') === (step.event.type === 'stage.settled' && step.event['finished'] > 0),
    'what is in flight is what the stage said last': ({ event, after }) => event.type !== 'stage.settled' || after.context.running[event['stage']] === event['running'],
  },

  stories: {
    'it begins with all its children': [{ start: { at: 0, spec }, is: 'steady', children: ALL, context: { restarts: { alive: ALL, down: [] } } }],
    'one that starts anew and is held says so to its children': [{ start: { at: 0, spec, holds: budget, drain: 'flowing' }, does: ['tellStages', 'tellDiscovery'] }],
    'when the hold of its window ends by its time, its breakers let it begin slowly; not when somebody lifts it before': [
      { start: { at: 0, spec: windowed } },
      { send: { type: 'lifecycle.changed', holds: outside } }, { send: { type: 'lifecycle.changed', holds: {}, later: 8 }, spares: ['startSlowly'] },
      { send: { type: 'lifecycle.changed', holds: outside } }, { send: { type: 'lifecycle.changed', holds: {}, later: 1 }, does: ['startSlowly'] },
    ],
    'a child that died starts again after a wait, and no sibling with it': [
      { start: { at: 0, spec } },
      { send: died(FETCH), is: 'restarting', children: but(FETCH), context: { restarts: { down: [{ id: FETCH }] } } },
      { wait: 49, is: 'restarting', children: but(FETCH) },
      { wait: 51, is: 'steady', children: ALL, context: { restarts: { down: [], histories: { [FETCH]: { restarts: 1, error: 'Error: offline' } } } } },
    ],
    'a canary is a child until it is over, and begins anew when it is asked for again': [
      { start: { at: 0, spec } },
      { send: asked('F'), children: [...ALL, canaryOf('F')], context: { canaries: { F: { stage: null, since: 0, total: 9 } } } },
      { wait: 5 }, { send: asked('F', 'fetch'), children: [...ALL, canaryOf('F')], does: ['xstate.stopChild', 'xstate.spawnChild'], context: { canaries: { F: { stage: 'fetch', since: 5 } } } },
      { send: asked('G', 'extract'), children: [...ALL, canaryOf('F'), canaryOf('G')] }, { send: asked('H', 'gone'), children: [...ALL, canaryOf('F'), canaryOf('G')] },
      { send: { type: 'canary.ended', fingerprint: 'F' }, children: [...ALL, canaryOf('G')], context: { canaries: { G: { stage: 'extract' } } } },
      { send: { type: 'spec.changed', spec: otherSpec }, children: childrenOf(otherSpec), context: { canaries: {} } },
    ],
    'a canary that died is started again, with what it was asked for': [
      { start: { at: 0, spec } }, { send: asked('F') }, { send: died(canaryOf('F')), is: 'restarting', children: ALL }, { wait: 200, is: 'steady', children: [...ALL, canaryOf('F')] },
      { send: asked('G', 'extract') }, { send: died(FETCH), is: 'restarting' }, { send: { type: 'spec.changed', spec: otherSpec }, is: 'restarting', context: { canaries: { F: { stage: null } } }, children: [...childrenOf(otherSpec).filter((id) => id !== FETCH), canaryOf('F')] },
    ],
    'another key is told to its breakers': [{ start: { at: 0, spec } }, { send: { type: 'secrets.changed', names: ['KEY'] }, does: ['tellBreakers', 'tellResources'] }],
    'the wait doubles with each death': [
      { start: { at: 0, spec } },
      { send: died(FETCH) }, { wait: 100, is: 'steady' },
      { send: died(FETCH) }, { wait: 99, is: 'restarting' }, { wait: 101, is: 'steady', children: ALL },
    ],
    'two children that died wait each for its own time': [
      { start: { at: 0, spec } },
      { send: died(FETCH) }, { wait: 100 }, { send: died(FETCH) }, { wait: 200 }, { send: died(FETCH) },
      { send: died('discovery'), is: 'restarting', children: but(FETCH, 'discovery') },
      { wait: 100, is: 'restarting', children: but(FETCH) },
      { wait: 300, is: 'steady', children: ALL },
    ],
    'a child that dies too often stays down and the job is held with the reason, until somebody resumes it': [
      { start: { at: 0, spec: quick } },
      { send: died(FETCH) }, { wait: 100, is: 'steady', children: ALL },
      { send: died(FETCH), is: 'steady', children: but(FETCH), does: [{ sendHold: { cause: 'supervision', reason: 'stage/fetch died 2 times in 60 s: Error: offline' } }] },
      { send: { type: 'lifecycle.changed', holds: supervision }, children: but(FETCH), does: TELL_ALL },
      { wait: 1e6, children: but(FETCH) },
      { send: { type: 'lifecycle.changed', holds: {} }, is: 'steady', children: ALL, does: TELL_ALL, context: { holds: {}, restarts: { down: [] } } },
      { send: died(FETCH), is: 'restarting' },
    ],
    'the lifecycle is started again however often it dies, and until then the job keeps what holds it': [
      { start: { at: 0, spec: quick } },
      { send: died('lifecycle') }, { wait: 100, children: ALL },
      { send: died('lifecycle'), is: 'restarting', children: but('lifecycle'), context: { holds: { supervision: { reason: 'lifecycle died 2 times in 60 s: Error: offline' } } }, does: TELL_ALL, spares: ['sendHold'] },
      { wait: 30_000, is: 'steady', children: ALL, does: [{ 'xstate.spawnChild': { id: 'lifecycle' } }] },
    ],
    'deaths that are long ago do not count': [{ start: { at: 0, spec: quick } }, { send: died(FETCH) }, { wait: 60_000 }, { send: died(FETCH), is: 'restarting' }],
    'a stage that broke is started again, once': [
      { start: { at: 0, spec } },
      { send: broke('fetch'), is: 'restarting', children: but(FETCH) },
      { send: broke('fetch'), is: 'restarting' },
      { wait: 100, is: 'steady', children: ALL },
    ],
    'a stage that claims nothing is started again, once': [
      { start: { at: 0, spec } },
      { send: stalled('fetch'), is: 'restarting', children: but(FETCH), context: { restarts: { histories: { [FETCH]: { error: 'it claimed nothing for 60 s, although tasks were ready and nothing was in its way' } } } } },
      { send: stalled('fetch'), is: 'restarting' },
      { wait: 100, is: 'steady', children: ALL },
    ],
    'a stage that breaks or stalls again and again holds the job': [
      { start: { at: 0, spec: quick } },
      { send: broke('fetch') }, { wait: 100, children: ALL },
      { send: broke('fetch'), is: 'steady', children: but(FETCH), does: [{ sendHold: { cause: 'supervision' } }] },
      { send: { type: 'lifecycle.changed', holds: {} }, children: ALL },
      { send: stalled('fetch') }, { wait: 100, children: ALL },
      { send: stalled('fetch'), is: 'steady', children: but(FETCH), does: [{ sendHold: { cause: 'supervision' } }] },
    ],
    'a death of somebody who is not wanted changes nothing': [{ send: died('gone'), is: 'steady', children: ALL, does: ['xstate.stopChild'] }, { send: broke('gone'), is: 'steady' }, { send: stalled('gone'), is: 'steady' }],
    'a failure is told to the breaker, and the success that follows it; nothing more': [
      { send: settled(working), spares: ['tellBreaker'] },
      { send: settled(failing), does: [{ tellBreaker: { id: 'breaker' } }], context: { failing: ['fetch'] } },
      { send: settled(), spares: ['tellBreaker'] },
      { send: settled({ ...working, stage: 'extract' }), spares: ['tellBreaker'] },
      { send: settled(working), does: ['tellBreaker'], context: { failing: [] } },
      { send: settled(working), spares: ['tellBreaker'] },
    ],
    'a breaker that is not closed hears of every result': [{ send: trying() }, { send: settled(working), does: ['tellBreaker'] }, { send: shut() }, { send: settled(working), spares: ['tellBreaker'] }],
    'a breaker that opens holds the job, and one that tries or closes lifts that': [
      { send: opened(), does: [{ sendHold: { cause: 'breaker', reason: '3 in a row', until: 9 } }], context: { breakers: { breaker: 'open' } } },
      { send: trying(), does: [{ sendLift: { cause: 'breaker' } }], context: { breakers: { breaker: 'trying' } } },
      { send: { ...opened(), until: undefined }, does: [{ sendHold: { cause: 'breaker' } }] },
      { send: shut(), does: [{ sendLift: { cause: 'breaker' } }], context: { breakers: {} } },
    ],
    'a breaker whose hold somebody else lifts is told; one that lifted it itself is not': [
      { send: opened() }, { send: { type: 'lifecycle.changed', holds: open }, spares: ['releaseBreaker'] },
      { send: { type: 'lifecycle.changed', holds: {} }, does: [{ releaseBreaker: { id: 'breaker' } }] },
      { send: opened() }, { send: { type: 'lifecycle.changed', holds: open } },
      { send: trying() }, { send: { type: 'lifecycle.changed', holds: {} }, spares: ['releaseBreaker'] },
    ],
    'also when what died too often starts again with it': [
      { start: { at: 0, spec: quick } },
      { send: died(FETCH) }, { wait: 100 }, { send: died(FETCH) }, { send: opened() }, { send: { type: 'lifecycle.changed', holds: { ...supervision, ...open } } },
      { send: { type: 'lifecycle.changed', holds: {} }, children: ALL, does: ['releaseBreaker'] },
    ],
    'a breaker that begins anew while it should try comes back slowly; one that holds the job, when that is lifted': [
      { start: { at: 0, spec: { ...spec, restart: { ...spec.restart, max: 9 } } } },
      { send: trying() }, { send: died('breaker') }, { wait: 100, children: ALL, does: [{ releaseBreaker: { id: 'breaker' } }] },
      { send: opened() }, { send: { type: 'lifecycle.changed', holds: open } }, { send: died('breaker') }, { wait: 1_000, children: ALL, spares: ['releaseBreaker'] },
      { send: { type: 'lifecycle.changed', holds: {} }, does: [{ releaseBreaker: { id: 'breaker' } }] },
    ],
    'a breaker that does not live is told nothing': [{ send: died('breaker') }, { send: settled(failing), spares: ['tellBreaker'] }, { send: { type: 'code.loaded', stage: 'fetch', version: 2 }, spares: ['tellBreaker'] }],
    'other code of a stage is told to its breaker': [{ send: { type: 'code.loaded', stage: 'fetch', version: 2 }, does: [{ tellBreaker: { id: 'breaker' } }] }],
    'with a breaker for each stage, that stage alone is held': [
      { start: { at: 0, spec: byStage }, children: childrenOf(byStage) },
      { send: settled(failing), does: [{ tellBreaker: { id: 'breaker/fetch' } }] },
      { send: opened('breaker/fetch'), does: ['tellStages'], spares: ['sendHold'], context: { breakers: { 'breaker/fetch': 'open' }, holds: {} } },
      { send: died(FETCH) }, { wait: 100, does: ['tellStages'] },
      { send: shut('breaker/fetch'), does: ['tellStages'], spares: ['sendLift'] },
    ],
    'breakers that jobs.yaml has no more hold nobody': [
      { start: { at: 0, spec: quick } },
      { send: opened() }, { send: { type: 'lifecycle.changed', holds: open } },
      { send: { type: 'spec.changed', spec: byStage }, children: childrenOf(byStage), does: [{ sendLift: { cause: 'breaker' } }, 'tellStages'], context: { breakers: {} } },
      { send: opened('breaker/fetch') },
      { send: { type: 'spec.changed', spec: quick }, children: childrenOf(quick), does: ['tellStages'], context: { breakers: {} } },
    ],
    'also while a child waits for its restart': [
      { start: { at: 0, spec: byStage } },
      { send: opened('breaker/fetch') }, { send: died(FETCH), is: 'restarting' },
      { send: { type: 'spec.changed', spec: quick }, is: 'restarting', context: { breakers: {} } },
    ],
    'money that is refused holds it by its budget': [{ send: settled(unpaid), does: [{ sendHold: { cause: 'budget', reason: '$5 of $5', until: 9 } }] }],
    'code that cannot be loaded holds it until it can': [
      { send: { type: 'stage.unloadable', stage: 'fetch', reason: 'no such file' }, does: [{ sendHold: { cause: 'supervision', reason: 'stage "fetch" cannot be loaded: no such file' } }] },
      { send: { type: 'stage.loaded', stage: 'extract' }, spares: ['sendLift'] },
      { send: { type: 'stage.loaded', stage: 'fetch' }, does: [{ sendLift: { cause: 'supervision' } }] },
    ],
    'what it requires and has not holds it until it is there': [
      { send: { type: 'requirement.unmet', reason: 'requirement: KEY is not set' }, context: { holds: { requirement: { reason: 'requirement: KEY is not set' } } }, does: [{ sendHold: { cause: 'requirement' } }] },
      { send: { type: 'requirement.met' }, does: [{ sendLift: { cause: 'requirement' } }] },
    ],
    'what it may spend and has spent holds it until there is money again': [
      { send: { type: 'budget.exhausted', reason: 'budget: $5.00 of $5.00', until: 9 }, context: { holds: { budget: { reason: 'budget: $5.00 of $5.00', until: 9 } } }, does: [{ sendHold: { cause: 'budget', until: 9 } }] },
      { send: { type: 'budget.restored' }, does: [{ sendLift: { cause: 'budget' } }] },
    ],
    'a check that fails holds it, and what was wrong with the check alone is lifted': [
      { start: { at: 0, spec: guarded }, children: childrenOf(guarded) },
      { send: settled({ ended: 3 }), does: ['passToGuards'] },
      { send: settled({ ended: 0 }), spares: ['passToGuards'] },
      { send: { type: 'guard.tripped', reason: 'guard: all empty' }, context: { holds: { guard: { reason: 'guard: all empty' } } }, does: [{ sendHold: { cause: 'guard', reason: 'guard: all empty' } }] },
      { send: { type: 'guard.mended' }, does: [{ sendLift: { cause: 'guard' } }] },
    ],
    'a check that jobs.yaml asks for no more holds it no longer': [
      { start: { at: 0, spec: guarded } },
      { send: { type: 'guard.tripped', reason: 'guard: all empty' } },
      { send: { type: 'spec.changed', spec: guarded }, spares: ['sendLift'] },
      { send: { type: 'spec.changed', spec: quick }, children: childrenOf(quick), does: [{ sendLift: { cause: 'guard' } }] },
    ],
    'its guards hear of a full queue, and of batches only where they look at them': [{ send: { type: 'discovery.full', pending: 9 }, does: ['passToGuards'] }, { send: settled({ ended: 3 }), spares: ['passToGuards'] }],
    'outside of its window it is held until the next opening': [
      { start: { at: 0, spec: windowed }, children: childrenOf(windowed) },
      { send: closed(9), context: { holds: { window: { reason: 'window: 09:30-16:00', until: 9 } } }, does: [{ sendHold: { cause: 'window', reason: 'window: 09:30-16:00', until: 9 } }] },
      { send: { type: 'window.opened', until: 20 }, does: [{ sendLift: { cause: 'window' } }] },
      { send: closed(null), does: [{ sendHold: { cause: 'window' } }] },
      { send: { type: 'spec.changed', spec: windowed }, spares: ['sendLift'] },
      { send: { type: 'spec.changed', spec: quick }, children: childrenOf(quick), does: [{ sendLift: { cause: 'window' } }] },
    ],
    'a window that is taken away holds it no longer, also while a child waits for its restart': [
      { start: { at: 0, spec: windowed } },
      { send: closed(9) }, { send: died(FETCH), is: 'restarting' },
      { send: { type: 'spec.changed', spec: quick }, is: 'restarting', does: [{ sendLift: { cause: 'window' } }] },
    ],
    'a job that comes back without its window is not held by it': [{ start: { at: 0, spec: quick, holds: { window: { reason: 'window: 09:30-16:00', since: 0 } } }, does: [{ sendLift: { cause: 'window' } }] }],
    'without a lifecycle the job itself holds, and lifts': [
      { send: died('lifecycle') },
      { send: { type: 'requirement.unmet', reason: 'requirement: KEY is not set' }, context: { holds: { requirement: { reason: 'requirement: KEY is not set' } } }, does: TELL_ALL, spares: ['sendHold'] },
      { send: { type: 'requirement.met' }, context: { holds: {} }, does: TELL_ALL, spares: ['sendLift'] },
    ],
    'it is drained when the last stage has nothing in flight': [
      { send: settled({ stage: 'fetch', running: 1 }), context: { running: { fetch: 1 } } },
      { send: { type: 'lifecycle.changed', drain: 'draining', holds: {} }, context: { drain: 'draining' }, does: ['tellStages'] },
      { send: settled({ stage: 'extract' }), spares: ['finishDrain'] },
      { send: settled({ stage: 'fetch' }), does: ['finishDrain'] },
    ],
    'a stage that died has nothing in flight': [{ send: settled({ running: 1 }) }, { send: died(FETCH), context: { running: {} } }],
    'what it finished is told to those who read from it': [{ send: settled({ finished: 2 }), does: ['tellSupervisor'] }, { send: settled(), spares: ['tellSupervisor'] }],
    'what the doctor knows better is told to the breaker of that stage': [
      { send: verdict, does: [{ tellBreaker: { id: 'breaker' } }] },
      { send: died('breaker') }, { send: verdict, spares: ['tellBreaker'] },
    ],
    'what happens upstream is told to discovery': [{ send: { type: 'upstream.progressed' }, does: ['tellDiscovery'] }],
    'a reload looks at everything again': [{ send: { type: 'reload.asked' }, does: ['tellStages', 'tellRequirements'] }],
    'another specification stops the stages that are gone and starts the new ones': [
      { send: { type: 'spec.changed', spec: otherSpec }, children: childrenOf(otherSpec), does: ['passSpecOn', 'tellRequirements'], context: { spec: { stages: [{ name: 'fetch' }, { name: 'score' }] } } },
    ],
    'a child that is rewound is begun again in its past': [
      { send: { type: 'child.rewound', id: FETCH, past: { value: 'held', context: {} } }, children: ALL, does: [{ 'xstate.spawnChild': { id: FETCH } }, 'passSpecOn', ...TELL_ALL], context: { holds: {} } },
      {
        send: { type: 'child.rewound', id: 'lifecycle', past: { value: {}, context: {} }, standing: { holds: budget, drain: 'drained' } }, children: ALL, context: { holds: budget, drain: 'drained' },
        does: [{ 'xstate.spawnChild': { id: 'lifecycle' } }, 'passSpecOn', ...TELL_ALL],
      },
    ],
    'a lifecycle that goes on from before a child was given up lets that child start again': [
      { start: { at: 0, spec: quick } },
      { send: died(FETCH) }, { wait: 100 }, { send: died(FETCH), children: but(FETCH) },
      { send: { type: 'child.rewound', id: 'lifecycle', past: { value: {}, context: {} }, standing: { holds: {}, drain: 'flowing' } }, is: 'steady', children: ALL, does: [{ 'xstate.spawnChild': { id: 'lifecycle' } }, 'passSpecOn', ...TELL_ALL], context: { holds: {} } },
      { send: died(FETCH), is: 'restarting' },
    ],
    'who waits longest still waits when a stage before it goes on from its past': [
      { start: { at: 0, spec } },
      { send: died(FETCH) }, { wait: 50 }, { send: died('lifecycle'), is: 'restarting' },
      { send: { type: 'child.rewound', id: FETCH, past: { value: 'held', context: {} }, standing: { holds: budget, drain: 'drained' } }, is: 'restarting', children: but('lifecycle'), does: [{ 'xstate.spawnChild': { id: FETCH } }, 'passSpecOn', ...TELL_ALL], context: { holds: budget, drain: 'drained' } },
      { wait: 60, is: 'restarting', children: but('lifecycle') }, { wait: 40, is: 'steady', children: ALL },
    ],
    'who waits longest still waits when the lifecycle before it goes on from its past, and who was given up starts': [
      { start: { at: 0, spec: { ...spec, restart: { ...spec.restart, max: 2 } } } },
      { send: died('lifecycle') }, { wait: 50 }, { send: died(FETCH) }, { send: died('stage/extract'), is: 'restarting' },
      {
        send: { type: 'child.rewound', id: 'lifecycle', past: { value: {}, context: {} }, standing: { holds: {}, drain: 'flowing' } }, is: 'restarting', children: but(FETCH), context: { holds: {} },
        does: [{ 'xstate.spawnChild': { id: 'lifecycle' } }, 'passSpecOn', ...TELL_ALL],
      },
      { wait: 60, is: 'restarting', children: but(FETCH) }, { wait: 40, is: 'steady', children: ALL },
    ],
    'who waits longest still waits when those before it are gone': [
      { start: { at: 0, spec } },
      { send: died('discovery') }, { wait: 100, is: 'steady' }, { send: died('discovery') },
      { send: died('stage/extract') },
      { send: { type: 'spec.changed', spec: otherSpec }, is: 'restarting', children: childrenOf(otherSpec).filter((id) => id !== 'discovery'), does: ['passSpecOn', 'tellRequirements'] },
      { wait: 99, is: 'restarting' }, { wait: 101, is: 'steady' },
    ],
    'a child of which no row is left starts anew with Rivus': [{ restart: 10, told: { missing: ['discovery'] }, children: ALL, does: [{ 'xstate.spawnChild': { id: 'discovery' } }] }],
    'a child that was down when the process died starts again at once': [{ send: died(FETCH) }, { restart: 0, is: 'steady', children: ALL }],
  },

  survivors: {
    'job begins in restarting, not in steady': 'nobody waits when it begins: it is steady in the same step',
    'job xstate.error.actor.* (1) after the next': 'the lifecycle is always wanted: at most one of the two conditions is true',
  },
});
