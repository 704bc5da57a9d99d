"""Plans and audits explained in reasons and written as JSON."""
