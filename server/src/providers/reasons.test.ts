// The table of disconnect reasons: complete, never intent, and life ends at its last proof.
import { describe, expect, it } from "vitest";
import { disconnectReasons, readDisconnect } from "./reasons.ts";

describe("disconnectReasons", () => {
  it("writes down what each reason proves", () => {
    const rows = Object.entries(disconnectReasons).map(([reason, { leave, endsAt }]) => [reason, leave, endsAt]);
    expect(rows).toEqual([
      ["client namespace disconnect", "closed", "now"],
      ["server namespace disconnect", "kicked", "now"],
      ["server shutting down", null, "last_proof"],
      ["forced server close", "connection_lost", "last_proof"],
      ["ping timeout", "connection_lost", "last_proof"],
      ["transport error", "connection_lost", "last_proof"],
      ["transport close", "connection_lost", "last_proof"],
      ["forced close", "connection_lost", "last_proof"],
      ["parse error", "connection_lost", "last_proof"],
    ]);
  });

  it("never reads a disconnect as a wish to go", () => {
    for (const reason of Object.keys(disconnectReasons)) {
      expect(readDisconnect(reason).leave).not.toBe("client_initiated");
    }
  });

  it.each(["", "left", "io client disconnect", "toString", "__proto__"])(
    "takes the unknown reason %j as a lost network",
    (reason) => {
      expect(readDisconnect(reason)).toMatchObject({ leave: "connection_lost", endsAt: "last_proof" });
    },
  );
});
