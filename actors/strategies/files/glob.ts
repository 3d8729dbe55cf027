/** Patterns of file names: `*`, `?`, `[a-z]`, `{a,b}`, and `**` for any number of folders. Names that begin with a dot only match a dot. */

export type Glob = {
  /** The folders before the first pattern, as they are written: `a/b` of `a/b/*.txt`. */
  base: string;
  /** @param path from `base`, its parts */
  matches(path: readonly string[]): boolean;
  /** Whether something below this folder can match. */
  mayHold(folder: readonly string[]): boolean;
};

type Part = RegExp | typeof ANY_FOLDERS;
const ANY_FOLDERS = '**';
const MAGIC = /[*?[\]{}]/;
const MOST_ALTERNATIVES = 1000;

/** One glob for each alternative in braces, since they may stand in different folders. @throws Error that says what is wrong with it */
export function globs(pattern: string): Glob[] {
  return alternatives(pattern).map(compile);
}

function compile(pattern: string): Glob {
  const parts = pattern.split('/');
  const magic = parts.findIndex((part) => MAGIC.test(part));
  // The last part is a name, never a folder to begin in.
  const start = magic === -1 ? parts.length - 1 : magic;
  const written = parts.slice(start).filter((part) => part !== '' && part !== '.');
  // At the end, `**` is all that is below, not the folder itself.
  const rest = (written.at(-1) === '**' ? [...written, '*'] : written).map(partOf);
  const base = parts.slice(0, start).join('/');
  return {
    base: base === '' && pattern.startsWith('/') ? '/' : base,
    matches: (path) => matches(rest, path),
    mayHold: (folder) => mayHold(rest, folder),
  };
}

/** Goes back to the last `**` only: what matched before it matches again. */
function matches(parts: readonly Part[], path: readonly string[]): boolean {
  let [part, at, star, starAt] = [0, 0, -1, 0];
  while (at < path.length) {
    const wanted = parts[part];
    if (wanted === ANY_FOLDERS) [star, starAt, part] = [part, at, part + 1];
    else if (wanted?.test(path[at]!)) [part, at] = [part + 1, at + 1];
    else if (star !== -1 && !path[starAt]!.startsWith('.')) [starAt, at, part] = [starAt + 1, starAt + 1, star + 1];
    else return false;
  }
  while (parts[part] === ANY_FOLDERS) part++;
  return part === parts.length;
}

function mayHold(parts: readonly Part[], folder: readonly string[]): boolean {
  for (const [at, name] of folder.entries()) {
    const wanted = parts[at];
    if (wanted === ANY_FOLDERS) return folder.slice(at).every((name) => !name.startsWith('.') || parts.some((part) => part !== ANY_FOLDERS && part.test(name)));
    if (!wanted?.test(name)) return false;
  }
  return folder.length < parts.length;
}

function partOf(part: string): Part {
  if (part === '**') return ANY_FOLDERS;
  let source = /^[*?[]/.test(part) ? '(?!\\.)' : '';
  for (let at = 0; at < part.length; at++) {
    const character = part[at]!;
    const set = character === '[' ? /^\[([!^]?)(\]?[^\]]*)\]/.exec(part.slice(at)) : null;
    if (set) {
      source += `[${set[1] ? '^' : ''}${set[2]!.replace(/[\\\]^]/g, '\\$&')}]`;
      at += set[0].length - 1;
    } else if (character === '*') source += part[at - 1] === '*' ? '' : '[^]*';
    else if (character === '?') source += '[^]';
    else source += RegExp.escape(character === '\\' && at + 1 < part.length ? part[++at]! : character);
  }
  try {
    return new RegExp(`^${source}$`, 'u');
  } catch (cause) {
    throw new Error(`"${part}" is no pattern of file names: ${(cause as Error).message}`, { cause });
  }
}

/** `a{b,c}d` → `abd`, `acd`; also within each other. */
function alternatives(pattern: string): string[] {
  const done: string[] = [];
  const open = [pattern];
  for (let text = open.pop(); text !== undefined; text = open.pop()) {
    const braces = /^(.*)\{([^{}]*,[^{}]*)\}(.*)$/s.exec(text);
    if (!braces) done.push(text);
    else open.push(...braces[2]!.split(',').map((one) => `${braces[1]}${one}${braces[3]}`).toReversed());
    if (done.length + open.length > MOST_ALTERNATIVES) throw new Error(`"${pattern}" stands for more than ${MOST_ALTERNATIVES} patterns`);
  }
  return [...new Set(done)];
}
