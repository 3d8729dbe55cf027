/**
 * One stage of a handler as one piece of code: with all it imports, without what it does not use, minified. Its hash changes with
 * what the stage does, and not with comments, whitespace, types, or functions that only other stages use.
 */
import { hash } from 'node:crypto';
import fs from 'node:fs';
import path from 'node:path';
import { rolldown, type OutputChunk, type Plugin } from 'rolldown';
import { VALIDATE } from '../../actors/ports.ts';
import { BundleError, noStage, positioned } from './bundle-error.ts';
import { cutHandler, cutModule } from './cut.ts';
import { GroundsFound, type Grounds } from './grounds.ts';
import { stampOf, type Sources } from './sources.ts';

export type Bundle = {
  /** An ES module that exports `definition` (the handler) and `deps` (the stage's VERSION_DEPS, or undefined). It imports `rivus`. */
  code: string;
  /** SHA-256 of the code, hex. */
  hash: string;
  /** SHA-256 over the Markdown files that are part of it, hex; '' when there are none. */
  prompts: string;
  /** Source map, JSON; its sources are relative to `root`. */
  map: string;
  /** What it is made of: when one of these changes, it is out of date. */
  sources: Sources;
  /** The stages stand in no literal, so that a change anywhere in the module changes the version of every stage. */
  whole: boolean;
  /** As long as they hold it would be bundled to the same; undefined when nobody can tell. */
  grounds: Grounds | undefined;
  /** Code and map stand in the folder of bundles. */
  isStored?: true;
};

const ENTRY = '\0rivus-stage';
const OWN_CODE = /\.m?[jt]s$/;
const PACKAGE = `${path.sep}node_modules${path.sep}`;

/**
 * `root`: folder of jobs.yaml, absolute. `handler`: path of the module from there. Rejects with `BundleError`, which says
 * file:line:column where it can. The files that are read stand in `sources`, or in `error.sources`.
 */
export async function bundleStage(root: string, handler: string, stage: string): Promise<Bundle> {
  const named = path.resolve(root, handler);
  if (!fs.existsSync(named)) throw new BundleError(`there is no handler "${handler}" in ${root}`, new Map([[named, stampOf(named)]]));
  // The bundler calls modules by where they really are.
  const [folder, file] = [fs.realpathSync(root), fs.realpathSync(named)];
  const reading = new Reading(file, stage);
  for (const place of [root, named]) reading.grounds.place(place);
  try {
    const chunk = await build(folder, reading);
    if (stage !== VALIDATE && reading.stages && !reading.stages.includes(stage)) throw new BundleError(noStage(handler, stage, reading.stages), reading.sources);
    refuseAddons(chunk.moduleIds, reading);
    return {
      code: chunk.code,
      hash: hash('sha256', chunk.code),
      prompts: reading.promptsIn(chunk.moduleIds),
      map: mapOf(chunk, folder),
      sources: reading.sources,
      whole: reading.whole,
      grounds: reading.grounds.all(),
    };
  } catch (error) {
    throw error instanceof BundleError ? error : positioned(error, folder, reading.sources);
  }
}

async function build(root: string, reading: Reading): Promise<OutputChunk> {
  const bundle = await rolldown({
    input: ENTRY,
    cwd: root,
    platform: 'node',
    tsconfig: false,
    external: (id) => id === 'rivus',
    plugins: [reading.plugin()],
    // A package that is missing would be left to fail at the import, far away from the line that names it.
    onLog(_level, log) {
      if (log.code === 'UNRESOLVED_IMPORT') throw log;
    },
  });
  try {
    const { output } = await bundle.generate({ format: 'esm', minify: true, sourcemap: 'hidden', codeSplitting: false, comments: false });
    return output[0];
  } finally {
    await bundle.close();
  }
}

/** What is learned while the modules are read. */
class Reading {
  whole = false;
  stages: string[] | undefined;
  readonly sources = new Map<string, string>();
  readonly grounds = new GroundsFound();
  private readonly file: string;
  private readonly stage: string;
  private readonly prompts = new Map<string, string>();

  constructor(file: string, stage: string) {
    this.file = file;
    this.stage = stage;
  }

  promptsIn(modules: readonly string[]): string {
    const included = modules.flatMap((id) => this.prompts.get(id) ?? []).toSorted();
    return included.length === 0 ? '' : hash('sha256', included.join('\n'));
  }

  plugin(): Plugin {
    return {
      name: 'rivus',
      resolveId: (id, importer) => this.resolve(id, importer),
      load: (id) => this.load(id),
      transform: (code, id) => this.transform(code, id),
    };
  }

  private resolve(id: string, importer: string | undefined) {
    if (id === ENTRY) return id;
    if (importer && path.isAbsolute(importer)) this.grounds.import(id, importer);
    return null;
  }

  private load(id: string) {
    if (id === ENTRY) return `import * as module from ${JSON.stringify(this.file)};\nexport const definition = module.default, deps = module.VERSION_DEPS?.[${JSON.stringify(this.stage)}];`;
    if (id.endsWith('.node')) throw new BundleError(`${id} is a native add-on: handlers cannot use them; run the tool with ctx.exec() instead`, this.sources);
    if (path.isAbsolute(id) && !id.includes(PACKAGE)) this.sources.set(id, stampOf(id));
    if (path.isAbsolute(id)) this.grounds.module(id);
    if (!id.endsWith('.md')) return null;
    const text = fs.readFileSync(id, 'utf8');
    this.prompts.set(id, hash('sha256', text));
    return { code: `export default ${JSON.stringify(text)};`, moduleType: 'js' as const };
  }

  private transform(code: string, id: string) {
    if (id !== this.file) return OWN_CODE.test(id) && !id.includes(PACKAGE) ? cutModule(code, id) : null;
    const cut = cutHandler(code, id, this.stage);
    if (!cut) return null;
    this.whole = cut.whole;
    this.stages = cut.stages;
    return cut.edited;
  }
}

/** Packages with compiled parts look for them beside themselves, where the bundle is not. */
function refuseAddons(modules: readonly string[], { grounds, sources }: Reading): void {
  const folders = new Set(modules.filter((id) => id.includes(PACKAGE)).map(packageFolder));
  for (const folder of folders) {
    const signs = ['binding.gyp', 'prebuilds'].map((name) => path.join(folder, name));
    for (const sign of signs) grounds.place(sign);
    if (signs.some((sign) => fs.existsSync(sign))) {
      throw new BundleError(`the package ${path.basename(folder)} has a native add-on: handlers cannot use it; run a tool with ctx.exec() instead`, sources);
    }
  }
}

function packageFolder(id: string): string {
  const at = id.lastIndexOf(PACKAGE) + PACKAGE.length;
  const [scopeOrName = '', name = ''] = id.slice(at).split(path.sep);
  return id.slice(0, at) + (scopeOrName.startsWith('@') ? path.join(scopeOrName, name) : scopeOrName);
}

/** The bundler writes paths from where the file would lie if it were written, `<root>/dist`. */
function mapOf({ map }: OutputChunk, root: string): string {
  if (!map) return '';
  const { version, sources, names, mappings } = map;
  return JSON.stringify({ version, names, mappings, sources: sources.map((source) => path.relative(root, path.resolve(root, 'dist', source))) });
}
