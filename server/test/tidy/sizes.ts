// A file has at most 400 lines and a function at most 70, with a list of exceptions that may only shrink.
import { isNode, type Node, nameOf, parse, walk } from "./syntax.ts";
import { type Finding, isCode, isTest, lineAt, type Tree } from "./tree.ts";

export const maxFileLines = 400;
export const maxFunctionLines = 70;

/** Exceptions: `path` or `path#function`, to the lines it has today. The list may only get shorter, and its numbers smaller. */
export const allowances: Readonly<Record<string, number>> = {};

interface Size {
  key: string;
  path: string;
  line: number;
  lines: number;
  most: number;
  what: string;
}

const functionTypes = new Set(["FunctionDeclaration", "FunctionExpression", "ArrowFunctionExpression"]);

/** The name a person would call a function by: its own, or that of the variable, field or method that holds it. */
function nameFunction(node: Node, parent: Node | undefined): string {
  const own = nameOf(node.id);
  const held = parent ? (nameOf(parent.id) ?? nameOf(parent.key) ?? nameOf(parent.left)) : null;
  return own ?? held ?? "(anonymous)";
}

/** `describe("…", () => {…})` is a list of tests, as long as the file that holds it. */
function isTestList(parent: Node | undefined): boolean {
  if (parent?.type !== "CallExpression" || !isNode(parent.callee)) return false;
  const callee = parent.callee.type === "MemberExpression" ? parent.callee.object : parent.callee;
  const inner = isNode(callee) && callee.type === "CallExpression" ? callee.callee : callee;
  const base = isNode(inner) && inner.type === "MemberExpression" ? inner.object : inner;
  return ["describe", "suite"].includes(nameOf(base) ?? "");
}

function measureFunctions(path: string, text: string): Size[] {
  const sizes: Size[] = [];
  walk(parse(path, text).program, (node, ancestors) => {
    if (!functionTypes.has(node.type)) return;
    const parent = ancestors.at(-1);
    if (isTest(path) && isTestList(parent)) return;
    const line = lineAt(text, node.start);
    const lines = lineAt(text, node.end) - line + 1;
    const name = nameFunction(node, parent);
    sizes.push({ key: `${path}#${name}`, path, line, lines, most: maxFunctionLines, what: `function ${name}` });
  });
  return sizes;
}

function measure(tree: Tree): Size[] {
  const sizes: Size[] = [];
  for (const [path, text] of tree) {
    if (!isCode(path) && !/\.(css|sql|sol)$/.test(path)) continue;
    const lines = text.endsWith("\n") ? text.split("\n").length - 1 : text.split("\n").length;
    sizes.push({ key: path, path, line: 0, lines, most: maxFileLines, what: "file" });
    if (isCode(path)) sizes.push(...measureFunctions(path, text));
  }
  return sizes;
}

/** Whatever is too long, and whatever exception is no longer needed or can be tightened: the ratchet turns one way. */
export function checkSizes(tree: Tree, allowed: Readonly<Record<string, number>> = allowances): Finding[] {
  const findings: Finding[] = [];
  const longest = new Map<string, number>();
  for (const size of measure(tree)) {
    longest.set(size.key, Math.max(longest.get(size.key) ?? 0, size.lines));
    const most = Math.max(size.most, allowed[size.key] ?? 0);
    if (size.lines > most) {
      findings.push({
        path: size.path,
        line: size.line,
        says: `${size.what} has ${size.lines} lines, at most ${most}`,
      });
    }
  }
  for (const [key, lines] of Object.entries(allowed)) {
    const now = longest.get(key) ?? 0;
    const needed = now > (key.includes("#") ? maxFunctionLines : maxFileLines);
    const [path = key] = key.split("#");
    if (!needed) findings.push({ path, line: 0, says: `the exception for ${key} is no longer needed: take it out` });
    else if (now < lines)
      findings.push({ path, line: 0, says: `the exception for ${key} is ${lines}; it has ${now} lines: lower it` });
  }
  return findings;
}
