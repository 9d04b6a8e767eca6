import { Fragment } from "preact";
import { useEffect, useLayoutEffect, useRef, useState } from "preact/hooks";
import type { View } from "../chat/chat";
import type { Pending } from "../chat/outbox";
import type { Texts } from "../texts";
import type { Choice, Message } from "../types";
import { DownIcon } from "./icons";
import { dayAndTime } from "./time";

interface Props {
  view: View;
  texts: Texts;
  privacy: string;
  speaker: string;
  visible: boolean;
  onChoice(choice: Choice, of: number): void;
  onRetry(): void;
  onEdit(item: Pending): void;
  /** Answered questions: message → the option tapped. */
  taken: ReadonlyMap<number, string>;
}

/** Only the newest question can be answered by a tap: the last bot message, and system lines after it. */
function openQuestions(messages: readonly Message[]): Set<number> {
  const open = new Set<number>();
  for (let i = messages.length - 1; i >= 0; i--) {
    const message = messages[i]!;
    if (message.by === "bot" || message.by === "system") open.add(message.seq);
    if (message.by === "bot") break;
  }
  return open;
}

function Choices({ message, open, props }: { message: Message; open: boolean; props: Props }) {
  const taken = props.taken.get(message.seq);
  const active = open && taken === undefined;
  if (!message.buttons?.length || (!active && taken === undefined)) return null;
  return (
    <div class="choices">
      {message.buttons.map((button) => (
        <button
          key={button.choice}
          type="button"
          class={taken === button.choice ? "chip taken" : "chip"}
          data-testid={active ? "choice" : "choice-past"}
          disabled={!active}
          onClick={() => props.onChoice(button, message.seq)}
        >
          {button.title}
        </button>
      ))}
    </div>
  );
}

function Row({ message, before, open, props }: { message: Message; before?: Message | undefined; open: boolean; props: Props }) {
  const { texts } = props;
  const own = message.by === "customer";
  const name =
    message.by === "agent" ? texts.agent(message.agent?.work_no ?? "") : message.by === "bot" ? texts.bot : own ? texts.customer : "";
  const again = before?.by === message.by && before.agent?.work_no === message.agent?.work_no;
  const gap = !before || Date.parse(message.at) - Date.parse(before.at) > 300_000;
  return (
    <Fragment>
      {gap && <div class="when">{dayAndTime(message.at, texts)}</div>}
      <div class={`row ${message.by}`} data-testid="message" data-by={message.by} data-seq={message.seq}>
        {name && <span class={own || (again && !gap) ? "name hidden" : "name"}>{name}</span>}
        <div class="bubble">{message.text}</div>
        <Choices message={message} open={open} props={props} />
      </div>
    </Fragment>
  );
}

function PendingRow({ item, props }: { item: Pending; props: Props }) {
  const { texts } = props;
  const stuck = item.state === "failed" || item.state === "refused";
  return (
    <div class="row customer" data-testid="message" data-by="customer" data-state={item.state}>
      <span class="name hidden">{texts.customer}</span>
      <div class={stuck ? "bubble stuck" : "bubble"}>{item.text}</div>
      {item.state !== "sent" && (
        <div class={stuck ? "state bad" : "state"}>
          {item.state === "refused" ? texts.refused : item.state === "failed" ? texts.failed : texts.sending}
          {item.state === "refused" && item.detail ? ` · ${item.detail}` : ""}
          {stuck && (
            <button
              type="button"
              class="link"
              data-testid="retry"
              onClick={() => (item.state === "failed" ? props.onRetry() : props.onEdit(item))}
            >
              {item.state === "failed" ? texts.retry : texts.edit}
            </button>
          )}
        </div>
      )}
    </div>
  );
}

function Notice({ texts, privacy }: { texts: Texts; privacy: string }) {
  return (
    <div class="notice" data-testid="notice">
      <p>{texts.notice}</p>
      <p class="quiet">
        {texts.noticeSafety}{" "}
        <a href={privacy} target="_blank" rel="noopener" data-testid="privacy">
          {texts.privacy}
        </a>
      </p>
    </div>
  );
}

/** The conversation, always in the server's order, with what is not stored yet at its end. */
export function Log(props: Props) {
  const { view, texts } = props;
  const box = useRef<HTMLDivElement>(null);
  const stick = useRef(true);
  const [behind, setBehind] = useState(false);
  const last = view.messages[view.messages.length - 1]?.seq;

  const toEnd = () => {
    if (box.current) box.current.scrollTop = box.current.scrollHeight;
  };
  const onScroll = () => {
    const { scrollTop, scrollHeight, clientHeight } = box.current!;
    stick.current = scrollHeight - scrollTop - clientHeight < 60;
    if (stick.current) setBehind(false);
  };
  useLayoutEffect(() => {
    stick.current = true;
    toEnd();
  }, [view.pending.length > 0, props.visible]);
  useLayoutEffect(() => {
    if (stick.current) toEnd();
    else setBehind(true);
  }, [last, view.pending.length, view.typing]);
  useEffect(() => {
    const stay = () => stick.current && toEnd();
    const watch = new ResizeObserver(stay);
    watch.observe(box.current!);
    return () => watch.disconnect();
  }, []);

  const open = openQuestions(view.messages);
  return (
    <div class="middle">
      <div class="log" role="log" aria-live="polite" aria-label={texts.log} tabIndex={0} data-testid="log" ref={box} onScroll={onScroll}>
        <Notice texts={texts} privacy={props.privacy} />
        {view.restarted && <div class="row system">{<div class="bubble">{texts.restarted}</div>}</div>}
        {view.messages.map((message, i) => (
          <Row key={message.seq} message={message} before={view.messages[i - 1]} open={open.has(message.seq)} props={props} />
        ))}
        {view.pending.map((item) => (
          <PendingRow key={item.client_id} item={item} props={props} />
        ))}
        {view.typing && (
          <div class="row bot" data-testid="typing">
            <div class="bubble dots" role="img" aria-label={texts.typing(props.speaker)}>
              <i />
              <i />
              <i />
            </div>
          </div>
        )}
      </div>
      {behind && (
        <button
          type="button"
          class="newer"
          onClick={() => {
            toEnd();
            box.current?.focus();
          }}
        >
          {texts.newer}
          <DownIcon />
        </button>
      )}
    </div>
  );
}
