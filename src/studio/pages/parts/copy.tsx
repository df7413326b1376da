import { useState } from "preact/hooks";
import { WORDS } from "../words.ts";

/** Something to copy: an id, a seed, a command. */
export function Copied({ text, shown = text }: { readonly text: string; readonly shown?: string }) {
  const [isCopied, setIsCopied] = useState(false);
  const copy = () => {
    navigator.clipboard.writeText(text).then(
      () => {
        setIsCopied(true);
        setTimeout(() => setIsCopied(false), 1500);
      },
      () => undefined,
    );
  };
  return (
    <span class="copied">
      <code title={text}>{shown}</code>{" "}
      <button type="button" class="small" onClick={copy} aria-label={`${WORDS.copy} ${text}`}>
        {isCopied ? WORDS.copied : WORDS.copy}
      </button>
    </span>
  );
}
