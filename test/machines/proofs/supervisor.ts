import fc from 'fast-check';
import { childrenOf, supervisorMachine } from '../../../machines/supervisor.ts';
import type { JobSpec } from '../../../machines/spec.ts';
import { did, prove, type Step } from '../../support/proof.ts';
import { jobSpec } from '../../support/store.ts';
import { brief, budget, died, hasDied, isDown, isGivenUp, isWaiting, ofParents, spec, summary } from './parts.ts';

const standings = { watch: { holds: budget, drain: 'flowing' as const } };
const digest = jobSpec('digest', { compile: [] });
const report = jobSpec('report', { write: [] });
const api = { name: 'api', concurrency: 2 };
const begin = { at: 0, jobs: [spec, digest], resources: [api], upstream: { digest: ['watch'] }, standings };
const ALL = ['config', 'doctor', 'notifier', 'resource/api', 'job/watch', 'job/digest'];
const given = { type: 'verdict.given', job: 'watch', stage: 'fetch', fingerprint: 'F', class: 'systemic', reason: 'a block' };
const sharing = (job: JobSpec): JobSpec => ({ ...job, stages: job.stages.map((stage) => ({ ...stage, resources: ['api'] })) });
const but = (...ids: string[]) => ALL.filter((id) => !ids.includes(id));

/** The child that an event says has ended. */
const endedBy = ({ type, actorId }: Step['event']): string | undefined => (type.startsWith('xstate.error.actor.') ? actorId : undefined);

export const supervisor = prove(supervisorMachine, {
  inputs: [{ ...begin, jobs: [{ ...spec, ...brief }, { ...digest, ...brief }] }],
  events: [
    { type: 'STOP' }, { type: 'reload.asked' }, { type: 'job.finished', job: 'watch' }, given, { type: 'resource.settled', ...summary, stage: 'api' }, { type: 'secrets.changed', names: ['KEY'] },
    { type: 'config.changed', jobs: [spec], resources: [api], upstream: {} }, { type: 'config.changed', jobs: [spec, report], resources: [], upstream: {} },
    { type: 'actor.restored', missing: ['job/watch'], standings },
    { type: 'job.changed', job: 'digest', holds: {}, drain: 'drained' },
    died('job/watch'), died('config'), died('job/gone'), { ...died('job/digest'), later: 200_000 },
  ],
  payloads: fc.oneof(
    fc.subarray([spec, digest, report]).map((jobs) => ({ type: 'config.changed', jobs, resources: jobs.includes(report) ? [api, { name: 'disk', concurrency: 1 }] : [], upstream: {} })),
    fc.constantFrom('config', 'resource/api', 'job/watch', 'job/digest', 'job/report').map(died),
  ),
  abstract: ({ value, context: { jobs, restarts, standings } }) => [
    value, jobs.map(({ id }) => id), restarts.down.map(({ id }) => id).toSorted(), hasDied(restarts),
    Object.entries(standings).map(([job, { holds }]) => [job, 'supervision' in holds]).toSorted(),
  ],

  invariants: {
    ...ofParents,
    'every child that it should have is alive, or down': ({ after: { context } }) => childrenOf(context).every((id) => context.restarts.alive.includes(id) || isDown(context.restarts, id)),
    'nobody is given up': ({ after: { context } }) => !isGivenUp(context.restarts),
    'it is restarting exactly while some child waits for its restart, unless it is stopping': ({ after }) =>
      after.matches('stopping') || after.matches({ running: 'restarting' }) === isWaiting(after.context.restarts),
    'a child that ended lives no longer, and waits': ({ before, event, after: { context: { restarts } } }) => {
      const id = endedBy(event);
      return id === undefined || !before!.context.restarts.alive.includes(id) || (!restarts.alive.includes(id) && isDown(restarts, id));
    },
    'a wait ends at a known time': ({ event, after }) => !after.matches({ running: 'restarting' }) || after.context.restarts.down.every(({ at }) => at! > event.at),
    'who is stopping starts nobody because of a death, and runs again only with Rivus': (step) =>
      !step.before?.matches('stopping') || ((step.after.matches('stopping') || step.event.type === 'actor.restored') && !(endedBy(step.event) !== undefined && did(step, 'xstate.spawnChild'))),
    'STOP stops': ({ event, after }) => event.type !== 'STOP' || after.matches('stopping'),
    'exactly the jobs of the configuration live after it has changed, or wait for their restart': ({ event, after: { context, children } }) =>
      event.type !== 'config.changed' || JSON.stringify([...Object.keys(children), ...context.restarts.down.map(({ id }) => id)].sort()) === JSON.stringify(childrenOf({ jobs: event['jobs'], resources: event['resources'] }).sort()),
    'jobs that stay hear of their specification before it is taken for known': ({ event, effects }) => event.type !== 'config.changed' || effects.some(({ type }) => type === 'passSpecsOn'),
    'no hold of a job is forgotten, unless that job or the rows say so': ({ before, event, after }) =>
      Object.entries(before?.context.standings ?? {}).every(([job, { holds }]) =>
        event.type === 'actor.restored' || (event.type === 'job.changed' && event['job'] === job) || Object.keys(holds).every((cause) => cause in after.context.standings[job]!.holds)),
    'how a job stands is what it said last': ({ event, after }) =>
      event.type !== 'job.changed' || JSON.stringify(after.context.standings[event['job']]) === JSON.stringify({ holds: event['holds'], drain: event['drain'] }),
    'whoever reads from a job hears that it has finished something': (step) => did(step, 'tellDownstream') === (step.event.type === 'job.finished'),
    'the breaker of a resource hears what fails because of it': (step) => did(step, 'tellThatBreaker') === (step.event.type === 'resource.settled'),
    'breakers of resources hear of another key': (step) => did(step, 'tellBreakers') === (step.event.type === 'secrets.changed'),
    'a job hears what the doctor knows better': (step) => did(step, 'tellThatJob') === (step.event.type === 'verdict.given'),
    'every job hears that everything is to be looked at': (step) => did(step, 'tellJobs') === (step.event.type === 'reload.asked'),
    'whoever reads from another job is woken when Rivus starts again': (step) => did(step, 'tellReaders') === (step.event.type === 'actor.restored'),
  },

  stories: {
    'what several jobs share has a breaker, as long as they do': [
      { start: { ...begin, jobs: [sharing(spec), sharing(digest)] }, children: [...ALL, 'resource/api/breaker'] },
      { send: { type: 'config.changed', jobs: [sharing(spec), digest], resources: [api], upstream: {} }, children: ALL },
      { send: { type: 'config.changed', jobs: [sharing(spec), sharing(digest)], resources: [api], upstream: {} }, children: [...ALL, 'resource/api/breaker'] },
    ],
    'who waits longest still waits when those before it are gone': [
      { send: died('config') }, { wait: 100 }, { send: died('config') }, { send: died('job/watch') },
      { send: { type: 'config.changed', jobs: [], resources: [], upstream: {} }, is: { running: 'restarting' }, does: ['passSpecsOn'], context: { jobs: [] } },
      { wait: 99, is: { running: 'restarting' } }, { wait: 101, is: { running: 'steady' } },
    ],
    'it begins with the configuration and a job for each entry': [{ start: begin, is: { running: 'steady' }, children: ALL, context: { restarts: { down: [] } } }],
    'a job is started with the holds that its rows have': [{ start: begin, does: [{ 'xstate.spawnChild': { id: 'job/watch' } }], context: { standings } }],
    'a job that died starts again after a wait, and no other with it': [
      { start: begin },
      { send: died('job/watch'), is: { running: 'restarting' }, children: but('job/watch') },
      { wait: 49, is: { running: 'restarting' }, children: but('job/watch') },
      { wait: 51, is: { running: 'steady' }, children: ALL, context: { restarts: { down: [], histories: { 'job/watch': { restarts: 1, error: 'Error: offline' } } } } },
    ],
    'the wait doubles with each death': [
      { start: begin },
      { send: died('config') }, { wait: 100, is: { running: 'steady' } },
      { send: died('config') }, { wait: 99, is: { running: 'restarting' } }, { wait: 101, is: { running: 'steady' }, children: ALL },
    ],
    'two children that died wait each for its own time': [
      { start: begin },
      { send: died('job/watch') }, { wait: 100 }, { send: died('job/watch') }, { wait: 200 }, { send: died('job/watch') },
      { send: died('job/digest'), is: { running: 'restarting' }, children: ['config', 'doctor', 'notifier', 'resource/api'] },
      { wait: 100, is: { running: 'restarting' }, children: but('job/watch') },
      { wait: 300, is: { running: 'steady' }, children: ALL },
    ],
    'a job that dies too often starts again held, with the reason, until somebody has looked': [
      { send: died('job/digest') }, { wait: 100, is: { running: 'steady' } },
      { send: died('job/digest'), is: { running: 'restarting' }, context: { standings: { digest: { holds: { supervision: { reason: 'the job died 2 times in 60 s: Error: offline' } } } } } },
      { wait: 30_000, is: { running: 'steady' }, children: ALL },
      { send: { type: 'job.changed', job: 'digest', holds: {}, drain: 'flowing' } },
      { send: died('job/digest'), context: { standings: { digest: { holds: {} } } } },
    ],
    'the configuration is never given up': [...Array.from({ length: 7 }, () => [{ send: died('config'), is: { running: 'restarting' } }, { wait: 10_000, children: ALL, context: { standings } }]).flat()],
    'the death of somebody who is not wanted changes nothing': [{ send: died('job/gone'), is: { running: 'steady' }, children: ALL, does: ['xstate.stopChild'] }],
    'jobs follow the configuration': [
      { send: { type: 'config.changed', jobs: [spec, report], resources: [{ name: 'disk', concurrency: 1 }], upstream: {} }, children: ['config', 'doctor', 'notifier', 'resource/disk', 'job/watch', 'job/report'], does: ['passSpecsOn'], context: { jobs: [{ id: 'watch' }, { id: 'report' }] } },
    ],
    'what a job finished wakes those that read from it': [{ send: { type: 'job.finished', job: 'watch' }, does: ['tellDownstream'] }],
    'what the doctor knows better is told to the job': [{ send: given, is: { running: 'steady' }, does: ['tellThatJob'] }],
    'a reload is told to every job': [{ send: { type: 'reload.asked' }, does: ['tellJobs'] }],
    'how a job stands is remembered': [{ send: { type: 'job.changed', job: 'digest', holds: budget, drain: 'draining' }, context: { standings: { digest: { holds: budget, drain: 'draining' } } } }],
    'nobody starts again while it is stopping': [
      { send: { type: 'STOP' }, is: 'stopping' },
      { send: died('job/watch'), is: 'stopping', children: but('job/watch') },
      { wait: 1e6, is: 'stopping', children: but('job/watch') },
    ],
    'a child that was waited for does not start while it is stopping': [{ send: died('job/watch') }, { send: { type: 'STOP' }, is: 'stopping' }, { wait: 1e6, children: but('job/watch') }],
    'a job of which no row is left starts anew with Rivus, held by what held it': [
      { restart: 10, told: { missing: ['job/digest'], standings: { digest: { holds: budget, drain: 'draining' } } }, children: ALL, does: [{ 'xstate.spawnChild': { id: 'job/digest' } }, 'tellReaders'], context: { standings: { digest: { holds: budget } } } },
    ],
    'a child that was down when the process died starts with the next, also when it was stopped': [
      { send: died('job/watch') },
      { send: { type: 'STOP' } },
      { restart: 10, is: { running: 'steady' }, children: ALL, does: ['tellReaders'] },
    ],
  },

  survivors: {
    'supervisor.running begins in restarting, not in steady': 'nobody waits when it begins: it is steady in the same step',
    'supervisor.running xstate.error.actor.* (1) after the next': 'no death is remembered of who is not wanted: at most one of the two conditions is true',
  },
});
