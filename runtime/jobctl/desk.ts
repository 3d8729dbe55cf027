/** What a command works with: where the data is, where its words go, what time it is. */
import path from 'node:path';
import type { Clock } from '../../actors/ports.ts';
import { realClock } from '../clock.ts';
import { EXIT, Failure } from './failure.ts';
import { Terminal } from './terminal.ts';

export type Desk = {
  /** Absolute path of jobs.yaml. */
  config: string;
  /** Absolute path of the data folder. */
  data: string;
  /** As it was given, for the runner. */
  port: number | undefined;
  terminal: Terminal;
  clock: Clock;
};

/** Options of the program itself, before or after the command. */
export type GlobalOptions = { config?: string; data?: string; port?: string; json?: boolean; color?: boolean; quiet?: boolean };

/** Options first, then the environment, then `jobs.yaml` here and `data` beside it. */
export function openDesk({ config, data, port, json = false, color = true, quiet = false }: GlobalOptions, env: NodeJS.ProcessEnv): Desk {
  if (!color) {
    env.NO_COLOR = '1';
    delete env.FORCE_COLOR; // Node takes it for the stronger of the two.
  }
  const file = path.resolve(config ?? env.RIVUS_CONFIG ?? 'jobs.yaml');
  return {
    config: file,
    data: path.resolve(data ?? env.RIVUS_DATA ?? path.join(path.dirname(file), 'data')),
    port: portOf(port ?? env.RIVUS_PORT),
    terminal: new Terminal({ json, quiet }),
    clock: realClock,
  };
}

function portOf(text: string | undefined): number | undefined {
  if (text === undefined) return undefined;
  const port = Number(text);
  if (/^\d{1,5}$/.test(text) && port < 65_536) return port;
  throw new Failure(EXIT.usage, 'usage', `"${text}" is no port`, { hint: 'give a number from 0 (any free port) to 65535' });
}
