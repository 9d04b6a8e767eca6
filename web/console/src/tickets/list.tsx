import { useInfiniteQuery } from "@tanstack/react-query";
import { Alert, Button, Grid, Input, Select, Table, type TableColumnsType, Tag } from "antd";
import { useState } from "react";
import { desk } from "../api/desk";
import { detailOf } from "../api/http";
import type { TicketItem } from "../api/types";
import { TICKET_STATES, roleName, ticketState, ticketType } from "../lib/labels";
import { go, hashOf } from "../lib/route";
import { Due, PriorityTag, When } from "../parts/tags";

const OVER = ["decided", "notified", "rechecked", "followed_up", "closed", "withdrawn", "merged", "declined"];

export const isOver = (ticket: TicketItem) => OVER.includes(ticket.state);

/** A role or a work number is responsible; a role is said in words. */
export const sayResponsible = (owner: string | null | undefined) =>
  !owner ? "—" : /^\d+$/.test(owner) ? `工号${owner}` : roleName(owner);

const COLUMNS: TableColumnsType<TicketItem> = [
  {
    title: "编号",
    dataIndex: "number",
    render: (number: string) => (
      <a href={hashOf({ page: "tickets", number })} data-testid="ticket">
        {number}
      </a>
    ),
  },
  { title: "", dataIndex: "priority", render: (priority) => <PriorityTag priority={priority} /> },
  { title: "类型", dataIndex: "type", render: (type: string) => ticketType(type) },
  { title: "状态", dataIndex: "state", render: (state: string) => <Tag variant="filled">{ticketState(state)}</Tag> },
  { title: "事由", dataIndex: "what", className: "what" },
  { title: "责任人", dataIndex: "owner", render: sayResponsible },
  { title: "收到", dataIndex: "received_at", render: (at: string) => <When at={at} /> },
  { title: "首次答复", dataIndex: "answer_due", render: (at: string, ticket) => <Due at={at} met={isOver(ticket)} /> },
  { title: "处理决定", dataIndex: "decision_due", render: (at: string, ticket) => <Due at={at} met={isOver(ticket)} /> },
];

function Card({ ticket }: { ticket: TicketItem }) {
  return (
    <a className="card" href={hashOf({ page: "tickets", number: ticket.number })} data-testid="ticket">
      <span className="item-head">
        <PriorityTag priority={ticket.priority} />
        <b>{ticket.number}</b>
        <Tag variant="filled">{ticketState(ticket.state)}</Tag>
      </span>
      <span className="item-text">{ticket.what}</span>
      <span className="item-foot">
        <span>
          决定期限 <Due at={ticket.decision_due} met={isOver(ticket)} />
        </span>
      </span>
    </a>
  );
}

export function TicketList() {
  const wide = Grid.useBreakpoint().lg ?? true;
  const [state, setState] = useState("");
  const [q, setQ] = useState("");
  const list = useInfiniteQuery({
    queryKey: ["tickets", state, q],
    queryFn: ({ pageParam }) => desk.tickets(state, q, pageParam),
    initialPageParam: null as string | null,
    getNextPageParam: (last) => last.next ?? null,
    refetchInterval: 15_000,
    placeholderData: (before) => before,
  });
  const tickets = list.data?.pages.flatMap((page) => page.items) ?? [];
  return (
    <section className="sheet" aria-label="工单列表">
      <div className="filters">
        <h2>工单</h2>
        <Select
          value={state}
          onChange={setState}
          aria-label="状态"
          options={[{ value: "", label: "全部状态" }, ...TICKET_STATES.map((value) => ({ value, label: ticketState(value) }))]}
        />
        <Input.Search placeholder="编号或事由" allowClear onSearch={(text) => setQ(text.trim())} aria-label="搜索工单" />
      </div>
      {list.isError && <Alert type="warning" showIcon className="gap" title={detailOf(list.error)} />}
      {wide ? (
        <Table<TicketItem>
          size="middle"
          rowKey="number"
          columns={COLUMNS}
          dataSource={tickets}
          loading={list.isPending}
          pagination={false}
          scroll={{ x: "max-content" }}
          onRow={({ number }) => ({ onClick: () => go({ page: "tickets", number }) })}
          locale={{ emptyText: "没有符合的工单" }}
        />
      ) : (
        <div className="cards">
          {tickets.map((ticket) => (
            <Card key={ticket.number} ticket={ticket} />
          ))}
          {list.isSuccess && !tickets.length && <p className="none">没有符合的工单</p>}
        </div>
      )}
      {list.hasNextPage && (
        <Button block className="top-gap" loading={list.isFetchingNextPage} onClick={() => void list.fetchNextPage()}>
          更多
        </Button>
      )}
    </section>
  );
}
