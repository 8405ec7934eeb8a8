"""What admins do: import, build, look at the status, diagnose."""
