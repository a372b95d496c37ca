"""What each column of a raw table is read as, and why; what else it can be read as."""
