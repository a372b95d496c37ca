"""The engine: the child process that trains."""
