import { gzipSync } from 'node:zlib';
import { expect, test } from 'vitest';
import { buildPage } from '../../runtime/page/build.ts';
import { projectFiles, read } from '../support/project-files.ts';

const MOST_KB = 80;

test('the page is built into a few files without inline code, small enough to be there at once', async () => {
  const files = await buildPage();
  const page = files.get('/')!.body;
  expect(page).not.toMatch(/<script(?![^>]*\bsrc=)|<style|\son\w+=|style=/i);
  const linked = [...page.matchAll(/(?:src|href)="(\/[^"]+)"/g)].map(([, address]) => address!);
  expect(linked.length).toBeGreaterThan(1);
  for (const address of linked) expect(files.get(address)?.type, address).toMatch(/javascript|css|svg/);
  const firstLoad = [page, ...linked.map((address) => files.get(address)!.body)].reduce((sum, body) => sum + gzipSync(body).length, 0);
  expect(firstLoad / 1024).toBeLessThan(MOST_KB);
});

test('nothing in the app writes markup or runs text', () => {
  const sources = projectFiles().filter((file) => file.startsWith('inspector/app/') && /\.tsx?$/.test(file));
  expect(sources.length).toBeGreaterThan(10);
  for (const file of sources) expect(read(file), file).not.toMatch(/innerHTML|outerHTML|insertAdjacentHTML|document\.write|\beval\(|new Function|javascript:/);
});
