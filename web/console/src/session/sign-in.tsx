import { useMutation, useQueryClient } from "@tanstack/react-query";
import { Alert, Button, Form, Input } from "antd";
import { useState } from "react";
import { desk } from "../api/desk";
import { ApiError, detailOf } from "../api/http";
import type { Me } from "../api/types";
import { Logo } from "../parts/logo";

interface Fields {
  user: string;
  password: string;
  otp?: string;
}

const needsCode = (error: unknown) => error instanceof ApiError && error.code.includes("otp");

export function SignIn() {
  const queries = useQueryClient();
  const [withCode, setWithCode] = useState(false);
  const signIn = useMutation({
    mutationFn: ({ user, password, otp }: Fields) => desk.signIn({ user: user.trim(), password, ...(otp ? { otp } : {}) }),
    onSuccess: (me: Me) => {
      queries.removeQueries({ predicate: ({ queryKey }) => queryKey[0] !== "me" });
      queries.setQueryData(["me"], me);
    },
    onError: (error) => {
      if (needsCode(error)) setWithCode(true);
    },
  });
  return (
    <main className="sign-in">
      <section>
        <div className="sign-in-head">
          <Logo />
          <h1>坐席台</h1>
        </div>
        <Form<Fields> layout="vertical" requiredMark={false} onFinish={(fields) => signIn.mutate(fields)} disabled={signIn.isPending}>
          {signIn.isError && <Alert type="error" showIcon title={detailOf(signIn.error)} className="gap" />}
          <Form.Item name="user" label="用户名" rules={[{ required: true, whitespace: true, message: "请输入用户名" }]}>
            <Input autoFocus autoComplete="username" size="large" />
          </Form.Item>
          <Form.Item name="password" label="密码" rules={[{ required: true, message: "请输入密码" }]}>
            <Input.Password autoComplete="current-password" size="large" />
          </Form.Item>
          {withCode ? (
            <Form.Item name="otp" label="动态口令">
              <Input autoComplete="one-time-code" inputMode="numeric" maxLength={8} size="large" />
            </Form.Item>
          ) : (
            <Button type="link" className="flush" onClick={() => setWithCode(true)}>
              使用动态口令
            </Button>
          )}
          <Button type="primary" htmlType="submit" size="large" block loading={signIn.isPending}>
            登录
          </Button>
        </Form>
      </section>
    </main>
  );
}
