// Tests are honest: none is skipped, singled out, expected to fail or left for later.
import { isNode, nameOf, parse, walk } from "./syntax.ts";
import { type Finding, isCode, lineAt, type Tree } from "./tree.ts";

const runners = new Set(["test", "it", "describe", "suite", "bench"]);
const excuses = new Set(["skip", "only", "todo", "skipIf", "runIf", "fails"]);
const shortExcuses = new Set(["xit", "xtest", "xdescribe", "fit", "fdescribe"]);

/** The name at the bottom of a chain: `test` in `test.concurrent.skip`. */
function baseOf(value: unknown): string | null {
  let node = value;
  while (isNode(node) && node.type === "MemberExpression") node = node.object;
  if (isNode(node) && node.type === "CallExpression") return baseOf(node.callee);
  return nameOf(node);
}

/** Every excuse in a test, wherever it stands: a test that does not run proves nothing. */
export function checkHonesty(tree: Tree): Finding[] {
  const findings: Finding[] = [];
  for (const [path, text] of tree) {
    if (!isCode(path)) continue;
    walk(parse(path, text).program, (node) => {
      const name = node.type === "MemberExpression" ? nameOf(node.property) : null;
      const called = node.type === "CallExpression" ? nameOf(node.callee) : null;
      const bad = name !== null && excuses.has(name) && runners.has(baseOf(node.object) ?? "") ? `.${name}` : null;
      const worse = called !== null && shortExcuses.has(called) ? called : null;
      const excuse = bad ?? worse;
      if (excuse !== null) findings.push({ path, line: lineAt(text, node.start), says: `${excuse}: every test runs` });
    });
  }
  return findings;
}
