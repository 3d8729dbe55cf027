/** Every machine that an actor row may name, by its `src`, with the shape of its context and the version of its snapshots. */
import type { AnyStateMachine } from 'xstate';
import { z } from 'zod';
import { breakerContext, breakerMachine, breakerOrders } from './breaker.ts';
import { canaryContext, canaryMachine } from './canary.ts';
import { configContext, configMachine } from './config.ts';
import { discoveryContext, discoveryMachine } from './discovery.ts';
import { doctorContext, doctorMachine, reclassify } from './doctor.ts';
import { guardsContext, guardsMachine } from './guards.ts';
import { jobMachine } from './job.ts';
import { jobContext } from './job-context.ts';
import { jobMigrations } from './job-migrations.ts';
import { lifecycleContext, lifecycleMachine, lifecycleOrders } from './lifecycle.ts';
import type { Versioned } from './migrations.ts';
import { notifierContext, notifierMachine, notifierMigrations } from './notifier.ts';
import { resourceContext, resourceMachine } from './resource.ts';
import { stageWorkerContext, stageWorkerMachine } from './stage-worker.ts';
import { supervisorContext, supervisorMachine, supervisorMigrations } from './supervisor.ts';
import { windowContext, windowMachine } from './window.ts';

/**
 * `path`: where such an actor lives. `version` is raised with every change after which an older snapshot cannot be continued,
 * together with a migration that makes one of the new version out of it. `orders`: the shape of each event that operators may send.
 */
export type KnownMachine = Versioned & { machine: AnyStateMachine; context: z.ZodType; path: RegExp; orders?: Readonly<Record<string, z.ZodObject>> };

/** An event that says all by its name. */
const bare = (type: string) => ({ [type]: z.strictObject({ type: z.literal(type) }) });

export const machines: Record<string, KnownMachine> = {
  supervisor: { machine: supervisorMachine, context: supervisorContext, path: /^supervisor$/, version: 5, migrations: supervisorMigrations, orders: bare('STOP') },
  config: { machine: configMachine, context: configContext, path: /^config$/, version: 1, orders: bare('RELOAD') },
  doctor: { machine: doctorMachine, context: doctorContext, path: /^doctor$/, version: 1, orders: { RECLASSIFY: reclassify } },
  resource: { machine: resourceMachine, context: resourceContext, path: /^resource\/[^/]+$/, version: 1 },
  notifier: { machine: notifierMachine, context: notifierContext, path: /^notifier$/, version: 2, migrations: notifierMigrations },
  job: { machine: jobMachine, context: jobContext, path: /^job\/[^/]+$/, version: 5, migrations: jobMigrations },
  lifecycle: { machine: lifecycleMachine, context: lifecycleContext, path: /^job\/[^/]+\/lifecycle$/, version: 1, orders: lifecycleOrders },
  breaker: { machine: breakerMachine, context: breakerContext, path: /^(job\/[^/]+\/breaker(\/[^/]+)?|resource\/[^/]+\/breaker)$/, version: 1, orders: breakerOrders },
  canary: { machine: canaryMachine, context: canaryContext, path: /^job\/[^/]+\/canary\/[^/]+$/, version: 1, orders: bare('STOP_CANARY') },
  discovery: { machine: discoveryMachine, context: discoveryContext, path: /^job\/[^/]+\/discovery$/, version: 1, orders: bare('WAKE') },
  guards: { machine: guardsMachine, context: guardsContext, path: /^job\/[^/]+\/guards$/, version: 1 },
  window: { machine: windowMachine, context: windowContext, path: /^job\/[^/]+\/window$/, version: 1 },
  stageWorker: { machine: stageWorkerMachine, context: stageWorkerContext, path: /^job\/[^/]+\/stage\/[^/]+$/, version: 1 },
};

/** By its name in a row, which may be any text. */
export const machineNamed = (src: unknown): KnownMachine | undefined => (typeof src === 'string' && Object.hasOwn(machines, src) ? machines[src] : undefined);

/** The name by which a machine is known. */
export const nameOfMachine = (known: KnownMachine): string => Object.keys(machines).find((name) => machines[name] === known)!;
