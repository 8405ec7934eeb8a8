"""The command line: click commands, what they print, the chat in the terminal."""
