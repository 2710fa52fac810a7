// The face of @fairminute/react/chain: calls that are paid on a chain. viem is loaded when a wallet is first used, not before.
export { type BurnerOptions, burnerWallet } from "./burner.ts";
export { DepositPanel, type DepositPanelProps, needsDeposit } from "./DepositPanel.tsx";
export {
  deposit,
  dispute,
  endNamed,
  type NamedPlace,
  type OnStep,
  type Place,
  payByClock,
  payByVoucher,
  readOnChain,
  readWaiting,
  reclaim,
  settle,
  type TransactionStep,
  withdraw,
} from "./escrow.ts";
export { discoverWallets, type InjectedWallet } from "./injected.ts";
export type { EndCause, PendingCall } from "./pending.ts";
export { sayRefusal } from "./refusal.ts";
export { type ChainRoutes, createChainRoutes } from "./routes.ts";
export { TutorList, type TutorListProps } from "./TutorList.tsx";
export { useChain, useChainRoutes, useEscrow, useLinkedWallet, useLinkWallet, useSandboxChain } from "./useEscrow.ts";
export { type CurrentCall, useWebRTCSession, type WebRTCSession } from "./useWebRTCSession.ts";
export type { Withdrawal } from "./useWithdrawal.ts";
export { viemWallet } from "./viemWallet.ts";
export { WaitingPayment } from "./WaitingPayment.tsx";
export { useWallets, WalletLinkPanel, WalletPicker, type Wallets } from "./WalletPicker.tsx";
export { WebRTCSessionEndPrompt } from "./WebRTCSessionEndPrompt.tsx";
export { WebRTCSessionProvider, type WebRTCSessionProviderProps } from "./WebRTCSessionProvider.tsx";
export { WebRTCSessionStatus } from "./WebRTCSessionStatus.tsx";
export { WebRTCSessionTest } from "./WebRTCSessionTest.tsx";
export type { ContractCall, EscrowWallet, Mined, TypedData } from "./wallet.ts";
export { type Division, type PaymentWay, type Way, waysOf } from "./ways.ts";
export type {
  AbiEntryJson,
  ChainJson,
  ContractStandingJson,
  EscrowJson,
  Hex,
  OtherDepositJson,
  PaymentJson,
  SandboxChainJson,
  WalletLinkJson,
} from "./wire.ts";
export { type ChainWords, chainWords } from "./words.ts";
