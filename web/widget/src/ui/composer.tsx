import { useLayoutEffect, useState } from "preact/hooks";
import type { RefObject } from "preact";
import type { Texts } from "../texts";
import { SendIcon } from "./icons";

const LIMIT = 2000;
const WARN_FROM = 1800;

interface Props {
  texts: Texts;
  draft: string;
  setDraft(text: string): void;
  input: RefObject<HTMLTextAreaElement | null>;
  /** The quick way to a person, hidden once one is coming. */
  human: boolean;
  onSend(text: string): void;
  onTyping(): void;
}

function QuickEntries({ texts, human, onSend }: Pick<Props, "texts" | "human" | "onSend">) {
  const [open, setOpen] = useState(false);
  const say = (text: string) => {
    setOpen(false);
    onSend(text);
  };
  return (
    <div class="quick">
      <button type="button" class="chip" aria-expanded={open} data-testid="complain" onClick={() => setOpen(!open)}>
        {texts.entry}
      </button>
      {open &&
        texts.entryMenu.map(([label, text]) => (
          <button key={label} type="button" class="chip soft" data-testid="entry" onClick={() => say(text)}>
            {label}
          </button>
        ))}
      {human && !open && (
        <button type="button" class="chip" data-testid="human" onClick={() => say(texts.humanSay)}>
          {texts.human}
        </button>
      )}
    </div>
  );
}

export function Composer({ texts, draft, setDraft, input, human, onSend, onTyping }: Props) {
  const length = [...draft].length;
  const over = length - LIMIT;
  const sendable = draft.trim() !== "" && over <= 0;

  useLayoutEffect(() => {
    const area = input.current!;
    area.style.height = "";
    // While the window is closed there is nothing to measure.
    if (draft && area.scrollHeight) area.style.height = `${area.scrollHeight + 2}px`;
  }, [draft]);

  const send = () => {
    if (!sendable) return;
    onSend(draft.trim());
    setDraft("");
  };
  const onKeyDown = (event: KeyboardEvent) => {
    // 229 is what Safari reports for the Enter that ends a composition.
    if (event.key !== "Enter" || event.shiftKey || event.isComposing || event.keyCode === 229) return;
    event.preventDefault();
    send();
  };
  return (
    <form
      class="composer"
      onSubmit={(event) => {
        event.preventDefault();
        send();
        input.current?.focus();
      }}
    >
      <QuickEntries texts={texts} human={human} onSend={onSend} />
      <div class="line">
        <textarea
          ref={input}
          rows={1}
          value={draft}
          placeholder={texts.placeholder}
          aria-label={texts.input}
          aria-describedby="count"
          aria-invalid={over > 0}
          data-testid="input"
          enterkeyhint="send"
          onInput={(event) => {
            setDraft(event.currentTarget.value);
            onTyping();
          }}
          onKeyDown={onKeyDown}
        />
        <button type="submit" class="send" aria-label={texts.send} disabled={!sendable} data-testid="send">
          <SendIcon />
        </button>
      </div>
      <div id="count" class={over > 0 ? "count bad" : "count"} aria-live="polite" data-testid="count">
        {over > 0 ? texts.tooLong(over) : length >= WARN_FROM ? texts.left(-over) : ""}
      </div>
    </form>
  );
}
