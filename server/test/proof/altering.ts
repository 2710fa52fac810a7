// What can be done to a genuine webhook on its way: the tools of the stories of forgeries.

/** One request as it goes over the wire. */
export interface Sent {
  body: Buffer;
  headers: Record<string, string>;
}

/** What somebody makes of a genuine webhook, and why it is refused. */
export type Forgery = [name: string, reason: string, forge: (genuine: Sent) => Sent];

export const withBody =
  (change: (body: Buffer) => Buffer) =>
  ({ body, headers }: Sent): Sent => ({ body: change(body), headers });
export const withHeaders =
  (change: Record<string, string>) =>
  ({ body, headers }: Sent): Sent => ({ body, headers: { ...headers, ...change } });
export const without =
  (...names: string[]) =>
  ({ body, headers }: Sent): Sent => ({
    body,
    headers: Object.fromEntries(Object.entries(headers).filter(([name]) => !names.includes(name))),
  });

export const reversed = (value: object): object => Object.fromEntries(Object.entries(value).reverse());
export const asJson = (body: Buffer): Record<string, unknown> => JSON.parse(body.toString());

/** What changes the bytes that were signed. */
export const altered: [name: string, change: (body: Buffer) => Buffer][] = [
  ["one letter changed", (body) => Buffer.from(body.toString().replace("Leo", "Mia"))],
  ["one bit changed", (body) => Buffer.from(body.map((byte, i) => (i === 20 ? byte ^ 1 : byte)))],
  ["the end cut off", (body) => body.subarray(0, -1)],
  ["half of it", (body) => body.subarray(0, body.length / 2)],
  ["nothing of it", () => Buffer.alloc(0)],
  ["a space more", (body) => Buffer.concat([body, Buffer.from(" ")])],
  ["the same JSON, written with spaces", (body) => Buffer.from(JSON.stringify(asJson(body), null, 2))],
  ["the same JSON, in another order", (body) => Buffer.from(JSON.stringify(reversed(asJson(body))))],
  ["the same JSON, with escapes", (body) => Buffer.from(body.toString().replace("Leo", "\\u004ceo"))],
  ["the same text in UTF-16", (body) => Buffer.from(body.toString(), "utf16le")],
  ["a byte order mark before it", (body) => Buffer.concat([Buffer.from([0xef, 0xbb, 0xbf]), body])],
  ["base64 of it", (body) => Buffer.from(body.toString("base64"))],
  ["it twice", (body) => Buffer.concat([body, body])],
];
