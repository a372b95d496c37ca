"""The page on which stored data sets are listed, renamed and deleted."""
