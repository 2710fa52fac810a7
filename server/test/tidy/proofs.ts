// Things that must not exist without their proof: a provider without the conformance suite, a policy without stories.
import { parse } from "./syntax.ts";
import { type Finding, isSource, type Tree } from "./tree.ts";

function testOf(path: string): string {
  return path.replace(/\.ts$/, ".test.ts");
}

/** A file of the providers' room that makes a provider, by its name: `createWebrtcProvider`. */
function makesProvider(text: string): boolean {
  return /export (async )?(function|const) create\w+Provider\b/.test(text);
}

/** A rule of a policy: the files of the room that are about one policy, not about policies as such. */
function isPolicy(path: string): boolean {
  return /^core\/src\/policies\/(?!policy\.ts|apply\.ts)[^/]+\.ts$/.test(path);
}

/** Providers whose test does not import the suite, and policies that have no test beside them. */
export function checkProofs(tree: Tree): Finding[] {
  const findings: Finding[] = [];
  for (const [path, text] of tree) {
    if (!isSource(path)) continue;
    const test = tree.get(testOf(path));
    if (path.startsWith("server/src/providers/") && makesProvider(text)) {
      const imports = test === undefined ? [] : parse(testOf(path), test).imports;
      const examined = imports.some(({ specifier }) => specifier === "./provider.case.ts");
      if (!examined)
        findings.push({ path, line: 0, says: `${testOf(path)} does not run the cases of provider.case.ts` });
    }
    if (isPolicy(path) && test === undefined)
      findings.push({ path, line: 0, says: `has no stories in ${testOf(path)}` });
  }
  return findings;
}
