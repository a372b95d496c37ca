"""`python -m shared`: launch sweeps from YAML, follow them, and take their results, without the dashboard."""

from shared.command_line import main

if __name__ == "__main__":
    main(prog_name="python -m shared")
