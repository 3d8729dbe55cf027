/** Data for tests that is not part of the project: it lies beside it, where there is any. */
import fs from 'node:fs';
import path from 'node:path';

const ROOT = path.resolve(import.meta.dirname, '../../../shared/data');

/** The files of one of its folders, without the notes on them. Empty, and said, where there are none. */
export function sharedFiles(folder: string): { name: string; path: string }[] {
  const place = path.join(ROOT, folder);
  if (!fs.existsSync(place)) {
    console.log(`skipped what needs ../shared/data/${folder}: there is no such folder`);
    return [];
  }
  return fs.readdirSync(place).filter((name) => name !== 'README.md' && fs.statSync(path.join(place, name)).isFile()).map((name) => ({ name, path: path.join(place, name) }));
}
