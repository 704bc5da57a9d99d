"""What request and answer bodies look like."""
