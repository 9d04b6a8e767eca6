import { useMutation, useQueryClient } from "@tanstack/react-query";
import { Alert, Button, Input } from "antd";
import type { TextAreaRef } from "antd/es/input/TextArea";
import { type KeyboardEvent, useRef, useState } from "react";
import { desk } from "../api/desk";
import { detailOf } from "../api/http";
import { sayValue } from "../lib/value";
import { draftOf, dropDraft, keepDraft } from "./drafts";

const LIMIT = 2000;

function Warnings({ warnings, onClose }: { warnings: unknown[]; onClose(): void }) {
  return (
    <Alert
      type="warning"
      showIcon
      closable={{ onClose }}
      className="gap"
      data-testid="warnings"
      title={
        <>
          已发出。下面的说法请留意：
          <ul className="plain">
            {warnings.map((warning, i) => (
              <li key={i}>{sayValue(warning)}</li>
            ))}
          </ul>
        </>
      }
    />
  );
}

/** Where the agent writes. The text leaves the box only when the server has it. */
export function Reply({ id, draftKey }: { id: string; draftKey: string }) {
  const queries = useQueryClient();
  const input = useRef<TextAreaRef>(null);
  const [text, setText] = useState(() => draftOf(draftKey).text);
  const [warnings, setWarnings] = useState<unknown[]>([]);
  const length = [...text].length;

  const send = useMutation({
    mutationFn: () => {
      const { client_id } = keepDraft(draftKey, text);
      return desk.write(id, { client_id, text: text.trim() });
    },
    onMutate: () => setWarnings([]),
    onSuccess: (answer) => {
      dropDraft(draftKey);
      setText("");
      setWarnings(answer?.warnings ?? []);
      input.current?.focus();
    },
    onSettled: () => queries.invalidateQueries({ queryKey: ["conversation", id] }),
  });
  const sendable = text.trim() !== "" && length <= LIMIT && !send.isPending;

  const onKeyDown = (event: KeyboardEvent) => {
    const composing = event.nativeEvent.isComposing || event.keyCode === 229;
    if (event.key !== "Enter" || event.shiftKey || composing) return;
    event.preventDefault();
    if (sendable) send.mutate();
  };
  return (
    <div className="reply">
      {send.isError && <Alert type="error" showIcon className="gap" title={`没有发出：${detailOf(send.error)}`} />}
      {warnings.length > 0 && <Warnings warnings={warnings} onClose={() => setWarnings([])} />}
      <Input.TextArea
        ref={input}
        value={text}
        autoFocus
        autoSize={{ minRows: 2, maxRows: 8 }}
        placeholder="写给客户…"
        aria-label="写给客户"
        status={length > LIMIT ? "error" : ""}
        data-testid="reply"
        readOnly={send.isPending}
        onChange={({ target }) => {
          setText(target.value);
          keepDraft(draftKey, target.value);
        }}
        onKeyDown={onKeyDown}
      />
      <div className="reply-foot">
        <span className={length > LIMIT ? "bad" : "quiet"}>
          {length > LIMIT ? `超出${length - LIMIT}字，请分几次发送` : length > LIMIT - 200 ? `还可输入${LIMIT - length}字` : "回车发送，Shift+回车换行"}
        </span>
        <Button type="primary" disabled={!sendable} loading={send.isPending} onClick={() => send.mutate()} data-testid="send">
          发送
        </Button>
      </div>
    </div>
  );
}
