"""Messages to those who work, by the channels that they have."""
