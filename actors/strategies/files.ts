import { stat } from 'node:fs/promises';
import path from 'node:path';
import { z } from 'zod';
import type { Candidate, SourceContext, Strategy } from '../ports.ts';
import { duration } from '../units.ts';
import { contentHash } from './files/content-hash.ts';
import { globs, type Glob } from './files/glob.ts';
import { walk, type FoundFile, type WalkOptions } from './files/walk.ts';

/** Names under which programs keep what is not finished. */
const UNFINISHED = ['*.part', '*.partial', '*.crdownload', '*.download', '*.tmp', '*.swp', '*~', '~$*'];

const pattern = z.string().min(1).superRefine((text, { addIssue }) => {
  try {
    globs(text);
  } catch (error) {
    addIssue({ code: 'custom', message: (error as Error).message });
  }
});

const options = z.strictObject({
  glob: z.union([pattern, z.array(pattern).min(1).max(100)]).describe('which files, such as `inbox/**/*.pdf`; or a list of such patterns'),
  root: z.string().min(1).default('.').describe('the folder that the patterns begin in, from the folder of jobs.yaml'),
  settle: duration.prefault('2s').describe('a file is taken when it has not changed for so long'),
  ignore: z.array(pattern).default(UNFINISHED).describe('names (or, with a slash, paths from root) that are left out'),
  on_change: z.enum(['ignore', 'new']).default('ignore').describe('`new`: a file whose content has changed is a new item'),
});
type Options = z.output<typeof options>;

/**
 * What had not settled at the last look, by its path: what it was like, and since when. And what could not be read, so that it is
 * said once.
 */
const Cursor = z.object({ growing: z.record(z.string(), z.object({ state: z.string(), since: z.number() })), refused: z.string().default('') }).catch({ growing: {}, refused: '' });
type Growing = z.output<typeof Cursor>['growing'];

const REMEMBERED = 1000;

/** Finds files. One that still changes is left for a later look. */
export const files: Strategy<Options> = {
  name: 'files',
  options,
  async *discover(options, source) {
    const root = path.resolve(source.root, options.root);
    const last = Cursor.parse(source.cursor());
    const growing: Growing = {};
    const refused: string[] = [];
    const refuse = (place: string, { message }: Error) => void refused.push(`${path.relative(source.root, place) || '.'} (${message})`);
    for await (const file of foundIn(root, options, refuse, source)) {
      const name = path.relative(root, file.path);
      const since = sinceWhen(file, last.growing[name], source.now());
      const settled = since + options.settle <= source.now() ? await candidate(file, name, options, refuse, source.signal) : 'growing';
      if (settled === 'growing') remember(growing, name, { state: stateOf(file), since });
      else if (settled) yield settled;
    }
    const trouble = refused.slice(0, 5).join('; ') + (refused.length > 5 ? `; and ${refused.length - 5} more` : '');
    if (trouble !== '' && trouble !== last.refused) source.log.warn(`files that cannot be read: ${trouble}`, { job: source.job });
    source.saveCursor({ growing, refused: trouble });
  },
};

/** Each file once, also when several patterns find it. */
async function* foundIn(root: string, { glob, ignore }: Options, refused: WalkOptions['refused'], { turn, signal }: SourceContext): AsyncGenerator<FoundFile, void, void> {
  const wanted = Map.groupBy([glob].flat().flatMap(globs), ({ base }) => path.resolve(root, base));
  const isIgnored = ignored(ignore, root);
  const seen = new Set<string>();
  for (const [base, patterns] of wanted) {
    await mustBeThere(base, root);
    const options: WalkOptions = {
      enter: (folder) => patterns.some((pattern) => pattern.mayHold(folder)) && !isIgnored(path.join(base, ...folder)),
      take: (file) => patterns.some((pattern) => pattern.matches(file)) && !isIgnored(path.join(base, ...file)),
      refused,
      turn,
      signal,
    };
    for await (const file of walk(base, options)) {
      if (wanted.size > 1 && (seen.has(file.path) || !seen.add(file.path))) continue;
      yield file;
    }
  }
}

async function mustBeThere(folder: string, root: string): Promise<void> {
  const found = await stat(folder).catch(() => undefined);
  if (!found) throw new Error(`there is no folder "${folder}": create it, or change discovery.${folder === root ? 'root' : 'glob'}`);
  if (!found.isDirectory()) throw new Error(`"${folder}" is a file, and a folder is needed: change discovery.${folder === root ? 'root' : 'glob'}`);
}

/** A pattern without a slash is about names, wherever they are; one with a slash about paths from `root`. */
function ignored(patterns: readonly string[], root: string): (place: string) => boolean {
  const all = patterns.flatMap((pattern) => globs(pattern).map((glob): [boolean, string, Glob] => [!pattern.includes('/'), path.resolve(root, glob.base), glob]));
  return (place) => all.some(([isName, base, glob]) => glob.matches(isName ? [path.basename(place)] : path.relative(base, place).split(path.sep)));
}

/** Since when it looks like this: by its own time of change, unless it was seen to change later (that time may be set, and clocks differ). */
function sinceWhen(file: FoundFile, before: Growing[string] | undefined, now: number): number {
  if (before && before.state !== stateOf(file)) return now;
  return Math.min(before?.since ?? now, file.stats.mtimeMs);
}

function stateOf({ stats }: FoundFile): string {
  return `${stats.size}-${stats.mtimeMs}`;
}

async function candidate(file: FoundFile, name: string, { on_change }: Options, refused: WalkOptions['refused'], signal: AbortSignal): Promise<Candidate | 'growing' | undefined> {
  const data = { path: file.path, name, bytes: file.stats.size, mtime: file.stats.mtime.toISOString() };
  const found = { key: name, data, title: name, revision: stateOf(file) };
  if (on_change === 'ignore') return found;
  try {
    const hash = await contentHash(file, signal);
    return hash === undefined ? 'growing' : { ...found, key: `${name}@${hash}` };
  } catch (error) {
    signal.throwIfAborted();
    return void refused(file.path, error as NodeJS.ErrnoException);
  }
}

function remember(growing: Growing, name: string, one: Growing[string]): void {
  if (Object.keys(growing).length < REMEMBERED) growing[name] = one;
}
