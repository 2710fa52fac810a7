// The face of @fairminute/core: every name that other packages may use.
export { type AccountRef, type Money, type PlannedTransfer, type TransferKind, transferKinds } from "./account.ts";
export { assert } from "./assert.ts";
export {
  type Attendance,
  type AttendanceSource,
  attendanceOf,
  attendanceSources,
  type Discrepancy,
  discrepanciesOf,
} from "./attendance.ts";
export {
  type CallFacts,
  type CallState,
  type CallStatus,
  type Closing,
  type Connection,
  callStatuses,
  type Decision,
  type EndReason,
  endReasons,
  type FinalStatus,
  finalStatuses,
  isFinal,
  type Party,
  type PartyRole,
  partyRoles,
} from "./call.ts";
export { type Charge, type ChargeInput, chargeCall, type PayerCharge } from "./charge.ts";
export { coverSeconds, priceOfSeconds } from "./cover.ts";
export { type DaySeconds, minutesPerDay } from "./days.ts";
export { foldDeposit, fundedSince, isEscrow } from "./deposit.ts";
export { type ErrorCode, errorCodes, FairminuteError } from "./errors.ts";
export {
  type CallEvent,
  compareEvents,
  type EventSource,
  type EventType,
  eventSources,
  eventTypes,
  orderEvents,
  sourceRank,
} from "./event.ts";
export { type CallFactsJson, readEvents, readFacts, readPlaced, writeFacts, writePlaced } from "./facts.ts";
export { foldCall } from "./fold.ts";
export { firstHold } from "./funding.ts";
export {
  clipIntervals,
  closeGaps,
  gapsBetween,
  type Interval,
  intersectIntervals,
  totalMs,
  unionIntervals,
} from "./interval.ts";
export { type Line, type LineKind, lineKinds } from "./line.ts";
export { mergeEvents } from "./merge.ts";
export { meterCall, type Pause, type Usage } from "./meter.ts";
export { addCoins, type Coins, checkCoins, coinsFromJson, coinsToJson, maximumCoins, subtractCoins } from "./money.ts";
export { type Plan, type PlanInput, planCall } from "./plan.ts";
export { applyPolicies } from "./policies/apply.ts";
export type {
  Bonus,
  EarlyExitPolicy,
  LongCallBonusPolicy,
  NoShowPolicy,
  Penalty,
  Policy,
  PolicyContext,
  PolicyDecision,
} from "./policies/policy.ts";
export {
  type Catalogue,
  changePresets,
  findPreset,
  hasNoSides,
  type Preset,
  type PresetName,
  presetNames,
  presetTerms,
  priceTerms,
  shippedPresets,
} from "./presets.ts";
export { type Rating, rateUsage } from "./rate.ts";
export { readPresets } from "./read-presets.ts";
export { readTerms } from "./read-terms.ts";
export { type Mistake, Mistakes } from "./reading.ts";
export {
  makeReceipt,
  type Receipt,
  type ReceiptInput,
  type ReceiptLine,
  type ReceiptPayer,
  type ReceiptViewer,
} from "./receipt.ts";
export { type Settlement, settleCharge } from "./settlement.ts";
export { priceAt, type Tariff, type TariffWindow } from "./tariff.ts";
export type {
  Billable,
  Funding,
  Limits,
  PolicyJson,
  Split,
  TariffJson,
  TariffWindowJson,
  Terms,
  TermsJson,
} from "./terms.ts";
export { writeTerms } from "./write-terms.ts";
