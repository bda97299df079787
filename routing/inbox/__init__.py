"""The pages on which staff work conversations all day: the list, the conversation, and what is done to it."""
