import { Alert, Button, Skeleton } from "antd";
import { detailOf } from "../api/http";
import type { ConversationItem, ConversationState } from "../api/types";
import { reasonName } from "../lib/labels";
import { hashOf } from "../lib/route";
import { sayShort } from "../lib/time";
import { MoodTag, PriorityTag, Waiting, sayCustomer } from "../parts/tags";
import { useConversations } from "./queries";

const TABS: { state: ConversationState; label: string; empty: string }[] = [
  { state: "queue", label: "排队", empty: "现在没有人在等" },
  { state: "mine", label: "我的", empty: "您手上没有会话" },
  { state: "bot", label: "机器人接待中", empty: "机器人现在没有接待客户" },
  { state: "closed", label: "已结束", empty: "还没有已结束的会话" },
];

function Row({ item, state, current }: { item: ConversationItem; state: ConversationState; current: boolean }) {
  const urgent = item.priority === "P0" && state !== "closed";
  return (
    <li>
      <a
        href={hashOf({ page: "conversations", state, id: item.id })}
        className={`item ${urgent ? "urgent" : ""}`}
        aria-current={current ? "true" : undefined}
        data-testid="conversation"
        data-id={item.id}
      >
        <span className="item-head">
          <PriorityTag priority={item.priority} />
          <b>{sayCustomer(item.customer)}</b>
          {item.waiting_since ? (
            <Waiting since={item.waiting_since} urgent={urgent} />
          ) : (
            <small className="quiet">{sayShort(item.last_at)}</small>
          )}
        </span>
        <span className="item-text">{item.preview || "（还没有消息）"}</span>
        <span className="item-foot">
          <MoodTag mood={item.mood} />
          {item.reason && <span>{reasonName(item.reason)}</span>}
          {item.ticket && <span>{item.ticket}</span>}
          {state !== "mine" && item.owner.kind === "agent" && <span>工号{item.owner.work_no}</span>}
        </span>
      </a>
    </li>
  );
}

function Tab({ tab, current }: { tab: (typeof TABS)[number]; current: boolean }) {
  const { items, hasNextPage } = useConversations(tab.state);
  const counted = tab.state === "queue" || tab.state === "mine";
  const urgent = tab.state === "queue" && items.some((item) => item.priority === "P0");
  return (
    <a href={hashOf({ page: "conversations", state: tab.state, id: null })} aria-current={current ? "page" : undefined}>
      {tab.label}
      {counted && items.length > 0 && (
        <span className={urgent ? "count urgent" : "count"}>
          {items.length}
          {hasNextPage && "+"}
        </span>
      )}
    </a>
  );
}

export function ConversationList({ state, current }: { state: ConversationState; current: string | null }) {
  const list = useConversations(state);
  const tab = TABS.find((one) => one.state === state) ?? TABS[0]!;
  return (
    <section className="list" aria-label="会话列表">
      <nav className="tabs" aria-label="会话分类">
        {TABS.map((one) => (
          <Tab key={one.state} tab={one} current={one.state === state} />
        ))}
      </nav>
      {list.isError && <Alert type="warning" banner title={detailOf(list.error)} />}
      {list.isPending && <Skeleton active className="pad" />}
      <ul className="items">
        {list.items.map((item) => (
          <Row key={item.id} item={item} state={state} current={item.id === current} />
        ))}
        {list.isSuccess && !list.items.length && <li className="none">{tab.empty}</li>}
        {list.hasNextPage && (
          <li className="more">
            <Button block loading={list.isFetchingNextPage} onClick={() => void list.fetchNextPage()}>
              更多
            </Button>
          </li>
        )}
      </ul>
    </section>
  );
}
