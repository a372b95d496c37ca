"""What the text of a cell means: a number, an amount with its unit, a date, a mark for missing."""
