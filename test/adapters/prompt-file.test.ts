import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, it } from "vitest";
import { readPromptFile } from "../../src/adapters/prompt-file.js";
import { PromptError } from "../../src/errors.js";
import { promptId } from "../../src/records/prompt.js";

const folder = mkdtempSync(join(tmpdir(), "prompt-files-"));
afterAll(() => rmSync(folder, { recursive: true }));

function read(content: string | Buffer) {
  const file = join(folder, "prompts");
  writeFileSync(file, content);
  return readPromptFile(file, (source) => {
    const text = typeof source === "string" ? source : source.prompt;
    return { id: promptId(text), text };
  });
}

const textsOf = async (content: string | Buffer) => (await read(content)).prompts.map(({ text }) => text);
const utf16 = (text: string) => Buffer.from(`\ufeff${text}`, "utf16le");
const CATS = ["a cat", "a dog, asleep"];

describe("readPromptFile", () => {
  it.each([
    ["lines", "a cat\na dog, asleep\n"],
    ["lines of an old Mac", "a cat\ra dog, asleep\r"],
    ["lines with a byte order mark", "\ufeffa cat\r\na dog, asleep\r\n"],
    ["UTF-16", utf16("a cat\r\na dog, asleep\r\n")],
    ["UTF-16, the other way round", utf16("a cat\na dog, asleep").swap16()],
    ["TSV", "Prompt\tCategory\na cat\tanimals\na dog, asleep\tanimals\n"],
    ["CSV", '\ufeffid,Prompts\n1,a cat\n\n2,"a dog, asleep"\n'],
    ["CSV in UTF-16", utf16('prompt,id\r\na cat,1\r\n"a dog, asleep",2\r\n')],
    ["CSV with semicolons", "caption;id\na cat;1\na dog, asleep;2\n"],
    ["a table with a text and others", 'id,text\n1,a cat\n2,"a dog, asleep"\n'],
    ["JSON lines of captions", '{"file_name":"1.png","text":"a cat"}\n{"text":"a dog, asleep"}\n'],
    ["a table of one column", 'prompt\na cat\n"a dog, asleep"\n'],
    ["a list of texts", '[\n"a cat",\n"a dog, asleep"\n]\n'],
    ["a list on one line", '["a cat","a dog, asleep"]'],
    ["a list of objects", '[{"id": 1, "prompt": "a cat"}, {"Caption": "a dog, asleep"}]'],
    ["JSON lines", '{"prompt":"a cat","tag":"animals"}\n{"Prompt":"a dog, asleep"}\n'],
    ["a mixture of lines", 'a cat\n{"prompt":"a dog, asleep"}\n'],
  ])("reads %s", async (_kind, content) => {
    expect(await textsOf(content)).toEqual(CATS);
  });

  it.each([
    ["[cinematic] a cat\n", ["[cinematic] a cat"]],
    ["1girl,solo,masterpiece\n", ["1girl,solo,masterpiece"]],
    ['"Hello", said the cat\n', ['"Hello", said the cat']],
    ["text\nlogo\n", ["text", "logo"]],
    [
      'Prompt\tCategory\tNote\n"G I G" in letters\tArts\t\n42\tAbstract\tnumbers\n',
      ['"G I G" in letters', "42"],
    ],
    ['prompt\tid\n"hi" cat\t1\na "hi" dog\t2\n', ['"hi" cat', 'a "hi" dog']],
  ])("takes %j for what it is", async (content, texts) => {
    expect(await textsOf(content)).toEqual(texts);
  });

  it("takes texts that differ in spacing, capitals or a last full stop for one, the first", async () => {
    const { prompts, duplicates } = await read(
      "a photo of  a cat\na photo of a cat\nA photo of a CAT.\n\ta\u00a0photo of a cat \na ph\u200boto of a cat\na cafe\u0301\na caf\u00e9\n",
    );
    expect(prompts.map(({ text }) => text)).toEqual(["a photo of  a cat", "a cafe\u0301"]);
    expect([prompts[0]?.id, duplicates]).toEqual([promptId("a photo of  a cat"), 5]);
  });

  const refused: readonly (readonly [content: string | Buffer, message: RegExp])[] = [
    ["a cat\tanimals\n", /prompts: this looks like a table \(TSV\).*Expected one prompt a line/],
    ["a cat\na dog\tanimals\n", /prompts, line 2: .*a tab.*TSV/],
    ['"a cat, asleep",animals\n', /looks like a table \(CSV\)/],
    ["id,title,url\n1,a cat,x\n", /looks like a table \(CSV\)/],
    ["prompt,id\na cat, asleep,1\n", /columns prompt, id; line 2 .*expect 2, got 3/],
    ['prompt\tid\n"a cat\t1\na dog\t2\n', /Quote Not Closed/],
    ["prompt,id\n,1\n", /line 2: expected a prompt, got nothing in it/],
    ['prompt,id\n"a\ncat",1\n', /a line break/],
    ['"a cat",\n"a dog"\n', /the inside of a JSON list/],
    ['{\n"prompts": ["a cat"]\n}\n', /JSON over several lines/],
    ["prompts:\n- a cat\n", /YAML/],
    ['["a cat", 3]', /entry 2: expected a text, or an object/],
    ['["a cat" "a dog"]', /a JSON list; .*Unexpected/],
    ['["a cat",', /a JSON list; .*no end/],
    ['["a cat"] and more', /a JSON list/],
    ['{"prompt":[{"role":"user"}]}\n', /line 1: expected a text, or an object/],
    ['{"prompt":" "}\n', /nothing in it/],
    ['{"tag":"colors","include":[{"class":"cat","count":1}],"prompt":"a\\tcat"}\n', /line 1: .*a tab/],
    ["a cat\n\u200b\u00a0\u200b\n", /line 2: expected a prompt, got nothing/],
    ["a \u001b[31mred cat\n", /the character U\+001B/],
    ['{"prompt":"a \\ud800 cat"}\n', /the character U\+D800/],
    [Buffer.from("a cat\n", "utf16le"), /a NUL: this looks like UTF-16 without its mark/],
    [Buffer.from("Z\u00fcrich", "latin1"), /expected text in UTF-8.*Save it as UTF-8/],
    [Buffer.from("PK\u0003\u0004"), /ZIP archive, as Excel's/],
    [Buffer.from("PAR1"), /Parquet/],
    ["a".repeat(30_000), /at most 20000 characters, got 30000/],
  ];
  it.each(refused)("refuses %j and says what it looks like", async (content, message) => {
    const fault = await read(content).catch((error: unknown) => error);
    expect(fault).toBeInstanceOf(PromptError);
    expect((fault as Error).message).toMatch(message);
    expect((fault as Error).message).toContain(join(folder, "prompts"));
  });
});
