// The face of the package: what server and browser need to speak with the escrow. It depends on nothing.
export { type EscrowEnding, type EscrowStatus, endings, nativeToken, statuses } from "./agreement.ts";
export { escrowAbi, escrowBytecode } from "./generated/escrow.ts";
export { testTokenAbi, testTokenBytecode } from "./generated/test-token.ts";
export { feeOf, priceOfSeconds } from "./price.ts";
export { voucherDomain, voucherTypes } from "./voucher.ts";
