// Plain JavaScript in old syntax, see `require-node.js`.
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

const INDEX = '/node_modules/zod/v4/locales/index.js';
const LOCALE = /^export \{ default as (\w+) \} from "(\.\/[\w-]+\.js)";$/;

/**
 * A hook for `registerHooks`. zod loads its messages in 60 languages with itself, a third of the time that it takes to load. Here each is loaded
 * by whoever asks for it: `z.locales.de()` answers what it always did. An index of another form is left as it is.
 */
export function resolveLocales(specifier, context, next) {
  const found = next(specifier, context);
  if (!found.url.endsWith(INDEX)) return found;
  const locales = readFileSync(fileURLToPath(found.url), 'utf8').trim().split('\n').map((line) => LOCALE.exec(line));
  if (locales.some((locale) => locale === null)) return found;
  const head = `import { createRequire } from 'node:module';\nconst require = createRequire(${JSON.stringify(found.url)});\n`;
  const source = head + locales.map(([, name, file]) => `export const ${name} = (...given) => require('${file}').default(...given);`).join('\n');
  return { url: `data:text/javascript,${encodeURIComponent(source)}`, format: 'module', shortCircuit: true };
}
