"""What customers thought of a conversation: asking for it (`asking`), and taking the answer (`taking`)."""
