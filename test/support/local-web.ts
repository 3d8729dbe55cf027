/** The web as a job sees it that may ask servers on this machine. */
import type { Clock } from '../../actors/ports.ts';
import { httpSpec, type HttpConfig } from '../../runtime/config/http.ts';
import { createWeb, type Web, type WebOptions } from '../../runtime/http/web.ts';

export function localWeb(clock: Clock, { http, ...more }: { http?: HttpConfig } & Partial<WebOptions> = {}): Web {
  const spec = httpSpec({ allow_hosts: ['127.0.0.1'], ...http });
  return createWeb({ clock, spec: () => spec, ...more });
}
