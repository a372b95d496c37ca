"""Metrics for a scraper: the only place that knows prometheus-client."""

from shared.adapters.prometheus.serving import serve_metrics

__all__ = ["serve_metrics"]
