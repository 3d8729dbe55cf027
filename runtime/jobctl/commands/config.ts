/** `jobctl config`, `config diff`, `config show`: what jobs.yaml said, and when. */
import { readFileSync } from 'node:fs';
import { hunks } from '../../config/line-diff.ts';
import { comparedTexts, sizeOf } from '../../config/revisions.ts';
import { readConfigRevisions, type ConfigRevision } from '../../store/config-revisions.ts';
import type { Handle } from '../../store/open.ts';
import type { Desk } from '../desk.ts';
import { EXIT, Failure } from '../failure.ts';
import { wholeNumber } from '../number.ts';
import { reading } from '../store.ts';
import { table } from '../table.ts';
import { asWritten } from '../text.ts';
import { moment } from '../time.ts';
import { showChanges } from './reload.ts';

/** A text with the name by which it was asked for. */
type Text = { name: string; text: string };

export async function listRevisions(desk: Desk): Promise<void> {
  const revisions = await reading(desk, revisionsIn);
  const rows = revisions.map((revision, at) => ({ ...revision, ...sizeOf(revision, revisions[at + 1]?.text) }));
  if (desk.terminal.json) return desk.terminal.document(rows.map(({ text, ...row }) => row));
  const now = desk.clock.now();
  desk.terminal.print(...table(rows, [
    { head: 'REVISION', text: ({ id }) => id, align: 'right', paint: (text) => desk.terminal.paint('bold', text) },
    { head: 'IN FORCE FROM', text: ({ at }) => moment(at, now) },
    { head: 'LINES', text: ({ added, removed }) => (added === undefined ? '' : `+${added} -${removed}`) },
    { head: '', text: ({ id }) => (id === revisions[0].id ? 'in force' : '') },
  ]));
}

export async function show(desk: Desk, name: string | undefined): Promise<void> {
  const { text } = await reading(desk, (db) => textNamed(desk, revisionsIn(db), name));
  if (desk.terminal.json) return desk.terminal.document({ text });
  desk.terminal.print(asWritten(text.replace(/\n$/, '')));
}

export async function diff(desk: Desk, older: string | undefined, newer: string | undefined): Promise<void> {
  const { terminal } = desk;
  const [before, after] = await reading(desk, (db): [Text, Text] => {
    const revisions = revisionsIn(db);
    if (older === 'file' && newer === undefined) return [textNamed(desk, revisions, undefined), textNamed(desk, revisions, older)];
    const beforeLast = String((revisions[1] ?? revisions[0]).id);
    return [textNamed(desk, revisions, older ?? beforeLast), textNamed(desk, revisions, newer)];
  });
  const { changes, lines } = comparedTexts(before.text, after.text);
  if (terminal.json) return terminal.document({ from: before.name, to: after.name, changes, lines: lines.filter(({ mark }) => mark !== ' ') });
  terminal.say(`from ${before.name} to ${after.name}`);
  showChanges(desk, changes);
  for (const line of hunks(lines)) terminal.print(painted(asWritten(line), terminal));
}

function revisionsIn(db: Handle): [ConfigRevision, ...ConfigRevision[]] {
  const [newest, ...older] = readConfigRevisions(db);
  if (newest) return [newest, ...older];
  throw new Failure(EXIT.notFound, 'unknown_revision', 'no jobs.yaml was in force here yet', { hint: 'start the runner with `npx jobctl run`' });
}

function textNamed({ config }: Desk, revisions: readonly [ConfigRevision, ...ConfigRevision[]], name: string | undefined): Text {
  if (name === 'file') return { name: 'the file as it is', text: readFileSync(config, 'utf8') };
  const id = name === undefined ? revisions[0].id : wholeNumber(name, 'a revision', { from: 1 });
  const found = revisions.find((revision) => revision.id === id);
  if (found) return { name: `revision ${id}`, text: found.text };
  if (id > revisions[0].id) throw new Failure(EXIT.notFound, 'unknown_revision', `there is no revision ${id} of jobs.yaml`, { hint: '`npx jobctl config` lists them' });
  const oldest = revisions.at(-1)!.id;
  throw new Failure(EXIT.notFound, 'revision_gone', `revision ${id} of jobs.yaml is not kept any more; the oldest that is there is ${oldest}`, { hint: '`retention: { config: … }` in jobs.yaml says how long they are kept' });
}

function painted(line: string, terminal: Desk['terminal']): string {
  if (line.startsWith('@@')) return terminal.paint('cyan', line);
  return line.startsWith('+') ? terminal.paint('green', line) : line.startsWith('-') ? terminal.paint('red', line) : line;
}
