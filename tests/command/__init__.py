"""What users see of the command, over a real socket."""
