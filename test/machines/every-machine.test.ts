import fs from 'node:fs';
import { isDeepStrictEqual } from 'node:util';
import { describe, expect, test } from 'vitest';
import { machines } from '../../machines/index.ts';
import { declaredBy, differences, labelOf, made, MOST_PLACES, nodesOf, said, savedText, walk, wayTo, type Edge, type Place } from '../support/edges.ts';
import { brokenBy } from '../support/laws.ts';
import { alone, Host } from '../support/machines.ts';
import { proofs } from './proofs.ts';

const BY_OPERATOR = /^[A-Z][A-Z0-9_]*$/;

test('no machine goes unproven', () => {
  const ids = fs.readdirSync('machines').map((file) => fs.readFileSync(`machines/${file}`, 'utf8').match(/^ {2}id: '(\w+)'/m)?.[1]).filter((id) => id !== undefined);
  expect(ids.sort()).toEqual(Object.keys(proofs).sort());
  for (const [src, { machine }] of Object.entries(machines)) expect(proofs[src]?.machine, src).toBe(machine);
});

describe.each(Object.entries(proofs))('%s', (_, proof) => {
  const machine = alone(proof.machine);
  const edges = [...walk(proof, machine)];
  const told = ({ from, event }: Edge, problem: string) => [...(from ? wayTo(from) : []), said(event), `        ${problem}`].join('\n');

  test('every state is reached', () => {
    const places = new Set(edges.map(({ to }) => to));
    expect(places.size, 'states of a walk whose abstraction is coarse enough').toBeLessThan(MOST_PLACES);
    const reached = new Set([...places].flatMap(({ state }) => (state._nodes as { id: string }[]).map(({ id }) => id)));
    expect(nodesOf(machine).map(({ id }) => id).filter((id) => !reached.has(id))).toEqual([]);
  });

  test('no edge breaks an invariant', () => {
    const broken = edges.map((edge) => ({ edge, law: brokenBy(proof, edge) })).find(({ law }) => law !== undefined);
    if (broken) expect.fail(told(broken.edge, `breaks the invariant “${broken.law}”. What this event made of it:\n${made(broken.edge)}`));
  });

  test('a host that is saved as JSON, killed and restored after every event goes along every edge, and takes every declared transition', () => {
    const saved = new Map<Place, string>();
    const taken = new Set<unknown>();
    for (const edge of edges) {
      const { from, event, to, after } = edge;
      const host = from ? new Host(machine, { saved: saved.get(from)!, at: from.at }) : new Host(machine, { input: event['input'] });
      if (from) host.meet(event);
      if (host.saved() !== savedText(after)) expect.fail(told(edge, `the host ${host.error ? `died: ${host.error}; it` : ''} is not like the pure machine:\n${differences(host.saved(), savedText(after))}`));
      if (!saved.has(to)) saved.set(to, host.deeplySaved());
      for (const transition of host.taken) taken.add(transition);
    }
    expect(declaredBy(machine).filter((one) => !taken.has(one)).map(labelOf)).toEqual([]);
  });

  test('what it remembers is JSON', () => {
    const other = edges.find(({ after }) => !isDeepStrictEqual(JSON.parse(savedText(after)).context, after.context));
    if (other) expect.fail(told(other, `JSON makes ${savedText(other.after)} of its context`));
  });

  test('every state says what it means, and every operator event what it does', () => {
    const silent = nodesOf(machine).filter(({ description }) => !description).map(({ id }) => id);
    const mute = declaredBy(machine).filter(({ eventType, description }) => BY_OPERATOR.test(eventType) && !description).map(labelOf);
    expect([...silent, ...mute]).toEqual([]);
  });
});
