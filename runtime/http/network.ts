/** The real network, by undici: every connection is guarded, and one guard's connections are never another's. */
import { lookup as systemLookup } from 'node:dns/promises';
import type { LookupFunction } from 'node:net';
import type { Agent, buildConnector, Dispatcher } from 'undici';
import { ResponseTooLarge } from './errors.ts';
import type { Guard } from './guard.ts';

/** All addresses of a host. */
export type Lookup = (host: string) => Promise<{ address: string; family: number }[]>;

/** One request without its redirects, as fetch makes it. `maxBytes`: of the body as it comes, before decompression. */
export type Transport = (url: URL, init: RequestInit, guard: Guard, maxBytes: number) => Promise<Response>;

/** By the first request: it takes 60 ms, and a runner without requests needs none. */
export const loadNetwork = () => import('undici');

export function network(lookup: Lookup = (host) => systemLookup(host, { all: true })): Transport {
  const agents = new Map<string, Agent>();
  return async (url, init, guard, maxBytes) => {
    const undici = await loadNetwork();
    const agent = agents.get(guard.key) ?? new undici.Agent({ connect: guarded(undici.buildConnector, guard, lookup) as buildConnector.connector, allowH2: false });
    agents.set(guard.key, agent);
    const dispatcher = agent.compose(atMost(undici.DecoratorHandler, maxBytes, `${init.method} ${url.host}`));
    return (await undici.fetch(url, { ...(init as object), dispatcher })) as unknown as Response;
  };
}

/** What is connected is what was checked: one lookup, whose answer goes straight into the connection. */
function guarded(build: typeof buildConnector, guard: Guard, lookup: Lookup): buildConnector.connector {
  return (options, callback) => {
    const url = new URL(`${options.protocol}//${options.host ?? options.hostname}`);
    const checkedLookup: LookupFunction = (host, _options, answer) => {
      lookup(host).then(
        (addresses) => {
          for (const { address } of addresses) guard.checkAddress(url, address);
          answer(null, addresses);
        },
      ).catch((error: NodeJS.ErrnoException) => answer(error, []));
    };
    build({ lookup: checkedLookup, autoSelectFamily: true, allowH2: false })(options, (error, socket) => {
      if (error) return callback(error, null);
      try {
        guard.checkUrl(url);
        guard.checkAddress(url, socket.remoteAddress ?? '');
        callback(null, socket);
      } catch (refusal) {
        socket.destroy();
        callback(refusal as Error, null);
      }
    });
  };
}

/** A body that unpacks to nothing may still come for ever. */
function atMost(Decorator: new (handler: Dispatcher.DispatchHandler) => Dispatcher.DispatchHandler, maxBytes: number, what: string): Dispatcher.DispatcherComposeInterceptor {
  return (dispatch) => (options, handler) => {
    let bytes = 0;
    class Counted extends Decorator {
      override onResponseData(controller: Dispatcher.DispatchController, chunk: Buffer): void {
        bytes += chunk.length;
        if (bytes > maxBytes) controller.abort(new ResponseTooLarge(`${what} answered more than ${maxBytes} bytes; allow more by { maxBytes }`));
        else super.onResponseData!(controller, chunk);
      }
    }
    // Who asks has a time-out of its own; undici's would end a model that thinks for long.
    return dispatch({ ...options, headersTimeout: 0, bodyTimeout: 0 }, new Counted(handler));
  };
}
