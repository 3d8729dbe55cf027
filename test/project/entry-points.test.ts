import { execFile, type ExecFileOptions } from 'node:child_process';
import fs from 'node:fs';
import path from 'node:path';
import { describe, expect, test } from 'vitest';
import { projectRoot as root } from '../support/project-files.ts';
import { tempFolder } from '../support/temp.ts';

const entries = ['runtime/start.js', 'runtime/jobctl.js'];

type Ended = { code: number; stdout: string; stderr: string };

function run(file: string, args: string[], options: ExecFileOptions = {}): Promise<Ended> {
  return new Promise((resolve) => {
    execFile(file, args, { cwd: root, encoding: 'utf8', ...options }, (error, stdout, stderr) =>
      resolve({ code: typeof error?.code === 'number' ? error.code : error ? -1 : 0, stdout: String(stdout), stderr: String(stderr) }),
    );
  });
}

/** The entry points as they are, before a `main` that is known. */
function cloneWith(main: string): string {
  const copied = ['runtime/require-node.js', 'runtime/zod-locales.js', ...entries].map((file) => [file, fs.readFileSync(path.join(root, file), 'utf8')]);
  const manifest = JSON.stringify({ name: 'clone', version: '1.0.0', type: 'module', bin: { jobctl: 'runtime/jobctl.js' } });
  const clone = tempFolder({ ...Object.fromEntries(copied), 'package.json': manifest, 'runtime/main.ts': main, 'runtime/jobctl/main.ts': main });
  fs.chmodSync(path.join(clone, 'runtime/jobctl.js'), 0o755);
  return clone;
}

/** The Node of the machine, if it is too old: those on PATH that npm did not put there. */
async function oldNode(): Promise<string | undefined> {
  const folders = (process.env.PATH ?? '').split(path.delimiter).filter((folder) => folder && !folder.includes('node_modules'));
  for (const node of [...folders.map((folder) => path.join(folder, 'node')), '/usr/bin/node']) {
    if (!fs.existsSync(node)) continue;
    const { stdout } = await run(node, ['-p', 'process.versions.node']);
    if (Number.parseInt(stdout) < 24) return node;
  }
  return undefined;
}

const old = await oldNode();
if (!old) console.warn('skipped: this machine has no Node below 24 to try the entry points with');

describe.skipIf(!old)('with a Node that is too old', () => {
  test.each(entries)('%s says in one line what it found, what it needs and how to get it, and ends with 2', async (entry) => {
    const { stdout: found } = await run(old!, ['-p', 'process.versions.node']);
    const { code, stdout, stderr } = await run(old!, [entry]);
    expect(stderr).toBe(
      `Rivus needs Node 24 or newer and was started with Node ${found.trim()}. \`npm ci\` brings the right one into this folder; start with \`npm start\` or \`npx jobctl\`, which find it.\n`,
    );
    expect({ code, stdout }).toEqual({ code: 2, stdout: '' });
  });

  test('npx jobctl finds the Node that npm ci has brought', async () => {
    const clone = cloneWith('export async function main(argv: string[]) { console.log(process.versions.node, ...argv); return 5; }');
    fs.mkdirSync(path.join(clone, 'node_modules/.bin'), { recursive: true });
    fs.symlinkSync(process.execPath, path.join(clone, 'node_modules/.bin/node'));
    const env = { PATH: `${path.dirname(old!)}:/usr/bin:/bin`, HOME: clone, npm_config_cache: path.join(clone, '.npm'), npm_config_offline: 'true' };
    const { code, stdout, stderr } = await run('npx', ['jobctl', 'status'], { cwd: clone, env });
    expect(stdout, stderr).toBe(`${process.versions.node} status\n`);
    expect(code).toBe(5);
  });
});

test.each(entries)('%s hands its arguments to main, whose answer is the exit code', async (entry) => {
  const clone = cloneWith('export const main = async (argv: string[]) => { console.log(JSON.stringify(argv)); return 3; };');
  expect(await run(process.execPath, [entry, '--config', 'x'], { cwd: clone })).toEqual({ code: 3, stdout: '["--config","x"]\n', stderr: '' });
});

test.each(entries)('%s ends with 1 and the error when main throws', async (entry) => {
  const { code, stderr } = await run(process.execPath, [entry], { cwd: cloneWith('export async function main() { throw new Error("no luck"); }') });
  expect(code).toBe(1);
  expect(stderr).toContain('no luck');
});

test('jobctl may be executed', () => {
  expect(fs.statSync(path.join(root, 'runtime/jobctl.js')).mode & 0o111).toBe(0o111);
});

test('zod speaks English at once, and loads another language when it is asked for', async () => {
  const clone = cloneWith(`
    import module from 'node:module';
    export async function main() {
      const loaded: string[] = [];
      module.registerHooks({ load: (url, context, next) => (loaded.push(...(/zod\\/v4\\/locales\\/([\\w-]+)\\.js$/.exec(url)?.slice(1) ?? [])), next(url, context)) });
      const { z } = await import('zod');
      const said = () => z.string().safeParse(1).error!.issues[0]!.message;
      const english = [said(), [...loaded]];
      z.config(z.locales.de());
      console.log(JSON.stringify({ english, german: [said(), loaded], languages: Object.keys(z.locales) }));
    }`);
  fs.symlinkSync(path.join(root, 'node_modules'), path.join(clone, 'node_modules'));
  const { stdout, stderr } = await run(process.execPath, ['runtime/start.js'], { cwd: clone });
  const { locales } = await import('zod');
  expect(JSON.parse(stdout || '{}'), stderr).toEqual({
    english: ['Invalid input: expected string, received number', ['en']],
    german: ['Ungültige Eingabe: erwartet string, erhalten Zahl', ['en', 'de']],
    languages: Object.keys(locales).toSorted(),
  });
});
