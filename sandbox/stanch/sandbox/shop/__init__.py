"""The practice shop: four services, their traffic, their metrics, and what can go wrong."""
