import { DownOutlined } from "@ant-design/icons";
import { useQueryClient } from "@tanstack/react-query";
import { App, Button, Dropdown } from "antd";
import { useEffect } from "react";
import { desk } from "../api/desk";
import { detailOf } from "../api/http";
import { useLive } from "../api/live";
import type { Me } from "../api/types";
import { Conversations } from "../conversations/page";
import { useConversations } from "../conversations/queries";
import { roleName } from "../lib/labels";
import { hashOf, useRoute } from "../lib/route";
import { Logo } from "../parts/logo";
import { Tickets } from "../tickets/page";

/** Tells how many wait also when the desk is one browser tab among many. */
function useTitle(waiting: number, urgent: boolean): void {
  useEffect(() => {
    document.title = waiting ? `(${waiting}${urgent ? " 危急" : ""}) 坐席台` : "坐席台";
  }, [waiting, urgent]);
}

export function Shell({ me }: { me: Me }) {
  const route = useRoute();
  const live = useLive();
  const queries = useQueryClient();
  const { message } = App.useApp();
  const queue = useConversations("queue");
  useTitle(queue.items.length, queue.items.some((item) => item.priority === "P0"));

  const signOut = async () => {
    try {
      await desk.signOut();
    } catch (error) {
      void message.error(detailOf(error));
      return;
    }
    queries.setQueryData(["me"], null);
    queries.removeQueries({ predicate: ({ queryKey }) => queryKey[0] !== "me" });
  };
  return (
    <div className="shell">
      <header className="bar">
        <a className="brand" href={hashOf({ page: "conversations", state: "queue", id: null })}>
          <Logo />
          <b>坐席台</b>
        </a>
        <nav aria-label="主要页面">
          <a href={hashOf({ page: "conversations", state: "queue", id: null })} aria-current={route.page === "conversations" ? "page" : undefined}>
            会话
          </a>
          <a href={hashOf({ page: "tickets", number: null })} aria-current={route.page === "tickets" ? "page" : undefined}>
            工单
          </a>
        </nav>
        <span className={live ? "live on" : "live"} title={live ? "有变化会立即显示" : "正在重连，每5秒刷新一次"}>
          <i aria-hidden="true" />
          <span>{live ? "实时" : "定时刷新"}</span>
        </span>
        <Dropdown
          trigger={["click"]}
          menu={{ items: [{ key: "out", label: "退出登录" }], onClick: () => void signOut() }}
        >
          <Button type="text" className="me">
            {me.name}
            <span className="wide-only">
              {" "}
              · {roleName(me.role)} · 工号{me.work_no}
            </span>
            <DownOutlined />
          </Button>
        </Dropdown>
      </header>
      {route.page === "tickets" ? <Tickets number={route.number} /> : <Conversations me={me} state={route.state} id={route.id} />}
    </div>
  );
}
