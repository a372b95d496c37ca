"""Choosing a data set while the store does not do what it should."""

from __future__ import annotations

import pytest

from tests.app.conftest import Down

pytestmark = pytest.mark.slow

MINE = b"a,b\n" + b"".join(b"%d,%d\n" % (number, number % 9) for number in range(40))


def test_an_upload_that_cannot_be_stored_says_so_and_can_be_tried_again(dashboard, monkeypatch):
    at = dashboard.open("new_sweep")
    with monkeypatch.context() as outage:
        outage.setattr(dashboard.store, "save_dataset", Down("The store").save_dataset)
        at.file_uploader[1].upload("mine.csv", MINE).run()

    assert not at.exception
    assert "The store does not answer (connection refused)" in at.error[0].value
    assert at.selectbox(key="new_dataset").value == "diabetes"

    at.file_uploader[1].upload("mine.csv", MINE).run()
    assert [info.name for info in dashboard.store.datasets()] == ["mine.csv"]
