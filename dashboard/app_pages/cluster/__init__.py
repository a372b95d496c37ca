"""The Cluster page."""
