/** A project with one job `work` of one stage `only`, in a folder of its own; its items come from a lock file: `package-NAME`. */
import { tempFolder } from './temp.ts';

/** `run`: the stage's definition; `stage`: more of it in jobs.yaml; `top`: the module's beginning. */
export function oneStage(run: string, { stage = '', top = '', items = ['one'] }: { stage?: string; top?: string; items?: string[] } = {}): string {
  return tempFolder({
    'jobs.yaml': `jobs:\n  work:\n    handler: ./handlers/work.ts\n    discovery: { strategy: npm_lockfile, file: package-lock.json }\n    stages: [{ name: only${stage && `, ${stage}`} }]\n`,
    'handlers/work.ts': `import { handler, stage } from 'rivus';\n${top}\nconst only = stage({ ${run} });\nexport default handler({ stages: { only } });\n`,
    'package-lock.json': JSON.stringify({ lockfileVersion: 3, packages: { '': {}, ...Object.fromEntries(items.map((name) => [`node_modules/${name}`, { version: '1.0.0' }])) } }),
  });
}
