/** Looking for items: what is asked, what matches, what may be typed next, and what an action on all of it would do. */
import { z } from 'zod';
import { name } from './atoms.ts';
import { bulkAction, bulkFrom, type BulkView } from './bulk.ts';
import type { EditsView } from './edits.ts';
import type { ItemView, ShownTask } from './items.ts';

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

export type ItemRow = Omit<ItemView, 'stages'> & { stages: Record<string, ShownTask>; job: string; createdAt: number; costUsd?: number };
/** `null` where an item is there no more. */
export type RowsView = { from: number; rows: (ItemRow | null)[] };

/** One of those that are meant by a part of a title or key. */
export type NamedItem = { id: number; job: string; key: string; title: string | null };
export type NamedItemsView = { items: NamedItem[] };

/** The characters from `from` to `to` are replaced by the option that is chosen. */
export type CompletionView = { from: number; to: number; options: { text: string; about: string }[] };

export const findingQueries = [
  /** Items that match a filter, or did at a moment of the past. What is found stays in this order, whatever happens, until it is asked for again. */
  z.strictObject({ type: z.literal('search'), filter: z.string().max(4_000), order: z.enum(ITEM_ORDERS).default('newest'), seq: z.number().int().min(1).optional() }),
  z.strictObject({ type: z.literal('rows'), selection: name, from: z.number().int().min(0), limit: z.number().int().min(1).max(200).default(100) }),
  z.strictObject({ type: z.literal('completion'), filter: z.string().max(4_000), cursor: z.number().int().min(0).max(4_000), past: z.boolean().optional() }),
  /** By a part of title or key; the newest 20,000 are looked through. */
  z.strictObject({ type: z.literal('itemsNamed'), text: z.string().min(1).max(200), limit: z.number().int().min(1).max(20).default(6) }),
  /** Freezes the items, and answers what the action would do. */
  z.strictObject({ type: z.literal('freeze'), from: bulkFrom, action: bulkAction }),
  /** How an action on many items goes. */
  z.strictObject({ type: z.literal('bulk'), id: name }),
  /** What operators had run again by hand, lately. */
  z.strictObject({ type: z.literal('edits'), limit: z.number().int().min(1).max(50).default(10) }),
] as const;
export type FindingViews = { search: SearchView; rows: RowsView; completion: CompletionView; itemsNamed: NamedItemsView; freeze: BulkView; bulk: BulkView; edits: EditsView };
