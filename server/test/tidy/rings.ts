// No ring of files: nobody can understand one file of a ring without all the others. Type imports count.
import { findEdges } from "./imports.ts";
import type { Finding, Tree } from "./tree.ts";

/** Files that reach each other, by Tarjan's method: each group of more than one file is a knot. */
export function findKnots(links: ReadonlyMap<string, readonly string[]>): string[][] {
  const order = new Map<string, number>();
  const lowest = new Map<string, number>();
  const stack: string[] = [];
  const knots: string[][] = [];
  const visit = (file: string): void => {
    order.set(file, order.size);
    lowest.set(file, order.size - 1);
    stack.push(file);
    for (const next of links.get(file) ?? []) {
      if (!order.has(next)) visit(next);
      if (stack.includes(next)) lowest.set(file, Math.min(lowest.get(file) ?? 0, lowest.get(next) ?? 0));
    }
    if (lowest.get(file) !== order.get(file)) return;
    const knot = stack.splice(stack.indexOf(file));
    if (knot.length > 1 || (links.get(file) ?? []).includes(file)) knots.push(knot.sort());
  };
  for (const file of links.keys()) {
    if (!order.has(file)) visit(file);
  }
  return knots;
}

/** One finding a knot, at its first file, naming all of them. */
export function checkRings(tree: Tree): Finding[] {
  const links = new Map<string, string[]>();
  for (const { from, target } of findEdges(tree)) {
    if (target === null) continue;
    links.set(from, [...(links.get(from) ?? []), target]);
  }
  return findKnots(links).map((knot) => ({
    path: knot[0] ?? "",
    line: 0,
    says: `a ring of files: ${knot.join(" → ")}`,
  }));
}
