/** What to do where nothing flows yet, and a box for an address that a job may work on. */
import { useState } from 'preact/hooks';
import type { ItemsAnswer } from '../../protocol.ts';
import { readOnly } from '../model.ts';
import { to } from '../route.ts';
import { CopyLine } from '../ui/copy.tsx';

/** Three ways to the first job. */
export function NoJobs() {
  return (
    <div class="first-steps">
      <h2>No jobs yet</h2>
      <p class="dim">A job finds things and takes each of them through stages. Three ways to the first one:</p>
      <div class="ways">
        <section>
          <h3>Try one that needs nothing</h3>
          <p class="dim">It takes what it is given. Nothing leaves this machine.</p>
          <CopyLine line="npx jobctl new job demo --from manual" />
          <CopyLine line={`npx jobctl add demo first '{"text":"hello"}'`} />
        </section>
        <section>
          <h3>Have one written</h3>
          <p class="dim">Its entry in jobs.yaml, handler, prompt and tests, ready to run: from a feed, files, a JSON API or another job.</p>
          <CopyLine line="npx jobctl new job news --from feed https://example.com/feed.xml" />
        </section>
        <section>
          <h3>Bring an address</h3>
          <p class="dim">The job that accepts it takes it; if none does, here is the line that makes one.</p>
          <PasteAddress />
        </section>
      </div>
    </div>
  );
}

type Outcome = { taken: { job: string; known?: boolean }[] } | { problem: string; line: string };

export function PasteAddress() {
  const [outcome, setOutcome] = useState<Outcome | undefined>(undefined);
  const submit = async (form: HTMLFormElement) => {
    const url = String(new FormData(form).get('url')).trim();
    if (url === '') return;
    const next = await bring(url);
    if ('taken' in next) form.reset();
    setOutcome(next);
  };
  return (
    <form class="paste" onSubmit={(event) => (event.preventDefault(), void submit(event.currentTarget))}>
      <input name="url" type="url" required placeholder="https://…" aria-label="An address to work on" disabled={readOnly.value} title={readOnly.value ? 'This link only looks' : undefined} />
      <button disabled={readOnly.value}>Add</button>
      {outcome && <Told outcome={outcome} />}
    </form>
  );
}

function Told({ outcome }: { outcome: Outcome }) {
  if ('problem' in outcome) return <p class="bad" role="alert">{outcome.problem} <CopyLine line={outcome.line} /></p>;
  return <p role="status">{outcome.taken.map(({ job, known }) => <span key={job}>{known ? 'Known to' : 'Taken by'} <a href={to('items', '', { job })}>{job}</a></span>)}</p>;
}

async function bring(url: string): Promise<Outcome> {
  const line = `npx jobctl new job NAME --from feed ${url}`;
  try {
    const response = await fetch('/items', { method: 'POST', headers: { 'content-type': 'application/json' }, body: JSON.stringify({ url }) });
    const answer = (await response.json()) as ItemsAnswer;
    return answer.ok ? { taken: answer.items } : { problem: answer.message, line };
  } catch (error) {
    return { problem: `the address was not taken: ${(error as Error).message}`, line };
  }
}
