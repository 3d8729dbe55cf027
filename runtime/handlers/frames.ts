/** Stack frames in bundles (`file:///…/bundles/<hash>.mjs:1:2345`) as places in the operator's files (`handlers/x.ts:12:5`). */
import fs from 'node:fs';
import { SourceMap } from 'node:module';
import path from 'node:path';

/** Maps read so far: an error that comes a thousand times reads its map once. */
const KEPT_MAPS = 50;

/** `folder`: where the bundles are, absolute. Answers a function that rewrites text; it never throws. */
export function framesIn(folder: string): (text: string) => string {
  const maps = new Map<string, { mtimeMs: number; map: SourceMap }>();
  const frame = /file:\/\/\S*?\/([0-9a-f]{64})\.mjs(?:\?\d+)?:(\d+):(\d+)/g;

  /** Written anew when lines have moved and the code has not. */
  function mapOf(bundle: string): SourceMap {
    const file = path.join(folder, `${bundle}.mjs.map`);
    const { mtimeMs } = fs.statSync(file);
    const known = maps.get(bundle);
    if (known?.mtimeMs === mtimeMs) return known.map;
    if (maps.size >= KEPT_MAPS) maps.clear();
    const map = new SourceMap(JSON.parse(fs.readFileSync(file, 'utf8')));
    maps.set(bundle, { mtimeMs, map });
    return map;
  }

  function placeOf(bundle: string, line: number, column: number): string | undefined {
    try {
      const found = mapOf(bundle).findEntry(line - 1, column - 1);
      return 'originalSource' in found ? `${found.originalSource}:${found.originalLine + 1}:${found.originalColumn + 1}` : undefined;
    } catch {
      return undefined;
    }
  }

  return (text) => text.replace(frame, (whole, bundle: string, line: string, column: string) => placeOf(bundle, Number(line), Number(column)) ?? whole);
}
