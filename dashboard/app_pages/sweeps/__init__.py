"""The page that lists every sweep."""
