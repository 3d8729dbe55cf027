/** The web as jobs see it: one for the whole runner, so that all jobs together are polite to a host. */
import type { Http, HttpOptions } from '../../actors/http.ts';
import type { Clock } from '../../actors/ports.ts';
import type { HttpSpec } from '../../machines/spec.ts';
import type { Cassette } from './cassette.ts';
import { exchange, type Caller, type ExchangeWorld } from './exchange.ts';
import { Guard } from './guard.ts';
import type { KeptAnswers } from './kept-answers.ts';
import { network, type Lookup, type Transport } from './network.ts';
import { Pacing } from './pacing.ts';
import { Robots } from './robots.ts';

export type WebOptions = {
  clock: Clock;
  /** How the requests of a job behave; the same object until that changes. */
  spec(job: string): HttpSpec;
  /** Without, nothing is kept. */
  kept?: KeptAnswers;
  /** What was recorded for a job, instead of the network or of what was kept. */
  cassette?(job: string): Cassette;
  /** Instead of the network. */
  transport?: Transport;
  /** Instead of the system's. */
  lookup?: Lookup;
};

export interface Web {
  /** What a job's stages and its discovery ask. `signal` is asked for once per request. */
  of(job: string, signal: () => AbortSignal): Http;
}

export function createWeb({ clock, spec, kept, cassette, lookup, transport = network(lookup) }: WebOptions): Web {
  const shared = { clock, pacing: new Pacing(clock), robots: new Robots(clock) };
  const worldOf = (job: string): ExchangeWorld => ({ ...shared, ...(cassette ? { transport: cassette(job).over(transport), kept: undefined } : { transport, kept }) });
  const guards = new WeakMap<HttpSpec, Guard>();

  function callerOf(job: string, signal: AbortSignal): Caller {
    const its = spec(job);
    if (!guards.has(its)) guards.set(its, new Guard(its.allowHosts));
    return { job, signal, spec: its, guard: guards.get(its)! };
  }

  return {
    of(job, signal) {
      // async: what is wrong with the arguments is a rejection too.
      const request = async (url: string | URL, options: HttpOptions = {}) => exchange(worldOf(job), callerOf(job, signal()), url, options);
      return {
        request,
        get: request,
        text: async (url, options) => (await request(url, options)).text(),
        json: async (url, options) => (await request(url, options)).json(),
      };
    },
  };
}
