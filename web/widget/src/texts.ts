/** Everything the widget says by itself. What the bot and the agents say comes from the server. */
export interface Texts {
  lang: string;
  title: string;
  open: string;
  unread(n: number): string;
  close: string;
  log: string;
  notice: string;
  noticeSafety: string;
  privacy: string;
  bot: string;
  agent(workNo: string): string;
  queue(position: number, minutes: number): string;
  customer: string;
  connecting: string;
  offline: string;
  refusing: string;
  restarted: string;
  typing(who: string): string;
  placeholder: string;
  input: string;
  send: string;
  sending: string;
  failed: string;
  retry: string;
  refused: string;
  edit: string;
  newer: string;
  left(n: number): string;
  tooLong(n: number): string;
  entry: string;
  entryMenu: [string, string][];
  human: string;
  humanSay: string;
  day(month: number, day: number): string;
}

const simplified: Texts = {
  lang: "zh-CN",
  title: "在线客服",
  open: "打开在线客服",
  unread: (n) => `${n}条新消息`,
  close: "收起对话",
  log: "对话记录",
  notice: "您好，我是智能客服（自动应答）。您随时可以说“转人工”。",
  noticeSafety: "请不要在这里发密码、验证码、卡背面三位数，任何人问都不要给。",
  privacy: "隐私说明",
  bot: "智能客服",
  agent: (no) => (no ? `人工坐席 工号${no}` : "人工坐席"),
  queue: (p, m) => `排队中${p ? ` 第${p}位` : ""}${m ? `，预计约${m}分钟` : ""}`,
  customer: "我",
  connecting: "正在连接…",
  offline: "网络连接已断开。您写的内容会保留，恢复后自动发送。",
  refusing: "系统暂时没有收到您的消息，我们会继续尝试，内容不会丢。",
  restarted: "之前的会话已过期，现在是一个新的会话。已登记的事项不受影响，可以凭编号和查询码查询。",
  typing: (who) => `${who}正在输入`,
  placeholder: "请输入您想说的事",
  input: "输入消息，按回车发送",
  send: "发送",
  sending: "发送中…",
  failed: "尚未送达，会自动重试",
  retry: "立即重试",
  refused: "这条没有发出",
  edit: "修改",
  newer: "有新消息",
  left: (n) => `还可输入${n}字`,
  tooLong: (n) => `超出${n}字。一次最多2000字，请分几次发送，我们会合在一起看。`,
  entry: "投诉与建议",
  entryMenu: [
    ["我要投诉", "我要投诉"],
    ["我想提建议", "我想提个建议"],
    ["查处理进度", "查一下投诉处理进度"],
  ],
  human: "转人工",
  humanSay: "转人工",
  day: (m, d) => `${m}月${d}日`,
};

const taiwan: Texts = {
  lang: "zh-TW",
  title: "線上客服",
  open: "開啟線上客服",
  unread: (n) => `${n}則新訊息`,
  close: "收起對話",
  log: "對話紀錄",
  notice: "您好，我是智能客服（自動應答）。您隨時可以說「轉人工」。",
  noticeSafety: "請不要在這裡傳送密碼、驗證碼、卡片背面三碼，任何人問都不要給。",
  privacy: "隱私說明",
  bot: "智能客服",
  agent: (no) => (no ? `真人專員 工號${no}` : "真人專員"),
  queue: (p, m) => `排隊中${p ? ` 第${p}位` : ""}${m ? `，預計約${m}分鐘` : ""}`,
  customer: "我",
  connecting: "正在連線…",
  offline: "網路連線已中斷。您寫的內容會保留，恢復後自動傳送。",
  refusing: "系統暫時沒有收到您的訊息，我們會繼續嘗試，內容不會遺失。",
  restarted: "先前的對話已過期，現在是新的對話。已登記的事項不受影響，可以憑編號和查詢碼查詢。",
  typing: (who) => `${who}正在輸入`,
  placeholder: "請輸入您想說的事",
  input: "輸入訊息，按 Enter 傳送",
  send: "傳送",
  sending: "傳送中…",
  failed: "尚未送達，會自動重試",
  retry: "立即重試",
  refused: "這則沒有送出",
  edit: "修改",
  newer: "有新訊息",
  left: (n) => `還可輸入${n}字`,
  tooLong: (n) => `超出${n}字。一次最多2000字，請分次傳送，我們會合在一起看。`,
  entry: "投訴與建議",
  entryMenu: [
    ["我要投訴", "我要投訴"],
    ["我想提建議", "我想提個建議"],
    ["查處理進度", "查一下投訴處理進度"],
  ],
  human: "轉人工",
  humanSay: "轉人工",
  day: (m, d) => `${m}月${d}日`,
};

const hongKong: Texts = {
  ...taiwan,
  lang: "zh-HK",
  noticeSafety: "請不要在這裡發送密碼、驗證碼、卡背面三位數字，任何人問都不要給。",
  agent: (no) => (no ? `客戶服務員 工號${no}` : "客戶服務員"),
  offline: "網絡連線已中斷。您寫的內容會保留，恢復後自動發送。",
  log: "對話記錄",
  send: "發送",
  sending: "發送中…",
  tooLong: (n) => `超出${n}字。一次最多2000字，請分次發送，我們會合在一起看。`,
};

/** Simplified unless the page asks for a Traditional variant. */
export function textsFor(lang: string | null | undefined): Texts {
  const tag = (lang ?? "").toLowerCase();
  if (/hk|mo/.test(tag)) return hongKong;
  return /tw|hant/.test(tag) ? taiwan : simplified;
}
