/**
 * What stages were bundled to by the run before, `<data>/bundles/index` beside the code itself. A stage of which all grounds still hold at a start
 * is taken from there, and when that is so for all of them, no bundler is started. Whatever is not certain is bundled.
 */
import { hash } from 'node:crypto';
import fs from 'node:fs';
import { findPackageJSON } from 'node:module';
import path from 'node:path';
import type { Clock } from '../../actors/ports.ts';
import { replaceDurably } from '../artifacts.ts';
import { version } from '../version.ts';
import type { Bundle } from './bundle.ts';
import { Bundler } from './bundler.ts';
import { holds, type Grounds } from './grounds.ts';
import { changedAmong, stampOf, type Sources } from './sources.ts';

/** Own modules that decide what a bundle is and what is known of it. */
export const MAKERS = ['bundle.ts', 'cut.ts', 'syntax.ts', 'sources.ts', 'grounds.ts', 'kept-bundles.ts'];

/** `map`: its hash. `sources`: paths. */
type Kept = Pick<Bundle, 'hash' | 'prompts' | 'whole' | 'grounds'> & { map: string; sources: readonly string[] };
/** As it is stored: each ground once, by its number. */
type Stored = Omit<Kept, 'grounds'> & { grounds: readonly number[] | undefined };
type Index = { madeBy: string; root: string; grounds: readonly (readonly [string, string])[]; stages: Record<string, Stored> };

export class KeptBundles {
  private readonly root: string;
  private readonly folder: string;
  private readonly bundler: Pick<Bundler, 'bundle' | 'getReady' | 'close'>;
  /** As it is loaded here; its files may change while the runner lives. */
  private readonly madeBy = maker();
  private readonly stages = new Map<string, Kept>();
  /** Those that may be taken; empty when the start is over. */
  private readonly fresh = new Map<string, Bundle>();
  private isOutOfDate = false;
  private bundling = 0;
  private writing: Promise<void> = Promise.resolve();

  /** `root`: folder of jobs.yaml; both absolute. The bundler starts beside all that follows, when something has changed. */
  constructor(clock: Clock, dataDir: string, root: string, bundler: Pick<Bundler, 'bundle' | 'getReady' | 'close'> = new Bundler(clock)) {
    this.root = root;
    this.folder = path.join(dataDir, 'bundles');
    this.bundler = bundler;
    this.read();
    if (this.isOutOfDate) this.bundler.getReady();
  }

  /** Whether stages that were ready in the run before are ready at once. */
  get isUpToDate(): boolean {
    return !this.isOutOfDate && this.fresh.size > 0;
  }

  /** As `bundleStage`. */
  readonly bundle = async (root: string, handler: string, stage: string): Promise<Bundle> => {
    const key = keyOf(handler, stage);
    const kept = root === this.root ? this.take(key) : undefined;
    if (kept) return kept;
    this.bundling += 1;
    try {
      const bundle = await this.bundler.bundle(root, handler, stage);
      if (root === this.root) this.note(key, bundle);
      return bundle;
    } finally {
      this.bundling -= 1;
      this.store();
    }
  };

  /** The start is over: who asks from now on has reason to, and what was looked at then may have changed. */
  settle(): void {
    this.fresh.clear();
    this.store();
  }

  async close(): Promise<void> {
    this.bundler.close();
    await this.writing;
  }

  private read(): void {
    const index = readIndex(path.join(this.folder, INDEX));
    this.isOutOfDate = index?.madeBy !== this.madeBy || index.root !== this.root;
    if (!index || this.isOutOfDate) return;
    // Before anything is read, as for whoever bundles.
    const stamps = new Map(Object.values(index.stages).flatMap(({ sources }) => sources.map((file) => [file, stampOf(file)] as const)));
    const still = index.grounds.map(holds);
    for (const [key, { grounds, ...stored }] of Object.entries(index.stages)) {
      const kept = { ...stored, grounds: grounds && new Map(grounds.map((n) => index.grounds[n]!)) };
      const bundle = grounds?.every((n) => still[n]) ? this.bundleOf(kept, new Map(kept.sources.map((file) => [file, stamps.get(file)!]))) : undefined;
      if (bundle) {
        this.stages.set(key, kept);
        this.fresh.set(key, bundle);
      } else this.isOutOfDate = true;
    }
  }

  /** Undefined when code or map are not those that were kept. */
  private bundleOf({ hash: name, map: mapHash, ...kept }: Kept, sources: Sources): Bundle | undefined {
    const code = textOf(path.join(this.folder, `${name}.mjs`), name);
    const map = textOf(path.join(this.folder, `${name}.mjs.map`), mapHash);
    return code === undefined || map === undefined ? undefined : { ...kept, hash: name, code, map, sources, isStored: true };
  }

  /** Unless it has been edited since it was looked at. */
  private take(key: string): Bundle | undefined {
    const bundle = this.fresh.get(key);
    return bundle && changedAmong(bundle.sources).length === 0 ? bundle : undefined;
  }

  private note(key: string, { hash: name, prompts, whole, map, sources, grounds }: Bundle): void {
    this.stages.set(key, { hash: name, prompts, whole, map: hash('sha256', map), sources: [...sources.keys()], grounds });
    this.isOutOfDate = true;
  }

  /** When nobody waits for a bundle any more. Nothing is lost when it cannot be written: the next start bundles. */
  private store(): void {
    if (!this.isOutOfDate || this.bundling > 0) return;
    this.isOutOfDate = false;
    const text = indexText({ madeBy: this.madeBy, root: this.root }, this.stages);
    this.writing = this.writing.then(() => replaceDurably(path.join(this.folder, INDEX), text)).catch(() => {});
  }
}

const INDEX = 'index';
const keyOf = (handler: string, stage: string): string => JSON.stringify([handler, stage]);

/** Of all that makes bundles. */
function maker(): string {
  const rolldown = findPackageJSON('rolldown', import.meta.url);
  const texts = [...MAKERS.map((name) => new URL(name, import.meta.url)), ...(rolldown === undefined ? [] : [rolldown])].map((file) => fs.readFileSync(file, 'utf8'));
  return hash('sha256', JSON.stringify([version, process.version, process.env['NODE_ENV'], ...texts]));
}

/** The file's text when its hash is the one that is asked for. */
function textOf(file: string, expected: string): string | undefined {
  try {
    const text = fs.readFileSync(file, 'utf8');
    return hash('sha256', text) === expected ? text : undefined;
  } catch {
    return undefined;
  }
}

/** One line with the hash of the rest, so that a damaged file is none. */
function readIndex(file: string): Index | undefined {
  try {
    const [mark, text = ''] = fs.readFileSync(file, 'utf8').split('\n');
    return mark === hash('sha256', text) ? (JSON.parse(text) as Index) : undefined;
  } catch {
    return undefined;
  }
}

function indexText(head: Pick<Index, 'madeBy' | 'root'>, stages: ReadonlyMap<string, Kept>): string {
  const numbers = new Map<string, number>();
  const table: [string, string][] = [];
  const numberOf = (ground: [string, string]) => {
    const key = ground.join('\n');
    if (!numbers.has(key)) numbers.set(key, table.push(ground) - 1);
    return numbers.get(key)!;
  };
  const numbered = (grounds: Grounds | undefined) => grounds && [...grounds].map(numberOf);
  const stored = Object.fromEntries([...stages].map(([key, kept]) => [key, { ...kept, grounds: numbered(kept.grounds) }]));
  const text = JSON.stringify({ ...head, grounds: table, stages: stored } satisfies Index);
  return `${hash('sha256', text)}\n${text}`;
}
