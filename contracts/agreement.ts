// The words for the numbers that the escrow's status and ending are.

/** The chain's own coin, where a token's address is asked. */
export const nativeToken = "0x0000000000000000000000000000000000000000";

/** Where a session stands, by the number of the contract. It only ever moves to the right. */
export const statuses = ["none", "open", "claimed", "disputed", "closed"] as const;
export type EscrowStatus = (typeof statuses)[number];

/** What closed a session, by the number of the contract. */
export const endings = ["time", "voucher", "claim_lapsed", "dispute_lapsed", "reclaimed"] as const;
export type EscrowEnding = (typeof endings)[number];
