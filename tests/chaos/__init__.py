"""Sweeps while everything dies: `python -m tests.chaos --stack embedded --minutes 5 --seed 1`."""
