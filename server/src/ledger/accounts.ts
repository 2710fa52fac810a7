// The names of accounts.

export const CURRENCY = "coin";
export const PLATFORM = "platform";
/** Where top-ups come from: the world outside, the one account that may stand below zero. */
export const EXTERNAL = "external";

/** A user's wallet. 0001_ledger.sql knows the length of this prefix. */
export const walletOf = (userId: string): string => `wallet:${userId}`;

/** Whose wallet an account is, or null when it is none. */
export const ownerOf = (account: string): string | null => (account.startsWith("wallet:") ? account.slice(7) : null);
