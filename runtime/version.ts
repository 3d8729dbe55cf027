import fs from 'node:fs';

/** Of Rivus. */
export const { version } = JSON.parse(fs.readFileSync(new URL('../package.json', import.meta.url), 'utf8')) as { version: string };
