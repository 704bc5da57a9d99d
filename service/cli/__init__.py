"""The `pinoamo` command, a file a group of commands."""
