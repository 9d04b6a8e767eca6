import { useQueryClient } from "@tanstack/react-query";
import { useEffect, useState } from "react";
import { io } from "socket.io-client";

/**
 * Refetches what is on screen as soon as the server says that something changed.
 * Polling goes on regardless: a hint may be lost, a fetch is the truth.
 */
export function useLive(): boolean {
  const queries = useQueryClient();
  const [connected, setConnected] = useState(false);
  useEffect(() => {
    const socket = io("/desk", { path: "/socket.io", transports: ["websocket"], reconnectionDelayMax: 15_000 });
    let timer: ReturnType<typeof setTimeout> | undefined;
    const refetch = () => {
      // Several hints in one moment are one fetch.
      timer ??= setTimeout(() => {
        timer = undefined;
        void queries.invalidateQueries();
      }, 150);
    };
    socket.on("connect", () => {
      setConnected(true);
      refetch();
    });
    socket.on("disconnect", () => setConnected(false));
    socket.on("changed", refetch);
    return () => {
      clearTimeout(timer);
      socket.disconnect();
    };
  }, [queries]);
  return connected;
}
