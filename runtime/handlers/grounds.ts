/**
 * What it rests on that a stage is bundled to just this code: questions to the file system, and how it answered. As long as all answers are the
 * same, so is the bundle. Texts count and not stamps, so it does not matter what clocks say, or whether a folder was copied or restored.
 *
 *   text FILE            what is in it, as a hash: modules, and each package.json that says how they are read
 *   beside PATH          what else may be meant by it: `x`, `x.ts`, `x/` stand beside `x.js`
 *   real PATH            where it is, behind links
 *   package NAME FOLDER  which folder is meant by an import of it from there
 */
import { hash } from 'node:crypto';
import fs from 'node:fs';
import path from 'node:path';

/** Question → answer. */
export type Grounds = ReadonlyMap<string, string>;

const ABSENT = 'absent';
const MANIFEST = 'package.json';
/** `x`, `x/y`, `@scope/x`, `@scope/x/y`. */
const PACKAGE = /^((?:@[\w.~-]+\/)?[\w~-][\w.~-]*)((?:\/[^?#]+)?)$/;
const RELATIVE = /^\.\.?(?:\/[^?#]*)?$/;
/** With one of these, packages also come from places that no question is asked about. */
const ELSEWHERE = ['NODE_PATH', 'OXC_RESOLVER_YARN_PNP'];

/** Whether the file system still answers the same. */
export const holds = ([question, answer]: readonly [string, string]): boolean => answerTo(question) === answer;

/** Asks while modules are found and read, always before the bundler does: what changes meanwhile is noticed at the end. */
export class GroundsFound {
  private readonly answers = new Map<string, string>();
  private undecided = ELSEWHERE.some((variable) => process.env[variable]);

  /** All of it; undefined when something was met that they cannot decide, or has changed since. */
  all(): Grounds | undefined {
    return !this.undecided && [...this.answers].every(holds) ? this.answers : undefined;
  }

  /** Where it really is, and whether it is there at all. */
  place(file: string): void {
    this.ask('real', file);
  }

  /** An import of `specifier` is about to be looked for. `importer`: absolute. */
  import(specifier: string, importer: string): void {
    if (specifier === 'rivus' || specifier.startsWith('node:')) return;
    const folder = path.dirname(importer);
    const [, name, below] = PACKAGE.exec(specifier) ?? [];
    if (RELATIVE.test(specifier)) this.path(path.resolve(folder, specifier));
    else if (name === undefined) this.undecided = true;
    else this.package(name, below!, folder);
  }

  /** A module is about to be read. `file`: absolute. */
  module(file: string): void {
    this.ask('text', file);
    this.ask('beside', file);
    this.manifestOf(path.dirname(file));
  }

  private package(name: string, below: string, from: string): void {
    const folder = this.ask('package', `${name} ${from}`);
    if (folder === ABSENT) return;
    this.manifestOf(folder);
    this.path(path.join(folder, below));
  }

  /** A path as it stands in an import: a file, a file without its ending, or a folder. */
  private path(target: string): void {
    this.ask('beside', target);
    this.ask('real', path.dirname(target));
    if (!fs.statSync(target, { throwIfNoEntry: false })?.isDirectory()) return;
    this.ask('text', path.join(target, MANIFEST));
    this.ask('beside', path.join(target, 'index'));
  }

  /** The nearest one, and that none is nearer. */
  private manifestOf(folder: string): void {
    const outer = path.dirname(folder);
    if (this.ask('text', path.join(folder, MANIFEST)) === ABSENT && outer !== folder) this.manifestOf(outer);
  }

  private ask(kind: keyof typeof ANSWERS, subject: string): string {
    const question = `${kind} ${subject}`;
    const known = this.answers.get(question);
    if (known !== undefined) return known;
    const answer = answerTo(question);
    this.answers.set(question, answer);
    return answer;
  }
}

const ANSWERS = {
  text: (file: string) => hash('sha256', fs.readFileSync(file)),
  beside: (file: string) => besides(file).join('\n'),
  real: (file: string) => fs.realpathSync(file),
  package: (nameAndFolder: string) => packageFrom(...halves(nameAndFolder)),
};

function answerTo(question: string): string {
  const [kind, subject] = halves(question);
  try {
    return ANSWERS[kind as keyof typeof ANSWERS](subject);
  } catch {
    return ABSENT;
  }
}

function halves(text: string): [string, string] {
  const space = text.indexOf(' ');
  return [text.slice(0, space), text.slice(space + 1)];
}

/** Whatever its ending is; with folders marked, and links by where they lead. */
function besides(file: string): string[] {
  const [folder, name] = [path.dirname(file), path.basename(file)];
  const stem = name.split('.', 1)[0] || name;
  const rivals = fs.readdirSync(folder, { withFileTypes: true }).filter((entry) => entry.name === stem || entry.name.startsWith(`${stem}.`));
  return rivals.map((entry) => (entry.isSymbolicLink() ? `${entry.name} -> ${answerTo(`real ${path.join(folder, entry.name)}`)}` : entry.isDirectory() ? `${entry.name}/` : entry.name)).toSorted();
}

/** The first that is met on the way out. */
function packageFrom(name: string, folder: string): string {
  const found = path.join(folder, 'node_modules', name);
  const outer = path.dirname(folder);
  if (fs.existsSync(found)) return fs.realpathSync(found);
  return outer === folder ? ABSENT : packageFrom(name, outer);
}
