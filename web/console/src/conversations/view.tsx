import { ArrowLeftOutlined, ProfileOutlined } from "@ant-design/icons";
import { Alert, Button, Drawer, Popconfirm, Result, Skeleton } from "antd";
import { useState } from "react";
import { desk } from "../api/desk";
import { detailOf } from "../api/http";
import type { Conversation, ConversationState, Me } from "../api/types";
import { reasonName } from "../lib/labels";
import { go } from "../lib/route";
import { MoodTag, PriorityTag, Waiting, sayCustomer, sayOwner } from "../parts/tags";
import { useAction } from "../parts/use-action";
import { draftKey } from "./drafts";
import { useConversation } from "./queries";
import { Reply } from "./reply";
import { Situation } from "./situation";
import { Transcript } from "./transcript";
import { Transfer } from "./transfer";

interface Props {
  me: Me;
  state: ConversationState;
  id: string;
}

function Actions({ me, one }: { me: Me; one: Conversation }) {
  const [passing, setPassing] = useState(false);
  const mine = one.owner.kind === "agent" && one.owner.work_no === me.work_no;
  const elsewhere = one.owner.kind === "agent" && !mine;
  const take = useAction(
    () => desk.take(one.id, one.version),
    "已接手，智能客服不再应答",
    () => go({ page: "conversations", state: "mine", id: one.id }),
  );
  const giveBack = useAction(() => desk.giveBack(one.id, one.version), "已交回智能客服");
  const close = useAction(
    () => desk.close(one.id, one.version),
    "会话已结束",
    () => go({ page: "conversations", state: "closed", id: one.id }),
  );
  if (one.closed_at) return null;
  return (
    <>
      {!mine && (!elsewhere || me.role !== "agent") && (
        <Button type="primary" danger={one.priority === "P0"} loading={take.isPending} onClick={() => take.mutate(undefined)} data-testid="take">
          接手
        </Button>
      )}
      {mine && (
        <>
          <Popconfirm
            title="交回智能客服？"
            description="交回后由智能客服继续应答，您随时可以再接手。"
            okText="交回"
            onConfirm={() => giveBack.mutate(undefined)}
          >
            <Button loading={giveBack.isPending} data-testid="return">
              交回机器人
            </Button>
          </Popconfirm>
          <Button onClick={() => setPassing(true)} data-testid="transfer">
            转交
          </Button>
          <Popconfirm
            title="结束会话？"
            description="客户再写来时由智能客服接着谈，说过的都在。"
            okText="结束"
            onConfirm={() => close.mutate(undefined)}
          >
            <Button loading={close.isPending} data-testid="end">
              结束会话
            </Button>
          </Popconfirm>
          <Transfer me={me} conversation={one} open={passing} onClose={() => setPassing(false)} />
        </>
      )}
    </>
  );
}

function Head({ me, one, state, onSituation }: { me: Me; one: Conversation; state: ConversationState; onSituation(): void }) {
  return (
    <header className="one-head">
      <Button
        type="text"
        className="phone-only"
        icon={<ArrowLeftOutlined />}
        aria-label="回到列表"
        onClick={() => go({ page: "conversations", state, id: null })}
      />
      <div className="one-who">
        <h2>
          <PriorityTag priority={one.priority} /> {sayCustomer(one.customer)}
        </h2>
        <p>
          <span data-testid="owner">{sayOwner(one.owner, me.work_no)}</span>
          {one.waiting_since && <Waiting since={one.waiting_since} urgent={one.priority === "P0"} />}
          <MoodTag mood={one.mood} />
          {one.reason && <span>{reasonName(one.reason)}</span>}
        </p>
      </div>
      <div className="actions">
        <Button className="narrow-only" icon={<ProfileOutlined />} onClick={onSituation}>
          情况
        </Button>
        <Actions me={me} one={one} />
      </div>
    </header>
  );
}

export function ConversationView({ me, state, id }: Props) {
  const [drawer, setDrawer] = useState(false);
  const query = useConversation(id);
  const one = query.data;
  if (query.isPending) return <Skeleton active className="pad one" />;
  if (!one)
    return (
      <Result
        className="one"
        status="warning"
        title="打不开这个会话"
        subTitle={detailOf(query.error)}
        extra={<Button onClick={() => void query.refetch()}>重试</Button>}
      />
    );
  const mine = one.owner.kind === "agent" && one.owner.work_no === me.work_no && !one.closed_at;
  return (
    <>
      <section className="one" aria-label="会话">
        <Head me={me} one={one} state={state} onSituation={() => setDrawer(true)} />
        {query.isError && <Alert type="warning" banner title={`显示的可能不是最新情况：${detailOf(query.error)}`} />}
        <Transcript messages={one.messages} />
        {mine ? (
          <Reply id={id} draftKey={draftKey(me.work_no, id)} />
        ) : (
          <p className="not-mine">{one.closed_at ? "会话已结束" : "接手后才能回复客户"}</p>
        )}
      </section>
      <aside className="situation" aria-label="情况">
        <Situation one={one} />
      </aside>
      <Drawer open={drawer} onClose={() => setDrawer(false)} title="情况" size={360}>
        <Situation one={one} />
      </Drawer>
    </>
  );
}
