"""Killable processes that do the work of the public: queries and checks."""
