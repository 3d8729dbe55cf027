import { gzipSync } from 'node:zlib';
import { expect, test } from 'vitest';
import { machines } from '../../machines/index.ts';
import { withAllBelow } from '../../runtime/charts/arrows.ts';
import { toChart } from '../../runtime/charts/chart.ts';
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

test('a new machine appears without a line changed here: what draws actors and their charts names none, and none of its states', () => {
  const generic = ['ui/chart.tsx', 'ui/chart-marks.tsx', 'ui/payload-form.tsx', 'ui/json.tsx', 'views/actors.tsx', 'views/actor-table.tsx', 'use-watched.ts'];
  const names = Object.entries(machines).flatMap(([name, { machine }]) => [name, ...withAllBelow(toChart(machine)).map(({ key }) => key)]);
  // The root of all actors is where one begins to look; what stands here for something else as well is no name.
  const known = new Set(names.filter((name) => !['supervisor', 'job', 'open', 'closed', 'live', 'running', 'idle', 'waiting'].includes(name)));
  expect(known.size).toBeGreaterThan(30);
  for (const file of generic) {
    const words = [...read(`inspector/app/${file}`).matchAll(/'([^'\n]*)'/g)].map(([, word]) => word!);
    expect(words.filter((word) => known.has(word)), file).toEqual([]);
  }
});

test('nothing in the app writes markup or runs text', () => {
  const sources = projectFiles().filter((file) => file.startsWith('inspector/app/') && /\.tsx?$/.test(file));
  expect(sources.length).toBeGreaterThan(10);
  for (const file of sources) expect(read(file), file).not.toMatch(/innerHTML|outerHTML|insertAdjacentHTML|document\.write|\beval\(|new Function|javascript:/);
});
