// What a person does at the escrow: deposit, end by the meter's voucher, and, when the meter is silent, end by the clock or reclaim.
import { escrowAbi, nativeToken, testTokenAbi } from "@fairminute/contracts";
import type { ContractCall, EscrowWallet } from "./wallet.ts";
import type { EscrowJson, Hex } from "./wire.ts";

/** Where a transaction stands. `replaced` hashes are told by `hash`. */
export type TransactionStep = "switching" | "allowing" | "signing" | "sent";
export type OnStep = (step: TransactionStep, transactionHash: Hex | null) => void;

const termsOf = ({ terms }: EscrowJson) => ({
  tutor: terms.tutor,
  token: terms.token,
  ratePerMinute: BigInt(terms.ratePerMinute),
  maxSeconds: Number(terms.maxSeconds),
  languageId: Number(terms.languageId),
  requestId: terms.requestId,
});

/** A contract on a chain, and a session in it. */
export type Place = Pick<EscrowJson, "chainId" | "contract">;
export type NamedPlace = Pick<EscrowJson, "chainId" | "contract" | "sessionId">;

const atEscrow = ({ chainId, contract }: Place, functionName: string, args: readonly unknown[]): ContractCall => ({
  chainId,
  address: contract,
  abi: escrowAbi,
  functionName,
  args,
});

const atToken = ({ chainId, token }: EscrowJson, functionName: string, args: readonly unknown[]): ContractCall => ({
  chainId,
  address: token,
  abi: [...testTokenAbi, domainEntry],
  functionName,
  args,
});

/** ERC-5267, by which a token names the domain that its permits are signed for. */
const domainEntry = {
  type: "function",
  name: "eip712Domain",
  stateMutability: "view",
  inputs: [],
  outputs: ["bytes1", "string", "string", "uint256", "address", "bytes32", "uint256[]"].map((type) => ({
    name: "",
    type,
  })),
} as const;

/** How long a signed allowance holds: long enough for a slow wallet. */
const permitSeconds = 30 * 60;

/** Goes to the call's chain, where the wallet is on another one. */
async function goTo(wallet: EscrowWallet, chainId: number, onStep: OnStep): Promise<void> {
  if ((await wallet.chainId()) === chainId) return;
  onStep("switching", null);
  await wallet.switchChain(chainId);
}

async function send(wallet: EscrowWallet, escrow: Place, call: ContractCall, onStep: OnStep): Promise<Hex> {
  await goTo(wallet, escrow.chainId, onStep);
  onStep("signing", null);
  const hash = await wallet.write(call);
  onStep("sent", hash);
  return hash;
}

type Permit = { deadline: bigint; v: number; r: Hex; s: Hex };

/** A signed allowance (ERC-2612); null where token or wallet cannot. A person's refusal is a refusal. */
async function signPermit(wallet: EscrowWallet, escrow: EscrowJson, now: number): Promise<Permit | null> {
  if (wallet.signTypedData === undefined) return null;
  let domain: readonly unknown[];
  let nonce: bigint;
  try {
    domain = (await wallet.read(atToken(escrow, "eip712Domain", []))) as readonly unknown[];
    nonce = (await wallet.read(atToken(escrow, "nonces", [wallet.address]))) as bigint;
  } catch {
    return null;
  }
  const deadline = BigInt(Math.floor(now / 1000) + permitSeconds);
  const [, name, version, , verifyingContract] = domain as [unknown, string, string, unknown, Hex];
  const signature = await wallet.signTypedData({
    domain: { name, version, chainId: escrow.chainId, verifyingContract },
    types: {
      Permit: [
        { name: "owner", type: "address" },
        { name: "spender", type: "address" },
        { name: "value", type: "uint256" },
        { name: "nonce", type: "uint256" },
        { name: "deadline", type: "uint256" },
      ],
    },
    primaryType: "Permit",
    message: { owner: wallet.address, spender: escrow.contract, value: BigInt(escrow.depositAmount), nonce, deadline },
  });
  const [r, s] = [signature.slice(0, 66), `0x${signature.slice(66, 130)}`] as [Hex, Hex];
  return { deadline, v: Number.parseInt(signature.slice(130, 132), 16), r, s };
}

/** The session as the contract stores it, as far as it matters here. */
type OnChain = { status: number; openedAt: number; maxSeconds: number };

/** Where the session stands on the chain; this needs no server. */
export async function readOnChain(wallet: EscrowWallet, escrow: EscrowJson): Promise<OnChain> {
  return (await wallet.read(atEscrow(escrow, "sessionOf", [escrow.sessionId]))) as OnChain;
}

/**
 * Deposits what the call asks for: by a signed allowance where the token has that, else by an approval of exactly the deposit.
 * @returns the transaction; null when the deposit is there already
 * @throws what the wallet or the contract refused; a wallet of somebody else
 */
export async function deposit(
  wallet: EscrowWallet,
  escrow: EscrowJson,
  { onStep, now }: { onStep: OnStep; now: number },
): Promise<Hex | null> {
  if (wallet.address.toLowerCase() !== escrow.student.toLowerCase())
    throw new Error(`This call is paid by ${escrow.student}, and the wallet is ${wallet.address}.`);
  await goTo(wallet, escrow.chainId, onStep);
  if ((await readOnChain(wallet, escrow)).status !== 0) return null;
  const [terms, amount] = [termsOf(escrow), BigInt(escrow.depositAmount)];
  const open = atEscrow(escrow, "openSession", [terms]);
  if (escrow.token === nativeToken) return send(wallet, escrow, { ...open, value: amount }, onStep);
  const allowance = await wallet.read(atToken(escrow, "allowance", [wallet.address, escrow.contract]));
  if ((allowance as bigint) >= amount) return send(wallet, escrow, open, onStep);
  onStep("allowing", null);
  const permit = await signPermit(wallet, escrow, now);
  if (permit !== null) {
    const { deadline, v, r, s } = permit;
    return send(wallet, escrow, atEscrow(escrow, "openSessionWithPermit", [terms, deadline, v, r, s]), onStep);
  }
  const approval = await wallet.write(atToken(escrow, "approve", [escrow.contract, amount]));
  await wallet.waitFor(approval);
  return send(wallet, escrow, open, onStep);
}

/** Ends the session by the meter's voucher: the proven seconds are paid. Either party may send it. */
export function payByVoucher(wallet: EscrowWallet, escrow: EscrowJson, onStep: OnStep): Promise<Hex> {
  if (escrow.voucher === null) throw new Error("The meter has not signed yet.");
  const { provenSeconds, signature } = escrow.voucher;
  return send(
    wallet,
    escrow,
    atEscrow(escrow, "endSession", [escrow.sessionId, BigInt(provenSeconds), signature]),
    onStep,
  );
}

/** The way without the meter: the student pays by the contract's clock at once, the tutor claims its time. */
export function payByClock(wallet: EscrowWallet, escrow: EscrowJson, onStep: OnStep): Promise<Hex> {
  const student = wallet.address.toLowerCase() === escrow.student.toLowerCase();
  const call = student
    ? atEscrow(escrow, "endSession", [escrow.tutor])
    : atEscrow(escrow, "endByClock", [escrow.sessionId]);
  return send(wallet, escrow, call, onStep);
}

/** The same by the session's own name: the student pays what stands on the clock, also after a claim; the tutor claims it. */
export function endNamed(wallet: EscrowWallet, place: NamedPlace, onStep: OnStep): Promise<Hex> {
  return send(wallet, place, atEscrow(place, "endByClock", [place.sessionId]), onStep);
}

/** The student contests the tutor's claim. Moves no coin. */
export function dispute(wallet: EscrowWallet, place: NamedPlace, onStep: OnStep): Promise<Hex> {
  return send(wallet, place, atEscrow(place, "dispute", [place.sessionId]), onStep);
}

/** Anybody carries out what lapsed: an undisputed claim is paid, a disputed one falls back to what is proven. */
export function settle(wallet: EscrowWallet, place: NamedPlace, onStep: OnStep): Promise<Hex> {
  return send(wallet, place, atEscrow(place, "settle", [place.sessionId]), onStep);
}

/** The student takes back what nobody ended in time, less what is proven. Refused by the contract before its time. */
export function reclaim(wallet: EscrowWallet, place: NamedPlace, onStep: OnStep): Promise<Hex> {
  return send(wallet, place, atEscrow(place, "reclaim", [place.sessionId]), onStep);
}

/** What could not be sent to a wallet and waits for it in the contract. */
export async function readWaiting(wallet: EscrowWallet, place: Place & Pick<EscrowJson, "token">): Promise<bigint> {
  return (await wallet.read(atEscrow(place, "waitingOf", [place.token, wallet.address]))) as bigint;
}

/**
 * Takes all that waits for the wallet.
 * @param to where it is sent: another address than one's own, where that is what cannot receive
 */
export function withdraw(
  wallet: EscrowWallet,
  place: Place & Pick<EscrowJson, "token">,
  to: Hex,
  onStep: OnStep,
): Promise<Hex> {
  return send(wallet, place, atEscrow(place, "withdraw", [place.token, to]), onStep);
}
