"""What must always hold, and the tests that try to break it: of each invariant, some still have to be there."""

from __future__ import annotations

from pathlib import Path

import pytest

HERE = Path(__file__).parent
FLOOR = ("handoff/test_floor_model.py", "TestFloorModel")
FAULTS = ("handoff/test_faults_model.py", "TestFaultsModel")

GUARDS: dict[str, list[tuple[str, str]]] = {
    "1. exactly one owner; queued is in exactly one queue; nobody is lost on the way": [
        ("handoff/test_ownership.py", "TestOwnership"),
        FLOOR,
        FAULTS,
        ("test_joins_model.py", "TestThreads"),
    ],
    "2. nothing made in an earlier epoch is sent; what is fenced stays in the log, withdrawn": [
        ("store/test_scripts.py", "test_no_bot_word_after_an_agent_has_taken_over"),
        ("test_turns.py", "test_a_turn_that_an_agent_overtakes_is_not_said"),
        ("test_courier.py", "test_a_takeover_between_two_pieces_withdraws_the_rest"),
    ],
    "3. any human reply is a takeover, whichever way it came; notes and whispers are not": [
        ("store/test_scripts.py", "test_a_reply_to_a_chat_offered_to_somebody_else_takes_it_over"),
        ("store/test_scripts.py", "test_notes_are_no_takeover_and_never_reach_the_shopper"),
        ("handoff/test_supervision.py", "test_a_whisper_is_for_agents_and_changes_nothing"),
    ],
    "4. two agents never hold one conversation; nobody exceeds capacity": [
        ("store/test_scripts.py", "test_fifty_simultaneous_claims_give_one_winner"),
        ("handoff/test_dispatcher.py", "test_fifty_claimers_and_a_dispatcher_have_one_winner_each_time"),
        FLOOR,
        FAULTS,
    ],
    "5. exactly once in log, state, outbox and web client, whatever is killed; towards others ambiguities only": [
        ("test_survival.py", "test_nothing_is_lost_or_doubled_by_kill_9"),
        ("contract/test_killed_doors.py", "test_nothing_is_lost_through_any_door_by_kill_9"),
        ("test_courier.py", "test_a_kill_between_attempt_and_answer_doubles_once_and_is_marked"),
        ("record/test_archivist.py", "test_an_archivist_killed_before_the_trim_is_followed_by_another"),
        ("test_versions_model.py", "TestVersions"),
        FAULTS,
    ],
    "6. the agent sees every message since the beginning, in order, with its author": [
        ("handoff/test_history.py", "test_pages_hold_everything_once_in_time_order"),
        ("record/test_archivist.py", "test_the_log_reads_backwards_over_the_seam"),
        ("test_joins_model.py", "TestThreads"),
    ],
    "7. handoff works the second and the tenth time; afterwards the bot starts fresh": [
        ("test_turns.py", "test_handoff_works_the_second_and_the_tenth_time"),
        ("test_turns.py", "test_the_bot_does_not_answer_what_was_said_to_the_human"),
    ],
    "8. nobody waits for ever: offers, silent agents, dead workspaces, closed desks": [
        FLOOR,
        ("handoff/test_dispatcher.py", "test_an_offer_times_out_to_the_next_agent"),
        ("handoff/test_watch.py", "test_a_silent_agent_is_reminded_and_then_loses_the_chat_to_the_queue"),
        ("handoff/test_watch.py", "test_a_dead_workspace_gives_its_chats_back_at_their_places"),
        ("handoff/test_closed.py", "test_a_message_left_at_night_rings_nobody_and_finds_its_agent_in_the_morning"),
    ],
    "9. clients resume: each gets the rest of its entries, gaps show, notes never leak, an old cursor a snapshot": [
        ("channels/test_web_door.py", "test_a_page_that_was_cut_off_gets_what_it_missed_once_and_in_order"),
        ("channels/test_web_door.py", "test_notes_never_reach_the_widget"),
        ("handoff/test_ownership.py", "every_log_is_whole_and_in_order_for_each_audience"),
        ("handoff/test_frames.py", "test_an_earlier_snapshot_and_the_changes_since_are_the_later_one"),
        ("handoff/test_frames.py", "test_a_cursor_that_is_too_old_gets_a_snapshot"),
    ],
}


@pytest.mark.parametrize("invariant", GUARDS)
def test_each_invariant_has_its_guards(invariant: str) -> None:
    for file, name in GUARDS[invariant]:
        assert name in (HERE / file).read_text("utf-8"), f"{file} has lost {name}"
