import { useEffect, useLayoutEffect, useRef, useState } from "preact/hooks";
import type { Chat, View } from "../chat/chat";
import type { Pending } from "../chat/outbox";
import type { Texts } from "../texts";
import { Composer } from "./composer";
import { ChatIcon, DownIcon } from "./icons";
import { Log } from "./log";

interface Props {
  chat: Chat;
  texts: Texts;
  title: string;
  privacy: string;
  opened: boolean;
  /** Hands out the way to open the window from outside. */
  onReady(open: () => void): void;
}

const onPhone = () => matchMedia("(max-width: 480px)").matches;

function speakerOf(view: View, texts: Texts): string {
  if (view.owner === "agent") return texts.agent(view.agent?.work_no ?? "");
  if (view.owner === "queue") return texts.queue(view.queue?.position ?? 0, Math.ceil((view.queue?.eta_s ?? 0) / 60));
  return texts.bot;
}

/** Keeps Tab inside the panel; the page behind is reached again with Esc. */
function trapTab(event: KeyboardEvent, panel: HTMLElement): void {
  const stops = [...panel.querySelectorAll<HTMLElement>("button:not(:disabled), a[href], textarea, [tabindex='0']")];
  const first = stops[0];
  const last = stops[stops.length - 1];
  const at = (panel.getRootNode() as ShadowRoot).activeElement;
  const from = event.shiftKey ? first : last;
  const inside = at !== null && panel.contains(at);
  if (inside && at !== from && at !== panel) return;
  event.preventDefault();
  (event.shiftKey ? last : first)?.focus();
}

/** On iOS the keyboard covers the page instead of shrinking it: the panel follows the visible part. */
function useVisibleHeight(panel: { current: HTMLElement | null }): void {
  useEffect(() => {
    const viewport = window.visualViewport;
    if (!viewport) return;
    const fit = () => {
      const covered = innerHeight - viewport.height > 80;
      panel.current?.style.setProperty("--visible", covered ? `${viewport.height}px` : "100dvh");
      panel.current?.style.setProperty("--top", covered ? `${viewport.offsetTop}px` : "0px");
    };
    viewport.addEventListener("resize", fit);
    viewport.addEventListener("scroll", fit);
    return () => {
      viewport.removeEventListener("resize", fit);
      viewport.removeEventListener("scroll", fit);
    };
  }, []);
}

function Banner({ view, texts }: { view: View; texts: Texts }) {
  const text =
    view.link === "offline" ? texts.offline : view.link === "refusing" ? view.detail || texts.refusing : view.ready ? "" : texts.connecting;
  return (
    <div class={text ? `banner ${view.link}` : "banner none"} role="status" data-testid="banner">
      {text}
    </div>
  );
}

export function App({ chat, texts, title, privacy, opened, onReady }: Props) {
  const [view, setView] = useState(chat.view());
  const [open, setOpen] = useState(opened);
  const [draft, setDraft] = useState("");
  const [taken, setTaken] = useState<ReadonlyMap<number, string>>(new Map());
  const panel = useRef<HTMLDivElement>(null);
  const input = useRef<HTMLTextAreaElement>(null);
  const launcher = useRef<HTMLButtonElement>(null);
  const touched = useRef(false);
  const cameFrom = useRef<HTMLElement | null>(null);

  useEffect(() => chat.subscribe(() => setView(chat.view())), [chat]);
  useEffect(() => chat.show(open), [chat, open]);
  useLayoutEffect(() => {
    // Only after a person acted: a page that opens the chat by itself must not lose its focus.
    if (!touched.current) return;
    if (!open) (cameFrom.current ?? launcher.current)?.focus();
    // The keyboard of a phone would hide the notice at first contact.
    else (onPhone() ? panel.current : input.current)?.focus();
  }, [open]);
  useVisibleHeight(panel);

  const toggle = (next: boolean) => {
    touched.current = true;
    if (next) {
      const at = document.activeElement as HTMLElement | null;
      cameFrom.current = at === document.body || at?.shadowRoot ? null : at;
    }
    setOpen(next);
  };
  useEffect(() => onReady(() => toggle(true)), []);
  const onKeyDown = (event: KeyboardEvent) => {
    event.stopPropagation();
    if (event.isComposing || event.keyCode === 229) return;
    if (event.key === "Escape") toggle(false);
    else if (event.key === "Tab") trapTab(event, panel.current!);
  };
  const onEdit = (item: Pending) => {
    setDraft(draft ? `${draft}\n${item.text}` : item.text);
    chat.discard(item.client_id);
    input.current?.focus();
  };
  const speaker = speakerOf(view, texts);
  return (
    <div class="root" lang={texts.lang}>
      <button
        ref={launcher}
        type="button"
        class="launcher"
        hidden={open}
        aria-haspopup="dialog"
        aria-label={view.unread ? `${texts.open} · ${texts.unread(view.unread)}` : texts.open}
        data-testid="open"
        onClick={() => toggle(true)}
      >
        <ChatIcon />
        {view.unread > 0 && (
          <span class="badge" aria-hidden="true">
            {view.unread > 99 ? "99+" : view.unread}
          </span>
        )}
      </button>
      <div
        ref={panel}
        class="panel"
        role="dialog"
        aria-modal={open && onPhone()}
        aria-label={title}
        tabIndex={-1}
        hidden={!open}
        data-testid="panel"
        onKeyDown={onKeyDown}
      >
        <header data-testid="header" data-owner={view.owner}>
          <div>
            <h2>{title}</h2>
            <p class="who" aria-live="polite">
              <i class={`lamp ${view.owner}`} />
              {speaker}
            </p>
          </div>
          <button type="button" class="icon" aria-label={texts.close} data-testid="close" onClick={() => toggle(false)}>
            <DownIcon />
          </button>
        </header>
        <Banner view={view} texts={texts} />
        <Log
          view={view}
          texts={texts}
          privacy={privacy}
          speaker={speaker}
          visible={open}
          taken={taken}
          onChoice={(choice, seq) => {
            setTaken(new Map(taken).set(seq, choice.choice));
            chat.choose(choice);
            input.current?.focus({ preventScroll: true });
          }}
          onRetry={chat.retry}
          onEdit={onEdit}
        />
        <Composer
          texts={texts}
          draft={draft}
          setDraft={setDraft}
          input={input}
          human={view.owner === "bot"}
          onSend={(text) => chat.say(text)}
          onTyping={() => chat.typing()}
        />
      </div>
    </div>
  );
}
