"""The form of a new sweep, without its widgets: its values, what they start with, and the spec that they declare."""

from dashboard.sweep_form.checking import MAX_POINTS, FormCheck, check, name_problem, size_sentence
from dashboard.sweep_form.drafts import Draft, UnreadableDraft
from dashboard.sweep_form.fields import addable_parameters, expansion, preset_expressions, suggested_expression
from dashboard.sweep_form.table_facts import TableFacts
from dashboard.sweep_form.values import (
    FOLDS_RANGE,
    SEED_RANGE,
    SHORTEST_LIMIT,
    FormValues,
    default_name,
    left_out,
    rename_clone,
    switch_library,
)

__all__ = [
    "FOLDS_RANGE",
    "MAX_POINTS",
    "SEED_RANGE",
    "SHORTEST_LIMIT",
    "Draft",
    "FormCheck",
    "FormValues",
    "TableFacts",
    "UnreadableDraft",
    "addable_parameters",
    "check",
    "default_name",
    "expansion",
    "left_out",
    "name_problem",
    "preset_expressions",
    "rename_clone",
    "size_sentence",
    "suggested_expression",
    "switch_library",
]
