// A mutant inside of an assertion is no mutant of a rule: what an assertion refuses cannot happen, so that no story can meet it.

const assertions = {
  /** @param path of Babel: a node of the core's sources */
  shouldIgnore(path) {
    const isAssertion = path.isCallExpression() && path.node.callee.name === "assert";
    return isAssertion ? "an assertion: what it refuses cannot happen" : undefined;
  },
};

export const strykerPlugins = [{ kind: "Ignore", name: "assertions", value: assertions }];
