"""The cluster of one machine."""
