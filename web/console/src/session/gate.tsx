import { useQuery } from "@tanstack/react-query";
import { Button, Result, Spin } from "antd";
import { desk } from "../api/desk";
import { ApiError, detailOf } from "../api/http";
import { Shell } from "../layout/shell";
import { SignIn } from "./sign-in";

/** Nothing of the desk is drawn before the server has said who is sitting at it. */
export function Gate() {
  const me = useQuery({
    queryKey: ["me"],
    queryFn: () =>
      desk.me().catch((error: unknown) => {
        if (error instanceof ApiError && error.status === 401) return null;
        throw error;
      }),
    staleTime: Infinity,
  });
  if (me.isPending) return <Spin fullscreen />;
  if (me.data) return <Shell me={me.data} />;
  if (me.isError)
    return (
      <Result
        status="warning"
        title="坐席台暂时打不开"
        subTitle={detailOf(me.error)}
        extra={<Button onClick={() => void me.refetch()}>重试</Button>}
      />
    );
  return <SignIn />;
}
