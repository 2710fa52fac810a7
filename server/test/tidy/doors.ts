// Things that go through one door only: money through the ledger, the environment through the config, a package through its face.
import { isNode, type Node, nameOf, parse, walk } from "./syntax.ts";
import { type Finding, isSource, lineAt, type Tree } from "./tree.ts";

/** SQL that changes money: any write to the transfers, or to the accounts whose balances they move. */
const writesMoney =
  /\b(insert\s+into|update(\s+only)?|delete\s+from(\s+only)?|truncate(\s+table)?|merge\s+into|copy)\s+("?\w+"?\.)?"?(transfers|accounts)\b/i;

/** Text that the program could send to a database: strings and templates, with a mark where a value is put in. */
function textsOf(node: Node): string | null {
  if (node.type === "Literal" && typeof node.value === "string") return node.value;
  if (node.type !== "TemplateLiteral") return null;
  const parts = (node.quasis as Node[]).map((part) => (part.value as { cooked: string | null }).cooked ?? "");
  return parts.join("?");
}

/** SQL outside the ledger that writes transfers or accounts (I1 to I3 are kept in one room). */
export function checkMoneyDoor(tree: Tree): Finding[] {
  const findings: Finding[] = [];
  for (const [path, text] of tree) {
    if (!isSource(path) || path.startsWith("server/src/ledger/")) continue;
    walk(parse(path, text).program, (node) => {
      const match = writesMoney.exec(textsOf(node) ?? "");
      if (match)
        findings.push({
          path,
          line: lineAt(text, node.start),
          says: `only the ledger may \`${match[0].replace(/\s+/g, " ")}\``,
        });
    });
  }
  return findings;
}

const readsEnvironment = new Set(["server/src/main.ts", "server/src/cli.ts", "server/src/config.ts"]);

function isEnvironment(node: Node): boolean {
  if (node.type !== "MemberExpression") return false;
  const key = isNode(node.property) && node.property.type === "Literal" ? node.property.value : nameOf(node.property);
  return nameOf(node.object) === "process" && key === "env";
}

/** `const { env } = process`, and `import { env } from "node:process"`. */
function takesEnvironment(node: Node): boolean {
  if (node.type === "VariableDeclarator" && nameOf(node.init) === "process" && isNode(node.id)) {
    const properties = node.id.type === "ObjectPattern" ? (node.id.properties as Node[]) : [];
    return properties.some((property) => nameOf(property.key) === "env");
  }
  if (node.type !== "ImportDeclaration" || !isNode(node.source)) return false;
  const specifiers = node.specifiers as Node[];
  return (
    /^(node:)?process$/.test(String(node.source.value)) && specifiers.some((one) => nameOf(one.imported) === "env")
  );
}

/** Reads of process.env elsewhere than in main, cli and config: a setting that nobody finds and nobody checks. */
export function checkEnvironmentDoor(tree: Tree): Finding[] {
  const findings: Finding[] = [];
  for (const [path, text] of tree) {
    if (!isSource(path) || readsEnvironment.has(path)) continue;
    walk(parse(path, text).program, (node) => {
      if (!isEnvironment(node) && !takesEnvironment(node)) return;
      findings.push({
        path,
        line: lineAt(text, node.start),
        says: "only main.ts, cli.ts and config.ts read process.env",
      });
    });
  }
  return findings;
}

/** A package has one, and one for each part that is loaded only when it is used. */
const faces = new Set(["core/src/index.ts", "react/src/index.ts", "react/src/chain/index.ts"]);

/** Files that only pass on what others export. A package has one face; inside it everybody imports the file that makes a thing. */
export function checkBarrels(tree: Tree): Finding[] {
  const findings: Finding[] = [];
  for (const [path, text] of tree) {
    if (!isSource(path) || faces.has(path)) continue;
    const body = parse(path, text).program.body as Node[];
    const passesOn = body.filter((node) => /^Export(All|Named)Declaration$/.test(node.type) && isNode(node.source));
    const ownWork = body.filter((node) => node.type !== "ImportDeclaration" && !passesOn.includes(node));
    const everything = passesOn.find((node) => node.type === "ExportAllDeclaration");
    if (everything)
      findings.push({ path, line: lineAt(text, everything.start), says: "`export *` hides what a file exports" });
    else if (passesOn.length > 0 && ownWork.length === 0)
      findings.push({ path, line: 0, says: "a barrel: it only passes on other files" });
    if (/\/index\.tsx?$/.test(path))
      findings.push({ path, line: 0, says: "index is the name of a package's face only" });
  }
  return findings;
}
