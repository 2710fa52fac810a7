// A line of a charge: one thing that was paid for, or that cost nothing and why.

export const lineKinds = ["connect_fee", "usage", "free_time", "minimum", "no_charge"] as const;
export type LineKind = (typeof lineKinds)[number];

/** One line. The amounts of a charge's lines sum to its total. */
export type Line = {
  kind: LineKind;
  /** The talking time that the line is about, ms since the epoch; null when it is about none. */
  from: number | null;
  to: number | null;
  /** Usage: the seconds paid for (whole increments). Free time and no charge: the seconds used. */
  seconds: number;
  pricePerMinute: bigint;
  amount: bigint;
  increments: number;
};
