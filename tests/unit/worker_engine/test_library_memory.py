"""Running out of memory is told apart from what is wrong with a trial."""

import pytest
from lightgbm.basic import LightGBMError
from xgboost.core import XGBoostError

from worker.engine.libraries.memory import memory_errors


@pytest.mark.parametrize(
    "error",
    [
        XGBoostError("std::bad_alloc"),
        XGBoostError("[10:54:05] io.h:362: bad_malloc: Failed to allocate 78561280 bytes.\nStack trace:"),
        LightGBMError("std::bad_alloc"),
    ],
)
def test_what_a_library_calls_an_error_is_a_lack_of_memory(error):
    with pytest.raises(MemoryError) as raised, memory_errors(type(error)):
        raise error
    assert raised.value.__cause__ is error


@pytest.mark.parametrize("error", [XGBoostError("max_depth: must be at least 0"), ValueError("bad_alloc")])
def test_any_other_error_stays_what_it_is(error):
    with pytest.raises(type(error)) as raised, memory_errors(XGBoostError):
        raise error
    assert raised.value is error
