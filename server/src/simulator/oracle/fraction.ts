// Fractions of bigints: amounts are compared and rounded only where the terms say so.

/** The rational number n / d; d is above zero. */
export type Fraction = { n: bigint; d: bigint };

export const zero: Fraction = { n: 0n, d: 1n };

export function fraction(n: bigint, d: bigint): Fraction {
  let [a, b] = [n < 0n ? -n : n, d];
  while (b !== 0n) [a, b] = [b, a % b];
  return a === 0n ? zero : { n: n / a, d: d / a };
}

export function plus(x: Fraction, y: Fraction): Fraction {
  return fraction(x.n * y.d + y.n * x.d, x.d * y.d);
}

/** The largest whole number that is not above it. */
export function floorOf({ n, d }: Fraction): bigint {
  const cut = n / d;
  return n < 0n && cut * d !== n ? cut - 1n : cut;
}

export function ceilingOf({ n, d }: Fraction): bigint {
  return -floorOf({ n: -n, d });
}

/** The nearest whole number; a half goes up. */
export function nearestOf(x: Fraction): bigint {
  return floorOf(plus(x, fraction(1n, 2n)));
}

/** A whole number by one of the three roundings of a tariff. */
export function rounded(x: Fraction, rounding: "up" | "down" | "nearest"): bigint {
  if (rounding === "up") return ceilingOf(x);
  return rounding === "down" ? floorOf(x) : nearestOf(x);
}
