// The JSON that the server answers with, as types: amounts are whole coins, instants are ISO 8601 texts unless a name says otherwise.
import type {
  CallEvent,
  CallFactsJson,
  CallStatus,
  EndReason,
  EventSource,
  PresetName,
  Receipt,
  ReceiptLine,
  ReceiptPayer,
  TermsJson,
} from "@fairminute/core";

/** What a policy took from somebody, besides the price. One sees one's own only. */
export type PenaltyJson = {
  userId: string;
  policy: string;
  amount: number;
  reason: string;
  evidenceId: string;
  /** When the operator gave it back. */
  reversedAt: string | null;
  reversalReason: string | null;
};

/** One call, as every call route answers it. */
export type CallJson = {
  id: string;
  preset: string;
  payerId: string;
  payeeId: string | null;
  payerName: string | null;
  payeeName: string | null;
  status: CallStatus;
  currency: string;
  ratePerMinute: number;
  provider: string;
  roomName: string;
  requestedAt: string;
  acceptedAt: string | null;
  startedAt: string | null;
  endedAt: string | null;
  settledAt: string | null;
  endReason: EndReason | null;
  endedBy: string | null;
  cancelledBy: string | null;
  cancellationReason: string | null;
  durationSeconds: number | null;
  billableSeconds: number | null;
  billedSeconds: number | null;
  durationSource: EventSource | null;
  estimatedCoins: number;
  heldCoins: number;
  actualCoins: number | null;
  holdId: string | null;
  fundedUntil: string | null;
  fundedAt: string | null;
  interruptedSince: string | null;
  interruptedUserIds: string[];
  penalties: PenaltyJson[];
  terms: TermsJson;
};

/** Who the token speaks for, and in which mode the server runs. */
export type MeJson = { userId: string; name: string; role: string; mode: "sandbox" | "production" };

/** What anybody may know about the server before signing in. */
export type ConfigJson = {
  mode: "sandbox" | "production";
  currency: string;
  serverTime: string | number;
  /** Terms that calls can have here; `tutoring-onchain` where the server is connected to a chain. */
  presets?: string[];
};

/** Terms that calls can be opened under, by their name; `from` is the shipped preset that they are built on. */
export type PresetJson = { name: string; from: PresetName; terms: TermsJson };

/** A person who can be called, and on what conditions. */
export type CreatorJson = {
  userId: string;
  name: string;
  callRatePerMinute: number;
  minimumCallDuration: number;
  isAvailableForCalls: boolean;
  online: boolean;
  busy: boolean;
};

/** What a creator asks for a call; the duration is in minutes. */
export type CreatorSettingsJson = {
  callRatePerMinute: number;
  minimumCallDuration: number;
  isAvailableForCalls: boolean;
  autoAcceptCalls: boolean;
};

/** The signed-in person's money. */
export type WalletJson = {
  userId: string;
  currency: string;
  available: number;
  held: number;
  earnings: number;
  total: number;
};

/** One line of the wallet's statement. `amount` is signed: positive came in, negative went out. */
export type TransferJson = {
  id: string;
  kind: "place" | "capture" | "fee" | "release" | "penalty" | "bonus" | "refund" | "top_up" | "payout" | "adjustment";
  amount: number;
  balanceAfter: number;
  counterparty: string;
  callId: string | null;
  memo: string | null;
  at: string;
};

export type TransferPageJson = { transfers: TransferJson[]; hasMore: boolean; nextCursor: string | null };

/** One page of calls, newest first. */
export type CallPageJson = { calls: CallJson[]; hasMore: boolean; nextCursor: string | null };

/** What a connection of the call was told when it joined. */
export type JoinAnswer = {
  connectionId: string;
  polite: boolean;
  peers: { userId: string; connectionId: string }[];
  iceServers: RTCIceServer[];
};

/** The way into the room of a call at its provider. */
export type JoinGrantJson = {
  provider: string;
  token: string;
  roomName: string;
  serverUrl: string;
  iceServers: RTCIceServer[] | null;
  /** The app's public key at the provider, where its browser client asks for one (Stream). */
  apiKey: string | null;
};

/** What the ticker needs: the facts and evidence the server charges from, and its time (ms). */
export type LiveJson = {
  call: CallJson;
  facts: CallFactsJson;
  events: CallEvent[];
  placed: Record<string, number>;
  serverTime: number;
};

export type ReceiptLineJson = Omit<ReceiptLine, "from" | "to"> & { from: string | null; to: string | null };
export type ReceiptPayerJson = Omit<ReceiptPayer, "lines" | "pauses"> & {
  name: string | null;
  lines: ReceiptLineJson[];
  pauses: { from: string; to: string; seconds: number; userIds: string[] }[];
};

/** Why a call cost what it cost: core's receipt with instants as ISO 8601, names, and the penalties that were taken. */
export type ReceiptJson = Omit<
  Receipt,
  "requestedAt" | "acceptedAt" | "startedAt" | "endedAt" | "payers" | "penalties"
> & {
  penalties: PenaltyJson[];
  requestedAt: string;
  acceptedAt: string | null;
  startedAt: string | null;
  endedAt: string | null;
  settledAt: string | null;
  holdId: string;
  payees: { userId: string; name: string | null }[];
  payers: ReceiptPayerJson[];
};

/** How one stands in the matchmaking queue. */
export type MatchmakingJson = {
  status: "idle" | "waiting" | "matched";
  waitingSince: string | null;
  /** 1 waits longest. */
  position: number | null;
  matchId: string | null;
  /** The call of the match, accepted already, as long as it is not over. */
  call: CallJson | null;
};

/** One entry of a call's whole story. */
export type TimelineEntry = {
  at: string;
  kind: "event" | "transfer" | "decision";
  type: string;
  userId: string | null;
  connectionId: string | null;
  source: string | null;
  reason: string | null;
  until: string | null;
  receivedAt: string | null;
  amount: number | null;
  from: string | null;
  to: string | null;
};

export type TimelineJson = { callId: string; entries: TimelineEntry[] };

/** Evidence of the same presence that does not agree: which, and how long each says it was. */
export type DiscrepancyJson = {
  source: EventSource;
  seconds: number;
  otherSource: EventSource;
  otherSeconds: number;
};

/** What the server knows of one's own presence in a study room. */
export type StudyTrackingJson = {
  callId: string;
  isTracking: boolean;
  durationSeconds: number;
  durationMinutes: number;
  durationSource: EventSource | null;
  dailyHours: number;
  discrepancy: DiscrepancyJson | null;
};

/** One day in one's own time zone. */
export type StudyDayJson = { date: string; seconds: number; minutes: number };

/** What one room contributed, and which evidence says so. */
export type StudyRoomJson = {
  callId: string;
  provider: string;
  roomName: string;
  from: string;
  durationSeconds: number;
  durationSource: EventSource | null;
  discrepancy: DiscrepancyJson | null;
  isPresent: boolean;
};

export type StudyTimeJson = {
  timeZone: string;
  /** Whether the person chose the time zone; else it is a default. */
  isTimeZoneChosen: boolean;
  from: string;
  to: string;
  days: StudyDayJson[];
  totalSeconds: number;
  rooms: StudyRoomJson[];
  serverTime: number;
};

export type StudyTodayJson = StudyDayJson & {
  timeZone: string;
  isTimeZoneChosen: boolean;
  dailyHours: number;
  /** Present in at least one room at this moment. */
  isPresent: boolean;
  rooms: (StudyRoomJson & { present: { userId: string; name: string | null }[] })[];
  serverTime: number;
};
