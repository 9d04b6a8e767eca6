/** Words for codes. An unknown code is shown as it came: better a strange word than a missing fact. */
const say = (words: Record<string, string>) => (code: string | null | undefined) => (code ? (words[code] ?? code) : "");

export const roleName = say({
  agent: "客服坐席",
  supervisor: "主管",
  branch: "网点",
  compliance: "合规",
  duty: "值班",
  fraud: "反诈",
  quality: "质检",
});

/** Why a conversation waits: rows of the decision table, and risks. */
export const reasonName = say({
  "life risk": "生命安全",
  violence: "暴力威胁",
  fraud: "正在被骗",
  unauthorised: "盗刷或资金异常",
  unauthorized_txn: "盗刷或资金异常",
  card_loss: "卡片丢失",
  identity_misuse: "身份被冒用",
  self_harm: "生命安全",
  "asks for a human": "客户要求人工",
  "second complaint": "再次投诉",
  "staff implicated": "涉及工作人员，需回避",
  abuse: "言辞激烈",
  angry: "情绪激动",
  "not calmed": "安抚后未平复",
  "public place": "公开场合",
  threat: "提到媒体、监管或诉讼",
  "out of hours": "非服务时间",
  "bot limits": "智能客服答不了",
  "customer busy": "客户现在不方便",
  "long queue": "排队过长",
  "calm complaint": "一般投诉",
  transfer: "同事转交",
  bot_down: "智能客服故障",
  customer_asked: "客户要求人工",
  offer_accepted: "客户接受换人",
  draft_judge: "未完成的投诉，请判断",
  change_person: "换人",
});

export const factName = say({
  what: "何事",
  when: "何时",
  where: "何地",
  who: "何人",
  why: "何因（客户认为）",
  amount: "金额",
  account_tail: "卡号后四位",
  remedy: "诉求",
  new_facts: "新情况",
  contact: "联系方式",
  contact_pref: "联系偏好",
  consent: "同意",
  on_behalf: "代为反映",
  accessibility: "特殊需要",
  product: "产品",
  channel: "渠道",
});

/** The order in which facts are told; others follow as they come. */
export const FACT_ORDER = ["what", "when", "where", "who", "why", "amount", "account_tail", "remedy", "new_facts", "contact"];

export const factStatus = say({ given: "", unknown: "客户不清楚", skipped: "客户跳过", refused: "客户不愿说", inferred: "推断，待核对" });

export const ticketState = say({
  draft: "草稿",
  registered: "已登记",
  assigned: "已分派",
  investigating: "核实中",
  paused: "暂停计时",
  decided: "已决定",
  notified: "已告知",
  rechecked: "已复核",
  followed_up: "已回访",
  closed: "已办结",
  withdrawn: "已撤回",
  merged: "已合并",
  declined: "不予受理",
  reopened: "重新处理",
});

export const TICKET_STATES = [
  "draft",
  "registered",
  "assigned",
  "investigating",
  "paused",
  "decided",
  "notified",
  "rechecked",
  "followed_up",
  "closed",
  "reopened",
  "withdrawn",
];

/** States in which a decision may be made. */
export const DECIDABLE = ["registered", "assigned", "investigating", "reopened"];

export const ticketType = say({ TS: "投诉", ZX: "咨询", JY: "建议", BY: "表扬", HC: "核查" });

export const commitmentState = say({ unsent: "未告知客户", open: "未到期", kept: "已兑现", broken: "未兑现", voided: "已作废" });

export const changeName = say({ change_person: "换人", change_place: "换地方", change_time: "换时间" });

export const changeAnswer = say({
  accepted: "客户同意",
  declined: "客户谢绝",
  pending: "等客户答复",
  no_answer: "客户未答复",
  not_needed: "无需征询",
});

export const appointmentName = say({ call: "回电", visit: "到网点", video: "视频" });

export const appointmentState = say({
  offered: "待客户选定",
  booked: "已约定",
  kept: "已履约",
  missed_by_customer: "客户未接",
  missed_by_us: "我方失约",
  cancelled: "已取消",
});

export const outcomeName = say({ upheld: "投诉属实", partly_upheld: "部分属实", not_upheld: "不属实", explained: "已说明情况" });

export const causeSix = say({
  "1": "产品服务质量",
  "2": "人员业务知识",
  "3": "说明不清楚",
  "4": "礼貌或说话方式",
  "5": "承诺未兑现",
  "6": "首次处理不当",
});

/** Axis C of JR/T 0169-2018. */
export const causeJrt = say({
  service_attitude: "服务态度及服务质量",
  facility_system: "服务设施、设备、业务系统",
  process_rule: "管理制度、业务规则与流程",
  marketing: "营销方式和手段",
  disclosure: "信息披露",
  free_choice: "自主选择权",
  pricing_fee: "定价收费",
  product_return: "产品收益",
  contract_terms: "合同条款",
  fund_security: "消费者资金安全",
  info_security: "消费者信息安全",
  debt_collection: "债务催收方式和手段",
  other: "其他",
});

export const surveyState = say({ due: "待发送", asking: "等客户答复", answered: "已答复", declined: "客户谢绝", stopped: "已停止" });

export const surveyItem = say({
  solved: "是否解决",
  expectation: "处理前期望",
  perception: "实际感受",
  manner: "服务态度",
  reason: "原因",
  comment: "补充",
  recovery: "希望怎么办",
});

export const surveyAnswer = say({ solved: "已解决", partly: "部分解决", no: "没有解决" });

export const MOODS = ["平静", "轻微不满", "不满", "生气", "情绪激烈"];

export const speakerName = say({ customer: "客户", bot: "智能客服", agent: "坐席", system: "系统" });

export const placeName = say({ private: "", public: "公开留言", web: "网页", wechat: "微信", phone: "电话", branch: "网点" });
