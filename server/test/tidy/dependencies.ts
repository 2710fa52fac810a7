// A package imports only what its own package.json names; the core imports nothing at all.
import { type Edge, findEdges } from "./imports.ts";
import { type Finding, isSource, type Tree } from "./tree.ts";

function readNames(tree: Tree, path: string, fields: readonly string[]): Set<string> {
  const text = tree.get(path);
  if (text === undefined) return new Set();
  const manifest = JSON.parse(text) as Record<string, Record<string, string> | undefined>;
  return new Set(fields.flatMap((field) => Object.keys(manifest[field] ?? {})));
}

function refuse(edge: Edge, house: string, declared: ReadonlySet<string>): string | null {
  const name = edge.outside ?? "";
  if (house === "core") return `the core imports nothing but itself, and this is ${name}`;
  if (name.startsWith("node:")) return house === "server" ? null : `${name} does not exist in a browser`;
  return declared.has(name) ? null : `${name} is not among the dependencies of ${house}/package.json`;
}

/** Every import of a package that the importing package does not declare. A type-only import needs its package as well. */
export function checkDependencies(tree: Tree): Finding[] {
  const declared = new Map<string, Set<string>>();
  const findings: Finding[] = [];
  for (const edge of findEdges(tree)) {
    if (!isSource(edge.from) || edge.outside === null) continue;
    const house = edge.from.split("/")[0] ?? "";
    const fields = ["dependencies", "peerDependencies", "optionalDependencies"];
    const names = declared.get(house) ?? readNames(tree, `${house}/package.json`, fields);
    declared.set(house, names);
    const says = refuse(edge, house, names);
    if (says !== null) findings.push({ path: edge.from, line: edge.line, says });
  }
  return findings;
}
