"""A practice cluster: the Kubernetes API with its controllers, and containers that only pretend."""
