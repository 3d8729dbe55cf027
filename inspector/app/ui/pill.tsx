/** A state as a word with a colour and a sign: never the colour alone. */
const TONES: Record<string, { tone: string; sign: string }> = {
  running: { tone: 'good', sign: '▶' },
  flowing: { tone: 'good', sign: '▶' },
  live: { tone: 'good', sign: '▶' },
  done: { tone: 'good', sign: '✓' },
  paused: { tone: 'wait', sign: '‖' },
  held: { tone: 'wait', sign: '‖' },
  draining: { tone: 'wait', sign: '↓' },
  drained: { tone: 'wait', sign: '↓' },
  waiting: { tone: 'wait', sign: '◷' },
  deferred: { tone: 'wait', sign: '◷' },
  ready: { tone: 'cool', sign: '•' },
  pending: { tone: 'cool', sign: '•' },
  unknown: { tone: 'dim', sign: '?' },
  blocked: { tone: 'dim', sign: '◦' },
  skipped: { tone: 'dim', sign: '↷' },
  rejected: { tone: 'dim', sign: '⊘' },
  archived: { tone: 'dim', sign: '▢' },
  degraded: { tone: 'bad', sign: '!' },
  failed: { tone: 'bad', sign: '✕' },
  dead: { tone: 'bad', sign: '✕' },
  crashed: { tone: 'bad', sign: '✕' },
  interrupted: { tone: 'wait', sign: '↯' },
};

export const toneOf = (state: string): string => TONES[state]?.tone ?? 'cool';

export const signOf = (state: string): string => TONES[state]?.sign ?? '•';

export function Pill({ state }: { state: string }) {
  const { tone, sign } = TONES[state] ?? { tone: 'cool', sign: '•' };
  return (
    <span class={`pill ${tone}`}>
      <span aria-hidden="true">{sign}</span> {state}
    </span>
  );
}
