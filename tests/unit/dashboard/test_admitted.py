"""Who may upload: the sessions that the gate let in, while they are connected."""

from __future__ import annotations

from dashboard.admitted import Admitted


def test_a_session_is_admitted_until_the_gate_says_otherwise_or_its_browser_is_gone() -> None:
    admitted, connected = Admitted(), {"a", "b"}
    for session in ("a", "b"):
        admitted.note(session, True, connected.__contains__)
    assert "a" in admitted
    assert "b" in admitted
    admitted.note("a", False, connected.__contains__)
    assert "a" not in admitted
    connected.remove("b")
    admitted.note("c", False, connected.__contains__)
    assert "b" not in admitted
    assert "c" not in admitted
