/** `jobctl new job NAME --from feed|files|json_api|chain|manual [SOURCE]` */
import fs from 'node:fs';
import path from 'node:path';
import { checkConfig, type Config } from '../../config/index.ts';
import { name as nameSchema } from '../../config/words.ts';
import { knownStrategies } from '../../own-strategies.ts';
import { newJob, type NewJob } from '../../scaffold/new-job.ts';
import { templates, type Template, type TemplateName } from '../../scaffold/templates.ts';
import { writeNewJob } from '../../scaffold/write.ts';
import { configured, refused } from '../configured.ts';
import type { Desk } from '../desk.ts';
import { EXIT, Failure } from '../failure.ts';
import { findRunner } from '../runner.ts';

type Options = { from: TemplateName; dryRun?: boolean };

export async function newJobCommand(desk: Desk, name: string, given: string | undefined, { from, dryRun = false }: Options): Promise<void> {
  const { config: current, text } = await configured(desk, 'mend it first: a job is added to a file that is sound');
  checkName(name, current);
  if (given !== undefined && !('source' in templates[from])) throw new Failure(EXIT.usage, 'usage', `a job of the kind ${from} reads from nowhere, so "${given}" means nothing`, { hint: `npx jobctl new job ${name} --from ${from}` });
  const source = given ?? lastJobFor(from, current);
  const job = newJob(text, name, from, source);
  const root = path.dirname(desk.config);
  for (const { path: file } of job.files) refuseExisting(root, file);
  await checkResult(desk, job, root);
  if (!dryRun) writeNewJob(desk.config, job);
  const next = nextSteps(desk, job, source);
  if (desk.terminal.json) {
    const files = job.files.map(({ path, text }) => ({ path, ...(dryRun && { text }) }));
    return desk.terminal.document({ ok: true, job: name, from, dryRun, line: job.line, block: job.block, files, next });
  }
  if (dryRun) preview(desk, job);
  else show(desk, job, next);
}

function checkName(name: string, { jobs }: Config): void {
  const parsed = nameSchema.safeParse(name);
  if (!parsed.success) {
    const proposal = name.trim().toLowerCase().replace(/[^a-z0-9_-]+/g, '_').replace(/^_+|_+$/g, '').slice(0, 64);
    const hint = proposal === '' || proposal === name ? undefined : `for example: npx jobctl new job ${proposal}`;
    throw new Failure(EXIT.usage, 'invalid_name', `"${name}" is no name for a job: it ${parsed.error.issues[0]!.message}`, { ...(hint !== undefined && { hint }) });
  }
  if (!Object.hasOwn(jobs, name)) return;
  throw new Failure(EXIT.notAccepted, 'exists', `jobs.yaml has a job "${name}" already`, { hint: 'take another name, or change the job that is there' });
}

/** A chain reads from the last job of the file, unless another is named. */
function lastJobFor(from: TemplateName, { jobs }: Config): string | undefined {
  if (from !== 'chain') return undefined;
  const last = Object.keys(jobs).at(-1);
  if (last !== undefined) return last;
  throw new Failure(EXIT.usage, 'usage', 'a chain reads from another job, and there is none yet', { hint: 'npx jobctl new job NAME --from manual' });
}

function refuseExisting(root: string, file: string): void {
  if (!fs.existsSync(path.join(root, file))) return;
  throw new Failure(EXIT.notAccepted, 'exists', `${file} exists already`, { hint: 'take another name, or move the file away' });
}

/** The file as it would be: a bad address or an unknown job is found before anything is written. The handler is not there yet. */
async function checkResult(desk: Desk, job: NewJob, root: string): Promise<void> {
  const known = await knownStrategies(desk.config, desk.clock);
  const { strategy } = templates[job.from];
  if (!Object.hasOwn(known.strategies, strategy)) throw new Failure(EXIT.failed, 'unknown_strategy', `this version of Rivus has no strategy "${strategy}"`, { hint: `known are ${Object.keys(known.strategies).join(', ')}` });
  const checked = checkConfig(job.jobsYaml, { file: path.basename(desk.config), root, ...known });
  const problems = checked.ok ? [] : checked.problems.filter(({ message }) => !message.includes(`there is no handler "./${job.files[0]!.path}"`));
  if (problems.length > 0) throw refused(problems, desk.config, { hint: 'nothing was written', json: desk.terminal.json });
}

function nextSteps({ config, data }: Desk, { name, from, line }: NewJob, source: string | undefined): string[] {
  const { source: reads, first } = templates[from] as Template;
  return [
    ...(from === 'files' ? [`put files where ${source ?? reads?.otherwise} finds them`] : reads && source === undefined ? [`set discovery.${reads.what} in ${path.basename(config)}:${line}`] : []),
    `npx jobctl try ${name} ${first.stage} --with '${first.data}'`,
    findRunner(data) ? 'npx jobctl reload' : 'npm start',
    ...(from === 'manual' ? [`npx jobctl add ${name} first '${first.data}'`] : []),
  ];
}

function show({ config, terminal }: Desk, { name, line, files }: NewJob, next: string[]): void {
  const rows = [{ path: `${path.basename(config)}:${line}`, about: 'what it watches, and its stages' }, ...files];
  const width = Math.max(...rows.map((row) => row.path.length));
  terminal.print(`${terminal.paint('green', '✓')} ${terminal.paint('bold', name)}`, ...rows.map((row) => `  ${row.path.padEnd(width)}  ${terminal.paint('dim', row.about)}`));
  terminal.print('', 'next', ...next.map((step, index) => `  ${index + 1}. ${step}`));
}

function preview({ config, terminal }: Desk, { block, line, files }: NewJob): void {
  const blocks = [{ path: `${path.basename(config)}:${line}`, text: block }, ...files];
  for (const { path: file, text } of blocks) terminal.print(terminal.paint('bold', `── ${file}`), ...text.trimEnd().split('\n'), '');
  terminal.say('a dry run: nothing was written');
}
