/** `jobctl backup [FOLDER]` and `jobctl restore FOLDER`. */
import path from 'node:path';
import { BackupFailed, backUp, type BackedUp } from '../../backup/back-up.ts';
import { restore as restored, type Restored } from '../../backup/restore.ts';
import type { Contents } from '../../store/contents-view.ts';
import { RunnerAlreadyRunning } from '../../store/lock.ts';
import type { Desk } from '../desk.ts';
import { EXIT, Failure } from '../failure.ts';
import { requireData } from '../store.ts';

export async function backup(desk: Desk, folder: string | undefined, { artifacts = true }: { artifacts?: boolean }): Promise<void> {
  const { data, clock, terminal } = desk;
  requireData(data);
  const name = new Date(clock.now()).toISOString().slice(0, 19).replaceAll(':', '-');
  const made = await failing(() => backUp({ data, target: path.resolve(folder ?? path.join(data, 'backups', name)), artifacts }));
  if (terminal.json) return terminal.document({ ok: true, ...made });
  terminal.print(`${terminal.paint('bold', made.folder)}  ${said(made.contents)}, ${size(made.bytes)}${artifactsSaid(made)}`, terminal.paint('dim', `  restore: npx jobctl restore ${made.folder}`));
}

export async function restore(desk: Desk, folder: string, { dryRun = false }: { dryRun?: boolean }): Promise<void> {
  const { data, clock, terminal } = desk;
  const done = await failing(() => restored({ from: path.resolve(folder), data, at: new Date(clock.now()), dryRun }));
  if (terminal.json) return terminal.document({ ok: true, dryRun, ...done });
  terminal.print(...sentences(done, dryRun).map((line, at) => (at === 0 ? line : terminal.paint('dim', line))));
}

function sentences({ contents, replaced, aside, missing }: Restored, dryRun: boolean): string[] {
  return [
    `${dryRun ? 'would restore' : 'restored'} ${said(contents)}${replaced ? `, in the place of ${said(replaced)}` : ''}`,
    ...(missing > 0 ? [`  ${missing} artifacts are neither in the backup nor here: reprocess the stages that wrote them when they are asked for`] : []),
    ...(aside ? [`  what was there: ${aside}`] : []),
    ...(dryRun ? [] : ['  start: npx jobctl run']),
  ];
}

async function failing<T>(work: () => T | Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    if (error instanceof RunnerAlreadyRunning) throw new Failure(EXIT.notAccepted, 'running', error.message, { cause: error });
    if (error instanceof BackupFailed) throw new Failure(EXIT.failed, 'failed', error.message, { cause: error });
    throw error;
  }
}

const said = ({ jobs, items, outputs }: Contents): string => `${jobs} jobs, ${items} items, ${outputs} outputs`;

const artifactsSaid = ({ artifacts, missing }: BackedUp): string => `${artifacts > 0 ? `, ${artifacts} artifacts` : ''}${missing > 0 ? ` (${missing} of replaced outputs are gone)` : ''}`;

const size = (bytes: number): string => (bytes < 2 ** 20 ? `${Math.ceil(bytes / 1024)} KB` : `${(bytes / 2 ** 20).toFixed(1)} MB`);
