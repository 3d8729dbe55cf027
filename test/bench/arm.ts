/** One measurement is one process: its memory and its compiled code are its own. It says what it found as JSON in its last line. */
import { spawn } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';

/** Figures by name. */
export type Facts = Record<string, number>;

export type Options = { items: number; concurrency: number; unrecorded: boolean; priorities: boolean; viewers: number; folder?: string };

/** What the process was asked to measure. */
export function options(argv: readonly string[] = process.argv.slice(2)): Options {
  const { values } = parseArgs({
    args: [...argv],
    options: { items: { type: 'string', default: '20000' }, concurrency: { type: 'string', default: '10' }, unrecorded: { type: 'boolean', default: false }, priorities: { type: 'boolean', default: false }, viewers: { type: 'string', default: '0' }, folder: { type: 'string' } },
  });
  const { items, concurrency, viewers, ...rest } = values;
  return { ...rest, items: Number(items), concurrency: Number(concurrency), viewers: Number(viewers) };
}

/** CPU time of this process for each execution so far since the returned function was made, in µs: it is less at the mercy of what else the machine does than the rate. */
export function cpuOf(): (executions: number) => number {
  const before = process.cpuUsage();
  return (executions) => {
    const { user, system } = process.cpuUsage(before);
    return (user + system) / executions;
  };
}

export function report(facts: Facts): void {
  console.log(JSON.stringify(facts));
}

/** Runs `NAME.ts` of this folder. Rejects with what the process said when it fails. */
export function runArm(name: string, args: readonly string[] = [], env: Record<string, string> = {}): Promise<Facts> {
  const file = fileURLToPath(new URL(`./${name}.ts`, import.meta.url));
  return new Promise((resolve, reject) => {
    const child = spawn(process.execPath, [file, ...args], { env: { ...process.env, ...env }, stdio: ['ignore', 'pipe', 'pipe'] });
    const said = { stdout: '', stderr: '' };
    child.stdout.setEncoding('utf8').on('data', (text: string) => (said.stdout += text));
    child.stderr.setEncoding('utf8').on('data', (text: string) => (said.stderr += text));
    child.once('error', reject);
    child.once('close', (code) => {
      if (code === 0) return resolve(JSON.parse(said.stdout.trim().split('\n').at(-1)!) as Facts);
      reject(new Error(`${name} ${args.join(' ')} ended with ${code}:\n${said.stderr || said.stdout}`));
    });
  });
}
