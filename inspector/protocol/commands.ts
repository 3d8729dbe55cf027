/** All that may be asked of a runner. The union is closed. */
import { z } from 'zod';
import { newItem } from './adding.ts';
import { ERROR_CLASSES, fingerprint, instant, itemId, name, path, priority, sentence } from './atoms.ts';
import { conditions } from './conditions.ts';

export const operatorEvent = z.looseObject({ type: z.string().max(64).regex(/^[A-Z][A-Z0-9_]*$/, 'must be SCREAMING_CASE: other events are not for operators') });
const items = z.array(itemId).min(1).max(1000);
/** `downstream`: the stages that need these run again too. */
const onTasks = { job: name, stage: name.optional(), items: items.optional(), where: conditions.optional(), downstream: z.boolean().optional() };

export const command = z.discriminatedUnion('type', [
  z.strictObject({ type: z.literal('PAUSE'), job: name, reason: sentence, until: instant.optional() }).describe('Nothing more of the job starts; what runs finishes.'),
  z.strictObject({ type: z.literal('RESUME'), job: name, force: z.boolean().default(false) }).describe('Lifts the holds an operator may lift; with force all of them.'),
  z.strictObject({ type: z.literal('DRAIN'), job: name }).describe('What is in flight finishes, then the job rests.'),
  z.strictObject({ type: z.literal('WAKE'), job: name }).describe('Looks for work now.'),
  z.strictObject({ type: z.literal('CLEAR_ERRORS'), job: name }).describe('Has an open circuit breaker try one attempt at once, closes one that tries, and forgets what was counted.'),
  z.strictObject({ type: z.literal('RETRY'), ...onTasks, canary: z.boolean().optional() }).describe('Failed and dead tasks become ready; with canary, where one fingerprint is all that is asked for, one first, then ten, then all.'),
  z.strictObject({ type: z.literal('RESET'), ...onTasks }).describe('As RETRY, and also what waits, was skipped or rejected.'),
  z.strictObject({ type: z.literal('REPROCESS'), ...onTasks }).describe('Also what is done runs again; its output stays until replaced.'),
  z.strictObject({ type: z.literal('PRIORITY'), job: name, items, priority }).describe('The items come earlier (lower) or later.'),
  z.strictObject({ type: z.literal('UNDO'), edit: z.number().int().min(1) }).describe('What RETRY, RESET or REPROCESS made ready, and nobody has begun since, is what it was.'),
  z.strictObject({ type: z.literal('BULK'), bulk: name, do: z.enum(['run', 'abort', 'undo']), words: z.string().max(100).optional() }).describe('Does to frozen items what was looked at, stops it, or takes it back.'),
  z.strictObject({ type: z.literal('RECLASSIFY'), fingerprint, class: z.enum(ERROR_CLASSES), reason: sentence.optional() }).describe('This kind of error means that, from now on.'),
  z.strictObject({ type: z.literal('ADD'), job: name, items: z.array(newItem).min(1).max(1000) }).describe('New items by hand; known keys are counted.'),
  z.strictObject({ type: z.literal('RELOAD'), dryRun: z.boolean().default(false) }).describe('Reads jobs.yaml and the code of the handlers again; with dryRun it only says what would follow.'),
  z.strictObject({ type: z.literal('STOP') }).describe('Stops the runner; what runs gets its grace period.'),
  z.strictObject({ type: z.literal('REWIND'), path, to: z.number().int().min(1) }).describe('The actor goes on from the state that it had after an entry of the journal.'),
  z.strictObject({ type: z.literal('SEND'), path, event: operatorEvent }).describe('Any event that the actor accepts from an operator.'),
]);
export type Command = z.infer<typeof command>;
export type CommandType = Command['type'];

export const COMMAND_TYPES: readonly CommandType[] = command.options.map((option) => option.shape.type.value);
