"""What a brand starts with: rules, channels and texts of the specification, before anybody changes them."""
