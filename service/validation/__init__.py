"""Documents held against profiles: findings, verdicts and SHACL reports."""
