"""Killable processes that do the work of the public, in fair shares: queries, checks, plans and links."""
