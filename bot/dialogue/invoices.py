"""Reads whom an invoice is made out to: a company with its tax number, a person, and the e-mail it goes to."""

from __future__ import annotations

import re
from dataclasses import dataclass

TAX_ID = re.compile(r"(?<![0-9A-Za-z])[0-9A-Za-z]{15,20}(?![0-9A-Za-z])")
SAID_TAX_ID = re.compile(
    r"(?:税号|稅號|统一编号|統一編號|tax (?:id|number))\D{0,4}?([0-9A-Za-z]{4,24})(?![0-9A-Za-z])", re.I
)
EMAIL = re.compile(r"(?<![\w.+-])[\w.+-]{1,64}@[\w-]+(?:\.[\w-]+)+")
TITLE = re.compile(
    r"(?:抬头|抬頭|名称|名稱|title|made out to)\s*(?:是|为|為|开|開|写|寫|is|to|[:：])+\s*([^\n,，;；。]{2,120})", re.I
)
COMPANY = re.compile(
    r"[\w（）()·&.-]{2,60}(?:公司|集团|集團|事务所|事務所|大学|大學|学校|學校|医院|醫院|工作室|中心|协会|協會|研究院|经营部|商行|厂|廠)"
    r"|(?:[A-Z][\w&.-]*\s+){1,6}(?:Ltd|Inc|LLC|GmbH|Co|Limited|Corp(?:oration)?|Company)\b\.?"
)
PERSONAL = re.compile(r"个人|個人|私人|\bpersonal(?:ly)?\b|\bindividual\b|\bprivate\b", re.I)
LEAD = re.compile(
    r"^(?:请|請|帮我|幫我|麻烦|麻煩|我要|给我|給我|开|開|一张|一張|发票|發票|抬头|抬頭|给|給|是|为|為|写|寫)+"
)
TITLE_LIMIT = 120


@dataclass(frozen=True)
class Heading:
    """What was told of an invoice; `tax_id` as written, in capitals: it may be a wrong one."""

    title: str | None = None
    tax_id: str | None = None
    email: str | None = None
    personal: bool = False

    def __bool__(self) -> bool:
        return bool(self.title or self.tax_id or self.email or self.personal)


def read_heading(text: str) -> Heading:
    """What a text tells of whom an invoice goes to."""
    email = EMAIL.search(text)
    rest = EMAIL.sub(" ", text)
    said = SAID_TAX_ID.search(rest)
    number = next((one[0] for one in TAX_ID.finditer(rest) if sum(map(str.isdigit, one[0])) >= 6), None)
    tax_id = said[1] if said else number
    title = _title(rest.replace(tax_id, " ") if tax_id else rest)
    personal = bool(PERSONAL.search(rest)) and title is None
    return Heading(title, tax_id.upper() if tax_id else None, email[0] if email else None, personal)


def _title(text: str) -> str | None:
    if said := TITLE.search(text):
        title = re.split(r"\s*(?:税号|稅號|统一编号|統一編號|tax)", said[1], flags=re.I)[0].strip()
        return title if title and not PERSONAL.fullmatch(title) else None
    if company := COMPANY.search(text):
        return LEAD.sub("", company[0]).strip()[:TITLE_LIMIT] or None
    return None
