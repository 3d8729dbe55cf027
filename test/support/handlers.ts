/** Handlers of a project in a temporary folder, with a store and a ledger in memory and a clock that stands still. */
import fs from 'node:fs';
import path from 'node:path';
import type { Claim, Clock, Log, Result } from '../../actors/ports.ts';
import type { JobSpec } from '../../machines/spec.ts';
import { bundleStage } from '../../runtime/handlers/bundle.ts';
import type { VersionHashes } from '../../runtime/handlers/facets.ts';
import { createHandlers, type HandlersOptions } from '../../runtime/handlers/handlers.ts';
import type { HandlersStore, Progress } from '../../runtime/handlers/world.ts';
import { localWeb } from './local-web.ts';
import { jobSpec } from './store.ts';
import { tempFolder } from './temp.ts';

export const NOW = Date.parse('2026-11-24T12:00:00Z');

/** Time passes only by `advance`. */
export class ManualClock implements Clock {
  private at = NOW;
  private timers: { due: number; run: () => void }[] = [];
  now = () => this.at;
  monotonic = () => this.at;
  random = () => 0.5;
  defer(run: () => void) {
    setImmediate(run);
  }
  setTimeout(run: () => void, ms: number) {
    const timer = { due: this.at + ms, run };
    this.timers.push(timer);
    return timer;
  }
  clearTimeout(timer: unknown) {
    this.timers = this.timers.filter((other) => other !== timer);
  }
  advance(ms: number) {
    this.at += ms;
    for (const timer of this.timers.filter(({ due }) => due <= this.at)) {
      this.clearTimeout(timer);
      timer.run();
    }
  }
  /** Timers that nobody has cleared. */
  get pending() {
    return this.timers.length;
  }
}

/** Versions get numbers as they come; outputs are what the test puts there. */
export class MemoryStore implements HandlersStore {
  readonly uuid = 'a-database';
  readonly versions: ({ job: string; stage: string } & VersionHashes)[] = [];
  readonly bodies = new Map<string, string>();
  reads = 0;
  readonly outputs = {
    ofItem: (itemId: number, stages: readonly string[]) => {
      this.reads++;
      return Object.fromEntries(stages.flatMap((stage) => (this.bodies.has(`${itemId}/${stage}`) ? [[stage, this.bodies.get(`${itemId}/${stage}`)!]] : [])));
    },
    ofStage: (_job: string, stage: string) => [...this.bodies].filter(([key]) => key.endsWith(`/${stage}`)).map(([key, body]) => ({ key: key.split('/')[0]!, output: JSON.parse(body) as unknown })),
  };
  versionId(job: string, stage: string, hashes: VersionHashes) {
    const row = JSON.stringify({ job, stage, ...hashes });
    const known = this.versions.findIndex((version) => JSON.stringify(version) === row);
    return known >= 0 ? known + 1 : this.versions.push(JSON.parse(row));
  }
}

/** What was remembered stays; the first value counts, as in the store. */
export class MemoryLedger {
  readonly memos = new Map<string, string>();
  recall = (key: string) => this.memos.get(key);
  remember = async (key: string, value: string) => {
    if (!this.memos.has(key)) this.memos.set(key, value);
  };
}

export type Line = { level: keyof Log; message: string; facts?: Record<string, unknown> };

/** A job "watch" with the handler `handlers/job.ts`. `stages`: each with what it needs; `files`: path → text. */
export function handlersIn(files: Record<string, string>, stages: Record<string, string[]>, more: Partial<HandlersOptions> & { spec?: Partial<JobSpec> } = {}) {
  const root = tempFolder(files);
  const dataDir = path.join(root, 'data');
  const clock = new ManualClock();
  const [store, ledger, lines, progress] = [new MemoryStore(), new MemoryLedger(), [] as Line[], [] as Progress[]];
  const write = (level: keyof Log) => (message: string, facts?: Record<string, unknown>) => void lines.push({ level, message, ...(facts && { facts }) });
  const log = { debug: write('debug'), info: write('info'), warn: write('warn'), error: write('error') };
  const specs = [jobSpec('watch', stages, more.spec)];
  const handlers = createHandlers({ root, dataDir, clock, store, ledger, log, env: {}, web: localWeb(clock), specs: () => specs, bundle: bundleStage, onProgress: (at) => void progress.push(at), ...more });

  return {
    root, dataDir, clock, store, ledger, lines, progress, specs, handlers,
    write: (file: string, text: string) => fs.writeFileSync(path.join(root, file), text),
    prepare: async (...names: string[]) => {
      for (const name of names) await handlers.prepare('watch', name);
    },
    /** Hashes of what is loaded now. */
    version: (stage: string) => store.versions[handlers.version('watch', stage) - 1]!,
    run: (stage: string, claim: Partial<Claim> & { item?: unknown } = {}, signal: AbortSignal | (() => AbortSignal) = () => new AbortController().signal): Promise<Result> =>
      handlers.run(claimOf(stage, claim), signal),
  };
}

export function claimOf(stage: string, { item = {}, ...claim }: Partial<Claim> & { item?: unknown } = {}): Claim {
  return { job: 'watch', stage, itemId: 1, key: 'a', data: JSON.stringify(item), priority: 0, attempt: 1, tries: 0, lease: 1, upstream: '', ...claim };
}

/** A handler module with one stage `work` of which only the body of `run({ item, prev, ctx })` differs. */
export function handlerOf(body: string, { stage = '', handler = '', top = '' } = {}): string {
  return `import { handler, stage, z, Transient, Fatal, PauseJob } from 'rivus';
${top}
const work = stage({ ${stage} async run({ item, prev, ctx }) { ${body} } });
export default handler({ ${handler} stages: { work } });
`;
}

/** The result of one attempt of `run({ item, prev, ctx }) { body }`. */
export async function attemptOf(body: string, claim: Partial<Claim> & { item?: unknown } = {}, parts: Parameters<typeof handlerOf>[1] = {}): Promise<Result> {
  const at = handlersIn({ 'handlers/job.ts': handlerOf(body, parts) }, { work: [] });
  await at.prepare('work');
  return at.run('work', claim);
}
