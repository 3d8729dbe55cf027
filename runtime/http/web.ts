/** The web as jobs see it: one for the whole runner, so that all jobs together are polite to a host. */
import type { Http, HttpOptions } from '../../actors/http.ts';
import { exchange, type ExchangeWorld } from './exchange.ts';

export type WebOptions = Omit<ExchangeWorld, 'fetch'> & {
  /** Instead of the network. */
  fetch?: typeof fetch;
};

export interface Web {
  /** What a job's stages and its discovery ask. `signal` is asked for once per request. */
  of(job: string, signal: () => AbortSignal): Http;
}

export function createWeb(options: WebOptions): Web {
  const world = { ...options, fetch: options.fetch ?? fetch };
  return {
    of(_job, signal) {
      // async: what is wrong with the arguments is a rejection too.
      const request = async (url: string | URL, options: HttpOptions = {}) => exchange(world, signal(), url, options);
      return {
        request,
        get: request,
        text: async (url, options) => (await request(url, options)).text(),
        json: async (url, options) => (await request(url, options)).json(),
      };
    },
  };
}
