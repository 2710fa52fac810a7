// Every refusal code stands in one list, has one HTTP status and one place in the documentation.
import { isNode, type Node, nameOf, parse, walk } from "./syntax.ts";
import type { Finding, Tree } from "./tree.ts";

const listPath = "core/src/errors.ts";
const statusPath = "server/src/http/errors.ts";
const pagePath = "docs/errors.md";

function unwrap(value: unknown): unknown {
  let node = value;
  while (isNode(node) && /^TS(As|Satisfies|NonNull)Expression$/.test(node.type)) node = node.expression;
  // Object.freeze({…}) and the like: the object inside is what is meant.
  return isNode(node) && node.type === "CallExpression" ? unwrap((node.arguments as unknown[])[0]) : node;
}

function keyOf(property: Node): string | null {
  const key = property.key;
  return nameOf(key) ?? (isNode(key) && typeof key.value === "string" ? key.value : null);
}

/** The keys of an object that a file declares: with `name`, of the one of this name; else of every one it has. */
function keysIn(path: string, text: string, name: string | null): Set<string> {
  const keys = new Set<string>();
  walk(parse(path, text).program, (node) => {
    if (node.type !== "VariableDeclarator" || (name !== null && nameOf(node.id) !== name)) return;
    const value = unwrap(node.init);
    if (!isNode(value) || value.type !== "ObjectExpression") return;
    for (const property of value.properties as Node[]) {
      const key = keyOf(property);
      if (key !== null) keys.add(key);
    }
  });
  return keys;
}

/** The codes that have a heading of their own: `/docs/errors#code` has to lead somewhere. */
function documented(text: string): Set<string> {
  const headings = text.split("\n").filter((line) => /^#{2,6}\s/.test(line) || /<a id="|^\| *`/.test(line));
  return new Set(headings.flatMap((line) => [...line.matchAll(/[a-z]+(?:_[a-z]+)*/g)].map((match) => match[0])));
}

/** Codes of the core's list without a status or a place in the docs, and documented codes that do not exist. */
export function checkRefusals(tree: Tree): Finding[] {
  const list = tree.get(listPath);
  if (list === undefined) return [{ path: listPath, line: 0, says: "the list of refusal codes is missing" }];
  const codes = keysIn(listPath, list, "errorCodes");
  if (codes.size === 0)
    return [{ path: listPath, line: 0, says: "declares no object errorCodes with the codes as keys" }];
  const statuses = keysIn(statusPath, tree.get(statusPath) ?? "", null);
  const page = documented(tree.get(pagePath) ?? "");
  const findings: Finding[] = [];
  for (const code of codes) {
    if (!statuses.has(code)) findings.push({ path: statusPath, line: 0, says: `${code} has no HTTP status` });
    if (!page.has(code)) findings.push({ path: pagePath, line: 0, says: `${code} has no heading` });
  }
  const shaped = [...page].filter((word) => word.includes("_") && !codes.has(word));
  for (const word of shaped)
    findings.push({ path: pagePath, line: 0, says: `${word} is documented and does not exist` });
  return findings;
}
