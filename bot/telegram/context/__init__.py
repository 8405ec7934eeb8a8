"""What a handler is given: the services, who is asking, how to reply."""
