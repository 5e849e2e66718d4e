"""Tells a fragment, after which a shopper is likely still typing, from something that can be answered at once."""

from __future__ import annotations

import re

from bot.dialogue.language import simplified
from bot.messages import Content

SHORT = 4
"""Characters; what is shorter is a fragment, unless it is known to be complete."""

COMPLETE = re.compile(
    r"""转?人工 | 真人 | 客服 | 投诉 | (?:好的?|嗯|太好了)?(?:谢谢|谢了|多谢|感谢)[你您啦哈了]* | 再见 | 拜拜 | 掰掰
      | ok(?:ay)? | yes | yep | sure | no | nope | bye | thx | ty
      | 好(?:的|吧|滴|嘞|呢)? | 行吧? | 可以的? | 嗯+好?的? | 是的? | 对的? | 确认 | 收到 | 没问题 | 没事
      | 知道了 | 明白了? | 算了 | 先这样 | 辛苦了? | 不 | 不[是用要了] | 不[用要需]要?了? | 没[有了]
      | 然后呢 | 多久 | 为什么 | 为啥 | 怎么[弄办] | 什么意思 | why | howlong | andthen
      | 退[货款换钱] | 换货 | 取消 | 物流 | 快递 | [发出]货 | 催单 | 运费 | 包邮 | 免运 | 发票
      | 多少钱 | 价格 | 保价 | 降价 | 优惠券? | 有货吗? | 没货 | 尺码""",
    re.VERBOSE,
)

# Possessive, so that no text can make them slow.
GREETING = re.compile(
    r"""(?: (?:你|您|亲)?们?(?:好|在吗|在么|在不在|在不) | 哈喽 | 哈啰 | 嗨 | 喂 | 亲 | 在 | [早午晚]安
      | 早上好 | [下中]午好 | 晚上好
      | 客服 | 店家 | 老板 | 有人(?:在)?吗 | 请问 | 啊 | 呀 | 哦 | 呢
      | hi+ | hello+ | hey+ | goodmorning | goodafternoon | goodevening
      | isanyone(?:there|here) | anyone(?:there|here) | areyouthere | there | sir | madam | team )++""",
    re.VERBOSE,
)

BARE_DATA = re.compile(
    r"""(?: (?:订单)?(?:编号|号码|号) | 订单 | 单号 | 手机 | 电话 | 尾号 | [末后]四[码位] | 我的? | 的 | 是 | 为 | 和
      | my | order | number | phone | last | four | digits | ending | in | is | and | no | \# | https?\S+
      | (?=[a-z]*-?\d)[a-z]{0,6}-?\d[\d-]*+ )++""",
    re.VERBOSE,
)

UNFINISHED = re.compile(
    r"""(?: [,，、:：;；—]
      | 我?想要?(?:请?问|咨询|了解|请教|麻烦)(?:一下|下|个事|你们?|您们?)* | 请?问(?:一下|下|个) | 请问
      | 有[个点些](?:问题|事|疑问)(?:想问)? | 麻烦[问你您]?(?:一下|下)?
      | 那个 | 就是说? | 因为 | 但是 | 可是 | 不过 | 然后 | 还有 | 另外 | 如果 | 要是 | 关于 | 比如
      | \b(?: and | but | because | so | if | about | also | or | the | my | a | to | with | question | excuse\ me
          | can\ you | could\ you | i\ (?:want|wanted|need|would\ like)\ to\ (?:ask|know) ) )
    (?:\.{2,}|…+|[~～])?$""",
    re.VERBOSE,
)

MARKS = re.compile(r"[\s,，.。、:：;；!！?？~～/…]+")


def is_fragment(content: Content) -> bool:
    """Whether the turn should wait for more: a greeting alone, bare data, very little, or an unfinished clause.

    A pressed button is always complete; a card without words is bare data.
    """
    if content.choice is not None:
        return False
    text = simplified(" ".join(content.text.lower().split()))
    core = MARKS.sub("", text)
    if COMPLETE.fullmatch(core):
        return False
    return len(core) < SHORT or bool(GREETING.fullmatch(core) or BARE_DATA.fullmatch(core) or UNFINISHED.search(text))
