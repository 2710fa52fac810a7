// The face of @fairminute/react: the client, the hooks and the components that other packages may use.

export {
  type CallConnection,
  type CallConnectionState,
  type CallPhase,
  createCallConnection,
  type RemoteState,
} from "./call/callConnection.ts";
export type { Carrier, CarrierLoader, CarrierRoom, CarrierRoomState } from "./call/carrier.ts";
export { readEvidence } from "./call/evidence.ts";
export type { DeviceProblem, DeviceState, LocalMediaState } from "./call/media.ts";
export { type Evidence, readTicker, type TickerReading } from "./call/ticker.ts";
export { type ClientOptions, createFairminuteClient, type FairminuteClient } from "./client/client.ts";
export type { LiveConnection, LiveState, Notice } from "./client/live.ts";
export { isRetryable, isUnreachable } from "./client/problem.ts";
export type { HistoryFilter, MatchWish } from "./client/routes.ts";
export { createStore, type Store } from "./client/store.ts";
export type {
  CallJson,
  CallPageJson,
  ConfigJson,
  CreatorJson,
  CreatorSettingsJson,
  JoinGrantJson,
  LiveJson,
  MatchmakingJson,
  MeJson,
  PenaltyJson,
  PresetJson,
  ReceiptJson,
  StudyDayJson,
  StudyRoomJson,
  StudyTimeJson,
  StudyTodayJson,
  StudyTrackingJson,
  TimelineJson,
  TransferJson,
  TransferPageJson,
  WalletJson,
} from "./client/wire.ts";
export { ActiveCallBanner } from "./components/ActiveCallBanner.tsx";
export {
  CallHistory,
  type CallHistoryProps,
  type HistoryStatus,
  historyStatuses,
} from "./components/CallHistory.tsx";
export { ConnectionBanner } from "./components/ConnectionBanner.tsx";
export { CreatorCard } from "./components/CreatorCard.tsx";
export { CreatorList, type CreatorListProps } from "./components/CreatorList.tsx";
export { CreatorSettingsForm } from "./components/CreatorSettingsForm.tsx";
export { CallScreen, type CallScreenProps } from "./components/call/CallScreen.tsx";
export { IncomingCallDialog, type IncomingCallDialogProps } from "./components/IncomingCallDialog.tsx";
export { LobbyDialog, type LobbyDialogProps } from "./components/LobbyDialog.tsx";
export { MatchmakingBanner } from "./components/match/MatchmakingBanner.tsx";
export { MatchmakingPanel, type MatchmakingPanelProps } from "./components/match/MatchmakingPanel.tsx";
export { PenaltyToast, type PenaltyToastProps } from "./components/PenaltyToast.tsx";
export { Button, type ButtonProps } from "./components/parts/Button.tsx";
export { ErrorPanel, LoadingPanel, StatePanel } from "./components/parts/StatePanel.tsx";
export { Receipt, type ReceiptProps, ReceiptSheet } from "./components/receipt/Receipt.tsx";
export { roomIdOf, roomNameOf } from "./components/study/room.ts";
export { StudyChart, type StudyChartProps } from "./components/study/StudyChart.tsx";
export { StudyPanel, type StudyPanelProps } from "./components/study/StudyPanel.tsx";
export { StudyToday, type StudyTodayProps } from "./components/study/StudyToday.tsx";
export { TopUpButton } from "./components/TopUpButton.tsx";
export { WalletBadge } from "./components/WalletBadge.tsx";
export { WalletPanel, type WalletPanelProps } from "./components/WalletPanel.tsx";
export {
  createQueryClient,
  FairminuteProvider,
  type FairminuteProviderProps,
  useFairminute,
} from "./hooks/FairminuteProvider.tsx";
export { isFinal, useCall, useCallCommand, useInitiateCall } from "./hooks/useCall.ts";
export { type CallMedia, useCallMedia } from "./hooks/useCallMedia.ts";
export { useActiveCalls, useCallHistory, useIncomingCall, useOutgoingCall } from "./hooks/useCalls.ts";
export { type Ticker, useCallTicker } from "./hooks/useCallTicker.ts";
export { type CreatorSettings, useCreatorSettings } from "./hooks/useCreatorSettings.ts";
export { useCreators } from "./hooks/useCreators.ts";
export { useEndCall } from "./hooks/useEndCall.ts";
export { useLiveState } from "./hooks/useLiveState.ts";
export { type Matchmaking, useMatchmaking } from "./hooks/useMatchmaking.ts";
export { useMe } from "./hooks/useMe.ts";
export { type PenaltyNews, usePenaltyNews } from "./hooks/usePenaltyNews.ts";
export { useReceipt } from "./hooks/useReceipt.ts";
export { type StudyTimeTracker, useStreamStudyTimeTracker } from "./hooks/useStreamStudyTimeTracker.ts";
export { type StudyTime, useStudyTime } from "./hooks/useStudyTime.ts";
export { useSandboxTopUp, useTransfers, useWallet } from "./hooks/useWallet.ts";
export type { StudyTracker, TrackerState } from "./study/tracker.ts";
export { createFormat, type Format } from "./words/format.ts";
export { english, type Words } from "./words/words.ts";
