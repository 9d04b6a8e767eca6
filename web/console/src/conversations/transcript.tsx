import { useEffect, useLayoutEffect, useRef, useState } from "react";
import type { Message } from "../api/types";
import { placeName, speakerName } from "../lib/labels";
import { sayShort } from "../lib/time";

function nameOf(message: Message): string {
  const name = speakerName(message.by);
  return message.by === "agent" && message.agent ? `${name} 工号${message.agent.work_no}` : name;
}

function Bubble({ message }: { message: Message }) {
  return (
    <div className={`say ${message.by}`} data-testid="message" data-by={message.by} data-seq={message.seq}>
      <small>
        {nameOf(message)} · <time dateTime={message.at}>{sayShort(message.at)}</time>
        {placeName(message.place) && ` · ${placeName(message.place)}`}
      </small>
      <p>{message.text}</p>
      {message.buttons && message.buttons.length > 0 && (
        <small className="offered">选项：{message.buttons.map((button) => button.title).join(" / ")}</small>
      )}
    </div>
  );
}

/** The whole conversation, kept at its end unless somebody is reading further up. */
export function Transcript({ messages }: { messages: Message[] }) {
  const box = useRef<HTMLDivElement>(null);
  const stick = useRef(true);
  const [behind, setBehind] = useState(false);
  const ordered = [...messages].sort((a, b) => a.seq - b.seq);
  const last = ordered[ordered.length - 1]?.seq;

  const toEnd = () => {
    if (box.current) box.current.scrollTop = box.current.scrollHeight;
    setBehind(false);
  };
  useLayoutEffect(() => {
    if (stick.current) toEnd();
    else setBehind(true);
  }, [last]);
  useEffect(() => {
    // Warnings below make it shorter; its end must stay in sight.
    const watch = new ResizeObserver(() => stick.current && toEnd());
    watch.observe(box.current!);
    return () => watch.disconnect();
  }, []);
  return (
    <div className="transcript-box">
      <div
        ref={box}
        className="transcript"
        role="log"
        aria-label="对话记录"
        tabIndex={0}
        onScroll={({ currentTarget: { scrollHeight, scrollTop, clientHeight } }) => {
          stick.current = scrollHeight - scrollTop - clientHeight < 80;
          if (stick.current) setBehind(false);
        }}
      >
        {ordered.map((message) => (
          <Bubble key={message.seq} message={message} />
        ))}
      </div>
      {behind && (
        <button type="button" className="newer" onClick={toEnd}>
          有新消息 ↓
        </button>
      )}
    </div>
  );
}
