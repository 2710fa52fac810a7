// Names that are nearly another one: what a misspelt setting was meant to be.

/** How many single-character changes lead from one word to the other. */
function editDistance(a: string, b: string): number {
  let previous = Array.from({ length: b.length + 1 }, (_, column) => column);
  for (let row = 1; row <= a.length; row++) {
    const current = [row];
    for (let column = 1; column <= b.length; column++) {
      const swap = previous[column - 1]! + (a[row - 1] === b[column - 1] ? 0 : 1);
      current.push(Math.min(swap, previous[column]! + 1, current[column - 1]! + 1));
    }
    previous = current;
  }
  return previous[b.length]!;
}

/** The first known name that is at most two changes away; undefined when none is. */
export const findNear = <Name extends string>(name: string, known: readonly Name[]): Name | undefined =>
  known.find((one) => editDistance(one, name) <= 2);
