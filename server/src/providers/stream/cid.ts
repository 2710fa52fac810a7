// The name of a call at Stream: its cid, "type:id".
import { FairminuteError } from "@fairminute/core";

/** A call's name at Stream in one piece and in two. */
export type Cid = { readonly cid: string; readonly type: string; readonly id: string };

const namePattern = /^[\w!.~-]{1,128}$/;

/** Reads `type:id`, or an id alone, which is of the default type; anything else is refused with `invalid_request`. */
export function readCid(name: string, defaultType: string): Cid {
  const colon = name.indexOf(":");
  const type = colon === -1 ? defaultType : name.slice(0, colon);
  const id = name.slice(colon + 1);
  if (!namePattern.test(type) || !namePattern.test(id)) {
    const expected = "type:id or id, each of 1 to 128 letters, digits, _ or -";
    const shown = JSON.stringify(name.length > 80 ? `${name.slice(0, 77)}...` : name);
    throw new FairminuteError("invalid_request", `callId is ${shown}; expected ${expected}`, {
      param: "callId",
      details: { expected },
    });
  }
  return { cid: `${type}:${id}`, type, id };
}

/** The call's address under the API's base. */
export function pathOf({ type, id }: Cid): string {
  return `/api/v2/video/call/${encodeURIComponent(type)}/${encodeURIComponent(id)}`;
}
