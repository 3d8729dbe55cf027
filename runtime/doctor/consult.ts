/** Asks a model what a kind of error means. */
import type { Consult } from './casebook.ts';

/** Nobody to ask. */
export const noModel: Consult = { isPossible: () => false, ask: async ({ fingerprint }) => ({ type: 'model.failed', fingerprint, reason: 'no model is configured' }) };
