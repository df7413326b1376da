import type { HttpJudgeConfig } from "../../config/schema/judges.js";
import { shownImage } from "../asking/shown-image.js";
import type { Talk } from "../asking/talker.js";

/** How one answer is asked for. */
export interface AnswerLimits {
  readonly tokens: number;
  readonly temperature: number;
  readonly logprobs: boolean;
  /** Of sampled answers, so that each is another one. */
  readonly seed?: number;
}

type Part =
  | { readonly type: "text"; readonly text: string }
  | { readonly type: "image_url"; readonly image_url: { readonly url: string } };

/** The body of a chat completion with pictures as data URLs (OpenAI, "Chat Completions API", as vLLM, SGLang, llama.cpp and others take it). */
export async function chatBody(config: HttpJudgeConfig, talk: Talk, limits: AnswerLimits): Promise<object> {
  const { model, tokenLimit, topLogprobs } = config;
  return {
    model,
    messages: await messagesOf(config, talk),
    [tokenLimit]: limits.tokens,
    temperature: limits.temperature,
    ...(limits.seed === undefined ? {} : { seed: limits.seed }),
    ...(limits.logprobs ? { logprobs: true, top_logprobs: topLogprobs } : {}),
    stream: false,
  };
}

async function messagesOf(config: HttpJudgeConfig, { turns, images }: Talk): Promise<object[]> {
  const [first = "", ...later] = turns;
  let parts: (string | Part)[] = [first];
  for (const { place, image } of images) {
    const url = await dataUrl(config, await shownImage(image));
    parts = parts.flatMap((part) => (typeof part === "string" ? around(part, place, url) : [part]));
  }
  const content = parts
    .map((part): Part => (typeof part === "string" ? { type: "text", text: part.trim() } : part))
    .filter((part) => part.type === "image_url" || part.text !== "");
  const said = later.map((text, index) => ({ role: index % 2 === 0 ? "assistant" : "user", content: text }));
  return [{ role: "user", content }, ...said];
}

/** A text with its picture between what stands before and after its place. */
function around(text: string, place: string, url: string): (string | Part)[] {
  const at = text.indexOf(place);
  if (at < 0) return [text];
  return [text.slice(0, at), { type: "image_url", image_url: { url } }, text.slice(at + place.length)];
}

async function dataUrl(
  { imageSide, imageFormat }: HttpJudgeConfig,
  image: Awaited<ReturnType<typeof shownImage>>,
): Promise<string> {
  const bytes = await image.encoded({ side: imageSide, format: imageFormat });
  return `data:image/${imageFormat};base64,${Buffer.from(bytes).toString("base64")}`;
}
