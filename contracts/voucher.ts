// What the meter signs, as EIP-712 wants it named: domain and types of vouchers and interims.

/** `Voucher` is final and ends a session; `Interim` is "so far" and only proves a part of it. */
export const voucherTypes = {
  Voucher: [
    { name: "sessionId", type: "bytes32" },
    { name: "provenSeconds", type: "uint64" },
  ],
  Interim: [
    { name: "sessionId", type: "bytes32" },
    { name: "provenSeconds", type: "uint64" },
  ],
} as const;

/** The domain of one escrow on one chain: what is signed for it is worth nothing elsewhere. */
export function voucherDomain(chainId: number, escrow: `0x${string}`) {
  return { name: "Fairminute SessionEscrow", version: "1", chainId, verifyingContract: escrow } as const;
}
