// Tells what happens in the fake's rooms: names it, signs it and gives it to the courier, with the troubles of the moment.
import { type Courier, type CourierWorld, createCourier, type SignedWebhook } from "./courier.ts";
import type { Message } from "./messages.ts";
import type { Happening } from "./state.ts";
import { signWebhook } from "./webhooks.ts";

/** What can be wrong with webhooks. `webhooksReordered`: they are kept back until `flush`, and then the last comes first. */
export type WebhookTroubles = { webhooksDropped: boolean; webhooksDoubled: boolean; webhooksReordered: boolean };

/** Around the teller: the keys it signs with, names for events, and what the courier needs. */
export type TellerWorld = CourierWorld & {
  keys: { apiKey: string; apiSecret: string };
  nextId(prefix: string): string;
};

/** The teller: the courier's faculties, and a voice. */
export type Teller = Pick<Courier, "forget" | "flush" | "recorded"> & { tell(happening: Happening & Message): void };

/** Makes a teller that has told nothing yet. `now` of the world is the true clock: signatures live by it. */
export function createTeller(world: TellerWorld, troubles: WebhookTroubles): Teller {
  const courier = createCourier(world);
  const kept: SignedWebhook[] = [];
  return {
    recorded: courier.recorded,
    tell({ atMs, event, room, ...about }) {
      const createdAt = String(Math.floor(atMs / 1000));
      const message = { event, room, ...about, id: world.nextId("EV_"), createdAt };
      const webhook = signWebhook(world.keys, message, room.name, world.now());
      // A doubled webhook is the same one twice: the same id, the same bytes, the same token.
      const copies = troubles.webhooksDoubled ? [webhook, webhook] : [webhook];
      if (troubles.webhooksDropped) courier.drop(webhook);
      else if (troubles.webhooksReordered) kept.push(...copies);
      else courier.send(copies);
    },
    async flush() {
      courier.send(kept.splice(0).reverse());
      await courier.flush();
    },
    forget() {
      for (const webhook of kept.splice(0)) courier.drop(webhook);
      courier.forget();
    },
  };
}
