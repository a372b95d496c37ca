"""What the dashboard and the workers share: the domain, its ports and their adapters."""
