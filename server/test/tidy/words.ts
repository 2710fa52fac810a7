// The words of the house: names that say nothing are refused, and one thing has one word.
import { isNode, type Node, nameOf, parse, walk } from "./syntax.ts";
import { type Finding, isCode, lineAt, type Tree } from "./tree.ts";

/** A file or folder of this very name says only that somebody did not know where to put something. */
const emptyNames = new Set([
  "util",
  "utils",
  "helper",
  "helpers",
  "lib",
  "libs",
  "common",
  "misc",
  "types",
  "interfaces",
]);
/** As the last word of a name they are just as empty: `callManager`, `http-utils`. */
const emptyEndings = new Set(["util", "utils", "helper", "helpers", "manager", "managers", "service", "services"]);
/** As the first word of a function they hide what it does: `handleClick`, `processEvent`. */
const emptyVerbs = new Set(["handle", "process"]);

/** `session` stays only where a source document named a field on the wire, or a browser or driver gave the word. */
const grantedNames = new Set([
  "sessionId",
  "session_id",
  "sessionStorage",
  "user_session_id",
  "session_duration_seconds",
  "SessionEscrow",
  "endSession",
  "openSession",
  "openSessionWithPermit",
  "useWebRTCSession",
  "WebRTCSession",
  "WebRTCSessionEndPromptProps",
  "WebRTCSessionTestProps",
  "SessionRunning",
  "SessionExists",
  "NoRunningSession",
  "sessionOf",
  "WebRTCSessionProvider",
  "WebRTCSessionProviderProps",
  "WebRTCSessionStatus",
  "WebRTCSessionEndPrompt",
  "WebRTCSessionTest",
  "currentSession",
  "isSessionActive",
  "sessionDuration",
  "showEndSessionPrompt",
  "setShowEndSessionPrompt",
]);

/** The words of a name in any spelling: `callHTTPManager`, `call-manager` and `CALL_MANAGER` all end in `manager`. */
export function wordsOf(name: string): string[] {
  const spaced = name.replace(/([a-z0-9])([A-Z])/g, "$1 $2").replace(/([A-Z]+)([A-Z][a-z])/g, "$1 $2");
  return spaced
    .toLowerCase()
    .split(/[^a-z0-9]+/)
    .filter((word) => word !== "");
}

function refuseName(name: string): string | null {
  const words = wordsOf(name);
  const last = words.at(-1) ?? "";
  if (words.length === 1 && emptyNames.has(last)) return `the name "${name}" says nothing about what is in it`;
  if (emptyEndings.has(last)) return `"${last}" in "${name}" says nothing: name what it does`;
  return null;
}

function refuseOldWord(name: string): string | null {
  if (grantedNames.has(name)) return null;
  const found = wordsOf(name).some((word) => word === "session" || word === "sessions");
  return found ? `"${name}": the word is call (or connection), not session` : null;
}

/** Bad words in the names of files and folders. */
export function checkFileNames(tree: Tree): Finding[] {
  const findings: Finding[] = [];
  const seen = new Set<string>();
  for (const path of tree.keys()) {
    if (!/^(core|server|react|web|e2e|scripts|bench|contracts)\//.test(path)) continue;
    const parts = path.split("/");
    for (const [index, part] of parts.entries()) {
      const here = parts.slice(0, index + 1).join("/");
      if (seen.has(here)) continue;
      seen.add(here);
      const name = index === parts.length - 1 ? part.replace(/\..*$/, "") : part;
      const says = refuseName(name) ?? refuseOldWord(name);
      if (says !== null) findings.push({ path: here, line: 0, says });
    }
  }
  return findings;
}

interface Declared {
  name: string;
  start: number;
  isFunction: boolean;
}

const functionValues = new Set(["FunctionExpression", "ArrowFunctionExpression"]);

function holdsFunction(value: unknown): boolean {
  return isNode(value) && functionValues.has(value.type);
}

/** The names that a binding pattern introduces: `a`, `{ a, b: c }`, `[d, ...e]`, `f = 1`. */
function bindingNames(pattern: unknown): { name: string; start: number }[] {
  if (!isNode(pattern)) return [];
  const name = nameOf(pattern);
  if (name !== null) return [{ name, start: pattern.start }];
  const inner: unknown[] =
    pattern.type === "ObjectPattern"
      ? (pattern.properties as Node[]).map((entry) => (entry.type === "Property" ? entry.value : entry))
      : pattern.type === "ArrayPattern"
        ? (pattern.elements as unknown[])
        : [pattern.argument, pattern.left, pattern.parameter];
  return inner.flatMap(bindingNames);
}

/** What a node declares: functions, variables, parameters, types and members. Uses of names given by others are not asked. */
function declaredBy(node: Node): Declared[] {
  const named = (value: unknown, isFunction: boolean): Declared[] =>
    bindingNames(value).map((binding) => ({ ...binding, isFunction }));
  switch (node.type) {
    case "FunctionDeclaration":
    case "FunctionExpression":
    case "ArrowFunctionExpression":
    case "TSDeclareFunction":
      return [...named(node.id, true), ...(node.params as Node[]).flatMap((param) => named(param, false))];
    case "VariableDeclarator":
      return named(node.id, holdsFunction(node.init));
    case "ClassDeclaration":
    case "TSTypeAliasDeclaration":
    case "TSInterfaceDeclaration":
      return named(node.id, true);
    case "MethodDefinition":
    case "TSMethodSignature":
      return named(node.key, true);
    case "Property":
    case "PropertyDefinition":
      return named(node.key, holdsFunction(node.value));
    case "TSPropertySignature":
      return named(node.key, false);
    default:
      return [];
  }
}

/** A property inside a destructuring pattern repeats a name that somebody else gave. */
function isPatternProperty(node: Node, ancestors: readonly Node[]): boolean {
  return node.type === "Property" && ancestors.at(-1)?.type === "ObjectPattern";
}

function refuseDeclared({ name, isFunction }: Declared): string | null {
  const verb = wordsOf(name)[0] ?? "";
  if (isFunction && emptyVerbs.has(verb)) return `"${name}": "${verb}" hides what it does; use a verb of the house`;
  return (isFunction ? refuseName(name) : null) ?? refuseOldWord(name);
}

/** Bad words in the names that the code itself gives. */
export function checkIdentifiers(tree: Tree): Finding[] {
  const findings: Finding[] = [];
  for (const [path, text] of tree) {
    if (!isCode(path)) continue;
    walk(parse(path, text).program, (node, ancestors) => {
      if (isPatternProperty(node, ancestors)) return;
      for (const declared of declaredBy(node)) {
        const says = refuseDeclared(declared);
        if (says !== null) findings.push({ path, line: lineAt(text, declared.start), says });
      }
    });
  }
  return findings;
}
