"""The page on which a sweep is declared and launched."""
