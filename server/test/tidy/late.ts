// What is big is loaded when it is needed: a server must be ready a moment after its start, also after a crash.
import { type Edge, findEdges } from "./imports.ts";
import type { Finding, Tree } from "./tree.ts";

/** What each entry does without until it is asked for. */
const late: Readonly<Record<string, readonly string[]>> = {
  "server/src/main.ts": ["viem", "@electric-sql/pglite"],
  "server/src/cli.ts": ["viem", "@electric-sql/pglite", "fastify"],
};

/** One finding for each import by which an entry loads what it should load late. */
export function checkLate(tree: Tree): Finding[] {
  const edges = new Map<string, Edge[]>();
  for (const edge of findEdges(tree)) {
    if (edge.isLoaded) edges.set(edge.from, [...(edges.get(edge.from) ?? []), edge]);
  }
  const findings: Finding[] = [];
  for (const [entry, packages] of Object.entries(late)) {
    const reached = new Set([entry]);
    for (const file of reached) {
      for (const { target, outside, line } of edges.get(file) ?? []) {
        if (target !== null) reached.add(target);
        else if (outside !== null && packages.includes(outside))
          findings.push({
            path: file,
            line,
            says: `loads ${outside} whenever ${entry} starts: import it where it is used`,
          });
      }
    }
  }
  return findings;
}
