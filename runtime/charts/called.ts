/** What a machine names: its guards and actions, with what they are given. */
import type { ChartCall } from '../../inspector/protocol.ts';

type Builtin = { type?: string; name?: string; guards?: unknown[]; stateValue?: unknown };

/** Of an action, a guard or a source. They are named, by our own rule; of what XState brings along its own name is shown. */
export function nameOf(implementation: unknown): string {
  if (typeof implementation === 'string') return implementation;
  const { type, name } = implementation as Builtin;
  return type?.replace(/^xstate\./, '') || name || 'unnamed';
}

export function called(implementation: unknown): ChartCall {
  const name = nameOf(implementation);
  if (typeof implementation === 'string') return { name };
  const { guards } = implementation as Builtin;
  if (guards) return { name, of: guards.map(called) };
  if (typeof implementation === 'function') return { name, ...givenToBuiltin(implementation) };
  return { name, ...given((implementation as { params?: unknown }).params) };
}

/** A function makes them from event and context: only then they are known. */
function given(params: unknown): Pick<ChartCall, 'params' | 'dynamic'> {
  if (params === undefined) return {};
  return typeof params === 'function' ? { dynamic: true } : { params: JSON.parse(JSON.stringify(params)) as unknown };
}

/** What was given to `raise`, `sendTo`, `spawnChild`, `stopChild`, `stateIn` …, as far as it is fixed. */
const GIVEN = ['event', 'to', 'id', 'src', 'systemId', 'actorRef', 'sendId', 'delay', 'stateValue'];

function givenToBuiltin(builtin: Function): Pick<ChartCall, 'params' | 'dynamic'> {
  const all = Object.entries(builtin).filter(([key, value]) => GIVEN.includes(key) && value !== undefined);
  const fixed = all.filter(([, value]) => typeof value !== 'function');
  return { ...(fixed.length > 0 && given(Object.fromEntries(fixed))), ...(fixed.length < all.length && { dynamic: true as const }) };
}

/** For one line: `and(isFree, not(isHeld))`, `tellJob {"drain":"flowing"}`. */
export function callText({ name, params, of }: ChartCall): string {
  if (of) return `${name}(${of.map(callText).join(', ')})`;
  return params === undefined ? name : `${name} ${JSON.stringify(params)}`;
}
