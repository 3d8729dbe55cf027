/** Writes a new job: first what jobs.yaml will name, then jobs.yaml itself, whole or not at all. */
import fs from 'node:fs';
import path from 'node:path';
import type { NewJob } from './new-job.ts';

/** `config`: jobs.yaml, absolute. When a file cannot be written, those before it are taken away again. */
export function writeNewJob(config: string, { files, jobsYaml }: NewJob): void {
  const root = path.dirname(config);
  const made: string[] = [];
  try {
    for (const { path: name, text } of files) {
      const file = path.join(root, name);
      const folder = fs.mkdirSync(path.dirname(file), { recursive: true });
      if (folder !== undefined) made.unshift(folder);
      // Never over a file that has appeared meanwhile.
      fs.writeFileSync(file, text, { flag: 'wx' });
      made.unshift(file);
    }
    replace(config, jobsYaml);
  } catch (error) {
    for (const place of made) fs.rmSync(place, { recursive: true, force: true });
    throw error;
  }
}

/** By rename, so that a runner that watches never reads a half; of a link, the file that it leads to. */
function replace(config: string, text: string): void {
  const file = fs.realpathSync(config);
  const temp = `${file}.${process.pid}.tmp`;
  fs.writeFileSync(temp, text, { mode: fs.statSync(file).mode });
  fs.renameSync(temp, file);
}
