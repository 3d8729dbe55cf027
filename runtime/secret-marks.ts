/**
 * Notices that a secret of a job is another one than when it was last looked at: what was refused for an expired key is tried at once with a new
 * one. Of a value nothing is kept but its HMAC, and the key to that lies beside the database, not in it.
 */
import { createHmac, randomBytes } from 'node:crypto';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import type { SecretsInUse } from '../actors/ports.ts';
import type { JobSpec, ModelSpec } from '../machines/spec.ts';
import { expand, variablesIn, variablesOf } from './config/expand.ts';
import type { SecretMark } from './store/doctor.ts';

const KEY_FILE = 'runner.key';
const KEY_BYTES = 32;

type Options = {
  key: Buffer;
  env: Readonly<Record<string, string | undefined>>;
  /** As they are stored. */
  marks: readonly SecretMark[];
  /** Keys that any job may use, whatever it says: by a name that is no variable's. */
  shared(): Readonly<Record<string, string>>;
  /** Joins the next flush. */
  note(mark: SecretMark): void;
};

export class SecretMarks implements SecretsInUse {
  private readonly options: Options;
  private readonly marks = new Map<string, Map<string, string>>();

  constructor(options: Options) {
    this.options = options;
    const own = this.markOf('', '');
    const isSameKey = options.marks.some(({ job, mark }) => job === '' && mark === own);
    // With another key every mark is another one: they say nothing.
    for (const mark of isSameKey ? options.marks : []) this.remember(mark);
    if (!isSameKey) this.note({ job: '', name: '', mark: own });
  }

  changed({ id, requires, discovery }: JobSpec): string[] {
    const { env, shared } = this.options;
    const names = [...(this.marks.get(id)?.keys() ?? []), ...requires.env, ...variablesIn(discovery.options)];
    const values = { ...Object.fromEntries(names.map((name) => [name, env[name]])), ...shared() };
    return Object.entries(values).flatMap(([name, value]) => (this.isAnother(id, name, value) ? [name] : []));
  }

  /** A handler of the job has it: other names than these nobody knows. */
  read(job: string, name: string): void {
    if (!this.marks.get(job)?.has(name)) this.isAnother(job, name, this.options.env[name]);
  }

  /** One that is gone opens nothing: the last one is remembered. */
  private isAnother(job: string, name: string, value: string | undefined): boolean {
    if (!value) return false;
    const [before, mark] = [this.marks.get(job)?.get(name), this.markOf(name, value)];
    if (before !== mark) this.note({ job, name, mark });
    return before !== undefined && before !== mark;
  }

  private markOf(name: string, value: string): string {
    return createHmac('sha256', this.options.key).update(`${name}\0${value}`).digest('base64url');
  }

  private note(mark: SecretMark): void {
    this.remember(mark);
    this.options.note(mark);
  }

  private remember({ job, name, mark }: SecretMark): void {
    this.marks.set(job, (this.marks.get(job) ?? new Map<string, string>()).set(name, mark));
  }
}

/** What models are asked with, by `model NAME`. */
export function modelKeys(models: Readonly<Record<string, ModelSpec>>, env: Options['env']): Record<string, string> {
  const keyed = Object.entries(models).filter(([, { apiKey = '' }]) => variablesOf(apiKey).every((name) => env[name]));
  return Object.fromEntries(keyed.flatMap(([alias, { apiKey }]) => (apiKey === undefined ? [] : [[`model ${alias}`, expand(apiKey, env)]])));
}

/** The folder's own, made when there is none yet, or no whole one. On a disk that does not even take that, one of this start alone. */
export function keyIn(dataDir: string): Buffer {
  const file = path.join(dataDir, KEY_FILE);
  const stored = existsSync(file) ? Buffer.from(readFileSync(file, 'utf8'), 'base64') : undefined;
  if (stored?.length === KEY_BYTES) return stored;
  const key = randomBytes(KEY_BYTES);
  try {
    writeFileSync(file, key.toString('base64'), { mode: 0o600 });
  } catch (error) {
    if (!['ENOSPC', 'EDQUOT'].includes((error as NodeJS.ErrnoException).code ?? '')) throw error;
  }
  return key;
}
