import { useMutation, useQueryClient } from "@tanstack/react-query";
import { Alert, App, Form, Input, Modal, Radio } from "antd";
import { desk } from "../api/desk";
import { detailOf } from "../api/http";
import type { Outcome, Ticket } from "../api/types";
import { outcomeName } from "../lib/labels";

interface Fields {
  outcome: Outcome;
  text: string;
}

const OUTCOMES: Outcome[] = ["upheld", "partly_upheld", "not_upheld", "explained"];

interface Props {
  ticket: Ticket;
  open: boolean;
  onClose(): void;
}

/** The decision the customer is told, word for word. A refusal by the server leaves the text where it was. */
export function Decide({ ticket, open, onClose }: Props) {
  const [form] = Form.useForm<Fields>();
  const queries = useQueryClient();
  const { message } = App.useApp();
  const decide = useMutation({
    mutationFn: ({ outcome, text }: Fields) => desk.decide(ticket.number, { version: ticket.version, outcome, text: text.trim() }),
    onSuccess: () => {
      void message.success("已作出决定，会在原来的会话里告知客户");
      form.resetFields();
      onClose();
    },
    onSettled: () => queries.invalidateQueries({ predicate: ({ queryKey }) => queryKey[0] !== "me" }),
  });
  return (
    <Modal
      open={open}
      title={`作出决定 · ${ticket.number}`}
      okText="作出决定并告知客户"
      width={640}
      onCancel={onClose}
      onOk={() => form.submit()}
      confirmLoading={decide.isPending}
      mask={{ closable: false }}
    >
      {decide.isError && <Alert type="error" showIcon className="gap" title={`没有生效：${detailOf(decide.error)}`} />}
      <Form<Fields> form={form} layout="vertical" onFinish={(fields) => decide.mutate(fields)}>
        <Form.Item name="outcome" label="结论" rules={[{ required: true, message: "请选择结论" }]}>
          <Radio.Group options={OUTCOMES.map((value) => ({ value, label: outcomeName(value) }))} />
        </Form.Item>
        <Form.Item
          name="text"
          label="告知客户的内容"
          rules={[{ required: true, whitespace: true, message: "请写明内容，客户会看到原文" }]}
          extra="写明核实到的情况、依据和理由，以及客户不满意时可以申请核查、调解、仲裁或诉讼。"
        >
          <Input.TextArea autoSize={{ minRows: 6, maxRows: 14 }} maxLength={2000} data-testid="decision-text" />
        </Form.Item>
      </Form>
    </Modal>
  );
}
