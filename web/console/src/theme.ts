import type { ThemeConfig } from "antd";

export const ACCENT = "#1c4e80";

export const theme: ThemeConfig = {
  token: {
    colorPrimary: ACCENT,
    colorInfo: ACCENT,
    colorLink: ACCENT,
    colorError: "#b42318",
    colorWarning: "#b7791f",
    colorSuccess: "#2f7d4f",
    colorTextBase: "#1f2933",
    colorBorder: "#ccd3db",
    colorBorderSecondary: "#dfe4ea",
    colorBgLayout: "#f4f6f9",
    borderRadius: 8,
    fontFamily: '"PingFang SC", "Microsoft YaHei", "Noto Sans CJK SC", "Noto Sans SC", sans-serif',
  },
};
