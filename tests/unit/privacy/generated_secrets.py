"""Secrets and harmless numbers made at run time: no number that could be somebody's stands in this repository."""

from __future__ import annotations

import random
from collections.abc import Callable
from typing import NamedTuple

_WIDE = str.maketrans("0123456789", "0123456789")
_CHINESE = str.maketrans("0123456789", "零一二三四五六七八九")
_ID_WEIGHTS = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)


class Planted(NamedTuple):
    """A message, the secret in it as written, and what it must become."""

    text: str
    secret: str
    kind: str
    code_expected: bool = False


def digits(rng: random.Random, size: int) -> str:
    return "".join(rng.choice("0123456789") for _ in range(size))


def code(rng: random.Random) -> str:
    while True:
        made = digits(rng, rng.choice((4, 6, 6, 6, 8)))
        if not made.startswith(("19", "20", "95", "100", "123", "96110")):
            return made


def card(rng: random.Random) -> str:
    body = rng.choice(("622848", "621700", "625912", "4", "5218", "356833", "955880")) + digits(rng, 14)
    body = body[: rng.choice((15, 18))]
    total = sum(v - 9 if v > 9 else v for v in (int(c) * (2 - i % 2) for i, c in enumerate(reversed(body))))
    return body + str(-total % 10)


def wrong_card(rng: random.Random) -> str:
    right = card(rng)
    return right[:-1] + str((int(right[-1]) + rng.randint(1, 9)) % 10)


def _birthday(rng: random.Random) -> str:
    return f"{rng.randint(1940, 2010)}{rng.randint(1, 12):02}{rng.randint(1, 28):02}"


def mainland_id(rng: random.Random) -> str:
    body = rng.choice(("110101", "310104", "440305", "510104", "330102")) + _birthday(rng) + digits(rng, 3)
    total = sum(int(c) * w for c, w in zip(body, _ID_WEIGHTS, strict=True))
    return body + "10X98765432"[total % 11]


def old_id(rng: random.Random) -> str:
    return rng.choice(("110101", "310104", "440305")) + _birthday(rng)[2:] + digits(rng, 3)


def hong_kong_id(rng: random.Random) -> str:
    letter, body = rng.choice("ABCDEGHKPRVYZ"), digits(rng, 6)
    values = [36, ord(letter) - 55, *map(int, body)]
    rest = -sum(v * w for v, w in zip(values, range(9, 1, -1), strict=True)) % 11
    return f"{letter}{body}({'A' if rest == 10 else rest})"


def taiwan_id(rng: random.Random) -> str:
    letters = "ABCDEFGHJKLMNPQRSTUVXYWZIO"
    letter, body = rng.choice(letters), rng.choice("12") + digits(rng, 7)
    number = letters.index(letter) + 10
    values = [number // 10, number % 10, *map(int, body)]
    total = sum(v * w for v, w in zip(values, (1, 9, 8, 7, 6, 5, 4, 3, 2, 1), strict=True))
    return f"{letter}{body}{-total % 10}"


def phone(rng: random.Random) -> str:
    return rng.choice(("13", "15", "17", "18", "19")) + digits(rng, 9)


def grouped(rng: random.Random, number: str) -> str:
    gap = rng.choice((" ", "-", "  ", " - ", "."))
    return gap.join(number[at : at + 4] for at in range(0, len(number), 4))


def wide(rng: random.Random, number: str) -> str:
    return number.translate(_WIDE)


def chinese(rng: random.Random, number: str) -> str:
    return number.translate(_CHINESE)


def plain(rng: random.Random, number: str) -> str:
    return number


def split_phone(rng: random.Random, number: str) -> str:
    gap = rng.choice((" ", "-"))
    return rng.choice(("", "+86", "+86 ", "86 ", "0086")) + gap.join((number[:3], number[3:7], number[7:]))


def password(rng: random.Random) -> str:
    alphabet = "abcdefghjkmnpqrstuvwxyzABCDEFGH"
    word = "".join(rng.choice(alphabet) for _ in range(rng.randint(2, 6)))
    return rng.choice((digits(rng, 6), word + digits(rng, 4), word + rng.choice("!@#_") + digits(rng, 3)))


Maker = Callable[[random.Random], str]
Writer = Callable[[random.Random, str], str]

SECRETS: dict[str, tuple[list[Maker], list[Writer], list[str]]] = {
    "card": (
        [card],
        [plain, grouped, wide, chinese],
        [
            "我的卡号是{},怎么还不到账",
            "{}",
            "帮我查一下{}这张卡",
            "卡:{}。昨天被扣了200元",
            "信用卡{}的年费",
            "昨天用{} 刷了300元",
            "我的是{}一直用不了",
            "尾号不记得了,整个是{}",
            "6月11日10:30我拿着{}去办的",
            "my card is {} thanks",
        ],
    ),
    "card ": ([wrong_card], [plain, grouped], ["卡号{}", "我的银行卡号是 {},登不上", "账号:{}", "信用卡卡号{}对不对"]),
    "account": (
        [card, wrong_card],
        [plain, grouped],
        ["骗子的账户是{}", "对方账号{}", "收款人卡号:{},户名王某", "钱打到{}了", "我转给了{}这个卡"],
    ),
    "id": (
        [mainland_id],
        [plain, wide, chinese],
        ["身份证{}", "我的证件号是{},帮我查", "{}", "本人{}于去年开户", "ID number {} please"],
    ),
    "id ": ([old_id, hong_kong_id, taiwan_id], [plain], ["身份证号码{}", "我是{}", "证件{},姓名略"]),
    "phone": (
        [phone],
        [plain, split_phone, wide, chinese],
        ["打我电话{}", "手机号{}", "{}", "联系我:{},谢谢", "催收用{}打给我同事", "昨天{}这个号码骚扰我3次"],
    ),
    "otp": (
        [code],
        [plain, wide],
        [
            "验证码{}",
            "短信验证码是{},对吗",
            "收到的动态码:{}",
            "{}是我收到的验证码",
            "他让我报验证码,我报了{}",
            "code is {}",
            "OTP {}",
            "校验码 {} 输不进去",
        ],
    ),
    "otp ": ([code], [plain], ["{}", "是{}", "收到了,{}", "{} 这个", "哦 {}"]),
    "password": (
        [password],
        [plain],
        [
            "密码是{}",
            "我的密码:{}",
            "登录密码{},还是进不去",
            "取款密码改成{}了",
            "password is {}",
            "支付密码={}",
            "把密码设成{}怎么不行",
        ],
    ),
    "cvv": (
        [lambda rng: digits(rng, 3)],
        [plain],
        ["CVV {}", "背面三位是{}", "安全码:{}", "卡背面三位数{}", "cvv2是{}对吧"],
    ),
    "email": (
        [lambda rng: f"user{digits(rng, 4)}@example.com", lambda rng: f"a.b_{digits(rng, 2)}@mail.example.cn"],
        [plain],
        ["发到{}", "邮箱是{},收一下", "{}"],
    ),
}


def planted(rng: random.Random) -> Planted:
    """One message with one secret."""
    name = rng.choice(list(SECRETS))
    makers, writers, frames = SECRETS[name]
    secret = rng.choice(writers)(rng, rng.choice(makers)(rng))
    return Planted(rng.choice(frames).format(secret), secret, name.strip(), name == "otp ")


def amount(rng: random.Random) -> str:
    whole = rng.choice((rng.randint(1, 999), rng.randint(1000, 99999), rng.randint(100000, 5000000)))
    return rng.choice(
        (f"{whole}元", f"{whole}块", f"{whole:,}.00元", f"¥{whole}", f"{whole / 100:.2f}元", f"{whole:,}", f"{whole}.5")
    )


def day(rng: random.Random) -> str:
    y, m, d = rng.randint(2015, 2026), rng.randint(1, 12), rng.randint(1, 28)
    return rng.choice(
        (f"{y}年{m}月{d}日", f"{y}-{m:02}-{d:02}", f"{y}/{m}/{d}", f"{m}月{d}号", f"{y}{m:02}{d:02}", f"{y}.{m}.{d}")
    )


def moment(rng: random.Random) -> str:
    h, m = rng.randint(0, 23), rng.randint(0, 59)
    return rng.choice((f"{h}:{m:02}", f"{h:02}:{m:02}:00", f"{h}点{m}分", f"{day(rng)} {h:02}:{m:02}"))


def ticket(rng: random.Random) -> str:
    gap = rng.choice(("-", "-", ""))
    return f"{rng.choice(('TS', 'ZX', 'JY', 'BY', 'HC'))}2025{rng.randint(1, 12):02}{rng.randint(1, 28):02}{gap}{digits(rng, 4)}"


def reference(rng: random.Random) -> str:
    return f"20250{digits(rng, 12)}"


HARMLESS: list[tuple[Maker, list[str]]] = [
    (ticket, ["我的单号{}有进展吗", "{}", "查{},上次答应三天", "工单{} 密码那个问题", "验证码收不到,编号{}"]),
    (
        amount,
        [
            "扣了我{}",
            "{}",
            "转了{}还没到账",
            "验证码没收到,扣了{}",
            "贷款{},利息{}",
            "密码忘了,卡里有{}",
            "一共{} 退给我",
        ],
    ),
    (day, ["{}在城南支行", "{}", "从{}到{}", "{}改的密码", "{}收到验证码短信"]),
    (moment, ["{}打的电话", "{}", "验证码{}发的", "大概{} 转的"]),
    (lambda rng: digits(rng, 4), ["尾号{}那张卡", "卡号尾号是{}", "尾号 {} 的信用卡", "后四位{}"]),
    (lambda rng: digits(rng, 5), ["柜员工号{}", "工号:{}的那位"]),
    (
        lambda rng: str(rng.choice((95588, 95533, 10086, 96110, 12378, 110, 120))),
        ["打{}没人接", "{}发的短信", "收到{}的验证码短信"],
    ),
    (lambda rng: f"400-{digits(rng, 3)}-{digits(rng, 4)}", ["客服{}打不通", "热线{}"]),
    (reference, ["订单号{}", "交易单号{},没到账", "流水号{}"]),
    (
        lambda rng: str(rng.randint(2, 99)),
        ["排了{}个人", "打了{}次电话", "密码错误{}次", "验证码等了{}分钟", "{}号窗口", "CVV是什么,卡背面{}处"],
    ),
    (lambda rng: f"{rng.uniform(0.5, 24):.2f}%", ["利率{}", "年化{}太高"]),
    (lambda rng: digits(rng, 6), ["邮编{}", "基金代码{}", "提示错误码{}"]),
]


def harmless(rng: random.Random) -> str:
    """A message full of numbers, none of them a secret."""
    maker, frames = rng.choice(HARMLESS)
    frame = rng.choice(frames)
    return frame.format(*(maker(rng) for _ in range(frame.count("{}"))))
