/** The job joined to the world: who hears of what. */
import { enqueueActions, sendParent, sendTo } from 'xstate';
import { breakersOf } from '../machines/breaker.ts';
import type { GuardsEvent } from '../machines/guards.ts';
import { jobMachine } from '../machines/job.ts';
import type { Summary } from '../machines/stage-worker.ts';
import { timeOf, type Stamped } from '../machines/time.ts';
import type { JobSpec, StageSpec } from '../machines/spec.ts';
import { breaker } from './breaker.ts';
import { canary } from './canary.ts';
import { budget } from './budget.ts';
import { deadMan } from './dead-man.ts';
import { discovery } from './discovery.ts';
import { guards } from './guards.ts';
import { lifecycle } from './lifecycle.ts';
import type { Ports } from './ports.ts';
import { requirements } from './requirements.ts';
import { stageWorker } from './stage-worker.ts';
import { window } from './window.ts';

type Wrap = <M>(machine: M) => M;

/** @param record wraps every machine before it is spawned */
export const job = (ports: Ports, specOf: (job: string) => JobSpec, record: Wrap) =>
  jobMachine.provide({
    actors: {
      lifecycle: record(lifecycle()) as never,
      discovery: record(discovery(ports, specOf)) as never,
      breaker: record(breaker(ports)) as never,
      canary: record(canary(ports)) as never,
      stageWorker: record(stageWorker(ports, specOf)) as never,
      guards: record(guards(ports, specOf)) as never,
      window: record(window(ports, specOf)) as never,
      requirements: requirements(ports, specOf) as never,
      deadMan: deadMan(ports, specOf) as never,
      budget: budget(ports) as never,
    },
    actions: {
      tellStages: enqueueActions(({ context: { restarts, drain, holds, breakers }, enqueue, event }) => {
        const typeFor = (id: string) => (event.type === 'reload.asked' ? event.type : drain !== 'flowing' ? 'job.draining' : isHeld(holds) || breakers[`breaker/${id.slice('stage/'.length)}`] === 'open' ? 'job.held' : 'job.freed');
        for (const id of restarts.alive.filter((id: string) => id.startsWith('stage/'))) enqueue.sendTo(id as never, { type: typeFor(id), at: timeOf(event) } as never);
      }) as never,
      tellDiscovery: enqueueActions(({ context: { restarts, drain, holds }, enqueue, event }) => {
        if (!restarts.alive.includes('discovery')) return;
        const type = event.type === 'upstream.progressed' ? event.type : drain !== 'flowing' || isHeld(holds) ? 'job.held' : 'job.freed';
        enqueue.sendTo('discovery' as never, { type, at: timeOf(event) } as never);
      }) as never,
      passSpecOn: enqueueActions(({ context: { spec, restarts }, enqueue, event }) => {
        const at = timeOf(event);
        const lives = (id: string) => restarts.alive.includes(id);
        if (lives('discovery')) enqueue.sendTo('discovery' as never, { type: 'spec.changed', spec: spec.discovery, maxPending: spec.guards.maxPending, at } as never);
        if (lives('guards')) enqueue.sendTo('guards' as never, { type: 'spec.changed', spec: spec.guards, at } as never);
        if (lives('window')) enqueue.sendTo('window' as never, { type: 'spec.changed', spec: spec.window, at } as never);
        for (const [id, guarded] of Object.entries(breakersOf(spec as JobSpec)).filter(([id]) => lives(id))) enqueue.sendTo(id as never, { type: 'spec.changed', ...guarded, at } as never);
        for (const stage of spec.stages.filter(({ name }: StageSpec) => lives(`stage/${name}`))) enqueue.sendTo(`stage/${stage.name}` as never, { type: 'spec.changed', spec: stage, at } as never);
      }) as never,
      tellBreaker: enqueueActions(({ enqueue, event }, { id }: { id: string }) => void enqueue.sendTo(id as never, event as never)) as never,
      tellBreakers: enqueueActions(({ context: { spec, restarts }, enqueue, event }) => {
        for (const id of Object.keys(breakersOf(spec as JobSpec)).filter((id) => restarts.alive.includes(id))) enqueue.sendTo(id as never, event as never);
      }) as never,
      tellResources: sendParent(({ event }) => event) as never,
      startSlowly: enqueueActions(({ context: { spec, restarts }, enqueue, event }) => {
        for (const id of Object.keys(breakersOf(spec as JobSpec)).filter((id) => restarts.alive.includes(id))) enqueue.sendTo(id as never, { type: 'window.opened', at: timeOf(event) } as never);
      }) as never,
      releaseBreaker: enqueueActions(({ enqueue, event }, { id }: { id: string }) => void enqueue.sendTo(id as never, { type: 'breaker.released', at: timeOf(event) } as never)) as never,
      tellRequirements: enqueueActions(({ context: { restarts }, enqueue, event }) => {
        if (restarts.alive.includes('requirements')) enqueue.sendTo('requirements' as never, { type: 'look.again', at: timeOf(event) } as never);
      }) as never,
      tellGuards: enqueueActions(({ context: { restarts, drain, holds }, enqueue, event }) => {
        if (restarts.alive.includes('guards')) enqueue.sendTo('guards' as never, { type: 'job.changed', holds, drain, at: timeOf(event) } as never);
      }) as never,
      passToGuards: enqueueActions(({ context: { restarts }, enqueue, event }) => {
        if (restarts.alive.includes('guards')) enqueue.sendTo('guards' as never, (event.type === 'stage.settled' ? batchOf(event as never) : event) as never);
      }) as never,
      tellSupervisor: sendParent(({ context, event }) => ({ type: 'job.finished', job: context.spec.id, at: timeOf(event) })) as never,
      tellStanding: sendParent(({ context: { spec, holds, drain }, event }) => ({ type: 'job.changed', job: spec.id, holds, drain, at: timeOf(event) })) as never,
      sendHold: sendTo('lifecycle', ({ event }, hold: object) => ({ type: 'hold.placed', ...hold, at: timeOf(event) })) as never,
      sendLift: sendTo('lifecycle', ({ event }, hold: object) => ({ type: 'hold.lifted', ...hold, at: timeOf(event) })) as never,
      /** One that starts again hears of it once more. */
      finishDrain: enqueueActions(({ context: { restarts }, enqueue, event }) => {
        if (restarts.alive.includes('lifecycle')) enqueue.sendTo('lifecycle' as never, { type: 'work.finished', at: timeOf(event) } as never);
      }) as never,
    },
  });

const isHeld = (holds: object) => Object.keys(holds).length > 0;
const batchOf = ({ stage, ended, failed, at }: Summary & Stamped): GuardsEvent => ({ type: 'work.ended', stage, attempts: ended, failures: failed, at });
