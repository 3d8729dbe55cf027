/**
 * What the actors ask of the world. Everything that is not deterministic comes through here: time, chance,
 * the store, handlers, sources. A test fails if `Date.now`, `setTimeout`, `setImmediate` or `Math.random` is called
 * anywhere but in `runtime/clock.ts`, so that the whole runtime can run on a simulated clock.
 */
import type { Configuration, Requirements, SecretsInUse } from './ports/configuration.ts';
import type { Sources } from './ports/discovery.ts';
import type { Canaries, Casebook, DoctorActions, ResourceHealth } from './ports/doctor.ts';
import type { Handlers, Vitals } from './ports/handlers.ts';
import type { Ledger } from './ports/ledger.ts';
import type { Budget } from './ports/money.ts';
import type { Notices } from './ports/notices.ts';
import type { Clock, Log } from './ports/world.ts';

export type * from './ports/world.ts';
export * from './ports/errors.ts';
export type * from './ports/attempts.ts';
export * from './ports/money.ts';
export type * from './ports/ledger.ts';
export * from './ports/handlers.ts';
export * from './ports/discovery.ts';
export type * from './ports/configuration.ts';
export type * from './ports/notices.ts';
export type * from './ports/doctor.ts';

export interface Ports {
  clock: Clock;
  ledger: Ledger;
  budget: Budget;
  handlers: Handlers;
  sources: Sources;
  configuration: Configuration;
  requirements: Requirements;
  secrets: SecretsInUse;
  casebook: Casebook;
  doctorActions: DoctorActions;
  canaries: Canaries;
  resourceHealth: ResourceHealth;
  vitals: Vitals;
  notices: Notices;
  log: Log;
}
