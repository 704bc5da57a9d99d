"""The index that publishing computes so that the questions of users are answered quickly."""
