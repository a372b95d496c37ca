"""Workers as child processes of this machine: starting, watching and stopping them."""
