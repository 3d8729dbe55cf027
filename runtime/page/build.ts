/** The inspector from its sources to what a browser loads, by Vite. */
import path from 'node:path';
import { build, type Rolldown } from 'vite';
import type { Asset } from '../../inspector/asset.ts';

export const APP = path.resolve(import.meta.dirname, '../../inspector/app');

/** By the path at which it is served. */
export async function buildPage(): Promise<Map<string, Asset>> {
  const built = (await build({
    root: APP,
    configFile: false,
    logLevel: 'silent',
    oxc: { jsx: { runtime: 'automatic', importSource: 'preact' } },
    build: { write: false, modulePreload: false, target: 'esnext', assetsInlineLimit: 0 },
  })) as Rolldown.RolldownOutput;
  return new Map(built.output.map((part) => [part.fileName === 'index.html' ? '/' : `/${part.fileName}`, { type: typeOf(part.fileName), body: bodyOf(part) }]));
}

const TYPES: Record<string, string> = { '.html': 'text/html; charset=utf-8', '.js': 'text/javascript; charset=utf-8', '.css': 'text/css; charset=utf-8', '.svg': 'image/svg+xml' };

function typeOf(file: string): string {
  const type = TYPES[path.extname(file)];
  if (type === undefined) throw new Error(`the inspector has a file of a kind that is not served: ${file}`);
  return type;
}

const bodyOf = (part: Rolldown.OutputAsset | Rolldown.OutputChunk): string => (part.type === 'chunk' ? part.code : Buffer.from(part.source).toString());
