"""Sources → library: files, folders, archives and web addresses."""
