import { render } from "preact";
import { httpApi } from "./chat/api";
import { Chat } from "./chat/chat";
import { openHints } from "./chat/socket";
import log from "./styles/log.css?inline";
import panel from "./styles/panel.css?inline";
import { textsFor } from "./texts";
import { App } from "./ui/app";

const script =
  (document.currentScript as HTMLScriptElement | null) ?? document.querySelector<HTMLScriptElement>('script[src*="widget.js"]');
/** The api lives where this file came from, whatever page it stands on. */
const base = script?.src ? new URL(script.src).origin : location.origin;

/** `<sanbian-chat data-title data-lang data-open>`: the whole chat, sealed off from the page's styles. */
class SanbianChat extends HTMLElement {
  private chat: Chat | null = null;
  /** Opens the window as if the round button had been pressed. */
  open: () => void = () => {};

  connectedCallback(): void {
    if (this.chat) return;
    const texts = textsFor(this.dataset.lang ?? document.documentElement.lang);
    const root = this.shadowRoot ?? this.attachShadow({ mode: "open" });
    addStyles(root);
    this.chat = new Chat({
      api: httpApi(base),
      hints: (token, listeners) => openHints(base, token, listeners),
      key: `sanbian.chat:${base}`,
      locale: texts.lang,
    });
    const opened = this.dataset.open !== undefined && this.dataset.open !== "false";
    render(
      <App
        chat={this.chat}
        texts={texts}
        title={this.dataset.title || texts.title}
        privacy={`${base}/privacy`}
        opened={opened}
        onReady={(open) => (this.open = open)}
      />,
      root,
    );
  }

  disconnectedCallback(): void {
    this.chat?.dispose();
    this.chat = null;
    if (this.shadowRoot) render(null, this.shadowRoot);
  }
}

const styles = panel + log;

function addStyles(root: ShadowRoot): void {
  try {
    // Allowed even under a content security policy that forbids inline styles.
    const sheet = new CSSStyleSheet();
    sheet.replaceSync(styles);
    root.adoptedStyleSheets = [sheet];
  } catch {
    const style = document.createElement("style");
    style.textContent = styles;
    root.append(style);
  }
}

function mount(): void {
  if (document.querySelector("sanbian-chat")) return;
  const chat = document.createElement("sanbian-chat");
  for (const name of ["title", "lang", "open"]) {
    const value = script?.dataset[name];
    if (value !== undefined) chat.dataset[name] = value;
  }
  document.body.append(chat);
}

/** Any button or link of the page marked `data-sanbian-open` opens the chat. */
function openFromPage(event: Event): void {
  if (!(event.target as Element | null)?.closest?.("[data-sanbian-open]")) return;
  event.preventDefault();
  document.querySelector<SanbianChat>("sanbian-chat")?.open();
}

if (!customElements.get("sanbian-chat")) {
  customElements.define("sanbian-chat", SanbianChat);
  addEventListener("click", openFromPage);
  if (document.body) mount();
  else addEventListener("DOMContentLoaded", mount);
}
