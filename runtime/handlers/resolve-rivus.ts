/** Bundles import `rivus` by its bare name, so that their hash holds no path. This tells Node where it is. */
import { registerHooks } from 'node:module';
import { pathToFileURL } from 'node:url';

const api = new URL('./api.ts', import.meta.url).href;
const folders = new Set<string>();
let registered = false;

/** Once per folder (absolute) and thread: hooks are not inherited by worker threads. */
export function resolveRivusBelow(folder: string): void {
  folders.add(`${pathToFileURL(folder).href}/`);
  if (registered) return;
  registered = true;
  registerHooks({
    resolve(specifier, context, next) {
      const isOurs = specifier === 'rivus' && [...folders].some((folder) => context.parentURL?.startsWith(folder));
      return isOurs ? { url: api, format: 'module-typescript', shortCircuit: true } : next(specifier, context);
    },
  });
}
