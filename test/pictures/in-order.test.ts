import { expect, test } from "vitest";
import { inOrder } from "../../src/pictures/in-order.js";

async function* numbers(count: number, fault?: string): AsyncGenerator<number> {
  for (let number = 0; number < count; number++) yield number;
  if (fault !== undefined) throw new Error(fault);
}

async function taken(all: AsyncIterable<number>): Promise<{ got: number[]; fault?: string }> {
  const got: number[] = [];
  try {
    for await (const one of all) got.push(one);
  } catch (error) {
    return { got, fault: (error as Error).message };
  }
  return { got };
}

/** Later ones are done first. */
async function slowly(number: number, faulty = -1): Promise<number> {
  for (let turn = 0; turn < 50 - number; turn++) await undefined;
  if (number === faulty) throw new Error(`item ${number}`);
  return number;
}

test("what comes of items stays in their order, some at once and no more", async () => {
  let [open, most] = [0, 0];
  const work = async (number: number) => {
    most = Math.max(most, ++open);
    await slowly(number);
    open--;
    return number;
  };
  expect(await taken(inOrder(numbers(20), 4, work))).toEqual({
    got: Array.from({ length: 20 }, (_, at) => at),
  });
  expect(most).toBe(4);
});

test("the first fault is the one heard of, be it of an item or of their source", async () => {
  const fails = (number: number) => slowly(number, 3);
  expect(await taken(inOrder(numbers(20), 4, fails))).toEqual({ got: [0, 1, 2], fault: "item 3" });
  expect(await taken(inOrder(numbers(5, "the source"), 4, fails))).toEqual({
    got: [0, 1, 2],
    fault: "item 3",
  });
  expect(await taken(inOrder(numbers(3, "the source"), 4, fails))).toEqual({
    got: [0, 1, 2],
    fault: "the source",
  });
});

test("whoever stops early closes the source", async () => {
  let closed = false;
  const source = async function* () {
    try {
      yield* numbers(100);
    } finally {
      closed = true;
    }
  };
  for await (const one of inOrder(source(), 4, slowly)) if (one === 2) break;
  expect(closed).toBe(true);
});
