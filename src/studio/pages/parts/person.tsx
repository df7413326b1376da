import { useState } from "preact/hooks";
import { WORDS } from "../words.ts";

const KEY = "espalier-person";

/** Who looks: kept in this browser. */
export function personNow(): string {
  return localStorage.getItem(KEY) ?? "me";
}

export function PersonField() {
  const [name, setName] = useState(personNow());
  return (
    <label class="person">
      {WORDS.marks.person}
      <input
        type="text"
        size={10}
        maxLength={40}
        value={name}
        onInput={(event) => {
          setName(event.currentTarget.value);
          localStorage.setItem(KEY, event.currentTarget.value);
        }}
      />
    </label>
  );
}
