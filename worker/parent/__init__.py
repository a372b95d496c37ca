"""The parent: takes tasks, records and acknowledges them, and watches its engines. It never trains."""
