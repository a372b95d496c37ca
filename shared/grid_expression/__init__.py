"""What people type into a grid's fields, such as ``3, 5, 7`` or ``logspace(0.001, 0.1, 5)``: parsed, and written."""

from shared.grid_expression.parser import MAX_VALUES, parse, repeated
from shared.grid_expression.spellings import one_text_of_two
from shared.grid_expression.text import SYNTAX_HELP, syntax_hint, takes, to_text, told_once, value_text
from shared.grid_expression.tokens import GridExpressionError

__all__ = [
    "MAX_VALUES",
    "SYNTAX_HELP",
    "GridExpressionError",
    "one_text_of_two",
    "parse",
    "repeated",
    "syntax_hint",
    "takes",
    "to_text",
    "told_once",
    "value_text",
]
