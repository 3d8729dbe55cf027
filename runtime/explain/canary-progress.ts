/** How a canary stands, in words. Needs nothing else: `status` shows it, and loads no machines. */

/** What is read of its state and context. */
type Canary = { value: unknown; context: { total: number; tasks: readonly unknown[]; tried: number; reason: string | null } };

/** `1 of 412 went well, 10 of 412 are tried now` */
export function progressOf({ value, context: { total, tasks, tried, reason } }: Canary): string {
  if (value === 'stopped') return `stopped, and ${total - tried - tasks.length} stay failed: ${reason}`;
  const done = tried === 0 ? '' : `${tried} of ${total} went well, `;
  if (value === 'releasing') return `${done}the others run again now`;
  const n = tasks.length;
  return `${done}${n === 0 ? 'the next are looked for' : `${n} of ${total} ${n === 1 ? 'is' : 'are'} tried ${tried === 0 ? 'first' : 'now'}`}`;
}
