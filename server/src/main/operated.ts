// The server's own API as its operator asks it, without a port.
import { type ErrorCode, FairminuteError } from "@fairminute/core";
import type { Server } from "../server.ts";

/** A server and the key of its operator. */
export interface Operated {
  app: Server["app"];
  secretKey: string;
}

/** A request as a backend makes it. @throws FairminuteError as the API refuses it */
export async function askOperator<Answer>(
  { app, secretKey }: Operated,
  method: "GET" | "POST",
  url: string,
  body?: object,
): Promise<Answer> {
  const headers = { authorization: `Bearer ${secretKey}`, "content-type": "application/json" };
  const payload = body === undefined ? {} : { payload: JSON.stringify(body) };
  const answer = await app.inject({ method, url, headers, ...payload });
  const said = answer.json();
  if (answer.statusCode >= 300) throw new FairminuteError(said.code as ErrorCode, said.message, { param: said.param });
  return said as Answer;
}
