import { useEffect, useRef, useState } from "preact/hooks";
import type { Picture } from "../../answers/picture.ts";

type Detections = Picture["evaluations"][number]["detections"];

/** Boxes over the image before it, in the image's own pixels. */
export function Boxes({ detections }: { readonly detections: Detections }) {
  const place = useRef<SVGSVGElement>(null);
  const [size, setSize] = useState<readonly [number, number]>([0, 0]);
  useEffect(() => {
    const image = place.current?.parentElement?.querySelector("img");
    if (!image) return;
    const measured = () => setSize([image.naturalWidth, image.naturalHeight]);
    if (image.complete) measured();
    image.addEventListener("load", measured);
    return () => image.removeEventListener("load", measured);
  }, []);
  const [width, height] = size;
  const unit = Math.max(width, height) / 100;
  return (
    <svg ref={place} class="boxes" viewBox={`0 0 ${width || 1} ${height || 1}`} aria-hidden="true">
      {width === 0
        ? null
        : detections.map(({ class: name, box: [left, top, right, bottom], score, color }) => (
            <g key={`${left} ${top} ${right} ${bottom} ${name}`}>
              <rect x={left} y={top} width={right - left} height={bottom - top} stroke-width={unit / 2} />
              <text
                x={left}
                y={Math.max(top - unit, 3.5 * unit)}
                font-size={3.5 * unit}
              >{`${color} ${name} ${score.toFixed(2)}`}</text>
            </g>
          ))}
    </svg>
  );
}
