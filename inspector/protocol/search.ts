/** Looking for items: what is asked, what matches, and what may be typed next. */
import type { ItemView } from './items.ts';

/** `oldest`: by age; `priority`: what goes first; `cost`: the dearest first. */
export const ITEM_ORDERS = ['newest', 'oldest', 'priority', 'cost'] as const;
export type ItemOrder = (typeof ITEM_ORDERS)[number];

/** What is wrong with a filter: characters of its text, and what would be right. */
export type FilterProblem = { at: number; length: number; message: string };

/** How many by name. */
type Counts = Record<string, number>;
/** `of`: of so many newest matches only. */
export type Facets = { jobs: Counts; stages: Counts; states: Counts; classes: Counts; of?: number };

/**
 * Items that match, as they were when it was asked: kept by the runner under this id for a while. `count`: of what was found so far, all of it when
 * `isComplete`; `hasMore`: there are more than are kept.
 */
export type Selection = { id: string; at: number; order: ItemOrder; count: number; isComplete: boolean; hasMore: boolean; filter: string; facets?: Facets };
/** Without a selection the filter is not understood. */
export type SearchView = { problems: FilterProblem[]; selection?: Selection };

export type ItemRow = ItemView & { job: string; createdAt: number; costUsd?: number };
/** `null` where an item is there no more. */
export type RowsView = { from: number; rows: (ItemRow | null)[] };

/** One of those that are meant by a part of a title or key. */
export type NamedItem = { id: number; job: string; key: string; title: string | null };
export type NamedItemsView = { items: NamedItem[] };

/** The characters from `from` to `to` are replaced by the option that is chosen. */
export type CompletionView = { from: number; to: number; options: { text: string; about: string }[] };
