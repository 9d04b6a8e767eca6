import { useMutation, useQueryClient } from "@tanstack/react-query";
import { App } from "antd";
import { ApiError, detailOf } from "../api/http";
import type { Owner } from "../api/types";

/** Who was faster, if the refusal tells. */
function rival(error: ApiError): string {
  const owner = error.body.owner as Owner | string | null | undefined;
  const workNo = typeof owner === "string" ? owner : owner?.work_no;
  return workNo && !error.detail.includes(workNo) ? `（现由工号${workNo}处理）` : "";
}

/** A step that others may have taken meanwhile: says what came out of it and always shows the newest state after. */
export function useAction<T>(act: (input: T) => Promise<unknown>, done: string, after?: () => void) {
  const queries = useQueryClient();
  const { message } = App.useApp();
  return useMutation({
    mutationFn: act,
    onSuccess: () => {
      void message.success(done);
      after?.();
    },
    onError: (error) => {
      if (error instanceof ApiError && error.status === 409) void message.warning(detailOf(error) + rival(error), 6);
      else void message.error(detailOf(error), 6);
    },
    onSettled: () => queries.invalidateQueries({ predicate: ({ queryKey }) => queryKey[0] !== "me" }),
  });
}
