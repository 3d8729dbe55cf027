import type { StatusView } from '../../../inspector/protocol.ts';
import type { Target } from './attack.ts';
import { ask, client } from './raw.ts';

/** A runner that answers at `url`. */
export function targetAt(url: string, token: string): Target {
  const port = Number(new URL(url).port);
  return {
    port,
    token,
    async link() {
      const answer = await fetch(`${url}/code`, { method: 'POST', headers: { Authorization: `Bearer ${token}`, 'Content-Type': 'application/json' }, body: '{}' });
      return ((await answer.json()) as { url: string }).url;
    },
    async state() {
      const socket = await client({ port, token });
      const { jobs } = (await ask(socket, { query: { type: 'status' } })).view as StatusView;
      socket.terminate();
      return JSON.stringify(jobs.map(({ id, state, holds, stages }) => ({ id, state, holds, stages: stages.map(({ name, done, failed, ready, running, dead }) => ({ name, done, failed, ready, running, dead })) })));
    },
  };
}
