"""Call-outs: people asked to come, and the next person where nobody answers."""
