/** Where things stand in the charts of all machines, and of one that has all that a machine may have. */
import fs from 'node:fs';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { createMachine } from 'xstate';
import type { Box, ChartLayout, ChartState } from '../../inspector/protocol.ts';
import { machines } from '../../machines/index.ts';
import { taskMachine } from '../../machines/task.ts';
import { withAllBelow } from '../../runtime/charts/arrows.ts';
import { chartOf, toChart } from '../../runtime/charts/chart.ts';
import { Charts } from '../../runtime/charts/charts.ts';
import { documented } from '../../runtime/charts/page.ts';
import { svgOf } from '../../runtime/charts/svg.ts';
import { realClock } from '../../runtime/clock.ts';
import { SimulatedTime } from '../support/simulated-clock.ts';

const everything = createMachine({
  id: 'm',
  initial: 'a',
  on: { AGAIN: { target: '#m', reenter: true }, DEEP: '#m.a.in.deep.deeper' },
  states: {
    a: {
      initial: 'in',
      entry: 'anActionWithAVeryLongNameThatNobodyCanReadOnOneLine',
      on: { 'a.very.long.event.name': { actions: ['one', 'two', 'three'] }, GO: ['b', { target: 'c', guard: 'isFree' }], BACK: '.before', SELF: 'a' },
      states: { in: { initial: 'deep', on: { OUT: '#m.c' }, states: { deep: { initial: 'deeper', states: { deeper: { after: { 30000: '#m.b' } } } } } }, before: { type: 'history' }, end: { type: 'final' } },
      onDone: 'b',
    },
    b: {
      type: 'parallel',
      invoke: { src: 'pump', onDone: 'c' },
      on: { INTO: '.x.two', BOTH: { target: ['.x.two', '.y.two'] } },
      states: {
        x: { initial: 'one', states: { one: { on: { NEXT: 'two', ACROSS: '#m.b.y.two', AWAY: '#m.a' } }, two: {} } },
        y: { initial: 'one', states: { one: {}, two: { type: 'parallel', states: { p: { initial: 'q', states: { q: { on: { R: 'r' } }, r: {} } }, s: {} } } } },
        z: {},
      },
    },
    c: { always: { target: 'a', guard: 'isHeld' } },
    d: {},
  },
});

const roots: Record<string, ChartState> = {
  ...Object.fromEntries(Object.keys(machines).map((name) => [name, chartOf(name).root])),
  task: toChart(taskMachine),
  everything: toChart(everything),
  'a single state': toChart(createMachine({ id: 'alone' })),
};

const charts = new Charts(realClock);
const layouts = new Map<string, ChartLayout>();
beforeAll(async () => {
  for (const [name, root] of Object.entries(roots)) layouts.set(name, await charts.layout(root));
});
afterAll(() => charts.close());

const ALMOST = 0.5;
const overlap = (a: Box, b: Box): boolean => a.x + a.width > b.x + ALMOST && b.x + b.width > a.x + ALMOST && a.y + a.height > b.y + ALMOST && b.y + b.height > a.y + ALMOST;
const within = (inner: Box, outer: Box): boolean =>
  inner.x >= outer.x - ALMOST && inner.y >= outer.y - ALMOST && inner.x + inner.width <= outer.x + outer.width + ALMOST && inner.y + inner.height <= outer.y + outer.height + ALMOST;
const pairs = <T>(all: readonly T[]): [T, T][] => all.flatMap((one, at) => all.slice(at + 1).map((other): [T, T] => [one, other]));

function isOnBorder([x, y]: [number, number], box: Box): boolean {
  const near = (a: number, b: number) => Math.abs(a - b) <= ALMOST;
  const isAtSide = near(x, box.x) || near(x, box.x + box.width);
  const isAtEnd = near(y, box.y) || near(y, box.y + box.height);
  return within({ x, y, width: 0, height: 0 }, box) && (isAtSide || isAtEnd);
}

describe.each(Object.keys(roots))('the chart of %s', (name) => {
  const root = roots[name]!;
  const states = withAllBelow(root);
  const layout = () => layouts.get(name)!;

  test('has a box for every state, within that of the state around it and beside those of its siblings', () => {
    const { states: boxes, width, height } = layout();
    expect(Object.keys(boxes)).toEqual(states.map(({ id }) => id));
    expect(within(boxes[root.id]!, { x: 0, y: 0, width, height })).toBe(true);
    for (const { id, states: inner } of states) {
      for (const child of inner) expect(within(boxes[child.id]!, boxes[id]!), `${child.id} in ${id}`).toBe(true);
      for (const [one, other] of pairs(inner)) expect(overlap(boxes[one.id]!, boxes[other.id]!), `${one.id} and ${other.id}`).toBe(false);
    }
  });

  test('shows every transition: as an arrow to each of its targets, or as a line where it leads nowhere', () => {
    const { states: boxes, arrows } = layout();
    for (const { id, transitions } of states) {
      for (const [index, { targets }] of transitions.entries()) {
        expect(arrows.filter((arrow) => arrow.from === id && arrow.index === index).map(({ to }) => to)).toEqual(targets);
        expect(boxes[id]!.lines.filter((line) => line.index === index)).toHaveLength(targets.length === 0 ? 1 : 0);
      }
    }
  });

  test('has arrows from border to border', () => {
    const { states: boxes, arrows, initials } = layout();
    for (const { from, to, index, points } of arrows) {
      expect(isOnBorder(points[0]!, boxes[from]!), `${from} ${index} → ${to} begins at ${points[0]}`).toBe(true);
      expect(isOnBorder(points.at(-1)!, boxes[to]!), `${from} ${index} → ${to} ends at ${points.at(-1)}`).toBe(true);
    }
    for (const { to, points } of initials) expect(isOnBorder(points.at(-1)!, boxes[to]!), `the first state ${to}`).toBe(true);
    expect(initials.map(({ to }) => to).sort()).toEqual(states.flatMap(({ type, initial }) => (type === 'compound' ? [initial!] : [])).sort());
  });

  test('has its texts beside one another, within their states and within the chart', () => {
    const { states: boxes, arrows, width, height } = layout();
    for (const { id, states: inner } of states) {
      const { lines, ...box } = boxes[id]!;
      for (const { x, y, text } of lines) {
        const place = { x, y, width: text.length * 6.7, height: 16 };
        expect(within(place, box), `${id}: ${text}`).toBe(true);
        for (const child of inner) expect(overlap(place, boxes[child.id]!), `${id}: ${text}, over ${child.id}`).toBe(false);
      }
    }
    for (const { label } of arrows) expect(within(label, { x: 0, y: 0, width, height }), label.text).toBe(true);
    // What goes from region to region is drawn over the rest, as it must.
    if (name === 'everything') return;
    for (const [one, other] of pairs(arrows)) expect(overlap(one.label, other.label), `${one.label.text} over ${other.label.text}`).toBe(false);
  });
});

test('texts say what happens in the words of the field, and are cut where they are too long', () => {
  const { states, arrows } = layouts.get('everything')!;
  expect(states['m.a']!.lines.map(({ kind, text }) => [kind, text])).toEqual([
    ['entry', 'entry / anActionWithAVeryLongNameThatNobody…'],
    ['transition', 'a.very.long.event.name / one, two, three'],
  ]);
  expect(states['m.b']!.lines).toMatchObject([{ kind: 'invoke', text: 'runs pump' }]);
  const texts = arrows.map(({ label }) => label.text);
  expect(texts).toEqual(expect.arrayContaining(['after 30s', 'GO [isFree]', 'always [isHeld]', 'done', 'done of 0.m.b', 'OUT']));
});

test('docs/charts has the picture of each machine as it is, and no other', () => {
  const pictures = Object.fromEntries(documented().map((root) => [`${root.key}.svg`, svgOf(root, layouts.get(root.key)!)]));
  expect(fs.readdirSync('docs/charts').sort()).toEqual(Object.keys(pictures).sort());
  for (const [file, picture] of Object.entries(pictures)) expect(fs.readFileSync(`docs/charts/${file}`, 'utf8') === picture, `npm run docs: ${file}`).toBe(true);
});

test('a picture is well-formed whatever a machine is named, has every state and transition, and its own colours for both themes', async () => {
  const root = toChart(createMachine({ id: 'odd', description: '"<&>"', initial: '<a>', states: { '<a>': { on: { 'x & "y"': 'b', GO: 'b' } }, b: { type: 'final' } } }));
  const picture = svgOf(root, await charts.layout(root));
  expect(picture.match(/<(\w+)[ >]/g)?.length).toBe((picture.match(/<\/\w+>/g)?.length ?? 0) + (picture.match(/\/>/g)?.length ?? 0));
  expect(picture).toContain('>&#60;a&#62;</text>');
  expect(picture).toContain('>x &#38; &#34;y&#34;</text>');
  expect(picture).toContain('<title>&#34;&#60;&#38;&#62;&#34;</title>');
  expect(picture).toMatch(/class="told"[^>]*>GO</);
  expect(picture).toContain('prefers-color-scheme: dark');
});

test('before a text that a guard or a timer belongs to there is room for its mark', () => {
  const { arrows, states } = layouts.get('everything')!;
  const marked = arrows.filter(({ label }) => label.mark !== undefined).map(({ label }) => label.text);
  expect(marked.sort()).toEqual(['GO [isFree]', 'after 30s', 'always [isHeld]']);
  for (const { label } of arrows) if (label.mark !== undefined) expect(label.mark - label.x).toBeGreaterThanOrEqual(7);
  expect(Object.values(states).flatMap(({ lines }) => lines.flatMap(({ child }) => child ?? []))).toEqual(['0.m.b']);
});

test('a chart is laid out once for all who ask, and the thread ends when nobody has asked for a while', async () => {
  const time = new SimulatedTime(0);
  const few = new Charts(time.clock());
  const [one, same] = await Promise.all([few.view(chartOf('window')), few.view(chartOf('window'))]);
  expect(one).toBe(same);
  expect(few.works).toBe(true);
  await time.pass(10_000);
  expect(few.works).toBe(false);
  expect(await few.view(chartOf('window'))).toBe(one);
  expect(few.works).toBe(false);
});

test('who waits for a chart hears when the runner stops, and may ask again', async () => {
  const few = new Charts(realClock);
  const view = few.view(chartOf('window'));
  few.close();
  await expect(view).rejects.toThrow('the runner stops');
  expect((await few.view(chartOf('window'))).layout.arrows.length).toBeGreaterThan(0);
  few.close();
});
