/** What `jobctl new job --from …` can begin with. Each is a folder of real files: checked, run and read like any other code. */
import fs from 'node:fs';

export type Template = {
  strategy: string;
  /** What the job reads, when the operator has not said it; missing where it reads nothing. */
  source?: { what: string; otherwise?: string };
  /** The first stage, and data to try it with. */
  first: { stage: string; data: string };
};

export const templates = {
  feed: { strategy: 'feed', source: { what: 'url', otherwise: 'https://example.com/feed.xml' }, first: { stage: 'fetch', data: '{"url":"https://example.com","title":null,"published":null}' } },
  files: { strategy: 'files', source: { what: 'glob', otherwise: 'inbox/*.{md,txt}' }, first: { stage: 'read', data: '{"path":"README.md"}' } },
  json_api: { strategy: 'json_api', source: { what: 'url', otherwise: 'https://example.com/items.json' }, first: { stage: 'extract', data: '{"title":"SQLite"}' } },
  chain: { strategy: 'tracker_query', source: { what: 'job' }, first: { stage: 'pick', data: '{"upstream":{"job":"other","key":"a"},"output":{"title":"One"}}' } },
  manual: { strategy: 'manual', first: { stage: 'fetch', data: '{"url":"https://example.com"}' } },
} satisfies Record<string, Template>;

export type TemplateName = keyof typeof templates;

/** The files of a template by name: `job.yaml`, `handler.ts`, `handler.test.ts`, and `prompt.md` where it has one. */
export function templateFiles(name: TemplateName): Record<string, string> {
  const folder = new URL(`./templates/${name}/`, import.meta.url);
  return Object.fromEntries(fs.readdirSync(folder).map((file) => [file, fs.readFileSync(new URL(file, folder), 'utf8')]));
}
