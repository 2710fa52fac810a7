// The escrow's arithmetic for those who want to know a price before they ask a chain.

/** The price of some seconds in the token's smallest unit: 60 seconds a minute, rounded up once. */
export function priceOfSeconds(ratePerMinute: bigint, seconds: bigint): bigint {
  return (ratePerMinute * seconds + 59n) / 60n;
}

/** The platform's share of a price, rounded down: what cannot be divided is the tutor's. */
export function feeOf(price: bigint, feeBasisPoints: bigint): bigint {
  return (price * feeBasisPoints) / 10_000n;
}
