/** States of machines in words. */

/** The value of a machine in one word: `polling`, `paused.untilLapse`; regions side by side as `pause.running & drain.flowing`. */
export function stateName(value: unknown): string {
  if (typeof value !== 'string') return 'unknown';
  return value.startsWith('{') ? flatten(JSON.parse(value)) : value;
}

function flatten(value: unknown): string {
  if (typeof value !== 'object' || value === null) return String(value);
  return Object.entries(value).map(([state, below]) => [state, flatten(below)].filter(Boolean).join('.')).join(' & ');
}

/** Of a value that is no text yet. */
export const stateText = (value: unknown): string => stateName(typeof value === 'string' ? value : JSON.stringify(value));
