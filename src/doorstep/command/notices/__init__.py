"""Letters and public notices: their facts, who has which version, what is published, in every format that others read."""
