import { hash } from 'node:crypto';

/**
 * A short name of a state, kept with each journal entry: where a replay over today's machine first goes another way shows
 * without a snapshot per entry. 16 hex digits.
 */
export const markOf = ({ value, context }: { value: unknown; context: unknown }): string => hash('sha1', JSON.stringify([value, context]), 'hex').slice(0, 16);
