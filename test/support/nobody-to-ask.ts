import type { AskedModels } from '../../runtime/handlers/world.ts';

const refuse = () => Promise.reject(new Error('nobody is supposed to ask a model here'));

/** For what has no business with models. */
export const nobodyToAsk: AskedModels = { specs: () => ({}), keyless: false, for: () => ({ has: () => false, ask: refuse, hear: refuse, forget() {} }) };
