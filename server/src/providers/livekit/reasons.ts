// The table of LiveKit's disconnect reasons: what each of them proves about a connection and about the wish of its owner.

/** What kind of thing happened. Only `voluntary` can become a proven wish to go, and only when no rejoin follows within the grace. */
export type LeaveClass =
  | "ambiguous"
  | "voluntary"
  | "reconnect"
  | "infrastructure"
  | "kicked"
  | "ended_by_backend"
  | "technical"
  | "network"
  | "end_of_room"
  | "missed"
  | "rejected";

/**
 * One row. `leave` is the reason that is written on the event.
 * `isLeave`: whether a person went. `closesConnection`: whether this connection is over, so that its presence must end;
 * a full reconnect closes the old connection although nobody left.
 */
export type DisconnectRow = {
  readonly name: string;
  readonly class: LeaveClass;
  readonly leave: string;
  readonly isLeave: boolean;
  readonly closesConnection: boolean;
  readonly meaning: string;
};

function went(name: string, kind: LeaveClass, leave: string, meaning: string): DisconnectRow {
  return { name, class: kind, leave, isLeave: true, closesConnection: true, meaning };
}

/**
 * Every value of the enum, at its own number. LiveKit's own list of "intentional" reasons serves connection metrics and is
 * no guide here: a tab that is closed or frozen says CLIENT_INITIATED like a pressed button, and a network that is switched
 * off on purpose says CONNECTION_TIMEOUT.
 */
export const disconnectRows: readonly DisconnectRow[] = [
  went("UNKNOWN_REASON", "ambiguous", "unknown", "no reason was given; on the wire the field is absent"),
  went(
    "CLIENT_INITIATED",
    "voluntary",
    "client_initiated",
    "the client said goodbye: a button, but also a reload, a closed or a frozen page",
  ),
  {
    name: "DUPLICATE_IDENTITY",
    class: "reconnect",
    leave: "duplicate_identity",
    isLeave: false,
    closesConnection: true,
    meaning: "the same person came in again with a new connection; the old one is over, the person stays",
  },
  went("SERVER_SHUTDOWN", "infrastructure", "server_shutdown", "the node stops; the people reconnect elsewhere"),
  went("PARTICIPANT_REMOVED", "kicked", "removed", "RemoveParticipant was called, by us or by a moderator"),
  went("ROOM_DELETED", "ended_by_backend", "room_deleted", "DeleteRoom was called"),
  went("STATE_MISMATCH", "technical", "technical", "negotiation, publishing or a resume failed"),
  went("JOIN_FAILURE", "technical", "technical", "the connection never came up"),
  {
    name: "MIGRATION",
    class: "reconnect",
    leave: "migration",
    isLeave: false,
    closesConnection: false,
    meaning: "LiveKit moves the connection to another node; it goes on under the same or a new name",
  },
  went("SIGNAL_CLOSE", "network", "connection_lost", "the socket was closed while no media flowed"),
  went("ROOM_CLOSED", "end_of_room", "room_closed", "the room was closed because it was empty"),
  went("USER_UNAVAILABLE", "missed", "unknown", "a telephone did not answer"),
  went("USER_REJECTED", "rejected", "unknown", "a telephone was busy or declined"),
  went("SIP_TRUNK_FAILURE", "technical", "technical", "the telephone network failed"),
  went(
    "CONNECTION_TIMEOUT",
    "network",
    "connection_lost",
    "media stopped some 15 to 20 seconds before: the normal end of a lost network",
  ),
  went("MEDIA_FAILURE", "network", "connection_lost", "the media stream failed"),
  went("AGENT_ERROR", "technical", "technical", "an agent crashed"),
];

/**
 * Reads a disconnect reason as it stands in JSON: absent (the default is omitted), a name or a number.
 * One that this version does not know is read as unknown, which nobody is ever blamed for.
 */
export function readDisconnectReason(value: unknown): DisconnectRow {
  const known = disconnectRows.find((row, number) => row.name === value || number === value);
  return known ?? (disconnectRows[0] as DisconnectRow);
}
