"""What members of staff do to come in: invitations, the second factor, sessions and API tokens."""
