/**
 * The inspector as it is served. Its sources are built when a browser first asks for it, in a process of their own, and what was built is kept
 * beside the installed packages, by a hash of the sources: so there is no build step, and no page of yesterday's sources.
 */
import { fork } from 'node:child_process';
import { hash } from 'node:crypto';
import { once } from 'node:events';
import fs from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Asset, Assets } from '../../inspector/asset.ts';
import type { Built } from './build-process.ts';

const ROOT = path.resolve(import.meta.dirname, '../..');
const APP = path.join(ROOT, 'inspector/app');
/** Where `npm ci` clears it away. */
const KEPT = path.join(ROOT, 'node_modules/.cache/inspector');
/** What decides how the sources are built, beside themselves. */
const BUILT_BY = ['package-lock.json', 'runtime/page/build.ts'];

const AT_THE_ROOT = '/';
const ASSETS = '/assets/';

type Files = ReadonlyMap<string, Asset>;

export class Page implements Assets {
  private version = '';
  private files: Promise<Files> | undefined;

  /** Rejects when the inspector cannot be built. */
  async get(address: string): Promise<Asset | undefined> {
    if (address !== AT_THE_ROOT && !address.startsWith(ASSETS)) return undefined;
    if (address === AT_THE_ROOT || !this.files) this.lookAgain();
    return (await this.files!).get(address);
  }

  private lookAgain(): void {
    const version = versionNow();
    if (version === this.version) return;
    this.version = version;
    const files = filesOf(version);
    this.files = files;
    // It is tried again at the next request.
    files.catch(() => {
      if (this.version === version) this.version = '';
    });
  }
}

function versionNow(): string {
  const files = fs.readdirSync(APP, { recursive: true, encoding: 'utf8' }).map((file) => path.join(APP, file));
  const texts = [...files, ...BUILT_BY.map((file) => path.join(ROOT, file))].toSorted().filter((file) => fs.statSync(file).isFile());
  return hash('sha256', texts.map((file) => `${path.relative(ROOT, file)}\n${fs.readFileSync(file, 'utf8')}`).join('\0'));
}

async function filesOf(version: string): Promise<Files> {
  const kept = path.join(KEPT, `${version}.json`);
  try {
    return new Map(JSON.parse(fs.readFileSync(kept, 'utf8')) as [string, Asset][]);
  } catch {
    const assets = await build();
    keep(kept, assets);
    return new Map(assets);
  }
}

async function build(): Promise<[string, Asset][]> {
  const child = fork(fileURLToPath(new URL('./build-process.ts', import.meta.url)), { stdio: ['ignore', 'ignore', 'inherit', 'ipc'] });
  const ended = once(child, 'exit').then(([code, signal]): Built => ({ error: `its process ended with ${signal ?? code}` }));
  const built = await Promise.race([once(child, 'message').then(([message]) => message as Built), ended]);
  if ('error' in built) throw new Error(`the inspector could not be built: ${built.error}`);
  return built.assets;
}

/** Older ones go. Where nothing can be written it is built again after the next start. */
function keep(file: string, assets: [string, Asset][]): void {
  try {
    fs.rmSync(KEPT, { recursive: true, force: true });
    fs.mkdirSync(KEPT, { recursive: true });
    fs.writeFileSync(`${file}.partial`, JSON.stringify(assets));
    fs.renameSync(`${file}.partial`, file);
  } catch {
    // The installed packages may belong to somebody else.
  }
}
