/** What a lane of the flow shows beside the counts of its stages. */

/** Tasks that ended well, and those that failed for good, in each of 24 hours: the last one is not over. `from`: when the first one began. */
export type HoursView = { from: number; jobs: Record<string, { done: number[]; failed: number[] }> };
/** The item that has waited longest at a stage for its turn, among the first of its queue. */
export type OldestView = { job: string; stage: string; item: number; since: number };
/** A job that works on what another one has finished. `seen`: outputs that it has met, of which it has taken so many. */
export type ChainView = { from: string; to: string; stage?: string; threshold?: string; seen: number; taken: number };
/** Chains are those of a few seconds ago, or of the last minute where very much was met. */
export type FlowView = { hours: HoursView; chains: ChainView[]; oldest: OldestView[] };
