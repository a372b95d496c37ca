"""A port of its own that answers with what a process measures at that moment."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterable, Iterator

from prometheus_client import CollectorRegistry, start_http_server
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, HistogramMetricFamily, Metric
from prometheus_client.registry import Collector

from shared.ports import Durations, Measure, MeasureKind

log = logging.getLogger(__name__)


class _Measuring(Collector):
    """Asks for the measures anew at each scrape."""

    def __init__(self, measure: Callable[[], Iterable[Measure]]) -> None:
        self._measure = measure

    def describe(self) -> Iterable[Metric]:
        """Say nothing, so that registering does not measure."""
        return ()

    def collect(self) -> Iterator[Metric]:
        """Yield what is measured now."""
        for each in self._measure():
            yield _family(each)


def serve_metrics(host: str, port: int, measure: Callable[[], Iterable[Measure]]) -> Callable[[], None]:
    """Answer scrapes of ``host:port`` from a thread, and return what ends that.

    A port that cannot be had is logged, and the process goes on without: work goes before its figures.
    """
    registry = CollectorRegistry(auto_describe=False)
    registry.register(_Measuring(measure))
    try:
        server, thread = start_http_server(port, host, registry)
    except OSError as error:
        log.warning(
            "no metrics on %s:%d (%s): set BOOSTGRID_METRICS_PORT to a port that is free, or leave it out",
            host,
            port,
            error.strerror or error,
            extra={"event": "metrics.unavailable"},
        )
        return lambda: None
    log.info("metrics", extra={"event": "metrics.served", "host": host, "port": port})

    def end() -> None:
        server.shutdown()
        server.server_close()
        thread.join()

    return end


def _family(measure: Measure) -> Metric:
    labels = [measure.label] if measure.label else []
    if measure.kind is MeasureKind.DURATIONS:
        histogram = HistogramMetricFamily(measure.name, measure.help)
        counts = measure.durations or Durations()
        buckets = [(f"{bound:g}", float(count)) for bound, count in counts.cumulative()]
        histogram.add_metric([], [*buckets, ("+Inf", float(counts.count))], counts.total)
        return histogram
    kind = CounterMetricFamily if measure.kind is MeasureKind.COUNTER else GaugeMetricFamily
    family = kind(measure.name, measure.help, labels=labels)
    for value, number in measure.values.items():
        family.add_metric([value] if labels else [], number)
    return family
