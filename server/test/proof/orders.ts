// Orders in which webhooks may arrive: all of them, and a fair sample of those with one webhook twice.

/** Numbers between 0 and 1 that are the same in every run (mulberry32). */
export function seeded(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

/** Every different order of these; equal items are one. */
export function ordersOf(items: readonly number[]): number[][] {
  if (items.length < 2) return [[...items]];
  return [...new Set(items)].flatMap((item) => {
    const at = items.indexOf(item);
    return ordersOf([...items.slice(0, at), ...items.slice(at + 1)]).map((rest) => [item, ...rest]);
  });
}

/** So many orders of `0…count-1` with one of them twice. */
export function sampleOrders(count: number, size: number, random: () => number): number[][] {
  return Array.from({ length: size }, (_, i) => {
    const order = [...Array(count).keys(), i % count];
    for (let last = order.length - 1; last > 0; last--) {
      const other = Math.floor(random() * (last + 1));
      [order[last], order[other]] = [order[other] as number, order[last] as number];
    }
    return order;
  });
}

/** Every order of `0…count-1` with any one of them twice. */
function doubledOrders(count: number): number[][] {
  const items = [...Array(count).keys()];
  return items.flatMap((twice) => ordersOf([...items, twice]));
}

/** Does something with each, so many at a time. */
export async function eachOf<T>(items: readonly T[], atOnce: number, work: (item: T, index: number) => Promise<void>) {
  let next = 0;
  const worker = async (): Promise<void> => {
    for (let index = next++; index < items.length; index = next++) await work(items[index] as T, index);
  };
  await Promise.all(Array.from({ length: atOnce }, worker));
}

/** Six webhooks and one of them twice: every order of the seven when asked for all, else a sample that is the same in every run. */
export function sevenOfSix(isThorough: boolean): { orders: number[][]; which: string } {
  if (isThorough) return { orders: doubledOrders(6), which: "all 15120 orders" };
  return {
    orders: sampleOrders(6, 90, seeded(7)),
    which: "90 of their 15120 orders (all of them with FAIRMINUTE_PROOF_ALL=1)",
  };
}
