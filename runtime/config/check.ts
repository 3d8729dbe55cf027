/** Text of a jobs.yaml → what runs, or every mistake at once. */
import { hash } from 'node:crypto';
import { createRequire } from 'node:module';
import { ZodError } from 'zod';
import type { RuntimeSpec } from '../../machines/spec.ts';
import { Mistake } from './calendar-file.ts';
import { checkChains, checkDiscovery, type Strategies } from './checks/discovery.ts';
import { checkDoctor } from './checks/doctor.ts';
import { checkHandler } from './checks/handler.ts';
import { checkMoney } from './checks/money.ts';
import { checkModels, unpricedModels } from './checks/models.ts';
import { checkNotify } from './checks/notify.ts';
import { unreachedPatterns } from './checks/routes.ts';
import { checkStages } from './checks/stages.ts';
import { checkVariables, unsetVariables } from './checks/variables.ts';
import { checkWindow, filesIn } from './checks/window.ts';
import { placeOf, type Complaint } from './complaint.ts';
import type { Reading } from './document.ts';
import { complaintsOf } from './issues.ts';
import { outlineOf } from './outline.ts';
import { problemAt, sourceOf, type Problem, type Source } from './problem.ts';
import { Config } from './schema.ts';
import { toSpec } from './spec.ts';

/** What is read once is not worth code made for it. */
const ONCE = { jitless: true };

export type CheckOptions = {
  /** All that `discovery.strategy` may name. */
  strategies: Strategies;
  /** Why some of the operator's own strategies cannot be used, in words. */
  mistakes?: readonly string[];
  /** Warns of variables without a value; left out, it does not look. */
  env?: Readonly<Record<string, string | undefined>>;
  /** What a text says that was read before; undefined for every other one. */
  known?(text: string): unknown;
};

/** `data`: what the text says, unchecked. `hash`: SHA-256 of the text, in hex. `${VAR}` stays unexpanded everywhere. */
export type Checked =
  | { ok: true; spec: RuntimeSpec; config: Config; text: string; data: unknown; hash: string; warnings: Problem[] }
  | { ok: false; problems: Problem[] };

/** `file` is the name for messages, `root` the folder (absolute) where relative paths start. */
export function checkConfig(text: string, { file, root, strategies, mistakes = [], env, known }: CheckOptions & { file: string; root: string }): Checked {
  const source = sourceOf(file, text);
  const reading = readingOf(source, known?.(text));
  if (!('data' in reading)) return { ok: false, problems: inOrder(reading.problems) };

  const data = withoutPrivateKeys(reading.data);
  if (Object(data) !== data || Array.isArray(data)) {
    const message = `the file must be a map with at least jobs: in it${data === null ? ', but it is empty' : ''}`;
    return { ok: false, problems: [problemAt(source, [0, 1], message)] };
  }

  const parsed = Config.safeParse(data, ONCE);
  const complaints = [...(parsed.error ? complaintsOf(parsed.error.issues, Config, data) : []), ...mistakes.map((message) => ({ path: ['strategies'], message })), ...acrossTheFile(data, strategies, root)];
  const problems = [...reading.problems, ...complaints.map((complaint) => show(complaint, data, reading, source))];
  if (!parsed.success || problems.length > 0) return { ok: false, problems: inOrder(problems) };

  const remarks = [...unreachedPatterns(outlineOf(data).jobs), ...(env ? [...unsetVariables(data, env), ...unpricedModels(parsed.data, env)] : [])];
  const warnings = inOrder(remarks.map((remark) => show(remark, data, reading, source)));
  return { ok: true, spec: toSpec(parsed.data, filesIn(root)), config: parsed.data, text, data: reading.data, hash: hash('sha256', text), warnings };
}

/**
 * What a text that was in force once says; undefined when this version would read it otherwise or not at all.
 *
 * @param root where the files that it names are, as they are now; left out, they count as empty
 */
export function specIn(text: string, root?: string): RuntimeSpec | undefined {
  const reading = readingOf(sourceOf('', text));
  const parsed = Config.safeParse(withoutPrivateKeys(reading.data), ONCE);
  try {
    return parsed.success ? toSpec(parsed.data, root === undefined ? undefined : filesIn(root)) : undefined;
  } catch (cause) {
    if (cause instanceof Mistake || cause instanceof ZodError) return undefined;
    throw cause;
  }
}

/** The YAML parser is loaded by the first text of which nothing is known, and by the first mistake in one that is. */
const yaml = () => createRequire(import.meta.url)('./document.ts') as typeof import('./document.ts');

function readingOf(source: Source, data?: unknown): Reading {
  return data === undefined ? yaml().readDocument(source) : { data, problems: [], locate: (path, part) => yaml().readDocument(source).locate(path, part) };
}

function acrossTheFile(data: unknown, strategies: Strategies, root: string): Complaint[] {
  const { resources, models, jobs } = outlineOf(data);
  return [
    ...jobs.flatMap((job) => [...checkStages(job, resources), ...checkModels(job, models), ...checkDiscovery(job, strategies, data), ...checkHandler(job, root), ...checkMoney(job, data), ...checkWindow(job, data, root)]),
    ...checkChains(jobs, strategies),
    ...checkDoctor(data),
    ...checkNotify(data),
    ...checkVariables(data),
  ];
}

/** Keys at the top that begin with `x-` hold anchors of the operator's. */
function withoutPrivateKeys(data: unknown): unknown {
  if (Object(data) !== data || Array.isArray(data)) return data;
  return Object.fromEntries(Object.entries(data as object).filter(([key]) => !key.startsWith('x-')));
}

function show({ path, on, message }: Complaint, data: unknown, reading: Reading, source: Source): Problem {
  return problemAt(source, reading.locate(path, on), placeOf(path, data).where + message);
}

function inOrder(problems: readonly Problem[]): Problem[] {
  return problems.toSorted((a, b) => a.line - b.line || a.column - b.column);
}
