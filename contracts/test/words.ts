// The meter's word, signed for the tests: rightly, or with any part of it wrong.

import type { HDAccount, PrivateKeyAccount } from "viem";
import { type Address, concat, type Hex, hexToBigInt, numberToHex, slice } from "viem";
import { voucherDomain, voucherTypes } from "../index.ts";

/** What is signed, by whom, and for which escrow. */
export interface Word {
  type: "Voucher" | "Interim";
  sessionId: Hex;
  provenSeconds: bigint;
  signer: PrivateKeyAccount | HDAccount;
  chainId: number;
  escrow: Address;
}

export function signWord({ type, sessionId, provenSeconds, signer, chainId, escrow }: Word): Promise<Hex> {
  const domain = voucherDomain(chainId, escrow);
  return signer.signTypedData({
    domain,
    types: voucherTypes,
    primaryType: type,
    message: { sessionId, provenSeconds },
  });
}

const order = 0xfffffffffffffffffffffffffffffffebaaedce6af48a03bbfd25e8cd0364141n;

/** The other signature that is mathematically as good: s turned over, and v with it. */
export function turnOver(signature: Hex): Hex {
  const s = order - hexToBigInt(slice(signature, 32, 64));
  const v = hexToBigInt(slice(signature, 64, 65)) === 27n ? 28 : 27;
  return concat([slice(signature, 0, 32), numberToHex(s, { size: 32 }), numberToHex(v, { size: 1 })]);
}

/** The short form of a signature (ERC-2098): 64 bytes, v in the highest bit of s. */
export function shorten(signature: Hex): Hex {
  const v = hexToBigInt(slice(signature, 64, 65)) - 27n;
  const s = hexToBigInt(slice(signature, 32, 64)) | (v << 255n);
  return concat([slice(signature, 0, 32), numberToHex(s, { size: 32 })]);
}
