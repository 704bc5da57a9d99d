"""The service: store, gate, releases, catalogue and every edge of Pinoamo."""
