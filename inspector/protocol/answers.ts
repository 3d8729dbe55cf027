/** What a command is answered with. */
import { z } from 'zod';
import { instant } from './atoms.ts';
import { command } from './commands.ts';
import { holdView } from './status.ts';

/** How a thing stands: its state in a word or a path, why, until when, and figures where a command has any (`{new: 3, seen: 1}`). */
export const standing = z.object({
  state: z.string(),
  reason: z.string().optional(),
  until: instant.optional(),
  holds: z.array(holdView).optional(),
  counts: z.record(z.string(), z.number()).optional(),
});
export type Standing = z.infer<typeof standing>;

export const ANSWER_CODES = ['bad_request', 'unknown_job', 'unknown_actor', 'unknown_item', 'unknown_machine', 'unknown_error', 'unknown_revision', 'unknown_selection', 'unknown_past', 'not_accepted', 'invalid_config', 'unauthorized', 'too_large', 'rate_limited', 'not_stored', 'internal'] as const;
export type AnswerCode = (typeof ANSWER_CODES)[number];

/** `live`: at once, nothing stops. `starts`, `restarts`: an actor. `parks`: the tasks of a stage. `archives`: a job. `at start`: when the runner starts next. */
export const CONFIG_EFFECTS = ['live', 'starts', 'restarts', 'parks', 'archives', 'at start'] as const;

/** One thing that another jobs.yaml changes; without `job` it concerns all of them. */
export const configChange = z.object({ effect: z.enum(CONFIG_EFFECTS), job: z.string().optional(), stage: z.string().optional(), what: z.string() });
export type ConfigChange = z.infer<typeof configChange>;

/** `undo` is the `jobctl` line that takes the command back; `back` the command that does, where one does all of it. */
export const done = z.object({ ok: z.literal(true), before: standing, after: standing, undo: z.string().optional(), back: command.optional(), note: z.string().optional(), changes: z.array(configChange).optional() });

/** `accepted`: the commands that would be taken now. */
export const refused = z.object({ ok: z.literal(false), code: z.enum(ANSWER_CODES), message: z.string(), accepted: z.array(z.string()) });

export const answer = z.discriminatedUnion('ok', [done, refused]);
export type Done = z.infer<typeof done>;
export type Refused = z.infer<typeof refused>;
export type Answer = z.infer<typeof answer>;
