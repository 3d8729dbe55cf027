/** Tells a story to a machine and says where it goes another way. */
import type { AnyStateMachine } from 'xstate';
import type { Effect } from '../../runtime/recorder/fold.ts';
import { said } from './edges.ts';
import { Host } from './machines.ts';
import type { Done, Moment, Proof, Seen, Step } from './proof.ts';

type Told = { problem?: string; steps: readonly Step[] };

/**
 * @param machine `alone`
 * @param killed the process dies after every moment, and nobody may notice
 */
export function tell({ inputs }: Pick<Proof, 'inputs'>, machine: AnyStateMachine, story: readonly Moment[], { killed = false } = {}): Told {
  const first = story[0] && 'start' in story[0] ? story[0].start : inputs[0]!;
  const host = new Host(machine, { input: first });
  for (const moment of story) {
    const seen = host.steps.length;
    if (!('start' in moment)) happen(host, moment);
    const effects = host.steps.slice('start' in moment ? 0 : seen).flatMap((step) => step.effects);
    const problem = unlike(host, moment, effects);
    if (problem !== undefined) return { problem: [...host.steps.map(({ event }) => said(event)), `        ${problem}`].join('\n'), steps: host.steps };
    if (killed) host.crash();
  }
  return { steps: host.steps };
}

function happen(host: Host, moment: Exclude<Moment, { start: object }>): void {
  if ('wait' in moment) host.wait(moment.wait);
  else if ('restart' in moment) host.restart(moment.restart, moment.told);
  else {
    const { later = 0, ...event } = moment.send;
    if (later > 0) host.wait(later);
    host.send(event);
  }
}

function unlike({ snapshot, error }: Host, { is, context, does = [], spares = [], children }: Seen, effects: readonly Effect[]): string | undefined {
  if (error !== undefined) return `it died: ${error}`;
  if (is !== undefined && !snapshot.matches(is as never)) return `it is ${JSON.stringify(snapshot.value)}, not ${JSON.stringify(is)}`;
  const other = context && difference(context, snapshot.context, 'context');
  if (other) return other;
  const undone = does.find((done) => !effects.some((effect) => isLike(done, effect)));
  if (undone !== undefined) return `it does not ${JSON.stringify(undone)}, only ${effects.map(({ type }) => type).join(', ') || 'nothing'}`;
  const unwanted = effects.find(({ type }) => spares.includes(type));
  if (unwanted) return `it does ${unwanted.type}`;
  return children && difference(children.toSorted(), Object.keys(snapshot.children).sort(), 'children');
}

function isLike(done: Done, { type, params }: Effect): boolean {
  if (typeof done === 'string') return type === done;
  return Object.entries(done).every(([name, wanted]) => name === type && difference(wanted, params, '') === undefined);
}

/** Where `got` is not as wanted; keys that are not wanted may be anything. */
function difference(want: unknown, got: unknown, at: string): string | undefined {
  if (typeof want !== 'object' || want === null) return Object.is(want, got) ? undefined : `${at} is ${JSON.stringify(got)}, not ${JSON.stringify(want)}`;
  if (typeof got !== 'object' || got === null || (Array.isArray(want) && want.length !== (got as unknown[]).length) || (Object.keys(want).length === 0 && Object.keys(got).length > 0))
    return `${at} is ${JSON.stringify(got)}, not ${JSON.stringify(want)}`;
  for (const [key, value] of Object.entries(want)) {
    const problem = difference(value, (got as Record<string, unknown>)[key], `${at}.${key}`);
    if (problem) return problem;
  }
  return undefined;
}
