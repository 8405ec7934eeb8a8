"""Articles, their sources and their history: `ports` says what is offered, `library` has it."""
