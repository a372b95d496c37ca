"""The page of queue and workers."""
