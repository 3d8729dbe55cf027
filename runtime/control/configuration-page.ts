/** jobs.yaml for the inspector: the file beside what runs, and the revisions beside each other. No text leaves with a secret in it. */
import type { Database } from 'better-sqlite3';
import type { z } from 'zod';
import type { ActorThenView, ConfigurationThenView, ConfigurationView, FileOnDisk, Refused, RevisionDiff, RevisionLine, StatusView } from '../../inspector/protocol.ts';
import type { configContext } from '../../machines/config.ts';
import { hunks, lineDiff } from '../config/line-diff.ts';
import { comparedTexts, sizeOf } from '../config/revisions.ts';
import { veiled } from '../config/veiled.ts';
import type { FileBeside } from '../configuration.ts';
import { readConfigRevision, readNewestRevisions } from '../store/config-revisions.ts';
import { timeOfSeq } from '../store/replay-view.ts';
import type { Past } from '../travel/past.ts';

const MOST_REVISIONS = 50;
const MOST_LINES = 400;

type ReaderContext = z.infer<typeof configContext>;

export type ConfigurationWorld = {
  db: Database;
  file: string;
  /** Text in force. */
  inForce(): string;
  beside(): Promise<FileBeside>;
  status(): StatusView;
  /** Strikes out the values of secrets that handlers have read. */
  clean(text: string): string;
  past: Pick<Past, 'answer'>;
};

export class ConfigurationPage {
  private readonly world: ConfigurationWorld;
  /** A revision never changes. */
  private readonly sizes = new Map<number, Pick<RevisionLine, 'added' | 'removed'>>();

  constructor(world: ConfigurationWorld) {
    this.world = world;
  }

  async view(): Promise<ConfigurationView> {
    const { file, beside, status } = this.world;
    const onDisk = this.onDisk(await beside());
    const { config } = status();
    return { file, readAt: config?.readAt ?? 0, ...(config?.problems !== undefined && { refused: this.shown(config.problems) }), onDisk, revisions: this.revisions() };
  }

  /** As the actor that reads the file stood then, and the revisions that there were. */
  async then(seq: number): Promise<{ ok: true; view: ConfigurationThenView } | Refused> {
    const at = timeOfSeq(this.world.db, seq);
    if (at === undefined) return { ok: false, code: 'unknown_past', message: `nothing is known of ${seq}: the journal begins later`, accepted: [] };
    const reader = await this.world.past.answer({ type: 'actorAt', path: 'config', seq });
    const { readAt, problems = null } = reader.ok ? ((reader.view as ActorThenView).context as Partial<ReaderContext>) : {};
    return { ok: true, view: { at, ...(readAt !== undefined && { readAt }), ...(problems !== null && { refused: this.shown(problems) }), revisions: this.revisions(at) } };
  }

  /** Undefined where one of them is not kept. */
  diff(from: number, to: number): RevisionDiff | undefined {
    const [before, after] = [readConfigRevision(this.world.db, from), readConfigRevision(this.world.db, to)];
    if (!before || !after) return undefined;
    const { changes, lines } = comparedTexts(before.text, after.text);
    return { from, to, changes: changes.map((change) => ({ ...change, what: this.shown(change.what) })), diff: this.lines(hunks(lines)) };
  }

  private onDisk(beside: FileBeside): FileOnDisk {
    if (!beside.ok) return { state: 'invalid', problems: beside.problems.map((problem) => ({ ...problem, message: this.shown(problem.message), frame: this.shown(problem.frame) })) };
    const { changes, text } = beside;
    if (changes.length === 0 && text === this.world.inForce()) return { state: 'same' };
    return { state: 'differs', changes: changes.map((change) => ({ ...change, what: this.shown(change.what) })), diff: this.lines(hunks(lineDiff(this.world.inForce(), text))) };
  }

  private revisions(at?: number): RevisionLine[] {
    return readNewestRevisions(this.world.db, MOST_REVISIONS, at).map(({ id, at, before }) => ({ id, at, ...this.sizeOf(id, before) }));
  }

  private sizeOf(id: number, before: number | null): Pick<RevisionLine, 'added' | 'removed'> {
    const known = this.sizes.get(id);
    if (known) return known;
    const size = sizeOf(readConfigRevision(this.world.db, id)!, before === null ? undefined : readConfigRevision(this.world.db, before)!.text);
    this.sizes.set(id, size);
    return size;
  }

  private lines(all: readonly string[]): string[] {
    const shown = all.slice(0, MOST_LINES).map((line) => this.shown(line));
    return all.length > MOST_LINES ? [...shown, `@@ and ${all.length - MOST_LINES} lines more: npx jobctl config diff @@`] : shown;
  }

  private shown(text: string): string {
    return veiled(this.world.clean(text));
  }
}
