/** Queries about many items: what matches a filter, what may be typed next, and what an action on all of it would do. */
import type { Clock } from '../../actors/ports.ts';
import type { Answer, AnswerCode, Command, Query, Refused } from '../../inspector/protocol.ts';
import { findingQueries } from '../../inspector/protocol.ts';
import { completeFilter } from '../filter/complete.ts';
import { knownTo } from '../filter/known.ts';
import { parseFilter } from '../filter/parse.ts';
import { readItemsNamed } from '../store/items-named.ts';
import { readRows } from '../store/items-view.ts';
import type { Handle } from '../store/open.ts';
import { Bulks } from './bulks.ts';
import type { Read } from './queries.ts';
import { Selections } from './selections.ts';

const TYPES: ReadonlySet<string> = new Set(findingQueries.map((one) => one.shape.type.value));
type FindingQuery = Extract<Query, { type: (typeof findingQueries)[number]['shape']['type']['value'] }>;
type Asked<Type extends Query['type']> = Extract<Query, { type: Type }>;

export const isFinding = (query: Query): query is FindingQuery => TYPES.has(query.type);

export type FindingWorld = { clock: Clock; db: Handle; execute(command: Command, who: string, id: string): Promise<Answer> };

export class Finding {
  readonly bulks: Bulks;
  private readonly db: Handle;
  private readonly selections: Selections;

  constructor({ clock, db, execute }: FindingWorld) {
    this.db = db;
    this.selections = new Selections({ clock, db });
    this.bulks = new Bulks({ clock, db, execute, selections: this.selections });
  }

  async answer(query: FindingQuery): Promise<Read> {
    switch (query.type) {
      case 'search':
        return this.search(query);
      case 'rows':
        return this.rows(query);
      case 'completion':
        return { ok: true, view: completeFilter(query.filter, query.cursor, knownTo(this.db)) };
      case 'itemsNamed':
        return { ok: true, view: { items: readItemsNamed(this.db, query.text, query.limit) } };
      case 'freeze':
        return found(await this.bulks.freeze(query.from, query.action));
      case 'bulk':
        return found(this.bulks.find(query.id));
    }
  }

  private async search({ filter, order }: Asked<'search'>): Promise<Read> {
    const { where, problems } = parseFilter(filter);
    return { ok: true, view: problems.length > 0 ? { problems } : { problems, selection: (await this.selections.open(filter, where, order)).view } };
  }

  private rows({ selection, from, limit }: Asked<'rows'>): Read {
    const frozen = this.selections.find(selection);
    return found(frozen && { from, rows: readRows(this.db, frozen.ids.slice(from, from + limit)) });
  }
}

const found = (view: Extract<Read, { ok: true }>['view'] | undefined): Read => (view === undefined ? refused('unknown_selection', 'what was found then is not kept any more, or not complete yet: look again') : { ok: true, view });
const refused = (code: AnswerCode, message: string): Refused => ({ ok: false, code, message, accepted: [] });
