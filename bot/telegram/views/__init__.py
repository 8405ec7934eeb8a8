"""Messages, keyboards and callback data; nothing here reads or writes."""
