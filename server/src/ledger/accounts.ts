// The names of accounts.

export const CURRENCY = "coin";
export const PLATFORM = "platform";
/** Where top-ups come from: the world outside, the one account that may stand below zero. */
export const EXTERNAL = "external";

/** The contract on a chain that holds deposits of a currency: outside like EXTERNAL, and below zero by what stands with us. */
export const escrowOf = (currency: string): string => `escrow:${currency}`;

/** What that contract owes somebody; null: the platform. No user who has such claims may have the platform's id. */
export const claimOf = (currency: string, userId: string | null): string => `claim:${currency}:${userId ?? PLATFORM}`;

/** A user's wallet. 0001_ledger.sql knows the length of this prefix. */
export const walletOf = (userId: string): string => `wallet:${userId}`;

/** Whose money stands in a wallet or is owed by a claim, `platform` for the platform's; null for all other accounts. */
export function holderOf(account: string): string | null {
  if (!account.startsWith("claim:")) return ownerOf(account);
  return account.slice(account.indexOf(":", "claim:".length) + 1);
}

/** Whose wallet an account is, or null when it is none. */
export const ownerOf = (account: string): string | null => (account.startsWith("wallet:") ? account.slice(7) : null);
