"""The page of one sweep's results."""
