/** What a new job consists of: its entry in jobs.yaml, its handler, its prompt, its tests. Nothing is written here. */
import path from 'node:path';
import { stringify } from 'yaml';
import { isWeb } from '../http/address.ts';
import { Guard } from '../http/guard.ts';
import { insertJob, lineOfJob } from './insert-job.ts';
import { templateFiles, templates, type Template, type TemplateName } from './templates.ts';

/** `path`: from the folder of jobs.yaml. */
export type NewFile = { path: string; text: string; about: string };

export type NewJob = {
  name: string;
  from: TemplateName;
  files: NewFile[];
  /** The entry as it is written, and the whole file with it. */
  block: string;
  jobsYaml: string;
  line: number;
};

/** `source`: what the job reads, as `templates` says. `text`: of jobs.yaml as it is. */
export function newJob(text: string, name: string, from: TemplateName, source: string | undefined): NewJob {
  const file = name.replaceAll('_', '-');
  const { 'job.yaml': block = '', ...rest } = templateFiles(from);
  const reads = yamlOf(source ?? (templates[from] as Template).source?.otherwise ?? '');
  // By a function, for `$&` in an address is no pattern; and last, for it may hold the other words.
  const plain = block.replaceAll('NAME', name).replaceAll('FILE', file).replaceAll('SOURCE', () => reads);
  const entry = plain.replace(/^ {2}handler: .*\n/m, (line) => line + allowing(source));
  const jobsYaml = insertJob(text, entry);
  const files = Object.entries(rest).map(([template, content]) => ({ ...placed(template, file), text: renamed(content, name, file) }));
  return { name, from, block: entry, jobsYaml, line: lineOfJob(jobsYaml, name), files: files.toSorted((a, b) => a.order - b.order).map(({ order: _, ...file }) => file) };
}

function placed(template: string, file: string): { path: string; about: string; order: number } {
  if (template === 'handler.ts') return { path: path.posix.join('handlers', `${file}.ts`), about: 'its stages', order: 0 };
  if (template === 'prompt.md') return { path: path.posix.join('handlers', file, 'prompt.md'), about: 'what deserves attention; `score` reads it', order: 1 };
  return { path: path.posix.join('handlers', `${file}.test.ts`), about: `npx vitest run handlers/${file}.test.ts`, order: 2 };
}

function renamed(text: string, name: string, file: string): string {
  return text.replaceAll("'./handler.ts'", `'./${file}.ts'`).replaceAll("'./prompt.md'", `'./${file}/prompt.md'`).replaceAll('NAME', name);
}

/** A source on this machine, or in its network, was named by the operator: what it leads to is meant too. */
function allowing(source: string | undefined): string {
  const url = source === undefined ? null : URL.parse(source);
  if (!url || !isWeb(url)) return '';
  try {
    new Guard([]).checkUrl(url);
    return '';
  } catch {
    return `  http: { allow_hosts: [${JSON.stringify(url.host)}] } # without it, only the public internet is asked\n`;
  }
}

/** As a value in a block map. */
function yamlOf(value: string): string {
  return stringify(value, { lineWidth: 0 }).trimEnd();
}
