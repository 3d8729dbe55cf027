/** jobs.yaml as it stands in the file, and what the jobs in it ask of this machine. */
import fs from 'node:fs';
import path from 'node:path';
import type { JobSpec } from '../../../machines/spec.ts';
import { variablesOf } from '../../config/expand.ts';
import { variablesOfModels } from '../../config/model.ts';
import type { Checked, Problem } from '../../config/index.ts';
import { ok, bad, odd, type Finding } from './finding.ts';

export function diagnoseConfiguration(file: string, checked: Checked, env: NodeJS.ProcessEnv): Finding[] {
  if (!checked.ok) {
    const [{ line, column, message }, ...more] = checked.problems as [Problem, ...Problem[]];
    return [bad('configuration', `${path.basename(file)}:${line}:${column} ${message}${more.length > 0 ? `, and ${more.length} more` : ''}`, 'npx jobctl check')];
  }
  const { jobs, models } = checked.spec;
  const warnings = checked.warnings.length > 0 ? [odd('configuration', `${checked.warnings.length} warnings`, 'npx jobctl check')] : [];
  return [ok('configuration', `${path.basename(file)} is valid: ${jobs.map(({ id }) => id).join(', ') || 'no jobs yet'}`), ...warnings, ...keys([...variablesOf(withoutComments(fs.readFileSync(file, 'utf8'))), ...variablesOfModels(Object.values(models))], jobs, env), ...programs(jobs, env)];
}

/** Set or not; what they hold is nobody's business. */
function keys(variables: readonly string[], jobs: readonly JobSpec[], env: NodeJS.ProcessEnv): Finding[] {
  const wanted = [...new Set([...variables, ...jobs.flatMap(({ requires }) => requires.env)])];
  const missing = wanted.filter((name) => !env[name]);
  if (wanted.length === 0) return [];
  const set = wanted.filter((name) => !missing.includes(name));
  return [...(set.length > 0 ? [ok('keys', `set: ${set.join(', ')}`)] : []), ...missing.map((name) => odd('keys', `${name} is not set: what needs it is held`, `export ${name}=…`))];
}

const withoutComments = (yaml: string) => yaml.replaceAll(/(^|\s)#.*$/gm, '');

function programs(jobs: readonly JobSpec[], env: NodeJS.ProcessEnv): Finding[] {
  const folders = (env['PATH'] ?? '').split(path.delimiter);
  const wanted = [...new Set(jobs.flatMap(({ requires }) => requires.bin))];
  return wanted.map((name) => (folders.some((folder) => isExecutable(path.join(folder, name))) ? ok('programs', `${name} is there`) : odd('programs', `${name} is not in PATH: the jobs that need it are held`)));
}

function isExecutable(file: string): boolean {
  try {
    fs.accessSync(file, fs.constants.X_OK);
    return true;
  } catch {
    return false;
  }
}
