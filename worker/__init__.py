"""The process that takes tasks, cross-validates their trials and records the outcomes."""
