/** `jobctl reload`: what jobs.yaml changes, or would change. */
import type { ConfigChange } from '../../../inspector/protocol.ts';
import { effectOf, sentenceOf } from '../../config/changes.ts';
import { toRunner } from '../deliver.ts';
import type { Desk } from '../desk.ts';
import { oneLine } from '../text.ts';

export function reload(desk: Desk, { dryRun = false }: { dryRun?: boolean }): Promise<void> {
  return toRunner(desk, async (deliver) => {
    const delivered = await deliver({ type: 'RELOAD', dryRun });
    const changes = delivered.pending ? [] : (delivered.changes ?? []);
    if (desk.terminal.json) return desk.terminal.document({ ok: true, dryRun, changes });
    showChanges(desk, changes);
    desk.terminal.say(dryRun ? 'nothing was changed: this was a dry run' : 'in force; the code of the handlers is looked at too');
  });
}

const COLOURS = { live: 'green', starts: 'green', restarts: 'yellow', parks: 'red', archives: 'red' } as const;

export function showChanges({ terminal }: Pick<Desk, 'terminal'>, changes: readonly ConfigChange[]): void {
  if (changes.length === 0) return terminal.print('nothing changed for what runs');
  for (const change of changes) terminal.print(`${terminal.paint(COLOURS[change.effect], effectOf(change))}  ${oneLine(sentenceOf(change))}`);
}
