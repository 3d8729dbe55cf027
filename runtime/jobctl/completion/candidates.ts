/** What may be typed next, each with what it is. Whatever is not there (no jobs.yaml, no database) offers nothing, silently. */
import fs from 'node:fs';
import type { Command } from 'commander';
import { parseDocument } from 'yaml';
import { outlineOf, type JobOutline } from '../../config/outline.ts';
import { isResourceBreaker } from '../../../machines/breaker.ts';
import { actorPaths } from '../../store/actors-view.ts';
import { readKinds } from '../../store/doctor-view.ts';
import { readItems } from '../../store/items-view.ts';
import { openStore, type Handle } from '../../store/open.ts';
import type { Desk } from '../desk.ts';
import { holdsData } from '../store.ts';
import { oneLine } from '../text.ts';
import { expectedAfter, optionsOf, type Given } from './grammar.ts';

export type Candidate = { word: string; about: string };

const MOST_ITEMS = 50;
const MOST_KINDS = 30;

/** `line`: all words after `jobctl`; the last one is being typed. */
export function candidates(desk: Desk, program: Command, line: readonly string[]): Candidate[] {
  const typed = line.at(-1) ?? '';
  const expected = expectedAfter(program, line.slice(0, -1), typed);
  const all = expected ? offered(desk, expected) : [];
  return all.filter(({ word }) => word.startsWith(typed));
}

function offered(desk: Desk, expected: NonNullable<ReturnType<typeof expectedAfter>>): Candidate[] {
  switch (expected.kind) {
    case 'command':
      return expected.of.createHelp().visibleCommands(expected.of).map((command) => ({ word: command.name(), about: command.description() }));
    case 'option':
      return optionsOf(expected.of).flatMap(({ long, description }) => (long ? [{ word: long, about: description }] : []));
    case 'value':
      return expected.choices.length > 0 ? expected.choices.map((word) => ({ word, about: '' })) : valuesOf(desk, expected.name, expected.given);
  }
}

/** By the name that the argument or option has: `job` is always a job. */
function valuesOf(desk: Desk, name: string, given: Given): Candidate[] {
  switch (name) {
    case 'job':
      return jobsIn(desk).map(({ id, strategy }) => ({ word: id, about: strategy?.text ?? '' }));
    case 'stage':
      return (jobsIn(desk).find(({ id }) => id === given.job)?.stages ?? []).map((stage) => ({ word: stage.name.text, about: '' }));
    case 'stage-or-item':
      return [...valuesOf(desk, 'stage', given), ...itemsIn(desk, given.job)];
    case 'item':
    case 'id-or-key':
    case 'items-and-value':
      return itemsIn(desk, given.job);
    case 'fingerprint':
      return stored(desk, (db) => readKinds(db, MOST_KINDS).map(({ fingerprint, name: error, message }) => ({ word: fingerprint, about: oneLine(`${error}: ${message}`) })));
    case 'resource':
      return stored(desk, (db) => actorPaths(db).filter(isResourceBreaker).map((path) => ({ word: path.split('/')[1]!, about: '' })));
    case 'path':
      return stored(desk, (db) => actorPaths(db).map((word) => ({ word, about: '' })));
    default:
      return [];
  }
}

function jobsIn({ config }: Desk): JobOutline[] {
  try {
    return outlineOf(parseDocument(fs.readFileSync(config, 'utf8'), { merge: true, logLevel: 'silent' }).toJS()).jobs;
  } catch {
    return [];
  }
}

/** By id: keys may hold what means something to a shell. */
function itemsIn(desk: Desk, job: string | undefined): Candidate[] {
  const jobs = job === undefined ? jobsIn(desk).map(({ id }) => id) : [job];
  return stored(desk, (db) => jobs.flatMap((id) => readItems(db, id, { limit: MOST_ITEMS }).items).map(({ id, key, title }) => ({ word: String(id), about: oneLine(title ?? key) })));
}

function stored(desk: Desk, read: (db: Handle) => Candidate[]): Candidate[] {
  if (!holdsData(desk.data)) return [];
  try {
    const db = openStore(desk.data, { readonly: true });
    try {
      return read(db);
    } finally {
      db.close();
    }
  } catch {
    return [];
  }
}
