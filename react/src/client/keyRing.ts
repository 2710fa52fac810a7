// Idempotency keys: a request whose outcome is unknown keeps its key, so that asking again can never act twice.

/** Keys of the requests that are still open. */
export type KeyRing = {
  /** The key to send with this request: the old one while its outcome is unknown, else a new one. */
  keyFor(request: string): string;
  /** The server gave a definite answer: the next request, even an equal one, is a new intention. */
  settle(request: string): void;
};

/** Makes a key ring; `newKey` gives keys nobody used before. */
export function createKeyRing(newKey: () => string): KeyRing {
  const open = new Map<string, string>();
  return {
    keyFor(request) {
      const key = open.get(request) ?? newKey();
      open.set(request, key);
      return key;
    },
    settle(request) {
      open.delete(request);
    },
  };
}

/** A random key of 128 bits. Works on plain http too, where crypto.randomUUID does not exist. */
export function randomKey(): string {
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");
}
