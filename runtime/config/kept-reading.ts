/**
 * What jobs.yaml said when it was read last, beside the database. A start that finds the same text needs no YAML parser: to load one and
 * to parse 50 jobs takes longer than all their checks, which are made at every start.
 */
import { hash } from 'node:crypto';
import fs from 'node:fs';
import path from 'node:path';
import { isDeepStrictEqual } from 'node:util';
import { version } from '../version.ts';

export class KeptReading {
  private readonly file: string;
  /** Of the text that is kept. */
  private mark: string | undefined;

  /** `dataDir`: absolute. */
  constructor(dataDir: string) {
    this.file = path.join(dataDir, 'jobs.read.json');
  }

  /** What `text` says; undefined when another one was read last. What cannot be read counts as nothing. */
  find(text: string): unknown {
    try {
      const { mark, data } = JSON.parse(fs.readFileSync(this.file, 'utf8')) as { mark: string; data: unknown };
      this.mark = mark;
      return mark === markOf(text) ? data : undefined;
    } catch {
      return undefined;
    }
  }

  /** Nothing is lost when it cannot be written, or JSON has no words for it (`.inf`): the text is parsed again then. */
  keep(text: string, data: unknown): void {
    const mark = markOf(text);
    if (mark === this.mark) return;
    this.mark = mark;
    const kept = JSON.stringify({ mark, data });
    if (!isDeepStrictEqual((JSON.parse(kept) as { data: unknown }).data, data)) return;
    try {
      fs.writeFileSync(`${this.file}.tmp`, kept, { mode: 0o600 });
      fs.renameSync(`${this.file}.tmp`, this.file);
    } catch {}
  }
}

/** Another version of Rivus may read the same text otherwise. */
const markOf = (text: string): string => hash('sha256', `${version}\n${text}`);
