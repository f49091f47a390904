"""What is seen: widgets that are handed facts and emit intents."""
