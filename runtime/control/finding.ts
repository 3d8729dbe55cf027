/** Queries about many items: what matches a filter, what may be typed next, and what an action on all of it would do. */
import type { Clock } from '../../actors/ports.ts';
import type { AnswerCode, Query, Refused, ThenView } from '../../inspector/protocol.ts';
import { findingQueries } from '../../inspector/protocol.ts';
import { stagesOf } from '../store/histories.ts';
import { readRowsThen } from '../store/items-then-view.ts';
import type { Past } from '../travel/past.ts';
import { completeFilter } from '../filter/complete.ts';
import { FIELDS, FIELDS_THEN } from '../filter/fields.ts';
import { knownTo } from '../filter/known.ts';
import { parseFilter } from '../filter/parse.ts';
import { editView, readEdits } from '../store/edits-view.ts';
import { readItemsNamed } from '../store/items-named.ts';
import { readRows } from '../store/items-view.ts';
import type { Handle } from '../store/open.ts';
import { Bulks, type BulksWorld } from './bulks.ts';
import type { Read } from './queries.ts';
import { Selections, type FrozenItems, type MomentThen } from './selections.ts';

const TYPES: ReadonlySet<string> = new Set(findingQueries.map((one) => one.shape.type.value));
type FindingQuery = Extract<Query, { type: (typeof findingQueries)[number]['shape']['type']['value'] }>;
type Asked<Type extends Query['type']> = Extract<Query, { type: Type }>;

export const isFinding = (query: Query): query is FindingQuery => TYPES.has(query.type);

export type FindingWorld = { clock: Clock; db: Handle; past: Pick<Past, 'answer'> } & Pick<BulksWorld, 'execute' | 'nextEdit' | 'endEdit'>;

export class Finding {
  readonly bulks: Bulks;
  private readonly db: Handle;
  private readonly past: FindingWorld['past'];
  private readonly selections: Selections;

  constructor(world: FindingWorld) {
    this.db = world.db;
    this.past = world.past;
    this.selections = new Selections(world);
    this.bulks = new Bulks({ ...world, selections: this.selections });
  }

  async answer(query: FindingQuery): Promise<Read> {
    switch (query.type) {
      case 'search':
        return this.search(query);
      case 'rows':
        return this.rows(query);
      case 'completion':
        return { ok: true, view: completeFilter(query.filter, query.cursor, knownTo(this.db), query.past ? FIELDS_THEN : FIELDS) };
      case 'itemsNamed':
        return { ok: true, view: { items: readItemsNamed(this.db, query.text, query.limit) } };
      case 'freeze':
        return found(await this.bulks.freeze(query.from, query.action));
      case 'bulk':
        return found(this.bulks.find(query.id));
      case 'edits':
        return { ok: true, view: { edits: readEdits(this.db, query.limit).map(editView) } };
    }
  }

  private async search({ filter, order, seq }: Asked<'search'>): Promise<Read> {
    const { where, problems } = parseFilter(filter, seq === undefined ? FIELDS : FIELDS_THEN);
    if (problems.length > 0) return { ok: true, view: { problems } };
    if (seq === undefined) return { ok: true, view: { problems, selection: (await this.selections.open(filter, where, order)).view } };
    const moment = this.selections.momentAt(seq) ?? (await this.momentOf(seq));
    return 'ok' in moment ? moment : { ok: true, view: { problems, selection: (await this.selections.open(filter, where, order, moment)).view } };
  }

  /** With the stages that the jobs had then. */
  private async momentOf(seq: number): Promise<MomentThen | Refused> {
    const then = (await this.past.answer({ type: 'at', seq })) as { ok: true; view: ThenView } | Refused;
    return then.ok ? { seq, at: then.view.at, stages: stagesOf(then.view.jobs) } : then;
  }

  private rows({ selection, from, limit }: Asked<'rows'>): Read {
    const frozen = this.selections.find(selection);
    return found(frozen && { from, rows: rowsOf(this.db, frozen, frozen.ids.slice(from, from + limit)) });
  }
}

const rowsOf = (db: Handle, { then }: FrozenItems, ids: readonly number[]) => (then ? readRowsThen(db, ids, then) : readRows(db, ids));
const found = (view: Extract<Read, { ok: true }>['view'] | undefined): Read => (view === undefined ? refused('unknown_selection', 'what was found then is not kept any more, or not complete yet: look again') : { ok: true, view });
const refused = (code: AnswerCode, message: string): Refused => ({ ok: false, code, message, accepted: [] });
