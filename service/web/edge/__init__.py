"""What every HTTP answer shares: caching, errors, keys, limits, logs, OpenAPI."""
