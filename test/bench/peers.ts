/** The other queues, where they are installed. They are no dependencies of Rivus: `npm ci --prefix test/bench`. */
import { createRequire } from 'node:module';

const { resolve } = createRequire(import.meta.url);

export function isInstalled(name: string): boolean {
  try {
    resolve(name);
    return true;
  } catch (error) {
    // A package without an entry for `require` is there all the same.
    return (error as NodeJS.ErrnoException).code === 'ERR_PACKAGE_PATH_NOT_EXPORTED';
  }
}

/** A package that may be missing, so that the type check must not look for it. */
export const peer = async <Module>(name: string): Promise<Module> => (await import(name)) as Module;
