/** `jobctl reload`: what jobs.yaml changes, or would change. */
import path from 'node:path';
import type { ConfigChange } from '../../../inspector/protocol.ts';
import type { RuntimeSpec } from '../../../machines/spec.ts';
import { changesBetween, effectOf, sentenceOf } from '../../config/changes.ts';
import { specIn } from '../../config/index.ts';
import { readConfigRevisions } from '../../store/config-revisions.ts';
import { countsIn } from '../../store/counts.ts';
import type { Handle } from '../../store/open.ts';
import { configured } from '../configured.ts';
import { toRunner } from '../deliver.ts';
import type { Desk } from '../desk.ts';
import { EXIT, Failure } from '../failure.ts';
import { findRunner } from '../runner.ts';
import { holdsData, reading } from '../store.ts';
import { oneLine } from '../text.ts';

export function reload(desk: Desk, { dryRun = false }: { dryRun?: boolean }): Promise<void> {
  if (!findRunner(desk.data)) return dryRun ? previewOfTheNextStart(desk) : Promise.reject(noRunner());
  return toRunner(desk, async (deliver) => {
    const delivered = await deliver({ type: 'RELOAD', dryRun });
    const changes = delivered.pending ? [] : (delivered.changes ?? []);
    if (desk.terminal.json) return desk.terminal.document({ ok: true, dryRun, changes });
    showChanges(desk, changes);
    desk.terminal.say(dryRun ? 'nothing was changed: this was a dry run' : 'in force; changed handler code is taken up, too');
  });
}

/** Compared with what was in force last. */
async function previewOfTheNextStart(desk: Desk): Promise<void> {
  const { spec } = await configured(desk, 'Rivus would not start with it');
  const { since, changes } = holdsData(desk.data) ? await reading(desk, (db) => changesSince(db, spec, path.dirname(desk.config))) : { since: undefined, changes: firstOf(spec) };
  if (desk.terminal.json) return desk.terminal.document({ ok: true, dryRun: true, changes });
  showChanges(desk, changes);
  desk.terminal.say(`Rivus is stopped: this is what the next start changes${since === undefined ? '' : `, compared with revision ${since}, which was in force last`}`);
}

function changesSince(db: Handle, spec: RuntimeSpec, root: string): { since: number | undefined; changes: ConfigChange[] } {
  const [last] = readConfigRevisions(db);
  const before = last && specIn(last.text, root);
  if (!before) return { since: undefined, changes: firstOf(spec) };
  const { items, open } = countsIn(db);
  return { since: last.id, changes: changesBetween(before, spec, { items, openTasks: open }) };
}

const firstOf = (spec: RuntimeSpec): ConfigChange[] => changesBetween({ ...spec, jobs: [] }, spec);

const noRunner = () =>
  new Failure(EXIT.stopped, 'not_running', 'Rivus is not running, so there is nothing to reload', { hint: 'the next start reads jobs.yaml anyway: `npx jobctl reload --dry-run` shows what that changes, `npx jobctl run` starts it' });

const COLOURS = { live: 'green', starts: 'green', restarts: 'yellow', parks: 'red', archives: 'red', 'at start': 'yellow' } as const;

export function showChanges({ terminal }: Pick<Desk, 'terminal'>, changes: readonly ConfigChange[]): void {
  if (changes.length === 0) return terminal.print('nothing changed for what runs');
  for (const change of changes) terminal.print(`${terminal.paint(COLOURS[change.effect], effectOf(change))}  ${oneLine(sentenceOf(change))}`);
}
