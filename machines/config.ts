/**
 * jobs.yaml and what runs: the file is read when it changes or when somebody asks, and is in force as a whole or not at all.
 *
 *   any      ── RELOAD · file.changed ──▶ reading                   (once more, when it comes while reading)
 *   reading  ── config.accepted · config.unchanged ──▶ inForce      (the file and what runs are the same)
 *   reading  ── config.refused ──▶ refused                          (what runs stays; the reason is kept here)
 */
import { assign, fromCallback, setup } from 'xstate';
import { z } from 'zod';
import { timeOf, type Stamped } from './time.ts';

export const configContext = z.strictObject({
  /** Number of the text in force; null until one was taken while it runs. */
  revision: z.number().nullable(),
  /** When the file was last read, in ms since the epoch. */
  readAt: z.number(),
  /** Whether that was asked for: whoever asks means the file as it is. */
  asked: z.boolean(),
  /** What has come while it was being read: it is read once more. */
  again: z.enum(['no', 'written', 'asked']),
  /** Why the file, as it is, is not used. */
  problems: z.string().nullable(),
});

export type ConfigEvent = Stamped &
  (
    | { type: 'RELOAD' }
    | { type: 'file.changed' }
    | { type: 'config.accepted'; revision: number; changes: readonly string[] }
    | { type: 'config.unchanged' }
    | { type: 'config.refused'; problems: string }
    | { type: 'actor.restored' }
  );

const provided = (name: string) => (): never => {
  throw new Error(`"${name}" is provided in actors/`);
};

export const configMachine = setup({
  types: { context: {} as z.infer<typeof configContext>, input: {} as { at: number }, events: {} as ConfigEvent },
  actors: {
    /** Says when the file has changed and is still again. */
    watch: fromCallback<{ type: string }>(provided('watch')),
    /** Reads the file; what it accepts is stored and in force when it says so. */
    read: fromCallback<{ type: string }, { asked: boolean }>(provided('read')),
  },
  guards: { isWantedAgain: ({ context }) => context.again !== 'no' },
  actions: {
    begin: assign(({ event }, { asked }: { asked: boolean }) => ({ asked, again: 'no' as const, readAt: timeOf(event) })),
    beginAgain: assign(({ context, event }) => ({ asked: context.again === 'asked', again: 'no' as const, readAt: timeOf(event) })),
    wantAgain: assign(({ context }, { asked }: { asked: boolean }) => ({ again: asked || context.again === 'asked' ? ('asked' as const) : ('written' as const) })),
    noteRevision: assign((_, { revision }: { revision: number }) => ({ revision })),
    noteProblems: assign((_, { problems }: { problems: string }) => ({ problems })),
    forgetProblems: assign({ problems: null }),
    /** Gives the supervisor the jobs as they are to be. */
    tellSupervisor: provided('tellSupervisor'),
    /** When somebody asked, every job looks again at what jobs.yaml does not say: code, variables, programs. */
    tellIfAsked: provided('tellIfAsked'),
  },
}).createMachine({
  id: 'config',
  description: 'jobs.yaml and what runs: the same, or why not.',
  context: ({ input: { at } }) => ({ revision: null, readAt: at, asked: false, again: 'no', problems: null }),
  invoke: { src: 'watch', id: 'watch' },
  initial: 'inForce',
  on: {
    RELOAD: { description: 'Read jobs.yaml now, and take up the code of handlers and strategies.', target: '.reading', actions: { type: 'begin', params: { asked: true } } },
    'file.changed': { description: 'Something was written.', target: '.reading', actions: { type: 'begin', params: { asked: false } } },
    'actor.restored': { description: 'Rivus has started again, and starts only with a file that can be used.', target: '.inForce', actions: 'forgetProblems' },
  },
  states: {
    inForce: {
      description: 'What the file says is what runs.',
      always: { description: 'Something has come while it was being read.', guard: 'isWantedAgain', target: 'reading', actions: 'beginAgain' },
    },
    reading: {
      description: 'The file is being read and checked.',
      invoke: { src: 'read', id: 'read', input: ({ context: { asked } }) => ({ asked }) },
      on: {
        RELOAD: { description: 'Read it once more after this.', actions: { type: 'wantAgain', params: { asked: true } } },
        'file.changed': { description: 'Something was written: read it once more after this.', actions: { type: 'wantAgain', params: { asked: false } } },
        'config.accepted': {
          description: 'It says something else now: jobs follow.', target: 'inForce',
          actions: ['forgetProblems', { type: 'noteRevision', params: ({ event }) => event }, 'tellSupervisor', 'tellIfAsked'],
        },
        'config.unchanged': { description: 'It says what it said.', target: 'inForce', actions: ['forgetProblems', 'tellIfAsked'] },
        'config.refused': {
          description: 'It has mistakes: what runs stays as it is.', target: 'refused',
          actions: [{ type: 'noteProblems', params: ({ event }) => event }, 'tellIfAsked'],
        },
      },
    },
    refused: {
      description: 'The file cannot be used: what ran before runs on, until it is mended.',
      always: { description: 'Something has come while it was being read.', guard: 'isWantedAgain', target: 'reading', actions: 'beginAgain' },
    },
  },
});
