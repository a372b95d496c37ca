"""The cluster through the Kubernetes API: one client, one background reader, raw JSON."""
