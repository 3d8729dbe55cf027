/** An incident as a test: the journal of one actor, folded over today's machine, must end where it ended. */
import path from 'node:path';
import type { AnyEventObject } from 'xstate';
import { nameOfMachine } from '../../machines/index.ts';
import type { Handle } from '../store/open.ts';
import type { Folded } from '../recorder/fold.ts';
import { stateAt, stepsAfter, UnknownPast } from './history.ts';

/**
 * A vitest file for `test/`. It begins in the state after `from` (the actor's own beginning when that is 0) and asserts value
 * and context after `to`.
 *
 * @throws UnknownPast when nothing happened to the actor in between
 */
export function exportedTest(db: Handle, actor: string, { from, to }: { from: number; to: number }): string {
  const happened = [...stepsAfter(db, actor, from, to)];
  const [first, last] = [happened[0], happened.at(-1)];
  if (!first || !last) throw new UnknownPast(`nothing happened to ${actor} after ${from} up to ${to}`);
  const events = happened.map(({ event }) => event);
  if (first.event.type !== 'xstate.init') events.unshift(resumed(db, actor, first.seq - 1));
  return source({ actor, from, to, machine: nameOfMachine(last.known), events, ...last.state });
}

/** A beginning in the state that the actor had then. */
function resumed(db: Handle, actor: string, seq: number): AnyEventObject {
  const { state: { value, context }, at, known } = stateAt(db, actor, seq);
  return { type: 'xstate.init', machine: nameOfMachine(known), version: known.version, input: { resumed: { value, context } }, at };
}

type Exported = { actor: string; from: number; to: number; machine: string; events: AnyEventObject[] } & Folded;

const source = ({ actor, from, to, machine, events, status, value, context }: Exported): string => `import { expect, test } from 'vitest';
import { machines } from '${fromTests('machines/index.ts')}';
import { Fold } from '${fromTests('runtime/recorder/fold.ts')}';

/** What happened to ${actor}${from > 0 ? ` after ${from}` : ''}, up to ${to}. */
const events = [
${events.map((event) => `  ${literal(event)},`).join('\n')}
];

test(${literal(`${actor} ends where it should after ${events.at(-1)!.type}`)}, () => {
  const fold = new Fold(machines[${literal(machine)}]!);
  for (const event of events) fold.apply(event);
  expect(fold.state).toEqual({
    status: ${literal(status)},
    value: ${literal(value)},
    context: ${literal(context)},
  });
});
`;

/** Tests of incidents stand in a folder of their own below test/. */
const fromTests = (file: string): string => path.posix.join('../..', file);

/** JSON is TypeScript, but for two line separators that older readers dislike. */
const literal = (value: unknown): string => JSON.stringify(value).replaceAll('\u2028', '\\u2028').replaceAll('\u2029', '\\u2029');
