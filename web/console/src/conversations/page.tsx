import { Empty } from "antd";
import type { ConversationState, Me } from "../api/types";
import { ConversationList } from "./list";
import { ConversationView } from "./view";

interface Props {
  me: Me;
  state: ConversationState;
  id: string | null;
}

export function Conversations({ me, state, id }: Props) {
  return (
    <main className={id ? "desk with-one" : "desk"}>
      <ConversationList state={state} current={id} />
      {id ? (
        <ConversationView key={id} me={me} state={state} id={id} />
      ) : (
        <div className="nothing">
          <Empty image={Empty.PRESENTED_IMAGE_SIMPLE} description="从左边选一个会话" />
        </div>
      )}
    </main>
  );
}
