/**
 * What was looked for, kept for a while: the ids of all items that matched, as they were then. A list shows any part of it at once, and what is done
 * to "all that match" is done to these, whatever has begun to match since. Looking is spread over turns of the loop.
 */
import type { Clock } from '../../actors/ports.ts';
import type { Condition, Facets, ItemOrder, Selection } from '../../inspector/protocol.ts';
import type { Handle } from '../store/open.ts';
import { merging } from './merge.ts';
import { allCells, besidePlaces, cellsOf, classesIn, classesOf, facetsOf, placed, summedBy, type Cell } from '../store/facets.ts';
import type { Moment } from '../store/items-then-view.ts';
import { searchItems, type Found, type Search } from '../store/search.ts';
import { cellsThen, searchItemsThen, type CellThen } from '../store/search-then.ts';

/** Of one selection: 8 bytes each. */
const MOST_ITEMS = 200_000;
/** Each kept until so many others were asked for. */
const MOST_SELECTIONS = 12;
/** Facets are counted over so many newest matches at most. */
const MOST_COUNTED = 10_000;
/** A turn takes so long at most: a step is made longer or shorter until it does. */
const STEP_MS = { least: 1.5, most: 4 };
const WIDTH = { least: 250, most: 20_000 };
/** Who asks gets what there is after so long. */
const PATIENCE_MS = 50;
/** Looking again takes a thirtieth of the runner's time at most, however many ask. */
const REST = 30;
const LEAST_REST_MS = 1_000;

/** A moment of the past, by its entry of the journal. */
export type MomentThen = Moment & { seq: number };

export class FrozenItems {
  readonly id: string;
  readonly filter: string;
  readonly where: readonly Condition[];
  readonly order: ItemOrder;
  /** Ms since the epoch: the moment that is looked at, where that is one of the past. */
  readonly at: number;
  readonly then: MomentThen | undefined;
  ids: number[] = [];
  isComplete = false;
  hasMore = false;
  facets: Facets | undefined;
  /** When it may be asked for anew, by the monotonic clock. */
  freshUntil = Infinity;

  constructor({ id, filter, where, order, at, then }: Pick<FrozenItems, 'id' | 'filter' | 'where' | 'order' | 'at' | 'then'>) {
    this.id = id;
    this.filter = filter;
    this.where = where;
    this.order = order;
    this.at = at;
    this.then = then;
  }

  get view(): Selection {
    const { id, filter, order, at, ids, isComplete, hasMore, facets } = this;
    return { id, filter, order, at, count: ids.length, isComplete, hasMore, ...(facets && { facets }) };
  }
}

export class Selections {
  private readonly db: Handle;
  private readonly clock: Clock;
  /** The one that was asked for last comes last. */
  private readonly kept = new Map<string, FrozenItems>();
  private readonly prefix: string;
  private count = 0;

  constructor({ db, clock }: { db: Handle; clock: Clock }) {
    this.db = db;
    this.clock = clock;
    this.prefix = Math.floor(clock.random() * 36 ** 6).toString(36);
  }

  /** Resolves when all was looked through, or after a moment with what there is by then. */
  async open(filter: string, where: readonly Condition[], order: ItemOrder, then?: MomentThen): Promise<FrozenItems> {
    const { clock } = this;
    const known = [...this.kept.values()].findLast((one) => one.filter === filter && one.order === order && one.then?.seq === then?.seq && clock.monotonic() < one.freshUntil);
    if (known) return this.keep(known);
    const found = new FrozenItems({ id: `${this.prefix}-${++this.count}`, filter, where, order, at: then?.at ?? clock.now(), then });
    this.keep(found);
    const { promise: patience, resolve } = Promise.withResolvers<void>();
    const timer = clock.setTimeout(resolve, PATIENCE_MS);
    await Promise.race([this.fill(found), patience]);
    clock.clearTimeout(timer);
    return found;
  }

  /** What is known of a moment from another look at it. */
  momentAt(seq: number): MomentThen | undefined {
    return [...this.kept.values()].findLast(({ then }) => then?.seq === seq)?.then;
  }

  find(id: string): FrozenItems | undefined {
    const found = this.kept.get(id);
    return found && this.keep(found);
  }

  private keep(one: FrozenItems): FrozenItems {
    this.kept.delete(one.id);
    this.kept.set(one.id, one);
    for (const id of [...this.kept.keys()].slice(0, -MOST_SELECTIONS)) this.kept.delete(id);
    return one;
  }

  private async fill(found: FrozenItems): Promise<void> {
    const { clock, db } = this;
    const parts: Found[] = [];
    const isRanked = found.order === 'priority' || found.order === 'cost';
    const search = found.then ? searchItemsThen(db, found.where, found.then, found.order) : searchItems(db, found.where, found.at, found.order);
    let work = await this.walk(search, (slice) => {
      for (const id of slice.ids) found.ids.push(id);
      if (isRanked) parts.push(slice);
      found.hasMore = found.ids.length > MOST_ITEMS;
      return !found.hasMore;
    });
    work += await this.inTurns(merging(parts), () => {});
    if (parts[0]) found.ids = parts[0].ids;
    if (found.hasMore) found.ids.length = MOST_ITEMS;
    work += await (found.then ? this.tallyThen(found, found.then) : this.tally(found));
    found.isComplete = true;
    found.freshUntil = clock.monotonic() + Math.max(LEAST_REST_MS, REST * work);
  }

  /** Facets leave out what they are about, so they are counted over more than what matches. */
  private async tally(found: FrozenItems): Promise<number> {
    const { db } = this;
    const { where, at } = found;
    const beside = besidePlaces(where);
    let cells: Cell[] = [];
    let [of, work] = [0, 0];
    if (beside.length === 0) cells = allCells(db);
    else {
      work = await this.walk(searchItems(db, beside, at, 'newest'), ({ ids }) => {
        const counted = ids.slice(0, MOST_COUNTED - of);
        cells.push(...cellsOf(db, counted, where, at));
        of += counted.length;
        return of < MOST_COUNTED;
      });
    }
    const classes: { class: string; n: number }[] = [];
    work += await this.inTurns(classesIn(db, where, at), (part) => void classes.push(...part));
    found.facets = { ...facetsOf(cells, where), classes: classesOf(classes), ...(of >= MOST_COUNTED && { of }) };
    return work;
  }

  /** Each part in a turn of its own. Answers how long they took together, in ms. */
  private async inTurns<Part>(parts: Generator<Part, void, void>, take: (part: Part) => void): Promise<number> {
    const { clock } = this;
    for (let work = 0; ; ) {
      const start = clock.monotonic();
      const step = parts.next();
      work += clock.monotonic() - start;
      if (step.done) return work;
      take(step.value);
      await new Promise<void>((resolve) => clock.defer(resolve));
    }
  }

  /** What was counted then is not kept by filter: it is counted over the newest that match. */
  private async tallyThen(found: FrozenItems, then: MomentThen): Promise<number> {
    const { db } = this;
    const { where } = found;
    const cells: CellThen[] = [];
    let of = 0;
    const work = await this.walk(searchItemsThen(db, besidePlaces(where), then, 'newest'), ({ ids }) => {
      const counted = ids.slice(0, MOST_COUNTED - of);
      cells.push(...cellsThen(db, counted, where, then));
      of += counted.length;
      return of < MOST_COUNTED;
    });
    const classes = summedBy(placed(cells, where).flatMap(({ kind, ...cell }) => (kind === null ? [] : [{ ...cell, kind }])), 'kind');
    found.facets = { ...facetsOf(cells, where), classes, ...(of >= MOST_COUNTED && { of }) };
    return work;
  }

  /** One step a turn, as long as `take` wants more. Answers how long the steps took together, in ms. */
  private async walk(search: Search, take: (found: { ids: number[]; ranks: number[] }) => boolean): Promise<number> {
    const { clock } = this;
    let [width, work] = [WIDTH.least * 8, 0];
    for (let isFirst = true; ; isFirst = false) {
      const start = clock.monotonic();
      const step = isFirst ? search.next() : search.next(width);
      const wantsMore = !step.done && take(step.value);
      const took = clock.monotonic() - start;
      work += took;
      if (!wantsMore) break;
      if (took < STEP_MS.least) width = Math.min(WIDTH.most, width * 2);
      if (took > STEP_MS.most) width = Math.max(WIDTH.least, Math.ceil(width / 2));
      await new Promise<void>((resolve) => clock.defer(resolve));
    }
    search.return();
    return work;
  }
}
