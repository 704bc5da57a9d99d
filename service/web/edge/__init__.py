"""What every HTTP answer shares: addresses, caching, errors, keys, limits, OpenAPI."""
