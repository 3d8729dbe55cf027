/** From the snapshots of a job of older versions to those of today. */
import type { Migration } from './migrations.ts';
import { DEFAULT_RESTART, restartsOfVersion1 } from './restarts.ts';
import { DEFAULT_BREAKER, withoutWindow } from './spec.ts';

export const jobMigrations: readonly Migration[] = [
  {
    to: 2,
    because: 'each child that died waits for a time of its own, and jobs.yaml says how often it is started again',
    lift: ({ value, context }) => ({
      value,
      context: { ...context, spec: { ...context.spec, restart: DEFAULT_RESTART }, restarts: restartsOfVersion1(context.restarts, value === 'steady') },
    }),
  },
  {
    to: 3,
    because: 'the hours of a window are understood, and no longer only its text',
    lift: ({ value, context }) => ({ value, context: { ...context, spec: withoutWindow(context.spec) } }),
  },
  {
    to: 4,
    because: 'a job has breakers',
    lift: ({ value, context }) => ({ value, context: { ...context, spec: { ...context.spec, breaker: DEFAULT_BREAKER }, breakers: {}, failing: [] } }),
  },
  {
    to: 5,
    because: 'what failed can be redone with care',
    lift: ({ value, context: { restarts, ...context } }) => ({ value, context: { ...context, canaries: {}, restarts } }),
  },
];
