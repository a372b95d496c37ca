"""Equal failures read alike, whenever and wherever they happen."""

import pytest

from worker.engine.error_messages import sentence

STACK = (
    "[{time}] /workspace/src/tree/updater_colmaker.cc:111: Updater `grow_colmaker` or `exact` tree method doesn't "
    "support categorical features.\nStack trace:\n  [bt] (0) /x/{place}/libxgboost.so(+0x11031e) [{address}]\n\n"
)


def test_what_xgboost_says_has_no_time_no_stack_and_no_address():
    said = {
        sentence(STACK.format(time=time, place=place, address=address))
        for time, place, address in [("21:33:09", "a", "0x7f0ace11031e"), ("00:00:00", "b", "0x55d0ace110aa")]
    }
    assert said == {"Updater `grow_colmaker` or `exact` tree method doesn't support categorical features."}


@pytest.mark.parametrize(
    ("message", "told"),
    [
        (
            "catboost/private/libs/options/binarization_options.cpp:55: Invalid border count: 700000",
            "Invalid border count: 700000",
        ),
        (
            "Check failed: (num_leaves) <= (131072) at /__w/LightGBM/src/io/config_auto.cpp, line 353 .\n",
            "Check failed: (num_leaves) <= (131072)",
        ),
        ("2026-11-28 21:33:09,123 the model diverged", "the model diverged"),
        ("it stopped at 21:33:09.5 for good", "it stopped at for good"),
        ("<Booster object at 0x7f0ace11031e> is not fitted", "<Booster object at 0x…> is not fitted"),
        ("process 4711 (thread id: 12) gave up; pid=4711", "process … (thread id: …) gave up; pid=…"),
        # values are part of what is wrong
        ("could not convert string to float: '12:30:00'", "could not convert string to float: '12:30:00'"),
        ("Input contains NaN.\n  Look at column a", "Input contains NaN. Look at column a"),
        ("", ""),
    ],
)
def test_a_message_keeps_what_is_wrong_and_nothing_of_when_and_where(message, told):
    assert sentence(message) == told
