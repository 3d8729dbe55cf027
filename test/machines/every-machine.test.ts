import fs from 'node:fs';
import { describe, expect, test } from 'vitest';
import { machines } from '../../machines/index.ts';
import { brokenByRestore, declaredBy, delaysOf, labelOf, nodesOf, savedText, walk } from '../support/edges.ts';
import { proofs } from './proofs.ts';

const BY_OPERATOR = /^[A-Z][A-Z0-9_]*$/;

test('no machine goes unproven', () => {
  const ids = fs.readdirSync('machines').map((file) => fs.readFileSync(`machines/${file}`, 'utf8').match(/^ {2}id: '(\w+)'/m)?.[1]).filter((id) => id !== undefined);
  expect(ids.sort()).toEqual(Object.keys(proofs).sort());
  for (const [src, { machine }] of Object.entries(machines)) expect(proofs[src]?.machine, src).toBe(machine);
});

describe.each(Object.entries(proofs))('%s', (_, proof) => {
  const { machine } = proof;
  const { states, edges, taken } = walk(proof);

  test('every state is reached', () => {
    const reached = new Set(states.flatMap(({ _nodes }) => _nodes.map(({ id }) => id)));
    expect(nodesOf(machine).map(({ id }) => id).filter((id) => !reached.has(id))).toEqual([]);
  });

  test('every declared transition is taken', () => {
    expect(declaredBy(machine).filter((one) => !taken.has(one)).map(labelOf)).toEqual([]);
  });

  test('no edge ends or breaks it', () => {
    const last = edges.filter(({ next }) => next.status !== 'active').map(({ state, event }) => `${JSON.stringify(state.value)} ${event.type}`);
    expect([...new Set(last)]).toEqual([]);
  });

  test('what it remembers is JSON, and restoring from JSON changes nothing that follows', () => {
    for (const { next } of edges) expect(JSON.parse(savedText(machine, next)).context).toStrictEqual(next.context);
    expect(brokenByRestore(proof, edges)).toEqual([]);
  });

  test('a state with a timer is only entered when its end is known', () => {
    const delays = edges.flatMap(({ next, event }) => [...delaysOf(next, event.at)].map(([timer, ms]) => ({ timer, ms })));
    expect(delays.filter(({ ms }) => !(Number.isFinite(ms) && ms >= 0))).toEqual([]);
  });

  test('every state says what it means, and every operator event what it does', () => {
    const silent = nodesOf(machine).filter(({ description }) => !description).map(({ id }) => id);
    const mute = declaredBy(machine).filter(({ eventType, description }) => BY_OPERATOR.test(eventType) && !description).map(labelOf);
    expect([...silent, ...mute]).toEqual([]);
  });
});
