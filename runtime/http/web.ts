/** The web as jobs see it: one for the whole runner, so that all jobs together are polite to a host. */
import type { Http, HttpOptions } from '../../actors/http.ts';
import type { Clock } from '../../actors/ports.ts';
import type { HttpSpec } from '../../machines/spec.ts';
import type { Cassette } from './cassette.ts';
import { exchange, type Caller, type ExchangeWorld } from './exchange.ts';
import { Guard } from './guard.ts';
import type { KeptAnswers } from './kept-answers.ts';
import { noted, type Seen, type Witness } from './noted.ts';
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

/** Like the global one; an answer of any status is one. */
export type Fetch = (url: string | URL | Request, init?: RequestInit) => Promise<Response>;

export interface Web {
  /** What a job's stages and its discovery ask. `signal` is asked for once per request; `witness` hears of each. */
  of(job: string, signal: () => AbortSignal, witness?: Witness): Http;
  /** For the client of an API. The operator has named `host`, so it may be a private one; it is not paced, and redirects are not followed. */
  api(job: string, host: string): Fetch;
  /** Whether answers come from a cassette: then nothing else may be remembered in their place. */
  readonly played: boolean;
}

const MAX_API_BYTES = 20 * 2 ** 20;

export function createWeb({ clock, spec, kept, cassette, lookup, transport = network(lookup) }: WebOptions): Web {
  const shared = { clock, pacing: new Pacing(clock), robots: new Robots(clock) };
  const worldOf = (job: string): ExchangeWorld => ({ ...shared, ...(cassette ? { transport: cassette(job).over(transport), kept: undefined } : { transport, kept }) });
  const guards = new WeakMap<HttpSpec, Guard>();

  function guardOf(its: HttpSpec): Guard {
    if (!guards.has(its)) guards.set(its, new Guard(its.allowHosts));
    return guards.get(its)!;
  }

  function callerOf(job: string, signal: AbortSignal): Caller {
    const its = spec(job);
    return { job, signal, spec: its, guard: guardOf(its) };
  }

  return {
    played: cassette !== undefined,
    api: (job, host) => async (address, init = {}) => {
      const url = new URL(address instanceof Request ? address.url : address);
      const guard = guardOf(spec(job)).and(host);
      guard.checkUrl(url);
      return worldOf(job).transport(url, { ...init, redirect: 'manual' }, guard, MAX_API_BYTES);
    },
    of(job, signal, witness) {
      // async: what is wrong with the arguments is a rejection too.
      const request = async (url: string | URL, options: HttpOptions = {}) => {
        const ask = (seen?: Seen) => exchange(worldOf(job), { ...callerOf(job, signal()), seen }, url, options);
        return witness ? noted(clock, witness, url, options, ask) : ask();
      };
      return {
        request,
        get: request,
        text: async (url, options) => (await request(url, options)).text(),
        json: async (url, options) => (await request(url, options)).json(),
      };
    },
  };
}
