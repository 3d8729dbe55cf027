/** Code whose types were stripped and that was compiled once, see `require-node.js`. */
import { flushCompileCache, getCompileCacheDir } from 'node:module';
import path from 'node:path';

const VARIABLE = 'NODE_COMPILE_CACHE';

/** For the environment of a thread or a process: without it that strips and compiles every module again, which takes 16 MB and 0.1 s. */
export function compiledCode(): Record<string, string> {
  const folder = getCompileCacheDir();
  return folder === undefined ? {} : { [VARIABLE]: path.dirname(folder) };
}

/** Called by a thread or a process when it has loaded its modules, for one that is ended stores nothing. What it starts is not to know of it. */
export function keepCompiledCode(): void {
  delete process.env[VARIABLE];
  flushCompileCache();
}
