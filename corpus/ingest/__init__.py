"""Sources → library: files, folders and addresses, one after the other."""
