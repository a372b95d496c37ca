"""Launching from a shell: what is published, what is asked first and what is refused."""

from __future__ import annotations

import pytest

from shared.command_line import watching
from tests.support.shell import SPEC, finish, queued, run, succeed

pytestmark = pytest.mark.usefixtures("home")


def test_launch_publishes_and_prints_the_id(store):
    result = succeed("launch", "spec.yaml", "--no-follow")
    (summary,) = store.summaries()
    assert result.stdout == f"{summary.sweep.sweep_id}\n"
    assert result.stderr == "XGBoost on diabetes: 3 trials, 9 fits over 3 folds\n"
    assert queued(store) == 3


def test_launch_reads_a_spec_from_standard_input(store):
    succeed("launch", "-", "--no-follow", input=SPEC)
    assert len(store.summaries()) == 1


def test_launch_follows_to_the_end_and_prints_the_winner(store, monkeypatch):
    def finish_meanwhile(sweep_id, *args):
        finish(store, sweep_id)
        return real_follow(sweep_id, *args)

    real_follow = watching.follow
    monkeypatch.setattr(watching, "follow", finish_meanwhile)
    result = succeed("launch", "spec.yaml")
    assert result.stdout.splitlines()[1:] == [
        "Finished: 3 succeeded, 0 failed",
        "Best rmse: 1.00000 ± 0.082",
        "  learning_rate = 0.1",
        "  random_state = 0",
    ]


def test_large_grid_asks_first(store, monkeypatch):
    monkeypatch.setenv("BOOSTGRID_CONFIRM_TRIALS_ABOVE", "2")
    refused = run("launch", "spec.yaml", "--no-follow", input="n\n")
    assert refused.exit_code == 1
    assert "These are more than 2 trials. Launch them?" in refused.stderr
    assert store.summaries() == []
    succeed("launch", "spec.yaml", "--no-follow", input="y\n")
    succeed("launch", "spec.yaml", "--no-follow", "--yes")
    assert len(store.summaries()) == 2


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (SPEC.replace("diabetes", "boston"), "Error: no stored data set named 'boston'"),
        (SPEC.replace("folds: 3", "folds: 1"), "Error: folds: 1 cannot be used; write a whole number from 2 to 50"),
        (
            SPEC.replace("[0.1, 0.2, 0.3]", "fast"),
            "Error: param_grid.learning_rate: 'fast' is not a number; write one such as",
        ),
        ("name: é", "Error: spec: is not UTF-8 text"),
    ],
)
def test_bad_spec_is_one_sentence(home, text, message):
    (home / "spec.yaml").write_bytes(text.encode("latin-1"))
    result = run("launch", "spec.yaml", "--no-follow")
    assert result.exit_code == 1
    assert result.stderr.splitlines()[-1].startswith(message)
