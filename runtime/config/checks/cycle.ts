/**
 * Circles in a graph of names, each as the way round it: `[a, b, a]`. One for every edge that leads back to where the
 * search came from, so that no circle remains once these are cut.
 */
export function findCycles(graph: ReadonlyMap<string, readonly string[]>): string[][] {
  const cycles: string[][] = [];
  const finished = new Set<string>();
  const way: string[] = [];
  const visit = (node: string): void => {
    if (finished.has(node)) return;
    const seenAt = way.indexOf(node);
    if (seenAt >= 0) return void cycles.push([...way.slice(seenAt), node]);
    way.push(node);
    for (const next of graph.get(node) ?? []) visit(next);
    way.pop();
    finished.add(node);
  };
  for (const node of graph.keys()) visit(node);
  return cycles;
}
