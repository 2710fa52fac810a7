// Who may do what to a call, and which evidence a command adds to its log.
import { type CallEvent, FairminuteError, isFinal } from "@fairminute/core";
import { peopleOf, type StoredCall } from "./stored.ts";

export type CommandKind = "accept" | "reject" | "cancel" | "end";

export interface CallCommand {
  kind: CommandKind;
  /** The user who asks, or null for the app's backend (the operator). */
  userId: string | null;
  /** The user's own words, kept with a cancellation. */
  reason?: string | undefined;
}

function evidence(type: CallEvent["type"], command: CallCommand, now: number, reason: string | null): CallEvent {
  return {
    id: `${type}:${command.userId ?? "operator"}`,
    type,
    source: "command",
    userId: command.userId,
    connectionId: null,
    reason,
    occurredAt: now,
    untilAt: null,
    receivedAt: now,
  };
}

function requireParty(call: StoredCall, command: CallCommand): void {
  if (command.userId === null || peopleOf(call).includes(command.userId)) return;
  // A foreigner learns nothing, not even that the call exists.
  throw new FairminuteError("call_not_found", `there is no call ${call.id} for you`, { param: "id" });
}

function requirePayee(call: StoredCall, command: CallCommand): void {
  if (command.userId === null || command.userId === call.payeeId) return;
  throw new FairminuteError("forbidden", `only the person who is called can ${command.kind} the call`);
}

/**
 * What the command adds to the log: nothing when it has been carried out already (a second arrival has no effect, I7).
 * @param call as it stands now, every deadline carried out
 * @throws FairminuteError when this user may not do it, or the call no longer allows it
 */
export function decideCommand(call: StoredCall, command: CallCommand, now: number): CallEvent[] {
  requireParty(call, command);
  const reason = command.reason ?? null;
  switch (command.kind) {
    case "accept":
      requirePayee(call, command);
      if (call.status === "pending") return [evidence("call.accepted", command, now, null)];
      if (call.status === "accepted" || call.status === "active" || call.status === "completed") return [];
      throw new FairminuteError("call_not_pending", `the call is ${call.status}: it can no longer be accepted`);
    case "reject":
      requirePayee(call, command);
      if (call.status === "pending") return [evidence("call.rejected", command, now, reason)];
      if (call.status === "rejected") return [];
      throw new FairminuteError("call_not_pending", `the call is ${call.status}: it can no longer be rejected`);
    case "cancel":
      if (call.status === "pending" || call.status === "accepted")
        return [evidence("call.cancelled", command, now, reason)];
      if (call.status === "cancelled") return [];
      if (call.status === "active")
        throw new FairminuteError("call_already_started", "the call has started: end it instead of cancelling it");
      throw new FairminuteError("call_already_ended", `the call is ${call.status}: there is nothing left to cancel`);
    case "end":
      if (isFinal(call.status)) return [];
      // Hanging up before anybody talked is a cancellation: nothing was started, so nothing is charged.
      if (call.status !== "active") return [evidence("call.cancelled", command, now, reason)];
      if (command.userId === null) return [evidence("call.ended", command, now, "operator_ended")];
      return [evidence("hangup", command, now, reason)];
  }
}
