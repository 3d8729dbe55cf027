/** What a job needs of the machine it runs on: variables that are set, programs that are there. */
import { accessSync, constants, statSync } from 'node:fs';
import path from 'node:path';
import type { Requirements } from '../actors/ports.ts';

export function createRequirements(env: Readonly<Record<string, string | undefined>>): Requirements {
  return {
    unmet({ env: names, bin }) {
      const missing = [
        ...names.filter((name) => !env[name]).map((name) => `${name} is ${env[name] === '' ? 'empty' : 'not set'}`),
        ...bin.filter((program) => !isOnPath(program, env['PATH'] ?? '')).map((program) => `${program} is not installed`),
      ];
      return missing.length === 0 ? null : `requirement: ${missing.join(', ')}`;
    },
  };
}

function isOnPath(program: string, folders: string): boolean {
  return folders.split(path.delimiter).some((folder) => folder !== '' && isProgram(path.join(folder, program)));
}

function isProgram(file: string): boolean {
  try {
    accessSync(file, constants.X_OK);
    return statSync(file).isFile();
  } catch {
    return false;
  }
}
