"""The product on a cluster, end to end; `run.sh` says how."""
