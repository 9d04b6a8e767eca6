import { Alert, Form, Input, Modal, Select } from "antd";
import { desk } from "../api/desk";
import { detailOf } from "../api/http";
import type { Colleague, Conversation, Me } from "../api/types";
import { roleName } from "../lib/labels";
import { sayValue } from "../lib/value";
import { useAction } from "../parts/use-action";
import { useStaff } from "./queries";

interface Fields {
  to: string;
  note?: string;
}

function optionsFor(staff: Colleague[], me: Me, barred: string[]) {
  const roles = [...new Set(staff.map(({ role }) => role))];
  const others = staff.filter(({ work_no }) => work_no !== me.work_no);
  return [
    { label: "岗位", title: "岗位", options: roles.map((role) => ({ value: role, label: `任一${roleName(role)}` })) },
    {
      label: "同事",
      title: "同事",
      options: others.map(({ work_no, name, role, on_duty }) => {
        const out = barred.includes(work_no);
        const there = on_duty !== false && on_duty !== "off";
        const state = out ? "需回避" : there ? "在岗" : "不在岗";
        return { value: work_no, label: `${name}（工号${work_no}，${roleName(role)}，${state}）`, disabled: out };
      }),
    },
  ];
}

interface Props {
  me: Me;
  conversation: Conversation;
  open: boolean;
  onClose(): void;
}

/** Passes the conversation on; whoever gets it accepts by taking it. */
export function Transfer({ me, conversation, open, onClose }: Props) {
  const [form] = Form.useForm<Fields>();
  const staff = useStaff(open);
  const transfer = useAction(
    ({ to, note }: Fields) => desk.transfer(conversation.id, { version: conversation.version, to, note: note?.trim() ?? "" }),
    "已转交，等对方接手",
    onClose,
  );
  const barred = (conversation.handoff?.exclusions ?? []).map(sayValue);
  return (
    <Modal
      open={open}
      title="转交给同事"
      okText="转交"
      onCancel={onClose}
      onOk={() => form.submit()}
      confirmLoading={transfer.isPending}
      destroyOnHidden
    >
      {staff.isError && <Alert type="warning" showIcon className="gap" title={detailOf(staff.error)} />}
      <Form<Fields> form={form} layout="vertical" clearOnDestroy onFinish={(fields) => transfer.mutate(fields)}>
        <Form.Item name="to" label="转给" rules={[{ required: true, message: "请选择同事或岗位" }]}>
          <Select
            loading={staff.isPending}
            options={optionsFor(staff.data?.items ?? [], me, barred)}
            showSearch={{ optionFilterProp: "label" }}
            placeholder="选择同事或岗位"
          />
        </Form.Item>
        <Form.Item name="note" label="交代一句" extra="只写事实。对话、承诺和情况会一并转过去，不用客户再讲一遍。">
          <Input.TextArea autoSize={{ minRows: 2, maxRows: 5 }} maxLength={500} />
        </Form.Item>
      </Form>
    </Modal>
  );
}
