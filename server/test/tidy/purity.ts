// The core is pure: no waiting, no clock, no chance, no outside world, and money is never a floating number.
import { isNode, type Node, nameOf, parse, walk } from "./syntax.ts";
import { type Finding, isSource, lineAt, type Tree } from "./tree.ts";

/** Names of the world around the language. Using one makes a rule depend on something that its arguments do not show. */
const outsideWorld = new Set([
  ..."Date Promise performance crypto console process globalThis window document fetch Buffer".split(" "),
  ..."setTimeout setInterval setImmediate queueMicrotask structuredClone WebSocket Intl".split(" "),
]);

/** Names that mean an amount of money. With a unit behind it (…Seconds, …At, …BasisPoints, …Count) it is something else. */
const money =
  /(coins?|amount|price|fee|charge|penalty|balance|available|placed|captured|released|refunded|total|payout)$/i;
const notMoney = /(seconds|minutes|ms|at|until|count|points|days|index|total(ms|seconds)|length)$/i;
/** The edge where coins become JSON numbers, checked there by coinsToJson: types and functions that say so in their name. */
const jsonEdge = /(json|receipt)/i;

function isName(node: Node, ancestors: readonly Node[]): boolean {
  const parent = ancestors.at(-1);
  if (!parent) return true;
  const isMember = parent.type === "MemberExpression" && parent.property === node && parent.computed !== true;
  const isKey =
    /Property|Method|TSPropertySignature/.test(parent.type) && parent.key === node && parent.shorthand !== true;
  return !isMember && !isKey;
}

/** Names that a file gives itself mean what the file says: a `window` of a tariff is no browser. */
function namesGiven(program: Node): Set<string> {
  const given = new Set<string>();
  walk(program, (node, ancestors) => {
    const parent = ancestors.at(-1);
    const name = nameOf(node);
    if (name === null || !parent) return;
    const isParameter = Array.isArray(parent.params) && parent.params.includes(node);
    const isDeclared = parent.type === "VariableDeclarator" && parent.id === node;
    const isTakenApart =
      parent.type === "Property" && parent.value === node && ancestors.at(-2)?.type === "ObjectPattern";
    if (isParameter || isDeclared || isTakenApart) given.add(name);
  });
  return given;
}

function refuseWorld(node: Node, ancestors: readonly Node[], given: ReadonlySet<string>): string | null {
  if (node.async === true) return "the core does not wait: no async";
  if (node.type === "AwaitExpression") return "the core does not wait: no await";
  if (node.type === "MemberExpression" && nameOf(node.object) === "Math" && nameOf(node.property) === "random") {
    return "chance is a parameter: no Math.random";
  }
  const name = node.type === "Identifier" ? nameOf(node) : null;
  if (name === null || given.has(name) || !outsideWorld.has(name) || !isName(node, ancestors)) return null;
  return `the core does not know ${name}: give it what it needs as a parameter`;
}

function hasNumber(annotation: unknown): boolean {
  if (!isNode(annotation)) return false;
  const inner = annotation.type === "TSTypeAnnotation" ? annotation.typeAnnotation : annotation;
  if (!isNode(inner)) return false;
  if (inner.type === "TSUnionType") return (inner.types as Node[]).some(hasNumber);
  return inner.type === "TSNumberKeyword";
}

function refuseMoney(node: Node, ancestors: readonly Node[]): string | null {
  if (!["Identifier", "TSPropertySignature"].includes(node.type)) return null;
  const name = node.type === "Identifier" ? nameOf(node) : nameOf(node.key);
  if (name === null || !hasNumber(node.typeAnnotation)) return null;
  if (!money.test(name) || notMoney.test(name)) return null;
  const owners = [...ancestors].map((ancestor) => nameOf(ancestor.id) ?? "");
  return owners.some((owner) => jsonEdge.test(owner)) ? null : `"${name}: number": money is a bigint`;
}

/** Everything in the core's sources that reaches outside the language, and money that is typed as a number. */
export function checkPurity(tree: Tree): Finding[] {
  const findings: Finding[] = [];
  for (const [path, text] of tree) {
    if (!isSource(path) || !path.startsWith("core/")) continue;
    const { program } = parse(path, text);
    const given = namesGiven(program);
    walk(program, (node, ancestors) => {
      const says = refuseWorld(node, ancestors, given) ?? refuseMoney(node, ancestors);
      if (says !== null) findings.push({ path, line: lineAt(text, node.start), says });
    });
  }
  return findings;
}
