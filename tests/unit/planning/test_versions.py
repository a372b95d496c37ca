"""A launch knows the library's version where the library is not installed."""

from __future__ import annotations

import json
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

import pytest

from shared.catalog import Library
from shared.domain import TASK_SCHEMA_VERSION
from shared.planning import EVALUATION_VERSION, versions
from shared.planning.versions import (
    LOCK_FILE,
    UnknownVersion,
    installed_version,
    launch_version,
    locked_versions,
    other_versions,
)


@pytest.fixture
def nothing_installed(monkeypatch):
    def missing(distribution):
        raise PackageNotFoundError(distribution)

    monkeypatch.setattr(versions, "version", missing)


def test_the_file_of_an_image_decides_whatever_is_installed(tmp_path):
    baked = tmp_path / "library-versions.json"
    baked.write_text(json.dumps({"xgboost": "9.9.9"}))
    assert launch_version(Library.XGBOOST, baked) == "9.9.9"
    assert installed_version(Library.XGBOOST) == version("xgboost-cpu")


@pytest.mark.parametrize("text", ["", "{}", "[]"])
def test_a_file_that_does_not_tell_is_no_reason_to_guess(tmp_path, text):
    baked = tmp_path / "library-versions.json"
    baked.write_text(text)
    with pytest.raises(UnknownVersion, match=r"library-versions\.json does not tell the version of xgboost"):
        launch_version(Library.XGBOOST, baked)


def test_without_the_file_it_is_what_is_installed(tmp_path):
    assert launch_version(Library.LIGHTGBM, tmp_path / "none") == version("lightgbm")


def test_with_nothing_installed_it_is_what_the_lock_says(tmp_path, nothing_installed):
    lock = tmp_path / "requirements.txt"
    lock.write_text("catboost==1.2.3 \\\n    --hash=sha256:aa\nlightgbm==4.5 ; sys_platform == 'linux' \\\n")
    assert launch_version(Library.CATBOOST, tmp_path / "none", lock) == "1.2.3"
    assert launch_version(Library.LIGHTGBM, tmp_path / "none", lock) == "4.5"
    with pytest.raises(UnknownVersion, match="xgboost-cpu is not installed here"):
        launch_version(Library.XGBOOST, tmp_path / "none", lock)


def test_with_nothing_at_all_it_says_what_to_install(tmp_path, nothing_installed):
    with pytest.raises(UnknownVersion, match=r"install requirements\.txt"):
        launch_version(Library.XGBOOST, tmp_path / "none", tmp_path / "none either")


def test_the_lock_has_every_library_as_it_is_installed():
    assert locked_versions(Path(LOCK_FILE).read_text()) == {each.value: installed_version(each) for each in Library}


def test_workers_with_another_version_are_counted():
    reports = [{"xgboost": "3.2.0"}, {"xgboost": "3.1.0"}, {"xgboost": "3.1.0"}, {"python": "3.13"}, {"xgboost": "3.3"}]
    assert other_versions(Library.XGBOOST, "3.2.0", reports) == {"3.1.0": 2, "3.3": 1}
    assert other_versions(Library.XGBOOST, "3.2.0", reports[:1]) == {}


def test_messages_have_another_version_wherever_trials_have_other_ids():
    # a worker computes a message's ids again: raise both, then the pair here
    assert (TASK_SCHEMA_VERSION, EVALUATION_VERSION) == (3, 2)
