"""The service of Pinoamo: it loads and checks records, publishes releases and answers questions about them."""
