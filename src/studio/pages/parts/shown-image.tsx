import { useState } from "preact/hooks";
import { WORDS } from "../words.ts";

/** A candidate's image, small unless `side` is left out. */
export function ShownImage({
  id,
  alt,
  side,
}: {
  readonly id: string;
  readonly alt: string;
  readonly side?: number;
}) {
  const address = `images/${encodeURIComponent(id)}${side === undefined ? "" : `?side=${side}`}`;
  return <Shown key={address} address={address} alt={alt} />;
}

/** Says so where an image cannot be shown. */
export function Shown({ address, alt }: { readonly address: string; readonly alt: string }) {
  const [isMissing, setIsMissing] = useState(false);
  if (isMissing)
    return (
      <span class="missing" role="img" aria-label={alt}>
        {WORDS.list.noImage}
      </span>
    );
  return <img src={address} alt={alt} loading="lazy" decoding="async" onError={() => setIsMissing(true)} />;
}
