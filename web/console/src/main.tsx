import { MutationCache, QueryCache, QueryClient, QueryClientProvider } from "@tanstack/react-query";
import { App as AntApp, ConfigProvider } from "antd";
import zhCN from "antd/locale/zh_CN";
import { StrictMode } from "react";
import { createRoot } from "react-dom/client";
import { ApiError } from "./api/http";
import { Gate } from "./session/gate";
import "./styles/base.css";
import "./styles/desk.css";
import "./styles/tickets.css";
import { theme } from "./theme";

function onError(error: unknown): void {
  // Whatever was asked, the answer is the sign-in page; what was being written stays in memory.
  if (error instanceof ApiError && error.status === 401) queries.setQueryData(["me"], null);
}

const queries: QueryClient = new QueryClient({
  queryCache: new QueryCache({ onError }),
  mutationCache: new MutationCache({ onError }),
  defaultOptions: {
    // "always": offline is an error to be shown, not a reason to wait in silence and act later.
    queries: { retry: false, refetchOnWindowFocus: true, networkMode: "always" },
    mutations: { retry: false, networkMode: "always" },
  },
});

createRoot(document.getElementById("root")!).render(
  <StrictMode>
    <ConfigProvider locale={zhCN} theme={theme} button={{ autoInsertSpace: false }}>
      <QueryClientProvider client={queries}>
        <AntApp>
          <Gate />
        </AntApp>
      </QueryClientProvider>
    </ConfigProvider>
  </StrictMode>,
);
