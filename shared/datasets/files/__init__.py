"""From the bytes of a file to its raw table: letters, layout, header, and rows that are no data."""
