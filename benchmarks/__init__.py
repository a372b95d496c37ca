"""What a grid costs: each module prints a table and the ratios against its peers, measured in one run."""
