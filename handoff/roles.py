"""Who may do what in the workspace: one pure table, which every route, frame and page asks."""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum


class Role(StrEnum):
    AGENT = "agent"
    LEAD = "lead"
    ADMIN = "admin"
    AUDITOR = "auditor"
    """reads everything, and does nothing to it"""


class May(StrEnum):
    """What somebody may do."""

    READ = "read"
    """read and search conversations, with what was sent in them"""
    WORK = "work"
    """take chats, answer, note, hand on: be an agent"""
    OVERSEE = "oversee"
    """see the live wall, the reports and everybody's spot checks"""
    INTERVENE = "intervene"
    """whisper to an agent, take a chat over"""
    CHECK = "check"
    """score chats of the random sample"""
    SET = "set"
    """change the desk's rules and its canned replies"""
    MANAGE = "manage"
    """add, disable and reset agents"""
    AUDIT = "audit"
    """read the ledger"""


_AGENT = frozenset({May.READ, May.WORK})
_LEAD = _AGENT | {May.OVERSEE, May.INTERVENE, May.CHECK, May.SET}

TABLE: Mapping[Role, frozenset[May]] = {
    Role.AGENT: _AGENT,
    Role.LEAD: _LEAD,
    Role.ADMIN: _LEAD | {May.MANAGE, May.AUDIT},
    Role.AUDITOR: frozenset({May.READ, May.OVERSEE, May.AUDIT}),
}


def may(role: Role, act: May) -> bool:
    return act in TABLE[role]
