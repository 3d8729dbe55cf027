/** Says in the terminal what happens, now and then, when something did. */
import type { Clock, Log } from '../actors/ports.ts';
import type { JobView } from '../inspector/protocol.ts';
import { every } from './every.ts';
import type { Runner } from './runner.ts';

const EVERY_MS = 3_000;

export function narrate(runner: Runner, clock: Clock, log: Log): { close(): void } {
  const told = new Map<string, string>();
  const tell = () => {
    for (const job of runner.status().jobs) {
      const line = lineOf(job);
      if (told.get(job.id) !== line) log.info(line);
      told.set(job.id, line);
    }
  };
  return every(clock, EVERY_MS, runner.guarded(tell));
}

/** `dependency_watch  fetch 12/57 · extract 10/57 · 2 failed` */
function lineOf({ id, state, reason, discovery, stages }: JobView): string {
  const progress = stages.map(({ name, blocked, ready, waiting, running, done, skipped, rejected, failed, dead }) => {
    const ended = done + skipped + rejected;
    const all = ended + blocked + ready + waiting + running + failed + dead;
    const bad = failed + dead;
    return `${name} ${ended}/${all}${bad > 0 ? ` (${bad} failed)` : ''}${waiting > 0 ? ` (${waiting} will be tried again)` : ''}`;
  });
  const found = discovery?.state === 'backingOff' ? ' · its source cannot be read: npx jobctl actor job/' + id + '/discovery' : '';
  return `${id}  ${state === 'running' ? '' : `${state}${reason ? ` (${reason})` : ''} · `}${progress.join(' · ')}${found}`;
}
