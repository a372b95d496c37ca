"""What an evaluation says of trials that fail, and whom it blames; what it leaves to the process."""

from __future__ import annotations

import pytest

from shared.catalog import Library, Metric, TaskType, library_catalog
from shared.domain import ErrorCause, TrialState
from tests.support.evaluating import evaluated, fold_scores, make_request, numeric_frame
from worker.engine.libraries import open_library

REGRESSION = TaskType.REGRESSION


@pytest.fixture
def request_of(tmp_path):
    """Return a function that makes a request on the diabetes data."""

    def make(library=Library.XGBOOST, points=({"n_estimators": 5},), task=REGRESSION, frame=None, **changes):
        data = numeric_frame(task) if frame is None else frame
        return make_request(tmp_path / "data.parquet", data, library, task, points, **changes)

    return make


@pytest.mark.parametrize(
    ("library", "bad"),
    [
        (Library.XGBOOST, {"n_estimators": 3, "subsample": 7.0}),
        (Library.LIGHTGBM, {"n_estimators": 3, "num_leaves": 1}),
        (Library.CATBOOST, {"iterations": 3, "depth": 40}),
    ],
)
def test_a_trial_that_the_library_refuses_fails_alone(request_of, library, bad):
    rounds = library_catalog(library).rounds_parameter
    good = {rounds: 3}

    failed, succeeded = evaluated(request_of(library, [bad, good]))

    assert succeeded.state is TrialState.SUCCEEDED
    assert failed.state is TrialState.FAILED
    assert failed.error.cause is ErrorCause.EVALUATION
    assert failed.error.type
    assert failed.error.message
    assert "Traceback" in failed.error.traceback
    assert failed.scores == {}


def test_an_error_of_any_length_fits_the_store(request_of, monkeypatch):
    def refuse(library):
        raise ValueError("x" * 1_000_000)

    monkeypatch.setattr("worker.engine.cross_validation.open_library", refuse)

    (failed,) = evaluated(request_of(Library.XGBOOST, [{"n_estimators": 3}]))

    assert 0 < len(failed.error.message) <= 20_000
    assert 0 < len(failed.error.traceback) <= 20_000


class _FailsAbove:
    """XGBoost that cannot train more than so many rounds."""

    def __init__(self, rounds):
        self._library, self._rounds = open_library(Library.XGBOOST), rounds

    def __getattr__(self, name):
        return getattr(self._library, name)

    def fit(self, binned, params, problem, rounds, *others):
        if rounds > self._rounds:
            raise RuntimeError(f"{rounds} rounds are too many")
        return self._library.fit(binned, params, problem, rounds, *others)


def test_when_a_shared_fit_fails_only_the_guilty_trials_do(request_of, monkeypatch):
    request = request_of(points=[{"n_estimators": count} for count in (3, 6, 9)])
    expected = evaluated(request)
    monkeypatch.setattr("worker.engine.cross_validation.open_library", lambda library: _FailsAbove(rounds=6))

    outcomes = evaluated(request)

    assert [outcome.state for outcome in outcomes] == [TrialState.SUCCEEDED] * 2 + [TrialState.FAILED]
    assert outcomes[2].error.message == "9 rounds are too many"
    for outcome, reference in zip(outcomes[:2], expected, strict=False):
        assert fold_scores(outcome) == fold_scores(reference)
        assert outcome.rounds == reference.rounds


def test_a_score_that_is_not_finite_fails_its_trial_and_not_the_one_with_fewer_rounds(request_of):
    points = [{"n_estimators": count, "learning_rate": 1e12, "reg_lambda": 0.0} for count in (1, 60)]

    few, many = evaluated(request_of(points=points, metrics=[Metric.RMSE]))

    assert few.state is TrialState.SUCCEEDED
    assert many.state is TrialState.FAILED
    assert many.error.type == "UndefinedScore"
    assert many.error.cause is ErrorCause.EVALUATION


@pytest.mark.filterwarnings("ignore:The least populated class")
def test_a_metric_that_a_fold_does_not_define_fails_the_trial_with_its_reason(request_of):
    frame = numeric_frame(TaskType.BINARY).head(60)
    frame["target"] = [1] * 2 + [0] * 58
    request = request_of(frame=frame, task=TaskType.BINARY, metrics=[Metric.LOG_LOSS])

    (outcome,) = evaluated(request)

    assert outcome.state is TrialState.FAILED
    assert "Log loss is not defined" in outcome.error.message


def test_another_version_of_the_library_fails_the_trials_where_they_are(request_of):
    outcomes = evaluated(request_of(points=[{}, {"max_depth": 3}], library_version="0.1.0"))

    assert {outcome.error.cause for outcome in outcomes} == {ErrorCause.WORKER}
    assert all("0.1.0" in outcome.error.message for outcome in outcomes)


def test_data_that_cannot_be_read_fails_the_trials_where_they_are(request_of, tmp_path):
    request = request_of().model_copy(update={"dataset_path": tmp_path / "gone.parquet"})

    (outcome,) = evaluated(request)

    assert outcome.error.cause is ErrorCause.WORKER
    assert "gone.parquet" in outcome.error.message


@pytest.mark.parametrize("damage", ["a byte", "the end", "no Parquet", "a folder"])
def test_a_copy_that_cannot_be_read_is_never_a_failure_of_the_trials(request_of, damage):
    request = request_of()
    path = request.dataset_path
    whole = path.read_bytes()
    if damage == "a folder":
        path.unlink()
        path.mkdir()
    else:
        footer = len(whole) - 8 - int.from_bytes(whole[-8:-4], "little")
        damaged = {"a byte": whole[:footer] + b"\xff" * 20 + whole[footer + 20 :], "the end": whole[:-100]}
        path.write_bytes(damaged.get(damage, b"PAR1 a table PAR1"))

    (outcome,) = evaluated(request)

    assert outcome.error.cause is ErrorCause.WORKER
    assert outcome.error.type == "UnreadableCopy"
    assert str(path) in outcome.error.message


def test_whatever_reading_raises_is_the_workers(request_of, monkeypatch):
    def refuse(*arguments):
        raise KeyError("a dictionary page")

    request = request_of()
    monkeypatch.setattr("shared.datasets.read_table", refuse)
    (outcome,) = evaluated(request)
    assert (outcome.error.cause, outcome.error.type) == (ErrorCause.WORKER, "UnreadableCopy")


def test_a_parameter_of_another_catalog_fails_the_trials_where_they_are(request_of):
    (outcome,) = evaluated(request_of(points=[{"train_dir": "here"}]))

    assert outcome.error.cause is ErrorCause.WORKER
    assert "train_dir" in outcome.error.message


def test_a_target_that_the_data_does_not_have_fails_the_trials_where_they_are(request_of):
    (outcome,) = evaluated(request_of(target="gone"))

    assert outcome.error.cause is ErrorCause.WORKER
    assert outcome.error.type == "DatasetError"
    assert "no column 'gone'" in outcome.error.message


@pytest.mark.parametrize(
    "error", [ImportError("No module named 'xgboost'"), OSError("libgomp.so.1: cannot open shared object file")]
)
def test_a_library_that_this_worker_cannot_load_is_its_own_trouble(request_of, monkeypatch, error):
    def unloadable(library):
        raise error

    monkeypatch.setattr("worker.engine.cross_validation.open_library", unloadable)

    outcomes = evaluated(request_of(points=[{"max_depth": 2}, {"max_depth": 3}]))

    assert {outcome.error.cause for outcome in outcomes} == {ErrorCause.WORKER}
    assert {outcome.error.message for outcome in outcomes} == {f"xgboost cannot be imported: {error}"}


def test_more_folds_than_rows_fail_every_trial_with_the_reason(request_of):
    (outcome,) = evaluated(request_of(frame=numeric_frame(REGRESSION).head(4), folds=5))

    assert outcome.error.cause is ErrorCause.EVALUATION
    assert "4 rows cannot be split into 5 folds" in outcome.error.message


def exhausted(*arguments, **options):
    """Stand in for what needs more memory than there is."""
    raise MemoryError


@pytest.mark.parametrize(
    "what",
    [
        "shared.datasets.read_table",
        "worker.engine.libraries.xgboost.ADAPTER.test_rows",
        "worker.engine.libraries.xgboost.ADAPTER.bin",
        "worker.engine.libraries.xgboost.ADAPTER.fit",
        "worker.engine.cross_validation.scores_of",
    ],
    ids=["reading the data", "holding rows out", "binning", "training", "scoring"],
)
@pytest.mark.parametrize("booster", ["gbtree", "dart"])
def test_running_out_of_memory_is_no_failure_of_a_trial_but_left_to_the_process(request_of, monkeypatch, what, booster):
    request = request_of(points=[{"n_estimators": count, "booster": booster} for count in (2, 3)])
    open_library(Library.XGBOOST)
    monkeypatch.setattr(what, exhausted)

    with pytest.raises(MemoryError):
        evaluated(request)
