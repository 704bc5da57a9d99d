"""What is installed: the service, the loaders, and the data of both."""
