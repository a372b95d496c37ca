"""Autoscaling on the Cluster page: who is in charge, and how that is changed."""

from __future__ import annotations

import time
from datetime import UTC, datetime
from typing import Any

import pytest

from dashboard.cluster import (
    Autoscaling,
    Charge,
    Condition,
    EventGroup,
    PodAutoscaler,
    ScaledMeanwhile,
    ScalingRefused,
)
from shared.errors import ServiceUnavailable
from tests.app.conftest import on_kubernetes, texts


def autoscaling(**changes: Any) -> Autoscaling:
    seen = Autoscaling(
        name="worker",
        charge=Charge.AUTOMATIC,
        minimum=0,
        maximum=8,
        polling_seconds=10,
        autoscalers=(PodAutoscaler(name="keda-hpa-worker", current=1, desired=3),),
        conditions=(Condition(type="Ready", holds=True), Condition(type="Active", holds=True)),
    )
    return seen.model_copy(update=changes)


@pytest.fixture
def kubernetes(dashboard):
    cluster = on_kubernetes(dashboard)
    cluster.autoscaling = autoscaling()
    return cluster


def buttons(at) -> set[str]:
    return {each.label for each in at.button}


def test_without_keda_it_says_how_to_install_it_and_the_slider_works(dashboard, kubernetes):
    kubernetes.autoscaling = None
    kubernetes.told["no_autoscaling"] = "KEDA is not installed here: add the component keda."
    at = dashboard.open("cluster")
    assert "add the component keda" in texts(at)
    assert at.slider
    assert "Change to manual" not in buttons(at)


def test_while_keda_is_in_charge_there_is_no_slider_until_it_is_changed_to_manual_and_back(dashboard, kubernetes):
    kubernetes.told["read_only"] = "KEDA is in charge."
    at = dashboard.open("cluster")
    assert "Automatic: KEDA is in charge, 0 to 8 workers" in texts(at)
    assert "HorizontalPodAutoscaler keda-hpa-worker: 1 workers, wants 3" in texts(at)
    assert not at.slider

    kubernetes.told["read_only"] = None
    at.button(key="autoscaling_manual").click().run()

    assert kubernetes.autoscaling.charge is Charge.MANUAL
    assert "Manual: the slider is in charge" in texts(at)
    assert at.slider
    at.button(key="autoscaling_automatic").click().run()
    assert kubernetes.autoscaling.charge is Charge.AUTOMATIC


def test_what_is_held_can_be_changed_to_both(dashboard, kubernetes):
    kubernetes.autoscaling = autoscaling(charge=Charge.HELD, held_at=2)
    at = dashboard.open("cluster")
    assert "Held at 2 workers" in texts(at)
    assert buttons(at) >= {"Change to manual", "Change to automatic"}


def test_one_that_pauses_for_long_is_said_to_hang(dashboard, kubernetes):
    kubernetes.autoscaling = autoscaling(charge=Charge.PAUSING)
    assert not dashboard.open("cluster").warning
    at = dashboard.open("cluster", pausing_since=time.monotonic() - 30)
    assert "kubectl -n keda get pods" in at.warning[0].value


def test_limits_are_set_and_said_to_last_until_the_next_apply(dashboard, kubernetes):
    at = dashboard.open("cluster")
    assert "The next `kubectl apply` of the overlay sets them" in texts(at)
    at.number_input(key="limits_least_(0, 8)").set_value(1)
    at.number_input(key="limits_most_(0, 8)").set_value(4)
    at.button(key="limits_set").click().run()
    assert (kubernetes.autoscaling.minimum, kubernetes.autoscaling.maximum) == (1, 4)
    assert "1 to 4 workers" in texts(at)


def test_limits_that_make_no_sense_are_refused_in_words(dashboard, kubernetes):
    at = dashboard.open("cluster")
    at.number_input(key="limits_least_(0, 8)").set_value(5)
    at.number_input(key="limits_most_(0, 8)").set_value(2)
    at.button(key="limits_set").click().run()
    assert "The least (5) is more than the most (2)." in at.error[0].value
    assert kubernetes.autoscaling.maximum == 8


@pytest.mark.parametrize(
    ("error", "told"),
    [
        (ScaledMeanwhile("The limits were changed from 0 and 8 to 2 and 3 meanwhile."), "meanwhile"),
        (ScalingRefused("May not patch scaledobjects."), "May not patch"),
        (ServiceUnavailable("Kubernetes", "HTTP 500", "Look."), "Nothing was changed"),
    ],
)
def test_what_is_refused_is_said(dashboard, kubernetes, monkeypatch, error, told):
    def refuse(*_: object, **__: object) -> None:
        raise error

    monkeypatch.setattr(kubernetes, "set_automatic", refuse)
    at = dashboard.open("cluster")
    at.button(key="autoscaling_manual").click().run()
    assert told in at.error[0].value


def test_without_the_permission_nothing_can_be_changed_and_it_says_why(dashboard, kubernetes):
    kubernetes.autoscaling = autoscaling(read_only="The dashboard's account may not patch scaledobjects.")
    at = dashboard.open("cluster")
    assert "may not patch scaledobjects" in texts(at)
    assert at.button(key="autoscaling_manual").disabled
    assert at.button(key="limits_set").disabled


def test_statistics_that_read_zero_while_tasks_wait_are_told_once_that_lasts(dashboard, kubernetes):
    dashboard.queued_sweep(tasks=3)
    kubernetes.autoscaling = autoscaling(conditions=(Condition(type="Active", holds=False),))
    assert not dashboard.open("cluster").error  # statistics are late by seconds

    at = dashboard.open("cluster", statistics_differ_since=time.monotonic() - 40)
    assert "Queue statistics read zero while 3 tasks are open" in at.error[0].value

    kubernetes.autoscaling = autoscaling()
    at.run()
    assert not at.error
    assert "statistics_differ_since" not in at.session_state


def test_a_condition_that_is_trouble_is_a_warning_and_events_are_listed(dashboard, kubernetes):
    rescaled = EventGroup(
        reason="SuccessfulRescale",
        is_warning=False,
        count=1,
        about="HorizontalPodAutoscaler keda-hpa-worker",
        objects=1,
        message="New size: 3",
        last_at=datetime.now(UTC),
    )
    kubernetes.autoscaling = autoscaling(
        conditions=(Condition(type="Fallback", holds=True, message="the broker does not answer"),), events=(rescaled,)
    )
    at = dashboard.open("cluster")
    assert "Fallback: yes. the broker does not answer" in at.warning[0].value
    assert "SuccessfulRescale" in at.dataframe[0].value.to_string()
