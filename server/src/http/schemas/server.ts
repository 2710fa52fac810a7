// What the server says about itself.
import { z } from "zod";
import { timeField } from "./fields.ts";

export const configSchema = z
  .object({
    mode: z.enum(["sandbox", "production"]),
    currency: z.string().meta({ examples: ["coin"] }),
    serverTime: timeField,
    presets: z.array(z.string()).meta({ examples: [["creator-call", "coin-minutes"]] }),
  })
  .meta({ id: "ServerConfig" });

export const healthSchema = z.object({ status: z.literal("ok") }).meta({ id: "Health" });
