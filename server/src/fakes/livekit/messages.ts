// LiveKit's messages as JSON: lowerCamelCase without defaults in webhooks, original names with defaults from the API.

/** A JSON value of a message; int64 fields hold their digits as a string. */
export type Message = { [field: string]: unknown };

/** How far a participant is: only ACTIVE has media. */
export type ParticipantState = "JOINING" | "JOINED" | "ACTIVE" | "DISCONNECTED";

function isEmpty(value: unknown): boolean {
  if (value === undefined || value === null || value === "" || value === 0 || value === "0" || value === false)
    return true;
  if (Array.isArray(value)) return value.length === 0;
  return typeof value === "object" && Object.keys(value).length === 0;
}

/** The first value of each enum is the default, and JSON of a webhook leaves it out. */
const firstOfEnum: Readonly<Record<string, string>> = {
  state: "JOINING",
  kind: "STANDARD",
  disconnectReason: "UNKNOWN_REASON",
};

/** The message as a webhook spells it: what has its default value is not there. */
export function omitDefaults(message: Message): Message {
  const kept: Message = {};
  for (const [field, value] of Object.entries(message)) {
    const inner = isMessage(value) && field !== "attributes" ? omitDefaults(value) : value;
    // A message that is there is written even when it is empty; a map or a list is not.
    if (isEmpty(inner) && !(isMessage(value) && field !== "attributes")) continue;
    if (firstOfEnum[field] !== value) kept[field] = inner;
  }
  return kept;
}

/** The message as the API spells it: names as in the protocol's files, every field there. Keys of a map stay as they are. */
export function withOriginalNames(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(withOriginalNames);
  if (!isMessage(value)) return value;
  const renamed: Message = {};
  for (const [field, inner] of Object.entries(value)) {
    const name = field.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);
    renamed[name] = field === "attributes" ? inner : withOriginalNames(inner);
  }
  return renamed;
}

function isMessage(value: unknown): value is Message {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
