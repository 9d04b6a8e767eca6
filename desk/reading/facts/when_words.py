"""The patterns of Chinese time words. Groups are named after the field that they fill in `when_lex.Said`."""

from __future__ import annotations

from desk.reading.facts.lookups import either, table

_T = table("time")
_N = r"(?:\d{1,2}|[一二三四五六七八九十廿卅]{1,4})"
_CN19 = "[一二三四五六七八九]"
_YEAR4 = rf"(?:(?:19|20)\d\d|[一二][九〇零○][〇零○{_CN19[1:-1]}]{{2}})"
_HOUR = rf"(?:2[0-4]|[01]?\d|二十[一二三四]?|十{_CN19}?|[零一二两三四五六七八九])"
_MINUTE = rf"(?:[0-5]\d(?!\d)|\d(?=分)|[零〇0]{_CN19}|[二三四五]?十{_CN19}?|{_CN19}(?=分))"
_PART = either(*(w for w in _T["parts_of_day"] if len(w) > 1)) + "(?!好(?!多|几|久))"
_REL_DAY = either(*_T["relative_days"])
_SHORT = "(?:" + either(*_T["short_days"]) + "|听(?=[朝晚]))"
_REL_YEAR = either(*_T["relative_years"])
_ZONE = either(*_T["month_zones"])
_YEAR_ZONE = either(*_T["year_zones"])
_VAGUE = either(*_T["vague"])
_HABITS = either(*_T["habits"]) + "(?!向上)"
_UNIT = "(?:分钟|刻钟|分|个?钟头|个?小时|天|个?星期|个?礼拜|周|个?月|个?季度|年)"
_COUNT = (
    r"(?:(?<!\d)\d{1,4}(?:\.\d)?(?:[多来])?|(?<![二三四五六七八九十])[一二两三四五六七八九十百]{1,5}(?:几|多|来)?|半)"
)
_AGO = "[以之]?前(?!台|后|夫|妻|任)"
_NOT_PLACE = "(?!路|街|支行|分行|广场|大道|店|百|千|万|元|块|点|次|费|白|上河)"
_FESTIVAL = either(*_T["festivals"]) + "(?:节)?(?:当天|那天|假期|期间|长假|前后)?" + _NOT_PLACE
_WEEKDAY = r"[一二三四五六日天末1-6](?!个|次|家|期|些|直|定|般|共|岁|\d)"
_WEEK = "(?:周|星期|礼拜)"
_LUNAR_DAY = "(?:初?[一二三四五六七八九十廿]{1,3})?"
_LUNAR = "(?:农历|阴历|旧历)"
_MONTH = r"1[0-2]|0?[1-9]|十[一二]?|[一二三四五六七八九"
_NOT_DAY = "(?!年化|窗|柜|机|线|楼|店|门|员工|客服|坐席|卡|库|单|厅|院|铺|台|令|文|人|选手|钱)"
NOT_CLOCK = (
    "建议|意见|要求|问题|疑问|理由|原因|诉求|说明|想法|希望|不满|感受|看法|内容|优点|缺点|好处|注意|钱|儿|事|"
    "用|利|数|积|也|都|不|没|点|小|以上|以下|错|东西|个|折|几年|意思|进展|效果|反应|消息|办法|诚意|责任|信|"
    "解释|区别|可|道理|[:、.]"
)
"""What follows a number of points, not an hour: 三点建议, 一点都不."""

PATTERNS: dict[str, str] = {
    "stamp": (
        r"(?<![A-Za-z\d_.-])(?P<y>(?:19|20)\d\d)[-/.](?P<m>1[0-2]|0?[1-9])[-/.](?P<d>3[01]|[12]\d|0?[1-9])"
        r"(?![\d.])[日号]?"
    ),
    "compact": r"(?<![A-Za-z\d_.-])(?P<y>20[0-3]\d)(?P<m>1[0-2]|0[1-9])(?P<d>3[01]|[12]\d|0[1-9])(?![A-Za-z\d_.-])",
    "stamp_month": r"(?<![A-Za-z\d_.-])(?P<y>(?:19|20)\d\d)[-/.](?P<m>1[0-2]|0?[1-9])(?![\d./-])月?",
    "dotted": (
        r"(?<![A-Za-z\d_.,-])(?P<m>1[0-2]|0?[1-9])[./](?P<d>3[01]|[12]\d|0?[1-9])"
        rf"(?:[号日]|(?=前(?!台|后)|那天|当天|晚|早|{_PART}))"
    ),
    "ago": rf"(?<![\d月年.])(?P<n>{_COUNT})(?P<ge>个)?(?P<half>半)?多?(?P<u>{_UNIT})(?P<half2>半)?多?{_AGO}",
    "days_ago": r"(?<![\d月年.])(?P<n>[一二两三四五六七八九十]{1,2})日[以之]?前",
    "vague": (
        rf"(?:好几|几|数|多)个?{_UNIT}{_AGO}"
        r"|(?:前|这|那)(?:几|两|些|一两|两三|三四)个?(?:天|日|周|月|年|星期|礼拜|晚)(?!后)"
        rf"|(?:最近|近|过去)(?:的|这)?[几两]{_UNIT}"
        rf"|(?<!离我)(?<!离这)(?:{_VAGUE})(?!的网点|的银行|的支行|的分行|的ATM|的取款|的柜|的地方)"
        rf"|{_LUNAR}?(?:正月|腊月){_LUNAR_DAY}|{_LUNAR}[一二三四五六七八九十]{{1,2}}月{_LUNAR_DAY}"
    ),
    "beside": rf"(?:前一[天日晚]|次日)(?:的?{_PART}(?!{_HOUR}[点时:]))?",
    "window": (
        rf"(?:最近|近|过去)(?:的|这)?(?P<n>{_COUNT})(?P<half>半)?(?P<u>{_UNIT})(?P<half2>半)?"
        r"(?:以来|之内|内|里|间|来)?"
    ),
    "after": rf"(?P<n>{_COUNT})(?P<ge>个)?(?P<half>半)?(?P<u>{_UNIT})(?P<half2>半)?[以之]?后",
    "habit": (
        r"每(?:一个?|个)?(?:月|年|周|星期|礼拜|季度?|天|日|晚|小时|分钟)"
        rf"(?:里?的?(?:份|底|初|末|中旬?)?(?:{_N}[号日]|[一二三四五六日天]))?"
        rf"(?:的?(?:{_PART}|晚|早))?(?:{_HOUR}点(?:半|{_MINUTE})?)?(?:左右)?"
        rf"|逢{_WEEK}[一二三四五六日天末]|{_HABITS}"
    ),
    "just_now": either(*_T["just_now"]),
    "festival": rf"大?年?初(?P<nth>[一二三四五六七])(?![{_CN19[1:-1]}十月中])|(?P<f>{_FESTIVAL})",
    "year": rf"(?P<y>{_YEAR4})年(?:度)?(?!期)(?P<z>的?{_YEAR_ZONE}|[初底末中尾头])?",
    # 2021微粒贷骗我: only where a message or a clause begins, and nothing is counted or done with the number.
    "bare_year": r"(?:(?<![\s\S])|(?<=[,。!?;\n]))(?P<y>20[12]\d)(?=[一-鿿])(?![年月多元块万千百个次人分条笔号点天被扣退还没转取到也都就给存收])",
    "roc_year": r"民国(?P<y>1[0-3]\d|\d\d)年|(?<!\d)(?P<y2>1[01]\d)年(?=\d{1,2}月)",
    "rel_year": rf"(?P<r>{_REL_YEAR})(?!轻|龄|利|薪|费|息)(?P<z>的?{_YEAR_ZONE}|[初底末尾头])?",
    "short_year": (
        r"(?<![\d.第了过满近约贷存达整用做还款限每])(?P<y>\d\d)年"
        r"(?!期|前|后|多|来|以|内|的?老|的?利|定|间|之|了|左右|还|分|房贷|贷款|客户)(?P<z>[初底末中尾头])?"
    ),
    "year_zone": (
        r"(?<![一二两三四五六七八九十几半\d去今前明后大每整全多])"
        rf"(?P<z>{_YEAR_ZONE})(?!总|度|奖|审|报)"
    ),
    "rel_month": (
        rf"(?P<r>上{{1,3}}一?个?月|这个月|本月|当月|下{{1,3}}一?个?月)(?:份|月份)?(?P<z>的?{_ZONE})?(?!息|租|薪)"
    ),
    "month": (
        rf"(?<![\d.个第每])(?P<m>{_MONTH}元])(?P<to>月?份?[到至~-](?:{_MONTH}]))?月(?:份|月份)?"
        rf"(?P<z>{_ZONE}(?!期|医|款))?(?!息|租|薪|供|饼|费|卡)"
    ),
    "month_zone": r"(?P<z>(?<!个)月(?:初|底|末|尾|头|中旬|上旬|下旬|中(?!国|心|间|午|期)))",
    "rel_day": (
        rf"(?<![之以目提先面])(?P<s>{_SHORT})(?P<p>{_PART}|[早晚夜晨朝])"
        rf"|(?<![之以目提先面])(?P<r>{_REL_DAY})(?!气|地|堂|空|然|使|赋)"
    ),
    "week": (
        rf"(?P<s>上{{1,3}}|这|本|下{{1,3}})(?:一?个)?{_WEEK}(?:(?P<w>{_WEEKDAY})|(?!年|转|围|到|期|边))"
        rf"|(?<![一二两三四五六七八九十几每\d半多]){_WEEK}(?P<w2>{_WEEKDAY})(?!年)"
    ),
    "day": (
        rf"(?<![第\d.:工号编账卡单尾型线+A-Za-z])(?P<d>{_N})(?P<to>[号日]?[到至~-]{_N})?"
        rf"(?:号|日(?!元|内|后|之内|以内|前付|均)){_NOT_DAY}"
    ),
    "hhmm": (r"(?<![\d:.])(?P<h>[01]?\d|2[0-4]):(?P<min>[0-5]\d)(?::[0-5]\d)?(?![\d:])分?(?P<about>多|左右|许)?"),
    "clock": (
        rf"(?<![\d.第:])(?P<h>{_HOUR})(?:点|时(?=\d|{_N}分|许|左右|$|[,。 ]))(?P<zhong>钟)?"
        rf"(?:(?P<half>半)|(?P<quarter>[一三]刻)|过?(?P<min>{_MINUTE})分?(?!钟|之|个|元|块|%|次|遍))?"
        r"(?P<about>多|几(?!个|次|年)|来钟|左右|许|前后|过(?!来|去|了))*"
    ),
    "since": (
        rf"(?<![\d.])(?P<n>{_COUNT})(?P<ge>个)?(?P<half>半)?(?P<many>多)?(?P<u>天|个?星期|个?礼拜|周|个月|(?<=个[多半])月|年)"
        r"(?P<half2>半)?多?"
    ),
    "part": rf"(?P<p>{_PART})|(?P<p2>(?<!最)[早晚夜](?=(?:1?\d|2[0-4])[点:]|[一二两三四五六七八九十]{1, 3}点))",
}
"""Atom name → pattern; the first that fits at a place wins."""

_LISTED = (
    "parts_of_day",
    "relative_days",
    "short_days",
    "relative_years",
    "year_zones",
    "festivals",
    "vague",
    "just_now",
    "habits",
)
FIRST_LETTERS = "".join(
    sorted(
        {word[0] for name in _LISTED for word in _T[name]}
        | set(
            "次0123456789零〇一二两三四五六七八九十百廿卅半几数多好元初大年月民去今明后旧本当上下这那前近最过每逢周星礼正腊农阴听早晚夜"
        )
    )
)
"""Letters with which an atom can begin: the others are passed over at once."""
