import { useEffect, useId, useRef, useState } from "preact/hooks";

/** After the last key until a filter is asked for, in milliseconds. */
const PAUSE = 250;

export function Choice({
  label,
  value,
  options,
  onChange,
}: {
  readonly label: string;
  readonly value: string;
  readonly options: readonly (readonly [value: string, shown: string])[];
  readonly onChange: (value: string) => void;
}) {
  const id = useId();
  return (
    <div class="field">
      <label for={id}>{label}</label>
      <select id={id} value={value} onChange={(event) => onChange(event.currentTarget.value)}>
        {options.map(([one, shown]) => (
          <option key={one} value={one}>
            {shown}
          </option>
        ))}
      </select>
    </div>
  );
}

/** A text that is asked for when nobody has typed for a moment. */
export function Typed({
  label,
  value,
  type = "search",
  step,
  onChange,
}: {
  readonly label: string;
  readonly value: string;
  readonly type?: "search" | "number";
  readonly step?: number;
  readonly onChange: (value: string) => void;
}) {
  const id = useId();
  const [text, setText] = useState(value);
  const timer = useRef<ReturnType<typeof setTimeout> | undefined>(undefined);
  useEffect(() => setText(value), [value]);
  const typed = (next: string) => {
    setText(next);
    clearTimeout(timer.current);
    timer.current = setTimeout(() => onChange(next), PAUSE);
  };
  const onInput = (event: { readonly currentTarget: HTMLInputElement }) => typed(event.currentTarget.value);
  return (
    <div class="field">
      <label for={id}>{label}</label>
      {type === "number" ? (
        <input id={id} type="number" step={step} value={text} onInput={onInput} />
      ) : (
        <input id={id} type="search" value={text} onInput={onInput} />
      )}
    </div>
  );
}

export function Tick({
  label,
  checked,
  onChange,
}: {
  readonly label: string;
  readonly checked: boolean;
  readonly onChange: (checked: boolean) => void;
}) {
  return (
    <label class="tick">
      <input type="checkbox" checked={checked} onChange={(event) => onChange(event.currentTarget.checked)} />
      {label}
    </label>
  );
}
