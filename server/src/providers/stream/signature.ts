// Is this webhook genuine? Stream signs the uncompressed bytes of the body, and nothing else.
import { createHmac, timingSafeEqual } from "node:crypto";
import { promisify } from "node:util";
import { gunzip } from "node:zlib";
import { FairminuteError } from "@fairminute/core";
import type { WebhookRequest } from "../provider.ts";

/** Why a webhook was refused; the word goes into the log. */
export type RefusalReason =
  | "missing_signature"
  | "malformed_signature"
  | "bad_signature"
  | "wrong_app"
  | "bad_encoding"
  | "too_large"
  | "not_json"
  | "no_type";

const inflate = promisify(gunzip);
/** Far more than any event that Stream sends, and little enough to be harmless when somebody sends a bomb. */
export const bodyMaxBytes = 1024 * 1024;

/** A refusal with its reason as a word for the log. */
export function refuseWebhook(reason: RefusalReason, sentence: string, cause?: unknown): FairminuteError {
  return new FairminuteError("unauthenticated", sentence, { details: { reason }, cause });
}

function isGzip(bytes: Uint8Array): boolean {
  return bytes[0] === 0x1f && bytes[1] === 0x8b;
}

/** The signed bytes: the body itself, or what one gunzip makes of it. JSON never begins with gzip's mark, so there is no doubt. */
async function unpack(body: Uint8Array): Promise<Uint8Array> {
  if (body.length > bodyMaxBytes) throw refuseWebhook("too_large", "The webhook's body is too large.");
  if (!isGzip(body)) return body;
  let bytes: Uint8Array;
  try {
    bytes = await inflate(body, { maxOutputLength: bodyMaxBytes });
  } catch (error) {
    if ((error as { code?: unknown }).code === "ERR_BUFFER_TOO_LARGE") {
      throw refuseWebhook("too_large", "The webhook's body is too large when it is unpacked.", error);
    }
    throw refuseWebhook("bad_encoding", "The webhook's body is damaged gzip.", error);
  }
  if (isGzip(bytes)) throw refuseWebhook("bad_encoding", "The webhook's body is packed twice.");
  return bytes;
}

/** How a webhook is checked: the app's public key, and the secret that signs. */
export type SignatureCheck = { readonly apiKey: string; readonly secret: string };

/**
 * The bytes that Stream signed, once their signature has been verified in constant time; anything else is refused with
 * `unauthenticated`. The app's key in the header is not signed: it can only speak against a webhook, never for one.
 */
export async function openWebhook({ body, headers }: WebhookRequest, check: SignatureCheck): Promise<Uint8Array> {
  const app = headers["x-api-key"];
  if (app !== undefined && app !== check.apiKey) {
    throw refuseWebhook("wrong_app", "The webhook belongs to another app: its X-Api-Key is not ours.");
  }
  const given = headers["x-signature"];
  if (given === undefined || given === "") {
    throw refuseWebhook("missing_signature", "The webhook has no X-Signature header.");
  }
  if (!/^[0-9a-f]{64}$/i.test(given)) {
    throw refuseWebhook("malformed_signature", "The webhook's X-Signature is not 64 hexadecimal digits.");
  }
  const bytes = await unpack(body);
  const expected = createHmac("sha256", check.secret).update(bytes).digest();
  if (!timingSafeEqual(Buffer.from(given, "hex"), expected)) {
    throw refuseWebhook("bad_signature", "The webhook's signature does not fit its body.");
  }
  return bytes;
}
